import pytest
import torch

from pyg_symbreak.canonicalizers import RelaxedLatticeSymmetry
from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from tests.canonicalizers.lattice_cases import CUBIC, named

GROUPS = [
    LatticeGroup.p1(5),
    LatticeGroup.p4m(3),
    LatticeGroup.p2mm(4, 5),
    LatticeGroup.p4(4, spin_flip=True),
]
KINDS = ["dense", "spin", "bond", "regular", "node"]
COUNT = 3


def relaxed(group, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    hard = LatticeSymmetry.random(COUNT, group, generator)
    soft = torch.randn(COUNT, len(group), dtype=dtype, generator=generator).softmax(1)
    return RelaxedLatticeSymmetry(hard.index, group, soft.requires_grad_())


def values(group, kind, dtype=torch.float64, leading=COUNT):
    shape = {
        "dense": (leading, 2, *group.sizes),
        "spin": (leading, *group.sizes),
        "bond": (leading, 2, group.dim, *group.sizes),
        "regular": (leading, group.num_parts, 2, *group.sizes),
        "node": (leading * group.num_sites, 2),
    }[kind]
    return torch.randn(shape, dtype=dtype)


def mean_action(g, x, kind):
    """The weighted mean over all elements, written out."""
    total = 0
    for k in range(len(g.group)):
        moved = LatticeSymmetry(torch.full_like(g.index, k), g.group).act_as(x, kind)
        weight = g.soft[:, k].repeat_interleave(x.size(0) // g.num_graphs)
        total = total + weight.view(-1, *[1] * (x.dim() - 1)) * moved
    return total


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("group", [*GROUPS, CUBIC], ids=repr)
def test_forward_is_hard_and_backward_that_of_the_mean(group, kind):
    g = relaxed(group)
    x = values(group, kind).requires_grad_()
    out = g.act_as(x, kind)
    assert torch.equal(out, g.detach().act_as(x, kind))
    probe = torch.randn_like(out)
    actual, back = torch.autograd.grad((out * probe).sum(), (g.soft, x))
    (wanted,) = torch.autograd.grad((mean_action(g, x, kind) * probe).sum(), g.soft)
    torch.testing.assert_close(actual, wanted, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(back, g.detach().inverse().act_as(probe, kind))  # what is moved: that of the element


@pytest.mark.parametrize("build", ["inverse", "left", "right", "both", "repeat"])
@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_products_and_inverses(group, build):
    a, b = relaxed(group), relaxed(group, 1)
    plain = LatticeSymmetry.random(COUNT, group)
    g, expected, mean = {
        "inverse": lambda: (a.inverse(), a.detach().inverse(), None),
        "left": lambda: (a @ plain, a.detach() @ plain, lambda x: mean_action(a, plain.act_as(x, kind), kind)),
        "right": lambda: (plain @ a, plain @ a.detach(), lambda x: plain.act_as(mean_action(a, x, kind), kind)),
        "both": lambda: (
            a @ b,
            a.detach() @ b.detach(),
            lambda x: mean_action(a, mean_action(b, x, kind), kind),
        ),
        "repeat": lambda: (a.repeat(1), a.detach(), lambda x: mean_action(a, x, kind)),
    }[build]()
    assert isinstance(g, RelaxedLatticeSymmetry)
    assert type(g.detach()) is LatticeSymmetry
    assert torch.equal(g.index, expected.index)
    torch.testing.assert_close(g.soft.sum(1), torch.ones(COUNT, dtype=torch.float64))
    for kind in ("bond", "regular"):
        x = values(group, kind)
        if mean is not None:
            torch.testing.assert_close(mean_action(g, x, kind), mean(x))
        else:  # the transpose of an orthogonal action
            y = values(group, kind)
            left, right = (mean_action(g, x, kind) * y).sum(), (x * mean_action(a, y, kind)).sum()
            torch.testing.assert_close(left, right)
        probe = torch.randn_like(x)
        (actual,) = torch.autograd.grad((g.act_as(x, kind) * probe).sum(), a.soft, retain_graph=True)
        (wanted,) = torch.autograd.grad((mean_action(g, x, kind) * probe).sum(), a.soft, retain_graph=True)
        torch.testing.assert_close(actual, wanted)


def test_the_sum_over_one_part_would_be_noticed():
    g, x = relaxed(GROUPS[1]), values(GROUPS[1], "bond")
    (actual,) = torch.autograd.grad(g.act_bonds(x).square().sum(), g.soft)
    halves = actual.view(COUNT, 8, 9)
    assert all((halves[:, p] - halves[:, 0]).abs().max() > 1e-3 for p in range(1, 8))


def test_precisions_and_integers():
    for group in GROUPS:
        g = relaxed(group, dtype=torch.float32)
        for kind in KINDS:
            for dtype in (torch.float32, torch.float64, torch.bfloat16):
                x = values(group, kind, dtype)
                out = g.act_as(x, kind)
                assert out.dtype == dtype
                (grad,) = torch.autograd.grad(out.square().sum(), g.soft)
                assert grad.dtype == torch.float32
                assert torch.isfinite(grad).all()
            whole = (5 * values(group, kind)).long()
            moved = g.act_as(whole, kind)
            assert not moved.requires_grad
            assert torch.equal(moved, g.detach().act_as(whole, kind))


def test_single_precision_is_that_of_double():
    group = LatticeGroup.p4m(8)
    g = relaxed(group)
    x = values(group, "spin")
    grads = [torch.autograd.grad(g.act_spins(y).pow(3).sum(), g.soft)[0] for y in (x, x.float())]
    torch.testing.assert_close(grads[1], grads[0], rtol=1e-4, atol=1e-4)


def test_data_without_weights_that_learn():
    group = GROUPS[1]
    data = named(group)["random"]
    soft = torch.full((1, len(group)), 1 / len(group))
    g = RelaxedLatticeSymmetry(torch.tensor([5]), group, soft, soft.log())
    moved, hard = g.act_data(data), g.detach().act_data(data)
    assert torch.equal(moved.field, hard.field)
    assert torch.equal(moved.bonds, hard.bonds)
    assert not moved.field.requires_grad
    data.field.requires_grad_()
    g.act_data(data).field.sum().backward()
    assert torch.equal(data.field.grad, torch.ones_like(data.field))


def test_copies_keep_the_law():
    group = GROUPS[1]
    soft = torch.full((2, len(group)), 1 / len(group))
    g = RelaxedLatticeSymmetry(torch.tensor([5, 7]), group, soft, soft.log())
    assert torch.equal(g.repeat(2).logits, torch.cat([soft.log()] * 2))
    assert g.repeat(2).index.tolist() == [5, 7, 5, 7]
    assert torch.equal(g.to("cpu").logits, soft.log())
    assert g.inverse().logits is None
    assert g.to("cpu").inverse().to("cpu").logits is None
    assert torch.equal(g.to_permutation().rank, g.detach().to_permutation().rank)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_device():
    for group in GROUPS:
        g = relaxed(group)
        for kind in KINDS:
            x = values(group, kind)
            grads = [
                torch.autograd.grad(h.act_as(y, kind).pow(3).sum(), g.soft)[0].cpu()
                for h, y in ((g, x), (g.to("cuda"), x.cuda()))
            ]
            torch.testing.assert_close(*grads)


def test_errors():
    with pytest.raises(
        ValueError, match=r"'RelaxedLatticeSymmetry' expected 'soft' of shape \[2, 72\] \(got \[2, 8\]\)"
    ):
        RelaxedLatticeSymmetry(torch.tensor([0, 1]), LatticeGroup.p4m(3), torch.zeros(2, 8))
