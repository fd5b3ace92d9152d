import pytest
import torch

from pyg_symbreak.nn.ign import hom_dimension, set_partitions
from pyg_symbreak.nn.ign.basis import Key, basis_maps, basis_matrix, keys

ORDERS = [(k, l) for k in range(7) for l in range(7 - k)]


@pytest.mark.parametrize(("k", "l"), ORDERS)
def test_one_map_for_every_partition(k, l):
    found = [basis.partition for basis in basis_maps(k, l)]
    assert len(found) == len(set(found))
    assert set(found) == set(set_partitions(k + l))


@pytest.mark.parametrize(("k", "l"), ORDERS)
def test_the_rank_is_the_dimension(k, l):
    # Maps are constant on orbits, so that one tuple an orbit is enough: for n nodes, those with at most n indices.
    order = k + l
    index = torch.zeros(len(set_partitions(order)), order, dtype=torch.long)
    for row, partition in enumerate(set_partitions(order)):
        for number, block in enumerate(partition):
            index[row, list(block)] = number
    columns = []
    for basis in basis_maps(k, l):
        equal = torch.ones(index.size(0), dtype=torch.bool)
        for block in basis.partition:
            equal &= (index[:, list(block)] == index[:, block[:1]]).all(1)
        columns.append(equal.double())
    values = torch.stack(columns, 1)
    blocks = torch.tensor([len(partition) for partition in set_partitions(order)])
    for n in range(1, 9):
        assert torch.linalg.matrix_rank(values[blocks <= n]) == hom_dimension(k, l, n)


@pytest.mark.parametrize(("k", "l"), [(1, 1), (1, 2), (2, 1), (2, 2), (0, 3), (3, 1)])
def test_matrices_commute_with_permutations_and_are_independent(k, l):
    n = 4
    matrices = torch.stack([basis_matrix(basis.partition, k, l, n) for basis in basis_maps(k, l)])
    assert torch.linalg.matrix_rank(matrices.flatten(1)) == hom_dimension(k, l, n)
    move = torch.eye(n, dtype=torch.double)[torch.tensor([2, 0, 3, 1])]

    def power(order):
        out = torch.ones(1, 1, dtype=torch.double)
        for _ in range(order):
            out = torch.kron(out, move)
        return out

    for matrix in matrices:
        assert torch.equal(power(l) @ matrix, matrix @ power(k))


def test_known_matrices():
    total = basis_matrix(((0,), (1,)), 2, 0, 2)
    assert total.tolist() == [[1.0, 1.0, 1.0, 1.0]]
    assert basis_matrix(((0, 3), (1, 2)), 2, 2, 2).tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    assert basis_matrix((), 0, 0, 5).tolist() == [[1.0]]


def test_keys_of_pairs():
    diagonal, itself = ((0, 1),), ((0,), (1,))
    assert keys(2, 0) == (Key(itself, ()), Key(diagonal, ()))
    assert keys(2, 1) == (Key(itself, (0,)), Key(itself, (1,)), Key(diagonal, (0,)))
    assert keys(2, 2) == (Key(itself, (0, 1)),)
    assert [basis.num_sums for basis in basis_maps(1, 1)] == [1, 0]


def test_errors():
    with pytest.raises(ValueError, match=r"'basis_matrix' expected a partition of 0 … 1 \(got \(\(0,\),\)\)"):
        basis_matrix(((0,),), 1, 1, 2)
