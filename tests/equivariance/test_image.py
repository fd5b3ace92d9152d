from fractions import Fraction

import pytest
import torch

from pyg_symbreak.equivariance import (
    Multiplier,
    Representation,
    cyclic_plane,
    permutation,
    sign,
    signed_permutation,
    special_orthogonal,
    tensor_power,
)
from pyg_symbreak.equivariance.image import image_representation
from tests.equivariance.zoo import BY_NAME, FUNCTIONS

SWAP = Representation([[[0, 2], [Fraction(1, 2), 0]]])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_permutations_stay(function):
    rho = tensor_power(2, 2)
    assert image_representation(function, rho).generators == rho.generators


def test_entries_become_what_the_function_makes_of_them():
    absolute = image_representation(torch.abs, signed_permutation(2))
    assert absolute.generators == (*permutation(2).generators, ((1, 0), (0, 1)))
    assert absolute.name == "abs of B2 on R^2"
    assert image_representation(BY_NAME["tanh"], sign(3)).generators == sign(3).generators
    assert image_representation(BY_NAME["square"], SWAP).generators == (((0, 4), (Fraction(1, 4), 0)),)
    assert image_representation(BY_NAME["sign"], SWAP).generators == (((0, 1), (1, 0)),)
    assert image_representation(BY_NAME["identity"], cyclic_plane(3)).dim == 2
    assert image_representation(BY_NAME["three"], SWAP).generators == (((0, 1), (1, 0)),)


def test_scaling():
    rho = Representation([], [[[1, 0], [0, -2]]])
    assert image_representation(BY_NAME["square"], rho).lie_generators == (((2, 0), (0, -4)),)
    assert image_representation(BY_NAME["identity"], rho).lie_generators == rho.lie_generators
    assert image_representation(BY_NAME["three"], rho).lie_generators == (((0, 0), (0, 0)),)
    box = image_representation(Multiplier.black_box("box", torch.square), rho)
    assert not box.is_exact


def test_different_activations():
    both = sign(3) + sign(3)
    found = image_representation({0: torch.abs, 1: torch.nn.Tanh()}, both)
    assert found.generators == (sign(3).trivial() + sign(3)).generators
    slopes = [Multiplier.straight("x", lambda x: x), Multiplier.straight("3x", lambda x: 3 * x, 3)]
    assert image_representation(slopes, permutation(2)).generators[0] == ((0, Fraction(1, 3)), (3, 0))


@pytest.mark.parametrize(
    ("name", "rho", "reason"),
    [
        ("relu", sign(2), "relu does not pass -1"),
        ("tanh", special_orthogonal(2), "mixes coordinates"),
        ("tanh", cyclic_plane(3), "mixes coordinates"),
        ("tanh", Representation([], [[[1]]]), "not positively homogeneous"),
        ("2x + 1", sign(2), "value at zero"),
    ],
)
def test_refuses(name, rho, reason):
    with pytest.raises(ValueError, match=f"expected an activation that leaves one .got: .*{reason}"):
        image_representation(BY_NAME[name], rho)
