from itertools import pairwise

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.canonicalizers.relaxed import RelaxedPermutation
from pyg_symbreak.groups import Permutation

PTR = torch.tensor([0, 3, 3, 7, 8])
SIZES = PTR.diff().tolist()


def draw(seed=0, temperature=0.3, num_iters=20, score=None):
    generator = torch.Generator().manual_seed(seed)
    if score is None:
        score = torch.randn(8, generator=generator, dtype=torch.float64)
    score = score.clone().requires_grad_()
    order = torch.cat([score[a:b].argsort() for a, b in pairwise(PTR)])
    hard = Permutation.from_order(order, PTR)
    return score, hard, RelaxedPermutation.sort(score, hard, temperature, num_iters)


def dense_soft(score, hard, temperature=0.3, num_iters=20):
    """The soft sort of every graph as a matrix, by autograd through unrolled sweeps."""
    blocks = []
    for a, b in pairwise(hard.ptr.tolist()):
        logits = -(score[a:b][hard.order[a:b]].unsqueeze(1) - score[a:b]).abs() / temperature
        for _ in range(num_iters):
            logits = logits - logits.logsumexp(0, keepdim=True)
            logits = logits - logits.logsumexp(1, keepdim=True)
        blocks.append(logits.exp())
    return blocks


def padded(blocks, width=4):
    return torch.stack([torch.nn.functional.pad(b, (0, width - len(b), 0, width - len(b))) for b in blocks])


def hardened(soft, hard):
    """Matrices with the values of permutations and the gradients of the soft ones."""
    return hard.matrix(torch.float64) + padded(soft) - padded(soft).detach()


@pytest.mark.parametrize("temperature", [0.01, 0.3, 3.0])
@pytest.mark.parametrize("num_iters", [0, 1, 20])
def test_soft_matrices_are_those_of_unrolled_sweeps(temperature, num_iters):
    score, hard, g = draw(0, temperature, num_iters)
    expected = dense_soft(score, hard, temperature, num_iters)
    for graph, block in enumerate(expected):
        torch.testing.assert_close(g.soft(graph), block, atol=1e-12, rtol=0)


def test_soft_matrices_are_doubly_stochastic():
    _, _, g = draw(num_iters=50)
    for graph, n in enumerate(SIZES):
        block, ones = g.soft(graph).detach(), torch.ones(n, dtype=torch.float64)
        torch.testing.assert_close(block.sum(1), ones)
        torch.testing.assert_close(block.sum(0), ones, atol=1e-3, rtol=0)


