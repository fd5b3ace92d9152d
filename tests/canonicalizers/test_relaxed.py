from itertools import pairwise

import pytest
import torch

from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation, log_sinkhorn, soft_permutation
from pyg_symbreak.groups import Permutation

PTR = torch.tensor([0, 3, 3, 7, 8])


def draw(seed=0, temperature=0.3):
    generator = torch.Generator().manual_seed(seed)
    score = torch.randn(8, generator=generator, dtype=torch.float64, requires_grad=True)
    order = torch.cat([score[a:b].argsort() for a, b in pairwise(PTR)])
    hard = Permutation.from_order(order, PTR)
    return score, hard, soft_permutation(score, hard, temperature, 50)


def test_soft_matrices_are_doubly_stochastic_inside_each_graph_and_zero_outside():
    soft = draw()[2].detach()
    sizes = PTR.diff()
    for block, n in zip(soft, sizes.tolist()):
        torch.testing.assert_close(block[:n, :n].sum(1), torch.ones(n, dtype=torch.float64))
        torch.testing.assert_close(block[:n, :n].sum(0), torch.ones(n, dtype=torch.float64), atol=1e-2, rtol=0)
        assert block.abs().sum() == pytest.approx(n, abs=1e-6)


def test_soft_matrices_of_a_batch_are_those_of_its_graphs():
    score, hard, soft = draw()
    for g, (a, b) in enumerate(pairwise(PTR.tolist())):
        alone = soft_permutation(score[a:b], Permutation(hard.rank[a:b]), 0.3, 50)[0]
        torch.testing.assert_close(soft[g, : b - a, : b - a], alone)


def test_soft_sorting_hardens_as_the_temperature_falls():
    _, hard, soft = draw(temperature=1e-3)
    torch.testing.assert_close(soft.detach(), hard.matrix(torch.float64), atol=1e-3, rtol=0)


def test_forward_is_the_permutation_and_backward_the_soft_matrix():
    _, hard, soft = draw()
    soft = soft.detach().requires_grad_()
    g = RelaxedPermutation(hard.rank, PTR, soft)
    x = torch.randn(8, 2, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(8, 2, dtype=torch.float64)
    out = g.act(x)
    assert torch.equal(out, hard.act(x))
    (out * weight).sum().backward()
    torch.testing.assert_close(x.grad, hard.inverse().act(weight))
    expected = torch.zeros_like(soft)
    for b, (begin, end) in enumerate(pairwise(PTR.tolist())):
        n = end - begin
        expected[b, :n, :n] = weight[begin:end] @ x.detach()[begin:end].T
    torch.testing.assert_close(soft.grad, expected)


@pytest.mark.parametrize("dims", [(1,), (1, 2), (2,)])
def test_dense_action_is_exact_forward_and_has_a_gradient(dims):
    _, hard, soft = draw()
    soft = soft.detach().requires_grad_()
    g = RelaxedPermutation(hard.rank, PTR, soft)
    x = torch.randn(4, 5, 5, 2, dtype=torch.float64)
    out = g.act_dense(x, dims)
    assert torch.equal(out, hard.act_dense(x, dims))
    out.square().sum().backward()
    assert soft.grad.abs().sum() > 0
    flat = x[:, :, 0, 0]
    assert torch.equal(g.act_dense(flat), hard.act_dense(flat))


def test_group_operations_keep_both_parts():
    _, a, soft_a = draw(0)
    _, b, soft_b = draw(1)
    g, h = RelaxedPermutation(a.rank, PTR, soft_a), RelaxedPermutation(b.rank, PTR, soft_b)
    x = torch.randn(8, dtype=torch.float64)
    for product, hard in ((g @ h, a @ b), (g @ b, a @ b), (a @ h, a @ b), (g.inverse(), a.inverse())):
        assert isinstance(product, RelaxedPermutation)
        assert product == hard
        assert torch.equal(product.act(x), hard.act(x))
    torch.testing.assert_close((g @ h).soft, soft_a @ soft_b)
    assert torch.equal(g.inverse().soft, soft_a.transpose(1, 2))
    assert g.repeat(2) == a.repeat(2)
    assert type(g.detach()) is Permutation
    assert torch.equal(g.matrix(torch.float64), a.matrix(torch.float64))
    assert g.matrix().requires_grad
    assert g.to("cpu") == a
    assert torch.equal(g.act(torch.arange(8)), a.act(torch.arange(8))), "integers move as well"


def test_empty():
    g = RelaxedPermutation(torch.empty(0, dtype=torch.long), torch.tensor([0, 0]), torch.empty(1, 0, 0))
    assert g.act(torch.empty(0, 3)).shape == (0, 3)
    assert g.act_dense(torch.empty(1, 0, 3)).shape == (1, 0, 3)
    none = Permutation(torch.empty(0, dtype=torch.long), torch.tensor([0]))
    assert soft_permutation(torch.empty(0), none, 0.1, 3).shape == (0, 0, 0)


def test_sinkhorn_keeps_gradients_finite():
    logits = torch.randn(2, 4, 4, requires_grad=True)
    log_sinkhorn(logits * 100, 20).exp()[:, 0, 0].sum().backward()
    assert torch.isfinite(logits.grad).all()
    score, _, soft = draw()
    (soft * torch.rand_like(soft)).sum().backward()
    assert torch.isfinite(score.grad).all()
    assert (score.grad[:-1] != 0).any()


def test_errors():
    with pytest.raises(ValueError, match=r"'RelaxedPermutation' expected 'soft' of shape \[1, 2, 2\] \(got \[2, 2\]\)"):
        RelaxedPermutation(torch.tensor([0, 1]), torch.tensor([0, 2]), torch.eye(2))
