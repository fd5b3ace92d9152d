import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry, Permutation
from pyg_symbreak.models.spins.graph_draw import GraphDrawer, value_order
from pyg_symbreak.testing import chi_square_uniform
from pyg_symbreak.transforms import LatticeToGraph
from tests.models.spins.cases import random_batch, uniform_batch


def graphs(batch):
    return LatticeToGraph()(batch)


def forms(data, draw):
    """The field and the couplings in the drawn order, ``[B, …]``."""
    rank, sign = draw.order.order, draw.sign
    count, batch = data.num_graphs, data.batch
    size = data.x.size(0) // count
    field = torch.zeros(count, size).index_put(
        (batch, rank), (data.x.view(count, -1) * sign.view(-1, 1)).flatten().float()
    )
    pairs, ends = torch.zeros(count, size, size), data.edge_index
    pairs[batch[ends[0]], rank[ends[0]], rank[ends[1]]] = data.edge_attr.view(-1).float()
    return torch.cat([field, pairs.flatten(1)], 1)


def test_value_order():
    values = torch.tensor([3.0, 1.0, 3.0, -1.0, 5.0, 5.0, 0.0])
    batch = torch.tensor([0, 0, 0, 0, 2, 2, 2])
    assert value_order(values, batch).tolist() == [2, 1, 2, 0, 1, 1, 0]
    assert value_order(values[:0], batch[:0]).tolist() == []


@pytest.mark.parametrize("field", [0.0, 0.3, -0.3])
def test_moved_lattices_have_one_canonical_form(field):
    group = LatticeGroup.p4m(3, spin_flip=True)
    batch = uniform_batch([[1.0, -2.0], [-1.0, -1.0]], field, (3, 3))
    drawer = GraphDrawer()
    want = forms(graphs(batch), drawer(graphs(batch)))
    for _ in range(5):
        moved = graphs(LatticeSymmetry.random(2, group).act_data(batch))
        assert torch.equal(forms(moved, drawer(moved)), want)


def test_other_numbers_in_the_same_pattern_get_the_same_order():
    one, two = (graphs(uniform_batch([couplings], 0.5, (3, 4))) for couplings in ([1.0, -2.0], [3.0, 0.5]))
    first, second = forms(one, GraphDrawer()(one)), forms(two, GraphDrawer()(two))
    assert torch.equal(first > 0.6, second > 0.6)


def test_random_lattices_leave_no_choice():
    data = graphs(random_batch(3, (3, 3)))
    draws = [GraphDrawer()(data) for _ in range(3)]
    assert all(torch.equal(draw.order.rank, draws[0].order.rank) for draw in draws)
    assert torch.equal(draws[0].sign, data.field.sum((1, 2)).sign())


def test_all_automorphisms_are_equally_likely():
    data = graphs(uniform_batch([[1.0, -2.0]] * 2000, 0.0, (3, 3)))
    draw = GraphDrawer()(data, generator=torch.Generator().manual_seed(0))
    rows = torch.cat([draw.order.rank.view(2000, 9), draw.sign.view(-1, 1).long()], 1)
    counts = torch.unique(rows, dim=0, return_counts=True)[1]
    assert counts.numel() == 72  # 9 translations, 4 turns and reflections, 2 directions
    assert chi_square_uniform(counts) > 1e-4


def test_the_direction_is_that_of_the_field():
    drawer = GraphDrawer()
    for field, want in ((0.5, [1.0]), (-1e-3, [-1.0]), (0.0, [-1.0, 1.0])):
        data = graphs(uniform_batch([[1.0, -2.0]] * 20, field, (3, 3)))
        assert drawer(data).sign.unique().tolist() == want
        assert GraphDrawer(spin_flip=False)(data).sign.unique().tolist() == [1.0]
    balanced = random_batch(20, (3, 3))
    balanced.field = balanced.field - balanced.field.mean((1, 2), keepdim=True)
    assert drawer(graphs(balanced)).sign.unique().numel() == 2  # what is left of the sum is rounding


def test_uniform_orders():
    data = graphs(random_batch(2, (3, 3)))
    draw = GraphDrawer(exact=False)
    one, two = draw(data), draw(data)
    assert isinstance(one.order, Permutation)
    assert not torch.equal(one.order.rank, two.order.rank)
    assert "exact=False, spin_flip=True" in repr(draw)


def test_a_generator_decides():
    data = graphs(uniform_batch([[1.0, 1.0]] * 3, 0.0, (3, 3)))
    one, two = (GraphDrawer()(data, generator=torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one.order.rank, two.order.rank)
    assert torch.equal(one.sign, two.sign)
