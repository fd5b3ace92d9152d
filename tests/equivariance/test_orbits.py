from fractions import Fraction

import numpy as np
import pytest

from pyg_symbreak.equivariance.constructors import octahedral, permutation, special_orthogonal, standard
from pyg_symbreak.equivariance.matrices import Matrix
from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup
from pyg_symbreak.equivariance.orbits import components, monomial_orbits, spanning_scales
from pyg_symbreak.equivariance.representation import Representation

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("matrix", "given", "rescaled"),
    [
        ([[0, 2], [HALF, 0]], "⟨2⟩", "{1}"),
        ([[0, -2], [-HALF, 0]], "⟨−2⟩", "{1}"),
        ([[0, -1], [1, 0]], "{±1}", "{±1}"),
        ([[0, 2], [1, 0]], "⟨2⟩", "⟨2⟩"),
        ([[0, 2], [-1, 0]], "⟨±2⟩", "⟨−2⟩"),
        ([[0, 2], [3, 0]], "ℝ>0", "⟨6⟩"),
        ([[0, 2], [-3, 0]], "ℝ*", "⟨−6⟩"),
        ([[0, 2.0], [0.5, 0]], "⟨2⟩", "{1}"),
    ],
)
def test_known_orbits(matrix, given, rescaled):
    (orbit,) = monomial_orbits([Matrix.from_rows(matrix)], [], 2)
    assert (str(orbit.given), str(orbit.rescaled)) == (given, rescaled)
    changed = Representation([matrix]).rescaled(orbit.scale)
    (again,) = monomial_orbits(changed.matrices, [], 2)
    assert again.given == again.rescaled == orbit.rescaled
    assert orbit.given.numerical == isinstance(matrix[0][1], float)


def random_monomial(rng, dim, values):
    return Matrix.monomial(rng.permutation(dim), [values[k] for k in rng.integers(0, len(values), dim)])


def test_no_diagonal_change_makes_the_entries_generate_less():
    rng = np.random.default_rng(0)
    values = [1, -1, 2, -2, HALF, 3]
    for _ in range(60):
        rho = Representation([random_monomial(rng, 4, values) for _ in range(rng.integers(1, 3))])
        for orbit in monomial_orbits(rho.matrices, [], 4):
            assert orbit.rescaled <= orbit.given
        scale = [values[k] for k in rng.integers(0, len(values), 4)]
        for before, after in zip(
            monomial_orbits(rho.matrices, [], 4), monomial_orbits(rho.rescaled(scale).matrices, [], 4)
        ):
            assert before.rescaled == after.rescaled <= after.given
            assert before.coordinates == after.coordinates


def test_the_change_is_undone_by_the_tree():
    rng = np.random.default_rng(1)
    for _ in range(40):
        # A permutation group in a scaled basis comes back as one.
        hidden = Representation([random_monomial(rng, 5, [1]) for _ in range(2)])
        moved = hidden.rescaled([[1, -1, 2, -3, HALF][k] for k in rng.integers(0, 5, 5)])
        scale, loops = spanning_scales(moved.matrices, 5)
        assert all(value == 1 for labels in loops.values() for value in labels)
        assert all(value == 1 for m in moved.rescaled(scale).matrices for ((_, value),) in m.columns)


def test_entries_on_an_orbit_are_the_image_of_the_stabiliser():
    # The sum of R^{S_3/S_2} with itself twisted by the sign, whose stabilisers carry different characters.
    for rho, expected in (
        (permutation(3), ["{1}"]),
        (octahedral(), ["{±1}"]),
        (permutation(4).tensor_power(2), ["{1}"] * 2),
    ):
        assert [str(o.rescaled) for o in monomial_orbits(rho.matrices, [], rho.dim)] == expected


def test_a_basis_that_is_as_good_as_any_is_left_alone():
    flips = [Matrix.from_rows([[0, -1], [-1, 0]]), Matrix.from_rows([[-1, 0], [0, 1]])]
    (orbit,) = monomial_orbits(flips, [], 2)
    assert orbit.scale == (1, 1)
    assert spanning_scales(flips, 2)[0] == [1, -1]


def test_lie_generators_scale_their_orbits():
    swap = Matrix.monomial([1, 0, 2, 3], [1, 1, 1, -1])
    scaling = Matrix.from_rows(np.diag([0, 3, 0, 0]).tolist())
    found = monomial_orbits([swap], [scaling], 4)
    assert [str(orbit.given) for orbit in found] == ["ℝ>0", "{1}", "{±1}"]
    found = monomial_orbits([swap], [Matrix.from_rows(np.diag([0, 0, 0, 1]).tolist())], 4)
    assert [str(orbit.rescaled) for orbit in found] == ["{1}", "{1}", "ℝ*"]


def test_refuses_what_is_not_monomial():
    for rho in (standard(3), special_orthogonal(2)):
        with pytest.raises(ValueError, match="expected monomial generators and diagonal Lie generators"):
            monomial_orbits(rho.matrices, rho.lie_matrices, 2)


def test_components_of_a_sum():
    matrix = standard(3).matrices[1].direct_sum(Matrix.identity(2))
    assert components([matrix], 4) == ((0, 1), (2,), (3,))
    assert MultiplicativeGroup.generated([1]) == MultiplicativeGroup("trivial")
