from itertools import pairwise

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.canonicalizers import LearnedCanonicalizer, canonical_adjacency, canonical_positions
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.groups.ragged import node_ptr


def graph(g, seed=0):
    edge_index = from_networkx(g).edge_index
    generator = torch.Generator().manual_seed(seed)
    weight = torch.rand(edge_index.size(1), generator=generator, dtype=torch.float64)
    return Data(edge_index=edge_index, weight=weight, num_nodes=len(g))


def batch_of():
    graphs = (nx.path_graph(4), nx.star_graph(5), nx.empty_graph(1), nx.cycle_graph(3))
    return Batch.from_data_list([graph(g, seed) for seed, g in enumerate(graphs)])


class Given(torch.nn.Module):
    """Scores that are parameters."""

    def __init__(self, score):
        super().__init__()
        self.score = torch.nn.Parameter(score)

    def forward(self, data):
        return self.score


def move(data, score=None, temperature=0.7):
    torch.manual_seed(0)
    score = torch.randn(data.num_nodes, dtype=torch.float64) if score is None else score
    canonicalizer = LearnedCanonicalizer(Given(score), temperature=temperature)
    element = canonicalizer(data)
    return canonicalizer.network.score, element.inverse(), element.inverse().act_data(data)


def soft_matrices(score, element, temperature=0.7, num_iters=20):
    """The soft sort of every graph, written naively."""
    blocks = []
    for a, b in pairwise(element.ptr.tolist()):
        source = torch.empty(b - a, dtype=torch.long)
        source[element.rank[a:b]] = torch.arange(b - a)
        logits = -(score[a:b][source].unsqueeze(1) - score[a:b]).abs() / temperature
        for _ in range(num_iters):
            logits = logits - logits.logsumexp(0, keepdim=True)
            logits = logits - logits.logsumexp(1, keepdim=True)
        soft, hard = logits.exp(), torch.nn.functional.one_hot(source, b - a).double()
        blocks.append(hard + soft - soft.detach())
    return blocks


@pytest.mark.parametrize("weighted", [False, True])
def test_adjacency_is_that_of_the_moved_graph_with_the_gradient_of_the_soft_one(weighted):
    data = batch_of()
    score, element, moved = move(data)
    out = canonical_adjacency(moved, "weight" if weighted else None, size=7)
    assert out.shape == (4, 7, 7)
    cotangent = torch.randn(out.shape, dtype=torch.float64)
    (got,) = torch.autograd.grad((out * cotangent).sum(), score)
    total = 0.0
    for g, block in enumerate(soft_matrices(score, element)):
        a, b = data.ptr[g], data.ptr[g + 1]
        mine = (data.edge_index[0] >= a) & (data.edge_index[0] < b)
        adjacency = torch.zeros(b - a, b - a, dtype=torch.float64)
        source, target = data.edge_index[:, mine] - a
        adjacency[source, target] = data.weight[mine] if weighted else 1.0
        expected = block @ adjacency @ block.T
        torch.testing.assert_close(out[g, : b - a, : b - a].double(), expected, atol=1e-6, rtol=1e-6)
        total = total + (expected * cotangent[g, : b - a, : b - a]).sum()
    (expected,) = torch.autograd.grad(total, score)
    torch.testing.assert_close(got, expected, atol=1e-9, rtol=1e-6 if not weighted else 1e-9)
    assert float(got.abs().max()) > 1e-3


def test_positions_are_one_hot_with_the_gradient_of_the_weights_of_the_nodes():
    data = batch_of()
    score, element, moved = move(data)
    out = canonical_positions(moved, dtype=torch.float64)
    assert torch.equal(out.argmax(1), torch.cat([torch.arange(n) for n in data.ptr.diff()]))
    assert torch.equal(out.sum(1), torch.ones(data.num_nodes, dtype=torch.float64))
    cotangent = torch.randn(out.shape, dtype=torch.float64)
    (got,) = torch.autograd.grad((out * cotangent).sum(), score)
    # In the order of the input, node i has the weights S[:, i].
    total = 0.0
    for g, block in enumerate(soft_matrices(score, element)):
        a, b = data.ptr[g], data.ptr[g + 1]
        rows = cotangent[a:b, : b - a][element.rank[a:b]]
        total = total + (block.T * rows).sum()
    (expected,) = torch.autograd.grad(total, score)
    torch.testing.assert_close(got, expected)


