from itertools import pairwise

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.canonicalizers import LearnedCanonicalizer, RelaxedPermutation, ScoreGIN, canonical_adjacency
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import (
    assert_equivariant_draw,
    assert_equivariant_in_law,
    chi_square_uniform,
    graph_zoo,
    replicate,
)


def graph(g):
    return Data(edge_index=from_networkx(g).edge_index, num_nodes=g.number_of_nodes())


class Noisy(torch.nn.Module):
    """Scores by degree, with an error of the size of floating-point noise that depends on the order of the nodes."""

    def forward(self, data):
        degree = torch.zeros(data.num_nodes).index_add_(0, data.edge_index[0], torch.ones(data.edge_index.size(1)))
        return 0.33335 + degree + 3e-7 * torch.arange(data.num_nodes)


def test_symmetric_nodes_tie_in_spite_of_rounding():
    # Sorting and breaking exact ties only would return the order of the nodes in memory, every time.
    batch = replicate(graph(nx.cycle_graph(4)), 4800)
    rank = LearnedCanonicalizer(Noisy()).rank(batch, generator=torch.Generator().manual_seed(0)).view(-1, 4)
    counts = (rank @ torch.tensor([64, 16, 4, 1])).bincount()
    counts = counts[counts > 0]
    assert counts.numel() == 24  # all orders of the tied class, not the eight of the inversion kernel
    assert chi_square_uniform(counts) > 1e-4
    exact = LearnedCanonicalizer(Noisy(), resolution=1e-12)
    assert {tuple(exact.rank(graph(nx.cycle_graph(4))).tolist()) for _ in range(20)} == {(0, 1, 2, 3)}


@pytest.mark.parametrize("seed", range(5))
def test_the_built_in_network_ties_the_nodes_of_vertex_transitive_graphs(seed):
    torch.manual_seed(seed)
    canonicalizer = LearnedCanonicalizer()
    for g in (nx.petersen_graph(), nx.cycle_graph(30), nx.hypercube_graph(4), nx.complete_graph(8)):
        data = Permutation.random(torch.tensor([0, len(g)])).act_data(graph(nx.convert_node_labels_to_integers(g)))
        first = torch.stack([canonicalizer.rank(data) for _ in range(60)])[:, 0]
        assert first.unique().numel() > 3
        assert canonicalizer.network(data).std() < 1e-5


def test_scores_tell_degrees_apart_before_any_training():
    for seed in range(10):
        torch.manual_seed(seed)
        star = graph(nx.star_graph(4))
        assert {int(LearnedCanonicalizer().rank(star)[0]) for _ in range(5)} <= {0, 4}


@pytest.mark.parametrize("mean", ["node", "dense", "matrix"])
def test_gradients_reach_the_network_and_forward_stays_hard(mean):
    torch.manual_seed(0)
    data = Batch.from_data_list([graph(nx.path_graph(5)), graph(nx.star_graph(3))])
    canonicalizer = LearnedCanonicalizer()
    g = canonicalizer(data, generator=torch.Generator().manual_seed(1))
    assert isinstance(g, RelaxedPermutation)
    with torch.no_grad():
        plain = canonicalizer(data, generator=torch.Generator().manual_seed(1))
    assert type(plain) is Permutation
    assert g == plain
    x = torch.randn(9, 2)
    if mean == "node":
        out, expected = g.inverse().act(x), plain.inverse().act(x)
    elif mean == "dense":
        x = torch.randn(2, 5, 5)
        out, expected = g.inverse().act_dense(x, (1, 2)), plain.inverse().act_dense(x, (1, 2))
    else:
        out, expected = g.matrix(), plain.matrix()
    assert torch.equal(out, expected)
    (out * torch.randn_like(out)).sum().backward()
    grads = [p.grad for p in canonicalizer.parameters()]
    assert all(torch.isfinite(p).all() for p in grads if p is not None)
    assert sum(float(p.abs().sum()) for p in grads if p is not None) > 0


def test_learns_to_sort_by_a_feature():
    torch.manual_seed(0)
    canonicalizer = LearnedCanonicalizer(torch.nn.Sequential(Read(), torch.nn.Linear(2, 1)), temperature=0.5)
    optimizer = torch.optim.Adam(canonicalizer.parameters(), lr=0.05)
    target = torch.arange(6.0)
    with torch.no_grad():
        canonicalizer.network[1].weight.copy_(torch.tensor([[0.4, -0.2]]))
    for _ in range(150):
        x = torch.rand(8 * 6, 2)
        data = Data(x=x, edge_index=torch.empty(2, 0, dtype=torch.long), batch=torch.arange(8).repeat_interleave(6))
        sorted_x = canonicalizer(data).inverse().act(x)
        loss = -(sorted_x[:, 1].view(8, 6) * target).sum(1).mean()  # best when sorted by the second feature
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    weight = canonicalizer.network[1].weight[0]
    assert weight[1] > 3 * weight[0].abs()


