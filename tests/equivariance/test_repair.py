from fractions import Fraction

import pytest

from pyg_symbreak import canonicalizers, nn
from pyg_symbreak.equivariance import (
    Representation,
    admissible,
    analyse,
    cyclic_plane,
    octahedral,
    permutation,
    sign,
    special_orthogonal,
    standard,
)
from pyg_symbreak.equivariance.repair import is_finite
from tests.equivariance.zoo import BY_NAME


def texts(name, rho):
    return " | ".join(admissible(BY_NAME[name], rho).repair)


@pytest.mark.parametrize(
    ("name", "rho", "present", "absent"),
    [
        ("relu", octahedral(), ["odd functions", "EnergyCanonicalizer"], ["rescale", "norms", "change the basis"]),
        ("tanh", Representation([[[0, 2], [Fraction(1, 2), 0]]]), ["rescale the basis by y = Dx"], ["norms"]),
        (
            "relu",
            Representation([[[0, 2], [-1, 0]]]),
            ["rescale the basis and use functions with f(-2x)"],
            ["Canonical"],
        ),
        ("tanh", special_orthogonal(3), ["norms or gates", "FrameCanonicalizer"], ["rescale", "change the basis"]),
        ("tanh", cyclic_plane(3), ["features of another type", "norms or gates", "EnergyCanonicalizer"], ["Frame"]),
        ("tanh", standard(4), ["admissible_bases finds one that admits odd functions"], ["another type"]),
        ("tanh", standard(6), ["admissible_bases says in which one"], ["rescale"]),
        ("cos", sign(3), ["-1 becomes 1"], ["norms"]),
        ("2x + 1", sign(3), ["leave the value at zero away"], ["norms"]),
        ("tanh", Representation([], [[[1]]]), ["positively homogeneous"], ["Canonical"]),
        ("gelu", permutation(2) + sign(2), ["odd functions"], []),
    ],
)
def test_ways_out(name, rho, present, absent):
    found = texts(name, rho)
    for text in present:
        assert text in found
    for text in absent:
        assert text not in found


def test_what_is_named_exists():
    for name in ("EnergyCanonicalizer", "ExactCanonicalizer", "FrameCanonicalizer"):
        assert hasattr(canonicalizers, name)
    assert hasattr(nn, "Canonicalize")
    assert hasattr(nn, "Symmetrize")


@pytest.mark.parametrize(
    ("rho", "expected"),
    [
        (octahedral(), True),
        (Representation([[[0, -2], [Fraction(-1, 2), 0]]]), True),
        (Representation([[[0, 2], [1, 0]]]), False),
        (standard(4), True),
        (special_orthogonal(2), False),
        (Representation([[[1, 1], [0, 1]]]), None),
        (standard(5) * standard(5) * standard(5), None),
    ],
)
def test_finite_groups(rho, expected):
    assert is_finite(analyse(rho)) is expected
