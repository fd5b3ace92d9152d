import dataclasses
import math

import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.diffusion.config import SYMMETRY_BREAKING, DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion

CONFIG = DiffusionConfig(
    ("C", "O"),
    ("none", "single"),
    max_nodes=3,
    num_steps=6,
    num_layers=1,
    node_dim=16,
    pair_dim=8,
    graph_dim=8,
    heads=2,
    vector_dim=4,
    pair_vector_dim=4,
)


def config(**changes):
    return dataclasses.replace(CONFIG, **changes)


def paths(count=8):
    """Paths C – C – O in a random numbering."""
    x, e = torch.tensor([[0, 0, 1]]), torch.tensor([[1, 0, 1]])
    graph = DenseGraph(x, e, torch.ones(1, 3, dtype=torch.bool)).select(torch.zeros(count, dtype=torch.long))
    return graph.move(Permutation.random(torch.arange(0, 3 * count + 1, 3)))


def code(graph):
    """One number for each labelled graph."""
    return (torch.cat([graph.x, graph.e], 1) * 2 ** torch.arange(6)).sum(1)


@pytest.mark.parametrize("name", SYMMETRY_BREAKING)
@pytest.mark.parametrize("source", ["noisy", "clean"])
@pytest.mark.parametrize("transition", ["marginal", "uniform", "absorbing"])
def test_loss_likelihood_and_samples_are_finite(name, source, transition):
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(symmetry_breaking=name, draw_from=source, transition=transition), paths())
    loss = model.loss(paths())
    loss["loss"].backward()
    assert bool(torch.isfinite(loss["loss"]))
    assert all(weight.grad is None or bool(torch.isfinite(weight.grad).all()) for weight in model.parameters())
    bound = model.likelihood(paths(), num_draws=2)
    assert bool((bound["nll"] > 0).all())
    for sampler in ("ancestral", "flow"):
        graph = model.sample(5, steps=3, sampler=sampler)
        graph.validate(2, 2)


@pytest.mark.parametrize("source", ["noisy", "clean"])
@pytest.mark.parametrize("sampler", ["ancestral", "flow"])
def test_the_sampler_is_exchangeable(source, sampler):
    # Equivariance in law of the whole sampler: a relabelled graph is as frequent as the graph, for any weights.
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(draw_from=source), paths())
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    graph = model.sample(sizes=torch.full((12000,), 3), steps=4, sampler=sampler, batch_size=6000)
    moved = graph.move(Permutation.from_order(torch.tensor([2, 0, 1]).repeat(12000), torch.arange(0, 36001, 3)))
    first, second = (torch.bincount(code(part), minlength=64).double() for part in (graph, moved))
    # Both are counts of one sample, so their differences have at most twice the variance of independent counts.
    used = first + second > 10
    chi2 = float(((first - second)[used] ** 2 / (first + second)[used]).sum())
    assert chi2 < 2 * (int(used.sum()) + 5 * (2 * int(used.sum())) ** 0.5)
    assert int(used.sum()) > 8


def test_a_rank_alone_would_not_be_exchangeable():
    # What the test above must reject: the first node always has the first rank.
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(), paths())

    def first_come(graph, generator=None):
        return draw_prior(graph, generator)._replace(rank=torch.arange(3).expand(graph.num_graphs, 3))

    draw_prior, model.breaking.draw_prior = model.breaking.draw_prior, first_come
    apart = []
    for seed in range(4):
        torch.manual_seed(seed)
        for weight in model.parameters():
            torch.nn.init.normal_(weight, std=0.6)
        graph = model.sample(sizes=torch.full((20000,), 3), steps=1, batch_size=20000)
        shares = torch.stack([graph.x.double().mean(0), graph.e.double().mean(0)])
        apart.append(float((shares.amax(1) - shares.amin(1)).max()))
    assert max(apart) > 8 * (2 * 0.25 / 20000) ** 0.5


@pytest.mark.parametrize("name", ["none", "uniform", "sympe-walk", "sympe-exact"])
def test_the_bound_counts_the_draw(name):
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(symmetry_breaking=name), paths())
    bound = model.likelihood(paths(64))
    # Of the six orders of C – C – O: either way, an end leaves no choice and the middle leaves two.
    allowed = {"none": [1], "uniform": [1], "sympe-walk": [6 / 3, 6 / 6], "sympe-exact": [6]}[name]
    found = {round(math.exp(value), 6) for value in bound["draw"].tolist()}
    assert found <= {float(value) for value in allowed}
    torch.testing.assert_close(bound["nll"], bound["size"] + bound["prior_kl"] + bound["diffusion"] + bound["draw"])


