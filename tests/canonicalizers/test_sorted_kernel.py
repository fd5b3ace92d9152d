from itertools import pairwise

import pytest
import torch

from pyg_symbreak.canonicalizers.sorted_kernel import SortedValues, following, kernel_sums

PTR = torch.tensor([0, 4, 4, 5, 11])


def values(scale=1.0, tied=False):
    value = torch.cat([torch.rand(b - a, dtype=torch.float64).sort().values for a, b in pairwise(PTR.tolist())]) * scale
    if tied:
        value[1] = value[2]
        value[7:10] = value[7]
    return value


def dense(value, row, column):
    out = torch.zeros(11, 11, dtype=torch.float64)
    for a, b in pairwise(PTR.tolist()):
        part = slice(a, b)
        distance = (value[part].unsqueeze(1) - value[part]).abs()
        out[part, part] = (row[part].unsqueeze(1) + column[part] - distance).exp()
    return out


def test_runs_of_equal_values_stay_inside_graphs():
    nodes = SortedValues.build(torch.tensor([1.0, 1.0, 2.0, 2.0, 2.0]), torch.tensor([0, 3, 3, 5]))
    assert nodes.first.tolist() == [0, 0, 2, 3, 3]
    assert nodes.last.tolist() == [1, 1, 2, 4, 4]
    assert nodes.gap.tolist() == [float("inf"), 0, 1, float("inf"), 0]
    assert nodes.width == 3
    assert SortedValues.build(torch.empty(0), torch.tensor([0])).width == 0


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_sums_are_those_of_the_matrix(scale, tied):
    value = values(scale, tied)
    # Potentials that differ by no more than the values: half of their differences, up or down.
    row, column = 0.5 * value - 1, 0.3 * (value - value.mean())
    x = torch.randn(11, 3, dtype=torch.float64)
    nodes = SortedValues.build(value, PTR)
    matrix = dense(value, row, column)
    sums = kernel_sums(nodes, row, column, x)
    smaller = value.unsqueeze(0) < value.unsqueeze(1)
    larger = value.unsqueeze(0) > value.unsqueeze(1)
    for got, mask in ((sums.below, smaller), (sums.level, ~smaller & ~larger), (sums.above, larger)):
        torch.testing.assert_close(got, (matrix * mask) @ x, atol=1e-12 * float(matrix.max()), rtol=1e-9)
    torch.testing.assert_close(sums.total, matrix @ x)
    single = kernel_sums(nodes, row, column, x.float()).total
    torch.testing.assert_close(single, (matrix @ x).float(), rtol=1e-4, atol=1e-5 * float(matrix.max()))


def test_following():
    assert following(torch.tensor([1.0, 2.0])).tolist() == [2.0, float("inf")]
    assert following(torch.tensor([1.0, 2.0]), 0.0).tolist() == [2.0, 0.0]
    assert following(torch.empty(0)).numel() == 0
