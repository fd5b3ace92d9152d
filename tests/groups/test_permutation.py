from itertools import permutations

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_batch

PTR = torch.tensor([0, 3, 3, 7, 8])


def all_of(n):
    return [Permutation(torch.tensor(p, dtype=torch.long)) for p in permutations(range(n))]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_group_axioms_on_all_of_s_n(n):
    x = torch.arange(n) * 10
    identity = Permutation.identity(torch.tensor([0, n]))
    for a in all_of(n):
        assert a @ a.inverse() == identity == a.inverse() @ a
        assert a.inverse().rank.tolist() == a.order.tolist()
        for b in all_of(n):
            assert torch.equal((a @ b).act(x), a.act(b.act(x)))


def test_rank_and_order_are_inverse_views_of_one_permutation():
    p = Permutation(torch.tensor([2, 0, 1, 1, 0]), torch.tensor([0, 3, 5]))
    assert p.order.tolist() == [1, 2, 0, 1, 0]
    assert Permutation.from_order(p.order, p.ptr) == p
    assert p.act(torch.tensor([10, 20, 30, 40, 50])).tolist() == [20, 30, 10, 50, 40]


def test_random_is_uniform_in_each_graph():
    torch.manual_seed(0)
    p = Permutation.random(torch.arange(0, 3 * 6000 + 1, 3))
    code = (p.rank.view(-1, 3) * torch.tensor([9, 3, 1])).sum(1)
    counts = code.bincount()
    counts = counts[counts > 0]
    assert counts.numel() == 6
    assert float(((counts - 1000) ** 2 / 1000).sum()) < 28  # chi-square with 5 degrees of freedom: p > 3e-5
    generator = torch.Generator().manual_seed(3)
    again = torch.Generator().manual_seed(3)
    assert Permutation.random(PTR, generator) == Permutation.random(PTR, again)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_dense_action_and_matrix_agree_with_the_node_action(dtype):
    p = Permutation.random(PTR, torch.Generator().manual_seed(1))
    x = torch.arange(1, 9).to(dtype)
    dense = torch.zeros(4, 5, dtype=dtype)
    place = torch.cat([torch.arange(k) for k in PTR.diff()])
    dense[node_batch(PTR), place] = x
    moved = p.act_dense(dense)
    assert moved.dtype == dtype
    assert torch.equal(moved[node_batch(PTR), place], p.act(x))
    product = (p.matrix(torch.float64) @ dense[:, :4].double().unsqueeze(-1)).squeeze(-1)
    assert torch.equal(product.to(dtype), moved[:, :4])


def test_dense_action_on_two_dimensions_conjugates():
    p = Permutation.random(torch.tensor([0, 4, 6]), torch.Generator().manual_seed(2))
    x = torch.randn(2, 4, 4, 3, dtype=torch.float64)
    matrix = p.matrix(torch.float64)
    want = torch.einsum("bij,bjkc,blk->bilc", matrix, x, matrix)
    inside = torch.zeros(2, 4, 4, 1, dtype=torch.float64)
    inside[0], inside[1, :2, :2] = 1, 1
    assert torch.equal(p.act_dense(x, dims=(1, 2)) * inside, want)


def test_whole_data_moves_and_the_input_stays():
    graph = Data(
        x=torch.arange(3.0),
        edge_index=torch.tensor([[0, 1, 2], [1, 2, 0]]),
        edge_attr=torch.tensor([5.0, 6.0, 7.0]),
        y=torch.tensor([1.0]),
    )
    batch = Batch.from_data_list([graph, graph, Data(x=torch.zeros(0), edge_index=torch.zeros(2, 0).long(), **rest())])
    p = Permutation.random(batch.ptr, torch.Generator().manual_seed(5))
    before = batch.clone()
    moved = p.act_data(batch)
    for key in before.keys():  # noqa: SIM118
        assert torch.equal(before[key], batch[key])
    assert torch.equal(moved.x[moved.edge_index], batch.x[batch.edge_index])
    assert torch.equal(moved.edge_attr, batch.edge_attr)
    assert torch.equal(moved.x, p.act(batch.x))
    assert moved[1].num_nodes == 3
    back = p.inverse().act_data(moved)
    assert torch.equal(back.edge_index, batch.edge_index)


def rest():
    return {"edge_attr": torch.zeros(0), "y": torch.tensor([0.0])}


def test_repeat_places_copies_one_after_the_other():
    p = Permutation(torch.tensor([1, 0, 0]), torch.tensor([0, 2, 3]))
    copies = p.repeat(2)
    assert copies.rank.tolist() == [1, 0, 0, 1, 0, 0]
    assert copies.ptr.tolist() == [0, 2, 3, 5, 6]
    assert p.identity_like().rank.tolist() == [0, 1, 0]
    assert p.random_like(torch.Generator().manual_seed(0)).num_graphs == 2
    assert "num_graphs=2" in repr(p)
    assert p.to("cpu") == p
    assert p != "p"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Permutation(torch.tensor([0.0, 1.0])), TypeError, "integer tensor"),
        (lambda: Permutation(torch.tensor([[0, 1]])), ValueError, r"shape \[num_nodes\]"),
        (lambda: Permutation(torch.tensor([0, 0])), ValueError, "every position of each graph once"),
        (lambda: Permutation(torch.tensor([0, 2])), ValueError, "every position of each graph once"),
        (lambda: Permutation(torch.tensor([0, 1]), torch.tensor([0, 3])), ValueError, "'ptr' to end at 2 nodes"),
        (lambda: Permutation.identity(PTR).act(torch.zeros(2)), ValueError, "expected 8 rows"),
        (lambda: Permutation.identity(PTR).act_dense(torch.zeros(4, 2)), ValueError, "dimensions of at least 4"),
        (lambda: Permutation.identity(PTR) @ Permutation.identity(PTR[:2]), ValueError, "the same graphs"),
        (lambda: Permutation.identity(PTR).act_data(Data(num_nodes=3)), ValueError, "the graphs that it permutes"),
    ],
)
def test_wrong_input_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()