def test_without_a_draw_they_are_plain():
    data = batch_of()
    assert torch.equal(canonical_adjacency(data)[1].sum(0), torch.tensor([5.0, 1, 1, 1, 1, 1]))
    assert canonical_positions(data, size=8).shape == (14, 8)
    features = torch.rand(data.num_edges, 2)
    assert canonical_adjacency(data, features).shape == (4, 6, 6, 2)
    moved = Permutation.random(data.ptr).act_data(data)
    assert "relaxed" not in moved
    assert not canonical_adjacency(moved).requires_grad


def test_repeated_edges_add_up_and_empty_graphs_have_no_entries():
    data = Data(edge_index=torch.tensor([[0, 0], [1, 1]]), num_nodes=2)
    assert torch.equal(canonical_adjacency(data), torch.tensor([[[0.0, 2.0], [0.0, 0.0]]]))
    assert canonical_adjacency(Data(num_nodes=3)).shape == (1, 3, 3)
    assert canonical_adjacency(Data(num_nodes=0)).shape == (1, 0, 0)
    assert canonical_positions(Data(num_nodes=0)).shape == (0, 0)


def test_survives_the_copies_of_a_batch_and_more_moves():
    data = batch_of()
    copies = repeat_data(data, 3)
    score, element, moved = move(copies)
    out = canonical_adjacency(moved, "weight")
    assert out.shape == (12, 6, 6)
    (got,) = torch.autograd.grad(out.square().sum() + out[:, 0, 1].sum(), score, retain_graph=True)
    assert torch.isfinite(got).all()
    assert got.abs().sum() > 0
    # Another move on top keeps the gradient, and the gradient knows of the move.
    h = Permutation.random(copies.ptr)
    cotangent = torch.randn(out.shape, dtype=torch.float64)
    moved_again = h.act_dense(canonical_adjacency(moved, "weight"), (1, 2))
    (first,) = torch.autograd.grad((moved_again * cotangent).sum(), score, retain_graph=True)
    again = (h @ element).act_data(copies)
    (second,) = torch.autograd.grad((canonical_adjacency(again, "weight") * cotangent).sum(), score, retain_graph=True)
    torch.testing.assert_close(first, second)
    (third,) = torch.autograd.grad((canonical_adjacency(h.act_data(moved), "weight") * cotangent).sum(), score)
    torch.testing.assert_close(first, third)
    twice = element.inverse().act_data(moved)
    assert twice.relaxed == Permutation.identity(node_ptr(copies))


def test_copies_of_moved_graphs_pass_gradients_to_the_one_draw():
    data = batch_of()
    score, _, moved = move(data)
    cotangent = torch.randn(2, 4, 6, 6, dtype=torch.float64)
    copies = canonical_adjacency(repeat_data(moved, 2), "weight").view_as(cotangent)
    (got,) = torch.autograd.grad((copies * cotangent).sum(), score, retain_graph=True)
    (expected,) = torch.autograd.grad((canonical_adjacency(moved, "weight") * cotangent.sum(0)).sum(), score)
    torch.testing.assert_close(got, expected)


def test_errors():
    data = batch_of()
    with pytest.raises(ValueError, match=r"'canonical_adjacency' expected 'size' to be at least 6 \(got 5\)"):
        canonical_adjacency(data, size=5)
    with pytest.raises(ValueError, match=r"'canonical_positions' expected 'size' to be at least 6 \(got 2\)"):
        canonical_positions(data, size=2)
    with pytest.raises(ValueError, match=r"'canonical_adjacency' expected 'edge_attr' with 22 rows \(got \[3\]\)"):
        canonical_adjacency(data, torch.ones(3))
