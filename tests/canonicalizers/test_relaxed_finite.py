import pytest
import torch

from pyg_symbreak.canonicalizers import RelaxedFiniteOrthogonal
from pyg_symbreak.groups import FiniteOrthogonal, PointGroup

PTR = torch.tensor([0, 2, 2, 5])
D4 = PointGroup.dihedral(4)
SHAPES = {"vector": (5, 3, 2), "graph_point": (3, 2), "dense": (3, 2, 4, 4), "regular": (3, 8, 2)}


def relaxed(group=D4, ptr=PTR, seed=0):
    generator = torch.Generator().manual_seed(seed)
    hard = FiniteOrthogonal.random(ptr, group, generator)
    soft = torch.rand(hard.num_graphs, len(group), dtype=torch.float64, generator=generator).softmax(1)
    return RelaxedFiniteOrthogonal(hard.index, group, ptr, soft.requires_grad_())


def mean_action(g, x, kind):
    """The weighted mean over all elements, written out."""
    total = 0
    for k in range(len(g.group)):
        moved = FiniteOrthogonal(torch.full_like(g.index, k), g.group, g.ptr).act_as(x, kind)
        weight = g.soft[:, k] if moved.size(0) == g.num_graphs else g.soft[:, k].repeat_interleave(g.ptr.diff())
        total = total + weight.view(-1, *[1] * (x.dim() - 1)) * moved
    return total


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("build", ["plain", "inverse", "left", "right", "both", "repeat"])
def test_forward_is_hard_and_backward_that_of_the_mean(kind, build):
    a, b = relaxed(), relaxed(seed=1)
    plain = FiniteOrthogonal.random(PTR, D4)
    g = {
        "plain": lambda: a,
        "inverse": a.inverse,
        "left": lambda: a @ plain,
        "right": lambda: plain @ a,
        "both": lambda: a @ b,
        "repeat": lambda: a.repeat(1),
    }[build]()
    expected = {
        "inverse": a.detach().inverse(),
        "left": a.detach() @ plain,
        "right": plain @ a.detach(),
        "both": a.detach() @ b.detach(),
    }.get(build, a.detach())
    assert isinstance(g, RelaxedFiniteOrthogonal)
    assert torch.equal(g.index, expected.index)
    assert type(g.detach()) is FiniteOrthogonal
    torch.testing.assert_close(g.soft.sum(1), torch.ones(3, dtype=torch.float64))
    x = torch.randn(SHAPES[kind], dtype=torch.float64)
    out = g.act_as(x, kind)
    assert torch.equal(out, expected.act_as(x, kind))
    probe = torch.randn_like(out)
    (actual,) = torch.autograd.grad((out * probe).sum(), a.soft, retain_graph=True)
    (wanted,) = torch.autograd.grad((mean_action(g, x, kind) * probe).sum(), a.soft)
    torch.testing.assert_close(actual, wanted)


def test_weights_of_products_are_those_of_one_after_the_other():
    a, b = relaxed(), relaxed(seed=1)
    x = torch.randn(5, 2, dtype=torch.float64)
    torch.testing.assert_close(mean_action(a @ b, x, "vector"), mean_action(a, mean_action(b, x, "vector"), "vector"))


@pytest.mark.parametrize("kind", SHAPES)
def test_what_is_moved_gets_the_gradient_of_the_element(kind):
    g = relaxed()
    x = torch.randn(SHAPES[kind], dtype=torch.float64, requires_grad=True)
    probe = torch.randn(SHAPES[kind], dtype=torch.float64)
    (grad,) = torch.autograd.grad((g.act_as(x, kind) * probe).sum(), x)
    torch.testing.assert_close(grad, g.detach().inverse().act_as(probe, kind))


def test_single_precision_and_integers():
    g = relaxed()
    for kind, shape in SHAPES.items():
        assert g.act_as(torch.randn(shape), kind).dtype == torch.float32
        whole = torch.randint(-5, 5, shape)
        assert torch.equal(g.act_as(whole, kind), g.detach().act_as(whole, kind))
    g.to_orthogonal().act(torch.ones(5, 2)).sum().backward()
    assert g.soft.grad.abs().sum() > 0


def test_copies_keep_the_law():
    hard, soft = relaxed().detach(), torch.full((3, 8), 0.125)
    g = RelaxedFiniteOrthogonal(hard.index, D4, PTR, soft, soft.log())
    assert torch.equal(g.repeat(2).logits, torch.cat([soft.log()] * 2))
    assert torch.equal(g.to("cpu").logits, soft.log())
    assert g.inverse().logits is None
    assert g.to("cpu").inverse().to("cpu").logits is None


def test_grids_in_space():
    g = relaxed(PointGroup.tetrahedral(), torch.arange(3))
    x = torch.randn(2, 2, 3, 3, 3, dtype=torch.float64)
    out = g.act_dense(x)
    assert torch.equal(out, g.detach().act_dense(x))
    out.square().sum().backward()
    assert torch.isfinite(g.soft.grad).all()


def test_errors():
    with pytest.raises(
        ValueError, match=r"'RelaxedFiniteOrthogonal' expected 'soft' of shape \[3, 8\] \(got \[3, 4\]\)"
    ):
        RelaxedFiniteOrthogonal(torch.tensor([0, 1, 2]), D4, PTR, torch.zeros(3, 4))