class Read(torch.nn.Module):
    def forward(self, data):
        return data.x


def test_learns_an_order_through_the_adjacency_alone():
    torch.manual_seed(0)
    # Edges weigh more the larger the second feature of both ends is; the loss wants heavy edges between late nodes.
    canonicalizer = LearnedCanonicalizer(torch.nn.Sequential(Read(), torch.nn.Linear(2, 1)), temperature=0.3)
    with torch.no_grad():
        canonicalizer.network[1].weight.copy_(torch.tensor([[0.4, -0.1]]))
    optimizer = torch.optim.Adam(canonicalizer.parameters(), lr=0.1)
    place = torch.arange(5.0)
    complete = graph(nx.complete_graph(5))
    for _ in range(60):
        data = Batch.from_data_list([Data(x=torch.rand(5, 2), edge_index=complete.edge_index) for _ in range(8)])
        data.weight = data.x[data.edge_index[0], 1] * data.x[data.edge_index[1], 1]
        g = canonicalizer(data)
        adjacency = canonical_adjacency(g.inverse().act_data(data), "weight")
        loss = -(adjacency * place * place.unsqueeze(1)).sum((1, 2)).mean()
        optimizer.zero_grad()
        (loss + 0.1 * canonicalizer.entropy(g)).backward()
        optimizer.step()
    weight = canonicalizer.network[1].weight[0]
    assert weight[1] > 3 * weight[0].abs()


def zoo():
    names = ("cycle-4", "star-5", "path-7", "empty", "single", "isolated-3", "petersen", "rook-4x4", "two-triangles")
    return Batch.from_data_list([Data(edge_index=g.edge_index, num_nodes=g.num_nodes) for g in
                                 (graph_zoo()[name] for name in names)])  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"noise_dim": 2}, {"noise_dim": 1, "normalize": True, "temperature": 0.01}])
def test_the_draw_is_exactly_equivariant_given_its_noise(options):
    torch.manual_seed(0)
    canonicalizer = LearnedCanonicalizer(**options).double()
    assert_equivariant_draw(canonicalizer, zoo(), atol=0)
    random = Batch.from_data_list([graph(nx.gnp_random_graph(9, 0.4, seed=seed)) for seed in range(5)])
    assert_equivariant_draw(canonicalizer, random, atol=0)
    kinds = canonicalizer.noise_kinds
    assert set(kinds) == ({"ties", "features"} if "noise_dim" in options else {"ties"})


@pytest.mark.parametrize("options", [{}, {"noise_dim": 2}])
def test_gradients_are_exactly_equivariant_given_the_noise(options):
    torch.manual_seed(0)
    canonicalizer, data = LearnedCanonicalizer(**options).double(), zoo()
    noise = canonicalizer.noise(data)
    x = torch.randn(data.num_nodes, 2, dtype=torch.float64)
    weight = torch.randn_like(x)
    grads = []
    for h in (Permutation.identity(data.ptr), Permutation.random(data.ptr)):
        moved = {name: h.act_as(value, canonicalizer.noise_kinds[name]) for name, value in noise.items()}
        g = canonicalizer(h.act_data(data), noise=moved)
        loss = (g.inverse().act(h.act(x)) * weight).sum() + canonicalizer.entropy(g)
        grads.append(torch.autograd.grad(loss, list(canonicalizer.parameters()), allow_unused=True))
    for one, other in zip(*grads):
        if one is not None:
            torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-10)


@torch.no_grad()
def test_the_draw_is_equivariant_in_law():
    for options in ({}, {"noise_dim": 1}):
        assert_equivariant_in_law(LearnedCanonicalizer(**options), graph(nx.path_graph(4)))


