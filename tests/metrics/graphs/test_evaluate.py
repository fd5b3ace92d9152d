import json
import math

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.metrics.estimate import Estimate
from pyg_symbreak.metrics.graphs.descriptors import clustering_histogram, degree_histogram, spectrum_histogram
from pyg_symbreak.metrics.graphs.evaluate import GraphMetrics, Statistic
from pyg_symbreak.metrics.graphs.mmd import MMD
from pyg_symbreak.metrics.graphs.orbits import mean_orbits
from pyg_symbreak.metrics.graphs.wavelets import wavelet_histogram
from pyg_symbreak.metrics.ratio import Ratio

NAMES = ("degree", "clustering", "orbit", "spectrum", "wavelet")


def sample(share, count=8, seed=0):
    return [from_networkx(nx.gnp_random_graph(12 + i % 3, share, seed=seed + i)) for i in range(count)]


def padded(rows, width):
    return torch.nn.functional.pad(rows, (0, width - rows.size(1)))


def slow_mmd(x, y, kernel):
    """A squared biased MMD, kernel by kernel."""
    width = max(x.size(1), y.size(1))
    x, y = padded(x, width), padded(y, width)
    mean = lambda a, b: sum(kernel(one, other) for one in a for other in b) / (len(a) * len(b))  # noqa: E731
    return mean(x, x) + mean(y, y) - 2 * mean(x, y)


def gaussian_tv(sigma):
    return lambda x, y: math.exp(-((float((x - y).abs().sum()) / 2) ** 2) / (2 * sigma**2))


def gaussian_emd(sigma, unit=1.0):
    return lambda x, y: math.exp(-((float((x - y).cumsum(0).abs().sum()) / unit) ** 2) / (2 * sigma**2))


def gaussian(sigma):
    return lambda x, y: math.exp(-float(((x - y) ** 2).sum()) / (2 * sigma**2))


