import pytest
import sympy
import torch

from pyg_symbreak.equivariance.symbolic import is_expression, multiplier_of_expression
from tests.equivariance.probing import agrees

X = sympy.Symbol("x")
RELU = sympy.Max(X, 0)
PROVED = {
    sympy.tanh(X): "sign",
    sympy.cos(X): "sign",
    X * sympy.exp(-(X**2)): "sign",
    X**2 + 1: "sign",
    X**3 - X: "sign",
    sympy.exp(X): "trivial",
    X / (1 + sympy.exp(-X)): "trivial",
    sympy.log(1 + sympy.exp(X)): "trivial",
    X**2 + X: "trivial",
    sympy.Min(RELU, 6): "trivial",
    sympy.Max(X, -1): "trivial",
    sympy.Piecewise((X, X > 0), (sympy.exp(X) - 1, True)): "trivial",
    sympy.Piecewise((X, X > 0), (X**2, True)): "trivial",
    RELU + 1: "trivial",
    sympy.Max(-1, sympy.Min(1, X)): "sign",
    RELU: "positive",
    RELU**2: "positive",
    sympy.Piecewise((X, X > 0), (X / 10, True)): "positive",
    sympy.Heaviside(X): "positive",
    sympy.Abs(X): "all",
    sympy.sqrt(sympy.Abs(X)): "all",
    X**2: "all",
    X**3: "all",
    X * sympy.Abs(X): "all",
    sympy.sign(X): "all",
    3 * X: "all",
    sympy.sqrt(2) * X: "all",
    2 * (X + 1) - 2: "all",
    sympy.Integer(2): "all",
    sympy.sin(X) ** 2 + sympy.cos(X) ** 2: "all",
    X - X / 3 + sympy.Rational(1, 2): "trivial",
}


@pytest.mark.parametrize("expression", PROVED, ids=str)
def test_proved(expression):
    made = multiplier_of_expression(expression)
    assert made.exact
    assert made.group.kind == PROVED[expression]
    assert agrees(made, made.function)


@pytest.mark.parametrize(
    ("expression", "constant", "affine"),
    [
        (sympy.Integer(2), 2, None),
        (sympy.sin(X) ** 2 + sympy.cos(X) ** 2, 1, None),
        (X - X, 0, None),
        (3 * X, None, (3, 0)),
        (X / 2 + 1, None, (sympy.Rational(1, 2), 1)),
        (X**2, None, None),
    ],
    ids=str,
)
def test_constant_and_affine(expression, constant, affine):
    made = multiplier_of_expression(expression)
    assert (made.constant, made.affine) == (constant, affine)


def test_degrees():
    assert multiplier_of_expression(sympy.sqrt(sympy.Abs(X))).character(4) == 2
    assert multiplier_of_expression(X**3).character(-2) == -8


@pytest.mark.parametrize(
    "expression",
    [
        X * (1 + sympy.sign(X) * sympy.sin(sympy.pi * sympy.log(sympy.Abs(X) + sympy.Heaviside(-sympy.Abs(X), 1))) / 2),
        sympy.Abs(X) ** sympy.pi,
        sympy.sqrt(sympy.Abs(X)) + X,
    ],
    ids=str,
)
def test_what_algebra_does_not_settle_is_assumed(expression):
    assert not multiplier_of_expression(expression).exact


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (X + sympy.Symbol("y"), "expected an expression in one symbol"),
        (sympy.log(X), "has no value at 0"),
        (1 / X, "has no value at 0"),
        (sympy.sqrt(X), "has no value at -1e-06"),
    ],
    ids=str,
)
def test_bad_expressions(expression, message):
    with pytest.raises(ValueError, match="'multiplier_of' .*" + message):
        multiplier_of_expression(expression)


def test_what_an_expression_is():
    assert is_expression(X + 1)
    assert not any(map(is_expression, ("x", 1, torch.relu)))
