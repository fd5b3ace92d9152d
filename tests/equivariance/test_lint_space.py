import pytest

from pyg_symbreak.equivariance import cyclic, permutation, sign, special_orthogonal
from pyg_symbreak.equivariance.lint_space import Space, read_spaces


def test_what_may_stand_for_a_space():
    rho = special_orthogonal(3)
    assert read_spaces(rho) == {"": Space(rho)}
    found = read_spaces({"": rho, "a": Space(rho, 1), "b": (rho, -2)})
    assert [space.axis for space in found.values()] == [-1, 1, -2]


def test_the_same_space():
    assert Space(permutation(3)).same(Space(permutation(3)))
    assert not Space(permutation(3)).same(Space(permutation(3), -2))
    assert Space(permutation(3), 1).same(Space(permutation(3), -2))
    assert not Space(special_orthogonal(3)).same(Space(special_orthogonal(3) + special_orthogonal(3)))


def test_names():
    assert str(Space(sign(3))) == "sign of S3"
    assert str(Space(sign(3), 1)) == "sign of S3, axis 1"


def test_bad_input():
    with pytest.raises(TypeError, match=r"'lint' expected a representation or a space for 'a' \(got str\)"):
        read_spaces({"a": "SO(3)"})
    with pytest.raises(ValueError, match=r"of one group, generator by generator \(got another number .* for 'a'\)"):
        read_spaces({"": permutation(3), "a": cyclic(3)})
