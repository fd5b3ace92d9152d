import math

import pytest
import torch

from pyg_symbreak.equivariance import Representation, Witness, permutation, special_orthogonal, tensor_power
from pyg_symbreak.equivariance.assignment import assign
from pyg_symbreak.equivariance.witness import candidates, find_witness
from tests.equivariance.zoo import BY_NAME


def find(name, rho, columns, lie=False, out=None):
    pair = [(r.lie_matrices if lie else r.matrices)[0] for r in (rho, out or rho)]
    return find_witness(assign(BY_NAME[name], rho), *pair, columns, "it", 0, lie)


def test_finds_small_readable_points():
    found = find("relu", Representation([[[0, -1], [1, 0]]]), [1])
    assert (found.x, found.left, found.right, found.residual) == ((0, 1), (0, 0), (-1, 0), 1)
    assert found.verified
    assert str(found) == "it at x = (0, 1): f(Ax) = (0, 0), but B f(x) = (-1, 0); residual 1"


def test_says_so_if_there_is_nothing_to_see():
    found = find("relu", permutation(3), [0, 1])
    assert not found.verified
    assert found.residual == 0


def test_times_of_lie_generators():
    found = find("tanh", special_orthogonal(2), [0, 1], lie=True)
    assert found.time is not None
    assert found.generator == f"exp({found.time:g} X) of it"
    assert found.verified


@pytest.mark.parametrize("threshold", [1e-6, 1e-3, 20.0, 1e6])
def test_sees_bends_of_any_size(threshold):
    clamp = BY_NAME["tanh"].__class__.odd("clamp", lambda x: x.clamp(-threshold, threshold))
    rho = Representation([[[2]]])
    assert find_witness(assign(clamp, rho), rho.matrices[0], rho.matrices[0], [0], "it", 0).verified


def test_overflow_is_no_witness():
    grown = BY_NAME["tanh"].__class__.generic("exp", torch.exp)
    rho = Representation([[[2]]])
    found = find_witness(assign(grown, rho), rho.matrices[0], rho.matrices[0], [0], "it", 0)
    assert math.isfinite(found.residual)
    assert found.verified
    nowhere = BY_NAME["tanh"].__class__.generic("nan", lambda x: x * math.nan)
    assert find_witness(assign(nowhere, rho), rho.matrices[0], rho.matrices[0], [0], "it", 0) is None


def test_large_spaces():
    rho = tensor_power(6, 4)
    assert candidates(rho.dim, [3, 5]).size(0) < 1500
    assert not find("tanh", rho, [3, 5]).verified


def test_long_vectors_are_cut():
    witness = Witness("it", 0, None, (0.0, 2.5, *(0.0,) * 8), (0.0,) * 10, (1.0,) * 10)
    assert (
        "at x = (1: 2.5; else 0): f(Ax) = (else 0), but B f(x) = (0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, …; else 0)"
        in str(witness)
    )
