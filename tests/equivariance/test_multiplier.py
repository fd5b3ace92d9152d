import math
from fractions import Fraction

import pytest
import torch

from pyg_symbreak.equivariance.multiplier import Multiplier
from tests.equivariance.probing import agrees, passes


def log2(x):
    return torch.log2(x.abs().clamp(min=1e-300))


def waves(x):
    """The witness of the family that is easily forgotten: f(-2x) = -2 f(x), but neither odd nor 2-multiplicative."""
    return x * (1 + 0.5 * torch.sign(x) * torch.sin(math.pi * log2(x)))


def ripples(x):
    return x * (1 + 0.5 * torch.sin(2 * math.pi * log2(x)))


def one_sided_ripples(x):
    return torch.where(x > 0, ripples(x), 0.3 * x)


CLASSES = [
    Multiplier.generic("gelu", torch.nn.functional.gelu),
    Multiplier.odd("sin", torch.sin),
    Multiplier.even("cos", torch.cos),
    Multiplier.homogeneous("relu", torch.relu),
    Multiplier.homogeneous("relu squared", lambda x: torch.relu(x) ** 2, 2),
    Multiplier.homogeneous("abs", torch.abs, 1, 1),
    Multiplier.homogeneous("x|x|", lambda x: x * x.abs(), 2, -1),
    Multiplier.homogeneous("sign", torch.sign, 0, -1),
    Multiplier.homogeneous("root", lambda x: x.abs().sqrt(), Fraction(1, 2), 1),
    Multiplier.multiplicative("waves", waves, -2),
    Multiplier.multiplicative("ripples", ripples, 2, parity=-1),
    Multiplier.multiplicative("one-sided ripples", one_sided_ripples, Fraction(1, 2)),
    Multiplier.multiplicative("square ripples", lambda x: ripples(x) * x, 2, 4, parity=1),
    Multiplier.straight("triple", lambda x: 3 * x, 3),
    Multiplier.straight("affine", lambda x: 3 * x + 1, 3, 1),
    Multiplier.fixed("zero", torch.zeros_like, 0),
    Multiplier.fixed("two", lambda x: torch.full_like(x, 2), 2),
]


@pytest.mark.parametrize("multiplier", CLASSES, ids=lambda m: m.name)
def test_every_class_is_what_numbers_say(multiplier):
    assert multiplier.exact
    assert agrees(multiplier, multiplier.function)


@pytest.mark.parametrize("multiplier", CLASSES, ids=lambda m: m.name)
def test_black_boxes_find_the_same(multiplier):
    box = Multiplier.black_box(multiplier.name, multiplier.function)
    assert not box.exact
    assert agrees(box, multiplier.function)
    assert (box.constant, box.affine) == (multiplier.constant, multiplier.affine)
    if multiplier.constant is None:
        assert box.group.kind == multiplier.group.kind


def test_the_forgotten_family():
    f = Multiplier.multiplicative("waves", waves, -2)
    assert str(f.group) == "⟨−2⟩"
    assert [f.contains(a) for a in (-2, 4, -8, Fraction(-1, 2), 2, -1, -4, 8)] == [True] * 4 + [False] * 4
    assert [f.character(a) for a in (-2, 4, Fraction(-1, 8))] == [-2, 4, Fraction(-1, 8)]
    assert passes(waves, -2) == pytest.approx(-2)
    assert passes(waves, 2) is passes(waves, -1) is None


def test_both_branches_of_a_signed_family_are_tied():
    f = Multiplier.multiplicative("ripples", ripples, 2, parity=-1)
    assert str(f.group) == "⟨±2⟩"
    assert [f.character(a) for a in (-1, 2, -2, -4)] == [-1, 2, -2, -4]


def test_a_wrong_class_is_noticed():
    assert not agrees(Multiplier.odd("gelu", torch.nn.functional.gelu), torch.nn.functional.gelu)
    assert not agrees(Multiplier.generic("sin", torch.sin), torch.sin)
    assert not agrees(Multiplier.homogeneous("relu", torch.relu, 2), torch.relu)
    assert not agrees(Multiplier.multiplicative("waves", waves, 2), waves)


def test_characters_are_exact_where_they_can_be():
    root = Multiplier.homogeneous("root", lambda x: x.abs().sqrt(), Fraction(1, 2), 1)
    assert root.character(Fraction(4, 9)) == Fraction(2, 3)
    assert root.character(2) == pytest.approx(math.sqrt(2))
    cube = Multiplier.homogeneous("cube", lambda x: x**3, 3, -1)
    assert cube.character(Fraction(-1, 3)) == Fraction(-1, 27)
    assert cube.character(-0.5) == -0.125
    assert Multiplier.black_box("cube", lambda x: x**3).character(Fraction(-1, 3)) == pytest.approx(-1 / 27)
    assert Multiplier.homogeneous("relu", torch.relu).character(1) == 1


def test_channels_with_different_functions():
    parts = (Multiplier.homogeneous("a", torch.relu), Multiplier.straight("b", torch.clone))
    both = Multiplier.by_channel("both", torch.clone, parts)
    assert both.conditional
    assert not both.pointwise
    assert (both.contains(2), both.character(2), both.contains(-1)) == (True, 2, False)
    assert not CLASSES[0].conditional


def test_what_is_not_pointwise_has_no_function():
    softmax = Multiplier.not_pointwise("softmax", "it mixes entries")
    assert (softmax.contains(1), softmax.contains(2)) == (True, False)
    with pytest.raises(TypeError, match=r"'Multiplier' expected a function of one variable \(got softmax\)"):
        softmax.function(torch.ones(2))


def test_bad_input():
    with pytest.raises(ValueError, match=r"'Multiplier.character' expected a number that passes sin \(got 2\)"):
        Multiplier.odd("sin", torch.sin).character(2)
    assert not Multiplier.odd("sin", torch.sin).contains(0)
    for base, image, parity in ((1, None, None), (-1, None, None), (0, None, None), (2, 0, None), (-2, None, 1)):
        with pytest.raises(ValueError, match=r"'Multiplier\.multiplicative' expected a base other than"):
            Multiplier.multiplicative("f", torch.clone, base, image, parity)
