import numpy as np
import pytest
import torch
from torch import nn

from pyg_symbreak.equivariance import (
    Representation,
    cyclic,
    cyclic_plane,
    octahedral,
    orthogonal,
    permutation,
    sign,
    special_orthogonal,
    standard,
    trivial,
)
from pyg_symbreak.equivariance.lint_rules import (
    check_centring,
    check_common_shift,
    check_isometry,
    check_map,
    check_scale,
    check_shift,
    is_free,
    values_of,
)


def verdict(problem):
    return None if problem is None else problem.verdict


def test_shifts():
    ones, some = np.ones(3), np.array([1.0, 2, 3])
    assert verdict(check_shift(ones, permutation(3), False, "b")) is None
    assert verdict(check_shift(ones, permutation(3), True, "b")) == "not kept"
    assert verdict(check_shift(some, permutation(3), True, "b")) == "refuted"
    assert verdict(check_shift(some, trivial(3), True, "b")) is None
    assert verdict(check_shift(0 * ones, special_orthogonal(3), False, "b")) is None
    assert verdict(check_shift(1e-9 * some, octahedral(), False, "b")) == "refuted"
    assert verdict(check_shift(np.stack([ones, some]), permutation(3), False, "b")) == "refuted"
    # Single precision is no reason to complain.
    assert verdict(check_shift(ones + 1e-7 * some, permutation(3), False, "b")) is None


def test_shift_repairs_name_the_invariants():
    assert "no vector but zero" in check_shift(np.ones(3), octahedral(), False, "the bias").repair[0]
    assert "the 1 invariant vector " in check_shift(np.arange(3.0), cyclic(3), False, "the bias").repair[0]


def test_common_shifts():
    assert verdict(check_common_shift(0.5, octahedral(), False, "b")) == "refuted"
    assert verdict(check_common_shift(0.0, octahedral(), False, "b")) is None
    assert verdict(check_common_shift(0.0, octahedral(), True, "b")) == "not kept"
    assert verdict(check_common_shift(0.5, permutation(3), True, "b")) is None


def test_scales():
    blocks = permutation(2) + permutation(2)
    assert verdict(check_scale(np.array([1.0, 1, 2, 2]), blocks, False, "w", "norm")) is None
    assert verdict(check_scale(np.array([1.0, 1, 2, 2]), blocks, True, "w", "norm")) == "not kept"
    assert verdict(check_scale(np.array([1.0, 2, 2, 2]), blocks, True, "w", "norm")) == "refuted"
    assert verdict(check_scale(np.array([1.0, 2]), sign(2) + sign(2), True, "w", "norm")) is None
    # Turns mix coordinates without permuting them: a scale does not commute either.
    assert verdict(check_scale(np.array([1.0, 2]), cyclic_plane(3), False, "w", "norm")) == "refuted"


def test_maps():
    assert verdict(check_map(np.eye(3), octahedral(), octahedral(), False)) is None
    assert verdict(check_map(np.eye(3), octahedral(), octahedral(), True)) == "not kept"
    assert verdict(check_map(np.diag([1.0, 1, 2]), octahedral(), octahedral(), True)) == "refuted"
    assert verdict(check_map(np.ones((1, 3)), permutation(3), trivial(1, num_generators=2), False)) is None
    two = sign(3) + sign(3)
    assert verdict(check_map(np.ones((1, 2)), two, sign(3), True)) is None
    assert verdict(check_map(np.ones((1, 2)), two, trivial(1, num_generators=2), True)) == "refuted"
    rho = special_orthogonal(3)
    assert verdict(check_map(np.concatenate([np.eye(3), 2 * np.eye(3)]), rho, rho + rho, False)) is None


@pytest.mark.parametrize(
    ("rho", "alone", "fine"),
    [
        (permutation(4), True, True),
        (permutation(4), False, True),
        (sign(2), True, True),
        (octahedral(), True, False),
        (special_orthogonal(3), False, False),
        (Representation([[[-1, 0], [0, -1]]]), False, True),
        (Representation([[[2, 0], [0, 2]]]), True, False),
        # Scales the vector of ones and nothing else.
        (Representation([[[1.5, 0.5], [0.5, 1.5]]]), True, True),
        (Representation([[[1.5, 0.5], [0.5, 1.5]]]), False, False),
    ],
)
def test_centring_agrees_with_layer_norm(rho, alone, fine):
    assert (check_centring(rho, alone=alone) is None) is fine
    shape = [rho.dim] if alone else [3, rho.dim]
    norm = nn.LayerNorm(shape, elementwise_affine=False, eps=0.1).double()
    x = torch.randn(20, 3, rho.dim, dtype=torch.float64)
    moves = [torch.tensor(m.dense()) for m in rho.matrices]
    moves += [torch.linalg.matrix_exp(torch.tensor(m.dense())) for m in rho.lie_matrices]
    assert all(torch.allclose(norm(x @ a.T), norm(x) @ a.T) for a in moves) is fine


def test_isometries():
    assert check_isometry(orthogonal(3)) is None
    assert check_isometry(standard(3)) is not None
    assert check_isometry(Representation([[[2]]])) is not None


def test_parameters():
    layer = nn.Linear(2, 2)
    assert is_free(layer.bias)
    assert not is_free(layer.bias, trainable=False)
    assert not is_free(layer.weight.detach())
    nn.utils.parametrize.register_parametrization(layer, "weight", nn.Tanh())
    assert not is_free(layer.weight)
    assert values_of(layer.weight).dtype == np.float64