def test_soft_sorting_hardens_as_the_temperature_falls():
    _, hard, g = draw(temperature=1e-3)
    for graph, n in enumerate(SIZES):
        expected = hard.matrix(torch.float64)[graph, :n, :n]
        torch.testing.assert_close(g.soft(graph).detach(), expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("temperature", [0.01, 0.3, 3.0])
@pytest.mark.parametrize("tied", [False, True])
def test_forward_is_the_permutation_and_backward_the_soft_matrix(temperature, tied):
    given = torch.tensor([0.5, 0.1, 0.5, 2.0, 2.0, 0.0, 2.0, 1.0], dtype=torch.float64) if tied else None
    score, hard, g = draw(0, temperature, score=given)
    x = torch.randn(8, 2, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(8, 2, dtype=torch.float64)
    out = g.act(x)
    assert torch.equal(out, hard.act(x))
    got, grad_x = torch.autograd.grad((out * weight).sum(), (score, x))
    torch.testing.assert_close(grad_x, hard.inverse().act(weight))
    soft = dense_soft(score, hard, temperature)
    total = sum(((s @ x[a:b].detach()) * weight[a:b]).sum() for s, (a, b) in zip(soft, pairwise(PTR.tolist())))
    (expected,) = torch.autograd.grad(total, score)
    torch.testing.assert_close(got, expected, atol=1e-10, rtol=1e-9)
    assert temperature < 0.1 or float(got.abs().max()) > 1e-4


@pytest.mark.parametrize("dims", [(1,), (1, 2), (2,)])
def test_dense_action_is_exact_forward_and_has_the_gradient_of_the_matrices(dims):
    score, hard, g = draw()
    x = torch.randn(4, 5, 5, 2, dtype=torch.float64, requires_grad=True)
    out = g.act_dense(x, dims)
    assert torch.equal(out, hard.act_dense(x, dims))
    weight = torch.randn_like(out)
    got, grad_x = torch.autograd.grad((out * weight).sum(), (score, x))
    torch.testing.assert_close(grad_x, hard.inverse().act_dense(weight, dims))
    # Padding stays where it is, so the matrices have ones there.
    matrix = torch.nn.functional.pad(hardened(dense_soft(score, hard), hard), (0, 1, 0, 1))
    padding = torch.arange(5) >= PTR.diff().unsqueeze(1)
    matrix = matrix + torch.diag_embed(padding.double())
    expected = x.detach()
    for dim in dims:
        expected = torch.einsum("bpq,bqic->bpic" if dim == 1 else "bpq,biqc->bipc", matrix, expected)
    torch.testing.assert_close(out, expected)
    (expected,) = torch.autograd.grad((expected * weight).sum(), score)
    torch.testing.assert_close(got, expected, atol=1e-10, rtol=1e-9)
    flat = x.detach()[:, :, 0, 0]
    assert torch.equal(g.act_dense(flat), hard.act_dense(flat))
    assert torch.equal(g.act_dense(flat.long()), hard.act_dense(flat.long()))


def test_gradients_of_single_precision_are_those_of_double():
    score, _, g = draw(temperature=0.05)
    x, weight = torch.randn(2, 8, 3, dtype=torch.float64)
    (exact,) = torch.autograd.grad((g.act(x) * weight).sum(), score, retain_graph=True)
    (single,) = torch.autograd.grad((g.act(x.float()) * weight.float()).sum(), score, retain_graph=True)
    torch.testing.assert_close(single, exact, atol=1e-4, rtol=1e-4)
    (half,) = torch.autograd.grad((g.act(x.bfloat16()) * weight.bfloat16()).float().sum(), score)
    torch.testing.assert_close(half, exact, atol=0.5, rtol=0.1)


def test_group_operations_keep_both_parts():
    score_a, a, g = draw(0)
    score_b, b, h = draw(1)
    x = torch.randn(8, 2, dtype=torch.float64)
    weight = torch.randn(8, 2, dtype=torch.float64)
    dense_a, dense_b = hardened(dense_soft(score_a, a), a), hardened(dense_soft(score_b, b), b)
    cases = {
        "both": (g @ h, a @ b, dense_a @ dense_b),
        "left": (g @ b, a @ b, dense_a @ b.matrix(torch.float64)),
        "right": (a @ h, a @ b, a.matrix(torch.float64) @ dense_b),
        "inverse": (g.inverse(), a.inverse(), dense_a.mT),
        "all": (a @ (g @ h).inverse() @ g, a @ (a @ b).inverse() @ a, None),
    }
    cases["all"] = (*cases["all"][:2], a.matrix(torch.float64) @ dense_b.mT @ dense_a.mT @ dense_a)
    place = [(graph, i) for graph, n in enumerate(SIZES) for i in range(n)]
    for product, hard, matrix in cases.values():
        assert isinstance(product, RelaxedPermutation)
        assert product == hard
        out = product.act(x)
        assert torch.equal(out, hard.act(x))
        got = torch.autograd.grad((out * weight).sum(), (score_a, score_b), retain_graph=True, allow_unused=True)
        dense = torch.zeros(4, 4, 2, dtype=torch.float64)
        dense[tuple(zip(*place))] = x
        out = (matrix @ dense)[tuple(zip(*place))]
        expected = torch.autograd.grad((out * weight).sum(), (score_a, score_b), retain_graph=True, allow_unused=True)
        for one, other in zip(got, expected):
            assert (one is None) == (other is None)
            if one is not None:
                torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-9)
    assert type(g.detach()) is Permutation
    assert torch.equal(g.matrix(torch.float64), a.matrix(torch.float64))
    (got,) = torch.autograd.grad((g.matrix(torch.float64) * dense_b.detach()).sum(), score_a, retain_graph=True)
    (expected,) = torch.autograd.grad((dense_a * dense_b.detach()).sum(), score_a, retain_graph=True)
    torch.testing.assert_close(got, expected)
    torch.testing.assert_close(g.inverse().soft(2), g.soft(2).T)
    assert torch.equal(g.act(torch.arange(8)), a.act(torch.arange(8))), "integers move as well"


def test_copies_share_their_scores():
    score, hard, g = draw()
    copies = g.repeat(2)
    assert copies == hard.repeat(2)
    x, weight = torch.randn(2, 16, 3, dtype=torch.float64)
    (got,) = torch.autograd.grad((copies.act(x) * weight).sum(), score, retain_graph=True)
    total = sum((g.act(x[part]) * weight[part]).sum() for part in (slice(8), slice(8, 16)))
    (expected,) = torch.autograd.grad(total, score, retain_graph=True)
    torch.testing.assert_close(got, expected)
    torch.testing.assert_close(copies.soft(6), g.soft(2))
    moved = g.to("cpu")
    assert moved == hard
    torch.testing.assert_close(moved.soft(0), g.soft(0))


@pytest.mark.parametrize("graph", [0, 2, 3])
def test_graphs_never_mix(graph):
    score, hard, g = draw()
    x, weight = torch.randn(2, 8, 2, dtype=torch.float64)
    (together,) = torch.autograd.grad((g.act(x) * weight).sum(), score)
    part = slice(int(PTR[graph]), int(PTR[graph + 1]))
    alone = score.detach()[part].requires_grad_()
    single = RelaxedPermutation.sort(alone, Permutation(hard.rank[part]), 0.3)
    (expected,) = torch.autograd.grad((single.act(x[part]) * weight[part]).sum(), alone)
    torch.testing.assert_close(together[part], expected, atol=1e-12, rtol=0)
    # Whatever the other graphs hold, not a number of a graph depends on it.
    wild = torch.full_like(x, 1e200)
    wild[part] = x[part]
    again = draw()
    (got,) = torch.autograd.grad((again[2].act(wild)[part] * weight[part]).sum(), again[0])
    torch.testing.assert_close(got[part], expected, atol=1e-12, rtol=0)


def test_moved_data_remembers_the_moves():
    _, _, g = draw()
    data = Data(x=torch.randn(8, 1), batch=torch.arange(4).repeat_interleave(PTR.diff()), ptr=PTR)
    moved = g.act_data(data)
    assert moved.relaxed is g
    assert "relaxed" not in data
    twice = g.act_data(moved)
    assert twice.relaxed == g.detach() @ g.detach()
    assert len(twice.relaxed.moves) == 2


def test_empty():
    none = Permutation(torch.empty(0, dtype=torch.long), torch.tensor([0, 0]))
    g = RelaxedPermutation.sort(torch.empty(0, requires_grad=True), none)
    assert g.act(torch.empty(0, 3)).shape == (0, 3)
    assert g.act_dense(torch.empty(1, 0, 3)).shape == (1, 0, 3)
    assert g.matrix().shape == (1, 0, 0)
    assert g.soft(0).shape == (0, 0)
    nobody = Permutation(torch.empty(0, dtype=torch.long), torch.tensor([0]))
    assert RelaxedPermutation.sort(torch.empty(0), nobody).matrix().shape == (0, 0, 0)


@pytest.mark.parametrize(
    "score", [[0.0] * 8, [1e4, 0, -1e4, 1e6, 0, 0, 1e-9, 3], [1e-7, 0, 2e-7, 0, 1, 1, 1 + 1e-12, 0]]
)
def test_gradients_are_finite_on_ties_and_extremes(score):
    for temperature in (0.01, 1.0):
        score_leaf, _, g = draw(score=torch.tensor(score, dtype=torch.float64), temperature=temperature)
        (grad,) = torch.autograd.grad(g.act(torch.randn(8, 4)).square().sum() + g.soft(2)[0, 1], score_leaf)
        assert torch.isfinite(grad).all()


def test_errors():
    _, hard, g = draw()
    with pytest.raises(ValueError, match=r"'RelaxedPermutation.sort' expected 8 scores \(got \[3\]\)"):
        RelaxedPermutation.sort(torch.ones(3), hard)
    with pytest.raises(ValueError, match=r"'soft' expected a single relaxed permutation \(got a product of 2\)"):
        (g @ g).soft(0)