@pytest.mark.parametrize("noise_dim", [0, 2])
def test_graphs_of_a_batch_never_mix(noise_dim):
    torch.manual_seed(0)
    canonicalizer, data = LearnedCanonicalizer(noise_dim=noise_dim).double(), zoo()
    noise = canonicalizer.noise(data)
    together = canonicalizer(data, noise=noise)
    weight, values = torch.randn(2, data.num_nodes, 3, dtype=torch.float64)
    parameters = [p for p in canonicalizer.parameters() if p.requires_grad]
    for number, (a, b) in enumerate(pairwise(data.ptr.tolist())):
        alone = canonicalizer(data[number], noise={name: value[a:b] for name, value in noise.items()})
        assert torch.equal(alone.rank, together.rank[a:b])
        if a == b:
            continue
        totals = ((together.act(values) * weight)[a:b].sum(), (alone.act(values[a:b]) * weight[a:b]).sum())
        got, expected = (torch.autograd.grad(t, parameters, retain_graph=True, allow_unused=True) for t in totals)
        for one, other in zip(got, expected):
            if other is not None:
                torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("normalize", [False, True])
def test_gradients_are_finite_on_symmetric_and_empty_graphs(dtype, normalize):
    torch.manual_seed(0)
    canonicalizer = LearnedCanonicalizer(noise_dim=0, normalize=normalize, temperature=0.01).to(dtype)
    data = zoo()
    g = canonicalizer(data)
    loss = (canonical_adjacency(g.inverse().act_data(data)) * torch.rand(16, 16)).sum()
    (loss + canonicalizer.entropy(g) + canonicalizer.prior_loss(g)).backward()
    assert all(torch.isfinite(p.grad).all() for p in canonicalizer.parameters() if p.grad is not None)
    zero = LearnedCanonicalizer(torch.nn.Sequential(Read(), torch.nn.Linear(2, 1)), normalize=normalize)
    torch.nn.init.zeros_(zero.network[1].weight)
    torch.nn.init.zeros_(zero.network[1].bias)
    zero(Data(x=torch.rand(4, 2))).act(torch.rand(4)).square().sum().backward()
    assert torch.isfinite(zero.network[1].weight.grad).all()


def test_entropy_is_that_of_rows_and_columns():
    torch.manual_seed(0)
    canonicalizer = LearnedCanonicalizer(noise_dim=1, temperature=0.3)
    data = Batch.from_data_list([graph(nx.path_graph(4)), graph(nx.star_graph(5))])
    g = canonicalizer(data)
    expected = []
    for number in range(2):
        soft = g.inverse().soft(number)
        parts = [soft / soft.sum(dim, keepdim=True) for dim in (0, 1)]
        expected.append(-sum(torch.special.xlogy(p, p).sum() for p in parts) / len(soft))
    torch.testing.assert_close(canonicalizer.entropy(g), torch.stack(expected).mean())
    torch.testing.assert_close(canonicalizer.entropy(g.inverse()), torch.stack(expected).mean())
    torch.testing.assert_close(canonicalizer.entropy(g.repeat(3)), torch.stack(expected).mean())
    cold = LearnedCanonicalizer(canonicalizer.network, noise_dim=1, temperature=1e-4)
    assert float(cold.entropy(cold(data)).detach()) < 0.05


