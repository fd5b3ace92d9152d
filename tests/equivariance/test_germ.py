import pytest
import sympy

from pyg_symbreak.equivariance.germ import is_analytic_at_zero

Y = sympy.Symbol("y", positive=True)


@pytest.mark.parametrize(
    "expression",
    [
        Y**3 + 1,
        sympy.exp(-Y) * sympy.sin(Y),
        1 / (1 + sympy.exp(Y)),
        sympy.sqrt(1 + Y),
        sympy.log(2 + Y),
        2**Y,
        (1 + Y) ** Y,
        sympy.Max(Y - 1, 0),
        sympy.Abs(Y - 1),
        sympy.sign(Y - 1),
        sympy.Piecewise((Y, Y < 3), (sympy.sqrt(Y), True)),
        sympy.Piecewise((sympy.sqrt(Y), Y > 3), (Y, True)),
        sympy.Integer(4),
    ],
    ids=str,
)
def test_known(expression):
    assert is_analytic_at_zero(expression, Y)


@pytest.mark.parametrize(
    "expression",
    [
        sympy.sqrt(Y),
        sympy.log(Y),
        1 / Y,
        Y**Y,
        sympy.sin(1 / Y),
        sympy.Max(Y, sympy.sin(Y)),
        sympy.Abs(sympy.sin(Y)),
        sympy.Piecewise((Y, sympy.sin(Y) > Y / 2), (sympy.sqrt(Y), True)),
        sympy.floor(Y),
        sympy.Function("f")(Y),
    ],
    ids=str,
)
def test_not_known(expression):
    assert not is_analytic_at_zero(expression, Y)
