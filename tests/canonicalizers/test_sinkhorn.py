from itertools import pairwise

import pytest
import torch

from pyg_symbreak.canonicalizers.sinkhorn import sinkhorn_potentials
from pyg_symbreak.canonicalizers.sorted_kernel import SortedValues

PTR = torch.tensor([0, 4, 4, 5, 11])


def values(scale):
    return torch.cat([torch.rand(b - a, dtype=torch.float64).sort().values for a, b in pairwise(PTR.tolist())]) * scale


def unrolled(value, num_iters):
    """Both potentials by autograd through sweeps over matrices."""
    rows, columns = [], []
    for a, b in pairwise(PTR.tolist()):
        kernel = -(value[a:b].unsqueeze(1) - value[a:b]).abs()
        row, column = value.new_zeros(2, b - a).unbind(0)
        for _ in range(num_iters):
            column = -(kernel + row.unsqueeze(1)).logsumexp(0)
            row = -(kernel + column).logsumexp(1)
        rows.append(row)
        columns.append(column)
    return torch.cat(rows), torch.cat(columns)


def potentials(value, num_iters=20):
    return sinkhorn_potentials(value, SortedValues.build(value, PTR), num_iters)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("num_iters", [0, 1, 2, 20])
def test_potentials_and_gradients_are_those_of_unrolled_sweeps(scale, num_iters):
    value = values(scale).requires_grad_()
    got, expected = potentials(value, num_iters), unrolled(value, num_iters)
    torch.testing.assert_close(got, expected, atol=1e-11, rtol=1e-9)
    if num_iters > 0:
        for weights in ((1.0, 0.0), (0.0, 1.0), (1.0, -2.0)):
            cotangent = torch.randn(11, dtype=torch.float64)
            one, other = (
                torch.autograd.grad(sum(w * (p * cotangent).sum() for w, p in zip(weights, pair)), value,
                                    retain_graph=True)[0]
                for pair in (got, expected)
            )  # fmt: skip
            torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-8)


def test_gradcheck():
    assert torch.autograd.gradcheck(lambda value: potentials(value, 7), values(3.0).requires_grad_())


def test_rows_sum_to_one_and_columns_in_the_limit():
    value = values(2.0)
    for num_iters, slack in ((20, 1e-2), (500, 1e-8)):
        row, column = potentials(value, num_iters)
        for a, b in pairwise(PTR.tolist()):
            distance = (value[a:b].unsqueeze(1) - value[a:b]).abs()
            weights = (row[a:b].unsqueeze(1) + column[a:b] - distance).exp()
            torch.testing.assert_close(weights.sum(1), torch.ones(b - a, dtype=torch.float64))
            torch.testing.assert_close(weights.sum(0), torch.ones(b - a, dtype=torch.float64), atol=slack, rtol=0)


def test_large_graphs_far_apart_do_not_overflow():
    value = torch.cat([torch.zeros(500), torch.full((500,), 1e5), torch.linspace(2e5, 2e5 + 10, 500)]).double()
    row, column = sinkhorn_potentials(value, SortedValues.build(value, torch.tensor([0, 1500])), 40)
    assert torch.isfinite(row).all()
    assert torch.isfinite(column).all()


def test_memory_is_a_few_numbers_a_node():
    value = torch.rand(2000, dtype=torch.float64).sort().values.requires_grad_()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(x.numel()) or x, lambda x: x):
        sinkhorn_potentials(value * 10, SortedValues.build(value, torch.tensor([0, 2000])), 20)
    assert sum(saved) <= 45 * 2000