def test_the_prior_pulls_to_the_order_that_is_there():
    torch.manual_seed(0)
    canonicalizer = LearnedCanonicalizer(Given(torch.tensor([0.9, 0.1, 0.5, 0.0])), temperature=0.2)
    data = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=4)
    g = canonicalizer(data)
    expected = -torch.stack([g.inverse().soft(0)[i, i].log() for i in range(4)]).mean()
    torch.testing.assert_close(canonicalizer.prior_loss(g), expected)
    optimizer = torch.optim.Adam(canonicalizer.parameters(), lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        canonicalizer.prior_loss(canonicalizer(data)).backward()
        optimizer.step()
    assert canonicalizer.rank(data).tolist() == [0, 1, 2, 3]
    assert float(canonicalizer.prior_loss(canonicalizer(data)).detach()) < 0.2


def test_normalized_scores_keep_the_order_and_forget_their_scale():
    data, score = graph(nx.empty_graph(5)), torch.tensor([0.3, -0.2, 0.8, 0.1, 0.0])
    small, large = (LearnedCanonicalizer(Given(score * c), normalize=True) for c in (1.0, 100.0))
    torch.testing.assert_close(small(data).soft(0), large(data).soft(0))
    plain = LearnedCanonicalizer(Given(score))(data)
    assert small(data) == plain
    torch.testing.assert_close(small(data).soft(0), LearnedCanonicalizer(Given(score / score.norm()))(data).soft(0))


class Given(torch.nn.Module):
    """Scores that are parameters."""

    def __init__(self, score):
        super().__init__()
        self.score = torch.nn.Parameter(score.clone())

    def forward(self, data):
        return self.score


def test_the_default_network_reads_edges_and_has_a_virtual_node():
    network = LearnedCanonicalizer(in_channels=2, edge_dim=3, noise_dim=1).network
    assert (network.in_channels, network.edge_dim, network.hidden_channels, len(network.convs)) == (3, 3, 64, 3)
    assert network.virtual is not None


def test_noise_makes_the_scores_random_and_leaves_the_input_alone():
    data = graph(nx.path_graph(4))
    canonicalizer = LearnedCanonicalizer(noise_dim=3)
    assert canonicalizer.network.in_channels == 3
    assert len({tuple(canonicalizer.rank(data).tolist()) for _ in range(30)}) > 2
    assert "x" not in data
    with_x = Data(x=torch.ones(4, 2), edge_index=data.edge_index)
    both = LearnedCanonicalizer(in_channels=2, noise_dim=3)
    assert both.rank(with_x).numel() == 4
    assert with_x.x.shape == (4, 2)


def test_relaxed_gives_the_soft_matrices_always():
    data = graph(nx.path_graph(4))
    canonicalizer = LearnedCanonicalizer(straight_through=False)
    assert type(canonicalizer(data)) is Permutation
    with torch.no_grad():
        g = canonicalizer.relaxed(data)
    torch.testing.assert_close(g.inverse().soft(0).sum(1), torch.ones(4, dtype=torch.float64))


def test_reads_node_features():
    x = torch.tensor([[0.0], [2.0], [1.0]])
    data = Data(x=x, edge_index=torch.empty(2, 0, dtype=torch.long))
    ranks = {tuple(LearnedCanonicalizer(in_channels=1).rank(data).tolist()) for _ in range(10)}
    assert len(ranks) > 1  # another network each time
    canonicalizer = LearnedCanonicalizer(in_channels=1)
    assert len({tuple(canonicalizer.rank(data).tolist()) for _ in range(10)}) == 1
    integers = Data(x=x.long(), edge_index=data.edge_index)
    assert torch.equal(canonicalizer.rank(integers), canonicalizer.rank(data))


def test_reset_and_repr():
    canonicalizer = LearnedCanonicalizer()
    before = canonicalizer.network.head.weight.clone()
    canonicalizer.reset_parameters()
    assert not torch.equal(before, canonicalizer.network.head.weight)
    LearnedCanonicalizer(Noisy()).reset_parameters()
    assert (
        "noise_dim=0, resolution=1e-05, temperature=0.1, num_iters=20, straight_through=True, normalize=False"
        in repr(canonicalizer)
    )
    assert "ScoreGIN(" in repr(canonicalizer)


def test_errors():
    data = graph(nx.path_graph(3))
    ptr = node_ptr(data)
    assert ptr.tolist() == [0, 3]

    class Bad(torch.nn.Module):
        def __init__(self, out):
            super().__init__()
            self.out = out

        def forward(self, data):
            return self.out

    with pytest.raises(ValueError, match=r"expected 'network' to return 3 scores \(got \[3, 2\]\)"):
        LearnedCanonicalizer(Bad(torch.ones(3, 2)))(data)
    with pytest.raises(ValueError, match=r"expected 'network' to return finite scores \(got NaN or infinity\)"):
        LearnedCanonicalizer(Bad(torch.full((3,), float("nan"))))(data)
    with pytest.raises(ValueError, match=r"'LearnedCanonicalizer' expected 'resolution' to be positive \(got 0\)"):
        LearnedCanonicalizer(resolution=0)
    with pytest.raises(ValueError, match=r"'LearnedCanonicalizer' expected 'temperature' to be positive \(got -1\)"):
        LearnedCanonicalizer(temperature=-1)
    with pytest.raises(ValueError, match=r"'LearnedCanonicalizer' expected 'noise_dim' to be at least 0 \(got -1\)"):
        LearnedCanonicalizer(noise_dim=-1)
    with pytest.raises(ValueError, match=r"'ScoreGIN' expected 'data.x' of shape \[3, 2\] \(got none\)"):
        ScoreGIN(2)(data)
    canonicalizer = LearnedCanonicalizer()
    with torch.no_grad():
        plain = canonicalizer(data)
    for name in ("entropy", "prior_loss"):
        with pytest.raises(TypeError, match=rf"'LearnedCanonicalizer.{name}' expected a draw with soft matrices \(got"):
            getattr(canonicalizer, name)(plain)
        g = canonicalizer(data)
        with pytest.raises(ValueError, match=rf"'LearnedCanonicalizer.{name}' expected a single relaxed permutation"):
            getattr(canonicalizer, name)(g @ g)
