from itertools import pairwise

import pytest
import torch

from pyg_symbreak.canonicalizers.soft_sort import SoftSort

PTR = torch.tensor([0, 4, 4, 5, 11])


def scores(scale=1.0):
    return torch.cat([torch.rand(b - a, dtype=torch.float64).sort().values for a, b in pairwise(PTR.tolist())]) * scale


def test_matrix_transpose_and_single_weights():
    soft = SoftSort.build(scores(), PTR, 0.3, 20)
    assert [soft.matrix(graph).shape[0] for graph in range(4)] == [4, 0, 1, 6]
    torch.testing.assert_close(soft.matrix(3).sum(1), torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(soft.transpose().matrix(3), soft.matrix(3).T)
    weight = soft.log_weight(torch.tensor([5, 7]), torch.tensor([10, 6])).exp()
    torch.testing.assert_close(weight, soft.matrix(3)[[0, 2], [5, 1]])
    torch.testing.assert_close(soft.matrix(2), torch.ones(1, 1, dtype=torch.float64))


def test_copies_and_devices():
    soft = SoftSort.build(scores(), PTR, 0.3, 20)
    ptr = torch.cat([PTR, PTR[1:] + 11])
    twice = soft.repeat(2, ptr)
    for graph in range(4):
        assert torch.equal(twice.matrix(graph + 4), soft.matrix(graph))
        assert torch.equal(soft.to("cpu").matrix(graph), soft.matrix(graph))
    assert twice.nodes.width == 6


@pytest.mark.parametrize("temperature", [0.01, 0.3, 5.0])
def test_products_with_vectors_and_all_their_gradients(temperature):
    score = scores().requires_grad_()
    x = torch.randn(11, 2, dtype=torch.float64, requires_grad=True)
    soft = SoftSort.build(score, PTR, temperature, 20)
    sums = soft.sums(x)
    expected = torch.cat([soft.matrix(graph) @ x[a:b] for graph, (a, b) in enumerate(pairwise(PTR.tolist()))])
    torch.testing.assert_close(sums.total, expected)
    parts = []
    for graph, (a, b) in enumerate(pairwise(PTR.tolist())):
        mask = torch.tril(torch.ones(b - a, b - a, dtype=torch.float64), -1)
        parts.append([(soft.matrix(graph) * m) @ x[a:b] for m in (mask, torch.eye(b - a), mask.T)])
    weights = torch.randn(3, 11, 2, dtype=torch.float64)
    one = sum((part * weight).sum() for part, weight in zip(sums, weights))
    other = sum((torch.cat(part) * weight).sum() for part, weight in zip(zip(*parts), weights))
    for got, wanted in zip(*(torch.autograd.grad(total, (score, x), retain_graph=True) for total in (one, other))):
        torch.testing.assert_close(got, wanted, atol=1e-10, rtol=1e-8)


def test_gradcheck():
    ptr = torch.tensor([0, 3, 4])

    def total(score, x):
        soft = SoftSort.build(score, ptr, 0.4, 5)
        return soft.sums(x).below, soft.entropy()

    score = torch.tensor([0.1, 0.4, 0.9, 0.3], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(total, (score, torch.randn(4, 2, dtype=torch.float64, requires_grad=True)))


def entropy_of(matrix):
    """By rows and by columns, each made to sum to one."""
    if matrix.numel() == 0:
        return matrix.new_zeros(())
    rows, columns = matrix / matrix.sum(1, keepdim=True), matrix / matrix.sum(0, keepdim=True)
    return -sum(torch.special.xlogy(p, p).sum() for p in (rows, columns)) / matrix.size(0)


@pytest.mark.parametrize("temperature", [0.02, 0.3, 5.0])
def test_entropy_is_that_of_the_matrices(temperature):
    score = scores().requires_grad_()
    soft = SoftSort.build(score, PTR, temperature, 3)
    expected = torch.stack([entropy_of(soft.matrix(graph)) for graph in range(4)])
    torch.testing.assert_close(soft.entropy(), expected)
    weight = torch.randn(4, dtype=torch.float64)
    one, other = (
        torch.autograd.grad((t * weight).sum(), score, retain_graph=True)[0] for t in (soft.entropy(), expected)
    )
    torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-8)


def test_entropy_of_ties_is_that_of_equal_weights():
    score = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    soft = SoftSort.build(score, torch.tensor([0, 5, 6]), 0.01, 20)
    torch.testing.assert_close(soft.entropy().exp(), torch.tensor([25.0, 1.0], dtype=torch.float64))
    (grad,) = torch.autograd.grad(soft.entropy().sum(), score)
    torch.testing.assert_close(grad, torch.zeros_like(grad))