DESCRIPTORS = (degree_histogram, clustering_histogram, mean_orbits, spectrum_histogram, wavelet_histogram)
KERNELS = {
    "tv": (gaussian_tv(1.0), gaussian_tv(0.1), gaussian_tv(30.0), gaussian_tv(1.0), gaussian_tv(1.0)),
    "emd": (gaussian_emd(1.0), gaussian_emd(0.1, unit=100), gaussian(30.0), gaussian_emd(1.0), gaussian_emd(1.0)),
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_values_against_loops_with_the_published_settings(kernel):
    reference, graphs = sample(0.3), sample(0.4, count=5, seed=50)
    result = GraphMetrics(reference, kernel=kernel).compute(graphs)
    for name, describe, function in zip(NAMES, DESCRIPTORS, KERNELS[kernel], strict=True):
        expected = slow_mmd(describe(reference), describe(graphs), function)
        assert result[name].value == pytest.approx(expected, abs=1e-9)


def test_everything_that_comes_back():
    metrics = GraphMetrics(sample(0.3), sample(0.3, seed=90), kind="planar")
    result = metrics.compute(sample(0.15, seed=50))
    kinds = {MMD: NAMES, Estimate: (*(f"{name}_ratio" for name in NAMES), "mean_ratio")}
    for kind, names in kinds.items():
        assert all(isinstance(result.pop(name), kind) for name in names)
    shares = ("validity", "uniqueness", "novelty", "vun", "sample_uniqueness", "sample_novelty", "empty")
    assert tuple(result) == shares
    assert all(isinstance(share, Ratio) for share in result.values())


def test_result_is_json():
    result = GraphMetrics(sample(0.3), sample(0.3, seed=90)).compute(sample(0.3, 1))
    text = json.dumps({name: value.to_dict() for name, value in result.items()}, allow_nan=False)
    assert json.loads(text)["degree"]["standard_error"] is None


def test_ratios_to_the_rounded_mmd_of_the_training_graphs():
    reference, train = sample(0.3), sample(0.3, seed=90)
    metrics = GraphMetrics(reference, train)
    result = metrics.compute(train)
    for name in NAMES:
        unit = round(metrics.train_mmd[name], 4)
        assert metrics.train_mmd[name] == pytest.approx(result[name].value, abs=1e-12)
        assert result[f"{name}_ratio"].value == pytest.approx(result[name].value / unit)
        assert result[f"{name}_ratio"].high == pytest.approx(result[name].high / unit)
    values = [result[f"{name}_ratio"].value for name in NAMES]
    assert result["mean_ratio"].value == pytest.approx(sum(values) / 5)


def test_no_ratio_to_nothing():
    trees = [from_networkx(nx.random_labeled_tree(12, seed=seed)) for seed in range(12)]
    result = GraphMetrics(trees[:4], trees[4:8], kind="tree").compute(trees[8:])
    assert result["clustering"].value == 0.0
    assert math.isnan(result["clustering_ratio"].value)
    assert math.isfinite(result["mean_ratio"].value)


def test_kind_sets_kernel_and_validity():
    graphs = sample(0.3)
    assert GraphMetrics(graphs, kind="comm20").kernel == "emd"
    assert GraphMetrics(graphs, kind="tree").kernel == "tv"
    assert GraphMetrics(graphs, kind="comm20", kernel="tv").kernel == "tv"
    trees = [from_networkx(nx.random_labeled_tree(9, seed=0)), from_networkx(nx.cycle_graph(9))]
    assert GraphMetrics(graphs, kind="tree").compute(trees)["validity"].value == 0.5
    assert GraphMetrics(graphs).compute(trees)["validity"].value == 1.0


def test_empty_graphs_are_counted_and_left_out():
    graphs, empty = sample(0.3, 4), Data(num_nodes=0)
    metrics = GraphMetrics([*sample(0.3), empty], sample(0.3, seed=90), kind="planar")
    result, without = metrics.compute([*graphs, empty]), metrics.compute(graphs)
    assert (result["empty"].numerator, result["empty"].denominator) == (1, 5)
    assert result["degree"] == without["degree"]
    assert result["validity"].denominator == 5
    nothing = metrics.compute([empty])
    assert "degree" not in nothing
    assert nothing["vun"].value == 0.0
    assert metrics.compute([])["empty"].denominator == 0


def test_one_node_graphs():
    result = GraphMetrics([Data(num_nodes=1)] * 3, kind="tree").compute([Data(num_nodes=1)] * 2)
    assert all(result[name].value == 0.0 for name in NAMES)
    assert result["uniqueness"].value == 0.5


def test_a_batch_and_relabelled_graphs_score_the_same():
    graphs = sample(0.3, seed=50)
    metrics = GraphMetrics(Batch.from_data_list(sample(0.3)), sample(0.3, seed=90), kind="planar")
    result = metrics.compute(graphs)
    assert metrics.compute(Batch.from_data_list(graphs)) == result
    moved = []
    for graph in graphs:
        to = torch.randperm(graph.num_nodes)
        moved.append(Data(edge_index=to[graph.edge_index], num_nodes=graph.num_nodes))
    assert metrics.compute(moved) == result


def test_colours_count_for_novelty():
    def pair(colours):
        return Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2, colour=torch.tensor(colours))

    metrics = GraphMetrics([pair([0, 0])], [pair([0, 1])], node_attrs=["colour"])
    assert metrics.compute([pair([1, 0]), pair([1, 1])])["novelty"].value == 0.5
    assert GraphMetrics([pair([0, 0])], [pair([0, 1])]).compute([pair([1, 1])])["novelty"].value == 0.0


def test_interval_follows_the_generator():
    metrics, graphs = GraphMetrics(sample(0.3)), sample(0.3, seed=50)
    assert metrics.compute(graphs) == metrics.compute(graphs)
    other = metrics.compute(graphs, torch.Generator().manual_seed(7))["degree"]
    assert other.low != metrics.compute(graphs)["degree"].low


def test_statistics_are_values():
    statistic = GraphMetrics(sample(0.3)).statistics["orbit"]
    assert isinstance(statistic, Statistic)
    assert statistic.kernel.sigma == 30.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "grid"}, r"'kind' among planar, sbm, tree, comm20 or None \(got 'grid'\)"),
        ({"kernel": "rbf"}, r"'kernel' to be 'tv' or 'emd' \(got 'rbf'\)"),
        ({"reference": []}, r"at least one reference graph with nodes \(got none\)"),
        ({"reference": [Data(num_nodes=0)]}, r"at least one reference graph with nodes \(got none\)"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=f"'GraphMetrics' expected {message}"):
        GraphMetrics(**{"reference": sample(0.3, 2), **options})


def test_a_graph_is_no_sample():
    with pytest.raises(TypeError, match=r"'graphs' expected a list of 'Data' or a 'Batch' \(got 'Data'\)"):
        GraphMetrics(sample(0.3, 1)[0])