def test_learns_the_only_graph_there_is():
    torch.manual_seed(0)
    for name in ("none", "sympe-exact"):
        model = GraphDiffusion.from_graphs(config(symmetry_breaking=name, num_steps=20), paths())
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(150):
            optimizer.zero_grad()
            model.loss(paths(64))["loss"].backward()
            optimizer.step()
        graph = model.sample(200)
        same = (graph.x.sum(1) == 1) & (graph.e.sum(1) == 2)
        assert float(same.double().mean()) > {"none": 0.6, "sympe-exact": 0.9}[name]
        # Three labelled paths with the oxygen at one end, twice each: no bound may fall below log 6.
        assert float(model.likelihood(paths(2000))["nll"].mean()) > math.log(6) - 0.1


def test_sizes_and_batches():
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(), paths())
    sizes = torch.tensor([3, 1, 2, 3, 1])
    told = []
    graph = model.sample(sizes=sizes, steps=2, batch_size=2, progress=told.append)
    assert torch.equal(graph.num_nodes, sizes)
    assert sum(told) == 5 * 2
    assert model.sample(4, steps=2).num_nodes.tolist() == [3, 3, 3, 3]


def test_a_generator_makes_it_repeatable():
    model = GraphDiffusion.from_graphs(config(), paths())
    first, second = (model.sample(6, steps=3, generator=torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(code(first), code(second))
    losses = [model.loss(paths(1), torch.Generator().manual_seed(5))["node"].shape for _ in range(2)]
    assert losses == [torch.Size([])] * 2


def test_properties_steer_and_may_be_unknown():
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(num_properties=1, features=()), paths())
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    graph, time = paths(4), torch.full((4,), 0.5)
    draw = model.breaking.draw(graph)
    told = model.predict(graph, time, draw, torch.ones(4, 1))[0]
    unknown = model.predict(graph, time, draw)[0]
    assert not torch.allclose(told, unknown)
    torch.testing.assert_close(unknown, model.predict(graph, time, draw, torch.full((4, 1), float("nan")))[0])
    assert model.sample(4, steps=2, y=torch.tensor([1.0]), guidance=2.0).num_graphs == 4
    labelled = dataclasses.replace(graph, y=torch.tensor([[1.0], [2.0], [float("nan")], [0.0]]))
    assert bool(torch.isfinite(model.loss(labelled)["loss"]))


def test_everything_is_in_the_state():
    torch.manual_seed(0)
    model = GraphDiffusion.from_graphs(config(), paths())
    other = GraphDiffusion(config(), node_prior=torch.ones(2), edge_prior=torch.ones(2))
    other.load_state_dict(model.state_dict())
    graphs = [m.sample(20, steps=3, generator=torch.Generator().manual_seed(0)) for m in (model, other)]
    assert torch.equal(code(graphs[0]), code(graphs[1]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_graphs": 0}, r"'num_graphs' to be at least 1 \(got 0\)"),
        ({}, r"either 'num_graphs' or 'sizes' \(got both or neither\)"),
        ({"num_graphs": 2, "sizes": torch.tensor([1, 2])}, r"either 'num_graphs' or 'sizes' \(got both or neither\)"),
        ({"sizes": torch.tensor([4])}, r"'sizes' in 1 … 3, the largest of training \(got \[4\]\)"),
        ({"sizes": torch.tensor([0])}, r"'sizes' in 1 … 3, the largest of training \(got \[0\]\)"),
        ({"num_graphs": 1, "sampler": "ddim"}, r"'sampler' in \('ancestral', 'flow'\) \(got 'ddim'\)"),
    ],
)
def test_errors_of_sample(options, message):
    with pytest.raises(ValueError, match="'GraphDiffusion.sample' expected " + message):
        GraphDiffusion(config()).sample(**options)


def test_errors():
    model = GraphDiffusion(config(num_properties=2))
    with pytest.raises(ValueError, match=r"'GraphDiffusion' expected 'y' of shape \[8, 2\] \(got \[8, 1\]\)"):
        model.predict(paths(), torch.ones(8), y=torch.ones(8, 1))
    with pytest.raises(ValueError, match=r"'GraphDiffusion' expected graphs padded to at most 3 nodes \(got 4\)"):
        model.loss(paths().pad(4))
    with pytest.raises(ValueError, match=r"'SizeHistogram' expected graphs of at most 2 nodes \(got one of 3\)"):
        GraphDiffusion.from_graphs(config(max_nodes=2), paths())
