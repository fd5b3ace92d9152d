import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.canonicalizers import LearnedCanonicalizer, RelaxedPermutation, ScoreGIN
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import chi_square_uniform, replicate


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
