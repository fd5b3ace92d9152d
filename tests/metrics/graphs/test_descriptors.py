import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import ToDevice
from torch_geometric.utils import from_networkx

from pyg_symbreak.metrics.graphs.descriptors import clustering_histogram, degree_histogram, spectrum_histogram
from pyg_symbreak.metrics.graphs.wavelets import wavelet_histogram

HISTOGRAMS = [degree_histogram, clustering_histogram, spectrum_histogram, wavelet_histogram]
NETS = [nx.gnp_random_graph(n, share, seed=n) for n, share in ((12, 0.3), (20, 0.2), (30, 0.5), (9, 0.1))]
GRAPHS = [from_networkx(net) for net in NETS]


def shares(values, bins, span):
    counts = np.histogram(values, bins=bins, range=span)[0]
    return torch.from_numpy(counts / counts.sum())


def test_degrees_against_networkx():
    rows = degree_histogram(GRAPHS)
    assert rows.shape == (4, 1 + max(degree for net in NETS for _, degree in net.degree()))
    for row, net in zip(rows, NETS):
        expected = torch.tensor(nx.degree_histogram(net), dtype=torch.float64) / len(net)
        assert torch.equal(row[: len(expected)], expected)
        assert row[len(expected) :].sum() == 0


@pytest.mark.parametrize("bins", [100, 7])
def test_clustering_against_networkx(bins):
    for row, net in zip(clustering_histogram(GRAPHS, bins), NETS):
        assert torch.equal(row, shares(list(nx.clustering(net).values()), bins, (0.0, 1.0)))


def test_spectrum_against_networkx():
    for row, net in zip(spectrum_histogram(GRAPHS), NETS):
        values = np.linalg.eigvalsh(nx.normalized_laplacian_matrix(net).todense())
        assert torch.equal(row, shares(values, 200, (-1e-5, 2.0)))


def test_spectra_by_hand():
    # K4: 0, 4/3 (three times). C4: 0, 1, 1, 2. Two edges: 0, 0, 2, 2. Three nodes without edges: 0, 0, 0.
    nets = [nx.complete_graph(4), nx.cycle_graph(4), nx.Graph([(0, 1), (2, 3)]), nx.empty_graph(3)]
    rows = spectrum_histogram([from_networkx(net) for net in nets], bins=4)
    assert rows.tolist() == [[0.25, 0, 0.75, 0], [0.25, 0, 0.5, 0.25], [0.5, 0, 0, 0.5], [1, 0, 0, 0]]


def test_no_eigenvalue_of_a_bipartite_graph_is_lost():
    trees = [from_networkx(nx.random_labeled_tree(64, seed=seed)) for seed in range(30)]
    counts = 64 * spectrum_histogram(trees)
    assert torch.equal(counts, counts.round())  # of 63 eigenvalues the shares would be others
    assert bool((counts[:, -1] >= 1).all())
    star = spectrum_histogram([from_networkx(nx.star_graph(63))])[0]
    assert star[star > 0].tolist() == [1 / 64, 62 / 64, 1 / 64]


@pytest.mark.parametrize("histogram", HISTOGRAMS)
def test_relabelling_changes_nothing(histogram):
    for net in NETS:
        order = np.random.default_rng(0).permutation(len(net)).tolist()
        moved = nx.relabel_nodes(net, dict(enumerate(order)))
        moved = nx.to_networkx_graph(nx.to_numpy_array(moved, nodelist=range(len(net))))
        assert torch.equal(histogram([from_networkx(moved)]), histogram([from_networkx(net)]))


@pytest.mark.parametrize("histogram", HISTOGRAMS)
def test_float64_and_the_same_from_a_batch(histogram):
    rows = histogram(GRAPHS)
    assert rows.dtype == torch.float64
    assert torch.equal(histogram(Batch.from_data_list(GRAPHS)), rows)
    assert torch.equal(histogram([ToDevice("cpu")(graph) for graph in GRAPHS]), rows)
    assert torch.allclose(rows.sum(dim=1), torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize("histogram", HISTOGRAMS)
def test_graphs_with_no_and_one_node(histogram):
    rows = histogram([Data(num_nodes=0), Data(num_nodes=1)])
    assert rows[0].sum() == 0
    assert rows[1, 0] == (1 if rows.size(1) < 1200 else 0)  # the low pass of a lone node is above all bins
    assert histogram([]).size(0) == 0
