from fractions import Fraction

import numpy as np
import pytest
import torch

from pyg_symbreak.equivariance import (
    Representation,
    admissible,
    admissible_bases,
    cyclic,
    cyclic_plane,
    dihedral_plane,
    octahedral,
    permutation,
    point_group,
    sign,
    signed_permutation,
    special_orthogonal,
    standard,
    trivial,
    young_module,
)
from pyg_symbreak.equivariance.linear import inverse
from pyg_symbreak.equivariance.matrices import Matrix
from pyg_symbreak.groups import PointGroup

QUATERNIONS = Representation(
    [
        [[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1], [0, 0, 1, 0]],
        [[0, 0, -1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, -1, 0, 0]],
    ]
)
PLANE_3 = Representation([[[0, -1], [1, -1]]])

KNOWN = [
    ("trivial", trivial(2), "any function"),
    ("S4", permutation(4), "any function"),
    ("sign", sign(3), "odd functions"),
    ("two signs", sign(3) + sign(3), "odd functions"),
    # In the basis (1, 1), (1, -1) the group of order two swaps.
    ("trivial + sign", trivial(1) + Representation([[[-1]]]), "any function"),
    ("D1", dihedral_plane(1), "any function"),
    ("D2", dihedral_plane(2), "odd functions"),
    ("D3", dihedral_plane(3), "linear functions only"),
    ("D4", dihedral_plane(4), "odd functions"),
    ("C3 + trivial", PLANE_3 + PLANE_3.trivial(), "any function"),
    ("C4 + its sign", cyclic_plane(4) + Representation([[[-1]]]), "odd functions"),
    ("C4 regular", cyclic_plane(4) + Representation([[[-1]]]) + trivial(1), "any function"),
    ("C5 regular", cyclic_plane(5) + cyclic_plane(5, 2) + trivial(1), "any function"),
    ("C5 plane", cyclic_plane(5) + trivial(1), "linear functions only"),
    ("C3 regular + sign of C6", PLANE_3 + PLANE_3.trivial() + Representation([[[-1]]]), "odd functions"),
    ("standard of S3", standard(3), "linear functions only"),
    ("standard of S4", standard(4), "odd functions"),
    ("standard of S5", standard(5), "linear functions only"),
    ("standard + trivial", standard(4) + standard(4).trivial(), "any function"),
    ("T", point_group(PointGroup.tetrahedral()), "odd functions"),
    ("O", point_group(PointGroup.hyperoctahedral(3, special=True)), "odd functions"),
    ("Oh", octahedral(), "odd functions"),
    ("I", point_group(PointGroup.icosahedral()), "linear functions only"),
    ("Q8", QUATERNIONS, "odd functions"),
    ("swap", Representation([[[0, -2], [Fraction(-1, 2), 0]]]), "any function"),
    ("no motion", Representation([], [[[0, 0], [0, 0]]]), "any function"),
]


@pytest.mark.parametrize(("name", "rho", "admits"), KNOWN, ids=[case[0] for case in KNOWN])
def test_known_answers(name, rho, admits):
    found = admissible_bases(rho)
    assert found.admits == admits
    assert found.exact == rho.is_exact
    if found.representation is None:
        assert found.signed is None
        return
    # The basis is one: the matrices in it are (signed) permutations, and the decision agrees.
    basis = np.array(found.basis, dtype=float)
    for before, after in zip(rho.generators, found.representation.generators):
        before, after = np.array(before, dtype=float), np.array(after, dtype=float)
        np.testing.assert_allclose(before @ basis, basis @ after, atol=1e-8)
        assert (np.abs(after).sum(0) == 1).all()
        assert (np.abs(after).sum(1) == 1).all()
    assert admissible(torch.nn.Tanh(), found.representation).verdict == "proved"
    assert admissible(torch.nn.ReLU(), found.representation).admissible == (admits == "any function")
    parts = found.permutation or found.signed
    assert sum(part.dim * count for part, count in parts) == rho.dim


@pytest.mark.parametrize("n", range(1, 13))
def test_turns_of_the_plane(n):
    found = admissible_bases(cyclic_plane(n))
    assert (found.signed is not None) == (n in (1, 2, 4))
    assert (found.permutation is not None) == (n == 1)


def mixed(rho, rng):
    """The same in a random basis."""
    shear = Matrix.identity(rho.dim)
    for _ in range(2 * rho.dim):
        i, j = rng.permutation(rho.dim)[:2]
        step = np.eye(rho.dim, dtype=int)
        step[i, j] = rng.choice([-1, 1])
        shear = shear @ Matrix.from_rows(step.tolist())
    back = inverse(shear)
    return Representation([shear @ m @ back for m in rho.matrices])


def test_hidden_bases_are_found():
    rng = np.random.default_rng(0)
    for rho, plain in (
        (permutation(4), True),
        (young_module([2, 1]) + young_module([1, 1, 1]), True),
        (permutation(3) + sign(3), False),
        (cyclic(6), True),
        (signed_permutation(3), False),
        (permutation(3) + permutation(3), True),
    ):
        hidden = mixed(rho, rng)
        assert not hidden.is_monomial
        found = admissible_bases(hidden)
        assert (found.permutation is not None) == plain
        assert found.signed is not None
        assert admissible(torch.nn.Tanh(), hidden).admissible is False


def test_characters_of_the_symmetric_group():
    # The five irreducible characters of S4, on the elements of the permutation representation.
    rho = permutation(4)
    both = (rho + sign(4)).elements()
    fixed = [int(sum(g[i][i] for i in range(4))) for g in both]
    signs = [int(g[4][4]) for g in both]
    assert fixed == [int(value) for value in rho.character()]
    square = [int(sum((np.array(g)[:4, :4].astype(int) @ np.array(g)[:4, :4].astype(int)).diagonal())) for g in both]
    # The symmetric square of R^4 is R^4 + R^(pairs) = 2 trivial + 2 standard + plane.
    plane = [(f * f + s) // 2 - 2 - 2 * (f - 1) for f, s in zip(fixed, square)]
    answers = {
        "trivial": ([1] * 24, "any function"),
        "sign": (signs, "odd functions"),
        "plane": (plane, "linear functions only"),
        "standard": ([f - 1 for f in fixed], "odd functions"),
        "twisted": ([(f - 1) * s for f, s in zip(fixed, signs)], "odd functions"),
    }
    for name, (character, admits) in answers.items():
        found = admissible_bases(rho, character)
        assert found.admits == admits, name
        assert found.basis is None
        assert found.representation is None
    assert admissible_bases(rho, [p + 1 for p in plane]).admits == "any function"


def test_texts():
    assert str(admissible_bases(standard(3))) == "No basis is permuted, not even up to signs: linear functions only."
    text = "A basis is permuted: 2 x R^(G/H) with |H| = 2. It admits any function."
    assert str(admissible_bases(permutation(3) + permutation(3))) == text


@pytest.mark.parametrize(
    ("rho", "character", "message"),
    [
        (special_orthogonal(2), None, "expected a finite group .got a Lie generator that is not zero"),
        (Representation([[[2]]]), None, "expected a finite group of at most 200 elements"),
        (permutation(3), [1, 1], r"expected a character of 6 values \(got 2\)"),
        (permutation(3), [3, 2, 1, 0, 0, 0], "expected a character: equal on conjugates"),
        (permutation(3), [0, 0, 0, 0, 0, 0], "positive at the identity"),
    ],
)
def test_refuses(rho, character, message):
    with pytest.raises(ValueError, match=message):
        admissible_bases(rho, character)
