from itertools import product

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pyg_symbreak.nn.ign import hom_dimension, set_partitions, stirling

BELL = (1, 1, 2, 5, 15, 52, 203)


def test_known_partitions():
    assert set_partitions(0) == ((),)
    assert set_partitions(3) == (
        ((0,), (1,), (2,)),
        ((0,), (1, 2)),
        ((0, 1), (2,)),
        ((0, 2), (1,)),
        ((0, 1, 2),),
    )
    assert set_partitions(3, max_blocks=1) == (((0, 1, 2),),)
    assert set_partitions(3, max_blocks=0) == ()


def test_numbers_of_partitions():
    for size, bell in enumerate(BELL):
        found = set_partitions(size)
        assert len(set(found)) == len(found) == bell
        for blocks in range(size + 2):
            assert stirling(size, blocks) == sum(len(partition) == blocks for partition in found)
        assert all(sorted(sum(partition, ())) == list(range(size)) for partition in found)


def orbits(order, n):
    """The number of orbits of the symmetric group on tuples, by its two generators: the dimension of the kernel of the
    equivariance constraint, which says that a tensor is constant along both."""
    index = np.stack(np.unravel_index(np.arange(n**order), (n,) * order)) if order else np.zeros((0, 1), dtype=int)
    swap, turn = np.arange(n), np.roll(np.arange(n), 1)
    swap[:2] = swap[:2][::-1]
    source = np.arange(n**order)
    edges = [np.ravel_multi_index(tuple(g[index]), (n,) * order) if order else source for g in (swap, turn)]
    row, column = np.tile(source, 2), np.concatenate(edges)
    graph = coo_matrix((np.ones(row.size), (row, column)), shape=(source.size, source.size))
    return connected_components(graph, directed=False)[0]


@pytest.mark.parametrize("order", range(7))
def test_dimensions_are_those_of_the_kernel_of_the_constraint(order):
    for n in range(1, 9):
        expected = orbits(order, n)
        for in_order in range(order + 1):
            assert hom_dimension(in_order, order - in_order, n) == expected == len(set_partitions(order, n))


def test_the_kernel_by_linear_algebra():
    for order, n in ((2, 3), (3, 2), (4, 2), (4, 3), (2, 5), (3, 4)):
        index = np.array(list(product(range(n), repeat=order)))
        constraints = []
        for g in ([1, 0, *range(2, n)], [*range(1, n), 0]):
            moved = np.ravel_multi_index(tuple(np.array(g)[index].T), (n,) * order)
            constraints.append(np.eye(n**order)[moved] - np.eye(n**order))
        assert n**order - np.linalg.matrix_rank(np.concatenate(constraints)) == hom_dimension(order, 0, n)


def test_dimensions_of_the_literature():
    assert [hom_dimension(2, 2, n) for n in (2, 3, 4, 5)] == [8, 14, 15, 15]
    assert hom_dimension(1, 2, 3) == 5
    assert hom_dimension(1, 1, 2) == 2
    assert hom_dimension(3, 2, 5) == 52
    assert hom_dimension(2, 2, 0) == 0
    assert hom_dimension(0, 0, 0) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: set_partitions(-1), r"'set_partitions' expected 'size' to be at least 0 \(got -1\)"),
        (lambda: set_partitions(2, -2), r"'set_partitions' expected 'max_blocks' to be at least 0 \(got -2\)"),
        (lambda: stirling(2, -1), r"'stirling' expected 'blocks' to be at least 0 \(got -1\)"),
        (lambda: hom_dimension(1, 1, -1), r"'hom_dimension' expected 'num_nodes' to be at least 0 \(got -1\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
