from fractions import Fraction

import pytest

from pyg_symbreak.equivariance import (
    MultiplicativeGroup,
    Representation,
    analyse,
    cyclic_plane,
    euclidean,
    octahedral,
    permutation,
    sign,
    special_orthogonal,
    standard,
    tensor_power,
)
from pyg_symbreak.equivariance.analysis import admitted

HALF = Fraction(1, 2)


def test_monomial_representations():
    found = analyse(permutation(3) + sign(3))
    assert found.is_monomial
    assert not found.linear_only
    assert found.admits == ("any function", "odd functions, f(-x) = -f(x), such as tanh")
    assert found.scale == (1, 1, 1, 1)
    assert (found.connected, found.unit_row_sums) == ("none", False)
    assert analyse(permutation(3)).unit_row_sums


def test_the_change_of_basis_covers_all_orbits():
    rho = Representation([[[0, 0, 2], [0, -1, 0], [HALF, 0, 0]]])
    found = analyse(rho)
    assert [orbit.coordinates for orbit in found.orbits] == [(0, 2), (1,)]
    assert found.scale == (1, 1, 2)
    assert found.admits_rescaled == ("any function", "odd functions, f(-x) = -f(x), such as tanh")
    after = analyse(rho.rescaled(found.scale))
    assert after.admits == after.admits_rescaled == found.admits_rescaled


@pytest.mark.parametrize(
    ("rho", "mixing", "connected", "admits"),
    [
        (standard(3), "generator 1 mixes coordinates 0 and 1 in row 0", "none", "linear functions only"),
        (cyclic_plane(3), "generator 0 mixes coordinates 0 and 1 in row 0", "none", "linear functions only"),
        (
            special_orthogonal(2),
            "Lie generator 0 is antisymmetric and not zero, so it mixes coordinates",
            "mixing",
            "linear functions only",
        ),
        (
            Representation([], [[[0, 1], [0, 0]]]),
            "Lie generator 0 is not diagonal and not zero, so it mixes coordinates",
            "mixing",
            "linear functions only",
        ),
        (
            Representation([[[HALF, HALF], [Fraction(1, 3), Fraction(2, 3)]]]),
            "generator 0 mixes coordinates 0 and 1 in row 0",
            "none",
            "affine functions only",
        ),
        (
            Representation([], [[[1, -1], [0, 0]]]),
            "Lie generator 0 is not diagonal and not zero, so it mixes coordinates",
            "mixing",
            "affine functions only",
        ),
    ],
)
def test_what_mixes_coordinates_leaves_linear_functions(rho, mixing, connected, admits):
    found = analyse(rho)
    assert found.linear_only
    assert (found.mixing, found.connected, found.admits) == (mixing, connected, (admits,))
    assert (found.orbits, found.scale) == ((), None)
    assert admits in str(found)


def test_scaling():
    found = analyse(Representation([[[0, 1], [1, 0]]], [[[1, 0], [0, 1]]]))
    assert (found.connected, str(found.orbits[0].given)) == ("scaling", "ℝ>0")


def test_texts():
    assert str(analyse(tensor_power(3, 2))) == (
        "S3 on R^3^2, of dimension 9, is monomial with 2 orbits of coordinates.\n"
        "Orbit 0 (3 coordinates): entries {1}; any function.\n"
        "Orbit 1 (6 coordinates): entries {1}; any function."
    )
    assert str(analyse(euclidean(3, 2))).startswith("E(3) x S2, of dimension 6, is not monomial: Lie generator 0 is")
    swap = str(analyse(Representation([[[0, -2], [-HALF, 0]]])))
    assert "In the basis rescaled by (1, -2): {1}; any function." in swap
    many = str(analyse(octahedral().trivial(20)))
    assert "… and 8 more orbits." in many


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "any function"),
        ([-1], "odd functions, f(-x) = -f(x), such as tanh"),
        ([2], "functions with f(2x) = 2 f(x), such as ReLU"),
        ([Fraction(2, 3)], "functions with f((3/2)x) = (3/2) f(x), such as ReLU"),
        ([-2], "functions with f(-2x) = -2 f(x)"),
        ([2, -1], "odd functions with f(2x) = 2 f(x)"),
        ([2.5], "functions with f((5/2)x) = (5/2) f(x), such as ReLU"),
        ([2, 3], "positively homogeneous functions, f(ax) = a f(x) for a > 0, such as ReLU"),
        ([2, -3], "linear functions only"),
    ],
)
def test_words(values, words):
    assert admitted(MultiplicativeGroup.generated(values)) == words
