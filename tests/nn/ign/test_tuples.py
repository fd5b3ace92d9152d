from itertools import pairwise, permutations, product

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.nn.ign import Tuples
from pyg_symbreak.nn.ign.basis import keys

SIZES = [3, 0, 1, 2]


@pytest.fixture
def tuples():
    return Tuples(torch.tensor([0, 3, 3, 4, 6]))


@pytest.mark.parametrize("order", range(4))
def test_tuples_are_listed_graph_by_graph_in_lexicographic_order(tuples, order):
    expected, first = [], 0
    for number, size in enumerate(SIZES):
        expected += [(number, *(first + i for i in place)) for place in product(range(size), repeat=order)]
        first += size
    assert tuples.count(order) == len(expected)
    found = torch.cat([tuples.graph(order).view(1, -1), tuples.nodes(order)]).t()
    assert [tuple(row) for row in found.tolist()] == expected
    again = tuples.number(tuples.graph(order), tuples.places(order))
    assert torch.equal(again, torch.arange(len(expected)))


def test_of_a_batch():
    batch = Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=1)])
    assert Tuples.of(batch).ptr.tolist() == [0, 2, 3]
    assert Tuples.of(Data(num_nodes=4)).num_graphs == 1


def test_diagonals_and_orbits(tuples):
    def listed(rows, order):
        return [tuple(row) for row in tuples.nodes(order)[:, rows].t().tolist()]

    assert listed(tuples.diagonal(2, ((0, 1),)), 2) == [(i, i) for i in range(6)]
    assert listed(tuples.orbit(2, ((0,), (1,))), 2) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (4, 5), (5, 4)]
    found = listed(tuples.orbit(3, ((0, 2), (1,))), 3)
    assert found == [
        (i, j, i) for i in range(6) for j in range(6) if (i, j) in listed(tuples.orbit(2, ((0,), (1,))), 2)
    ]
    assert tuples.orbit(0, ()).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("order", [2, 3])
def test_turns_permute_the_axes(tuples, order):
    turns, count = list(permutations(range(order))), tuples.count(order)
    x = torch.randn(count, len(turns), 2)
    row = {tuple(nodes): number for number, nodes in enumerate(tuples.nodes(order).t().tolist())}
    expected = torch.zeros(count, 2)
    for nodes, number in row.items():
        for place, axes in enumerate(turns):
            target = [0] * order
            for a, b in enumerate(axes):
                target[b] = nodes[a]
            expected[row[tuple(target)]] += x[number, place]
    bags = tuples.turns(order)
    torch.testing.assert_close(bags.sum(x.view(-1, 2)), expected)
    _check_transposed(bags)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_pools_read_every_key(tuples, order):
    x = torch.randn(tuples.count(order), 1, dtype=torch.double)
    pooled = x
    for level in range(order - 1, -1, -1):
        bags = tuples.pools(order, level)
        _check_transposed(bags)
        pooled = bags.sum(pooled.view(-1, 1))
        found = pooled.view(tuples.count(level), -1)
        here = {(b, *nodes): n for n, (b, *nodes) in enumerate(_rows(tuples, level))}
        for column, key in enumerate(keys(order, level)):
            expected = torch.zeros(tuples.count(level), dtype=torch.double)
            for number, (graph, *nodes) in enumerate(_rows(tuples, order)):
                ends = [{nodes[axis] for axis in block} for block in key.partition]
                if all(len(end) == 1 for end in ends):
                    expected[here[(graph, *(min(ends[block]) for block in key.kept))]] += x[number, 0]
            torch.testing.assert_close(found[:, column], expected)


def _rows(tuples, order):
    return torch.cat([tuples.graph(order).view(1, -1), tuples.nodes(order)]).t().tolist()


def _check_transposed(bags):
    def pairs(index, offsets):
        return [(bag, row) for bag, ends in enumerate(pairwise(offsets)) for row in index[ends[0] : ends[1]]]

    forth = pairs(bags.index.tolist(), bags.offsets.tolist())
    back = pairs(bags.index_t.tolist(), bags.offsets_t.tolist())
    assert sorted(forth) == sorted((bag, row) for row, bag in back)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_padding_there_and_back(tuples, order):
    x = torch.arange(1.0, tuples.count(order) + 1).view(-1, 1)
    padded = tuples.pad(x, order)
    assert padded.shape == (4, *[3] * order, 1)
    assert padded.sum() == x.sum()
    assert torch.equal(tuples.unpad(padded, order), x)


def test_padded_pairs_stand_where_they_belong(tuples):
    padded = tuples.pad(torch.arange(1.0, 15).view(-1, 1), 2).squeeze(-1)
    assert padded[0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert not padded[1].any()
    assert padded[3].tolist() == [[11, 12, 0], [13, 14, 0], [0, 0, 0]]


def test_buckets_hold_every_pair_once():
    tuples = Tuples(torch.tensor([0, 3, 3, 4, 6, 15, 20]))
    buckets = tuples.buckets()
    assert [(bucket.num_graphs, bucket.width) for bucket in buckets] == [(3, 3), (1, 5), (1, 9)]
    assert sorted(torch.cat([bucket.rows for bucket in buckets]).tolist()) == list(range(tuples.count(2)))
    i, j = tuples.places(2)
    for bucket in buckets:
        assert torch.equal(bucket.cells % bucket.width, j[bucket.rows])
        assert torch.equal(bucket.cells // bucket.width % bucket.width, i[bucket.rows])
        assert bucket.cells.unique().numel() == bucket.cells.numel()
    assert Tuples(torch.tensor([0, 0])).buckets() == []


@pytest.mark.parametrize("ptr", [[], [1, 2], [0, 3, 2], [0.0, 1.0], [[0, 1]]])
def test_offsets_that_are_none(ptr):
    with pytest.raises(ValueError, match=r"'Tuples' expected ascending offsets that start at zero \(got \["):
        Tuples(torch.tensor(ptr))
