from fractions import Fraction

import numpy as np
import pytest
import torch

from pyg_symbreak.equivariance import Multiplier, permutation
from pyg_symbreak.equivariance.assignment import assign
from pyg_symbreak.equivariance.conditions import Conditions
from pyg_symbreak.equivariance.matrices import Matrix
from tests.equivariance.zoo import BY_NAME, FUNCTIONS


def failures(names, a, b, lie=False):
    names = names if isinstance(names, list) else [names] * len(a)
    conditions = Conditions(assign([BY_NAME[name] for name in names], permutation(len(a))))
    return list(conditions.failures(Matrix.from_rows(a), Matrix.from_rows(b), lie))


@pytest.mark.parametrize(
    ("names", "a", "b", "lie", "kind", "reason"),
    [
        ("relu", [[1, 1], [0, 1]], [[1, 1], [0, 1]], False, "mixing", "it mixes coordinates 0 and 1"),
        ("relu", [[-1]], [[-1]], False, "number", "relu does not pass -1: f(-x) is no multiple of f(x)"),
        ("gelu", [[Fraction(1, 2)]], [[Fraction(1, 2)]], False, "number", "f((1/2)x) is no multiple"),
        ("abs", [[-1]], [[-1]], False, "image", "abs passes -1 as 1, but the output has -1"),
        ("tanh", [[1, 0], [0, 1]], [[0, 1], [1, 0]], False, "image", "have 1 and 0 in row 0 and column 0"),
        ("identity", [[2]], [[3]], False, "image", "passes 2 in row 0 and column 0 as itself, but the output has 3"),
        ("2x + 1", [[2]], [[2]], False, "offset", "the matrix makes 2 of it instead of 1 in row 0"),
        ("three", [[1]], [[2]], False, "offset", "makes 6 of it instead of 3"),
        ("relu", [[0, 1], [0, 0]], [[0, 1], [0, 0]], True, "mixing", "it mixes coordinates 0 and 1"),
        ("tanh", [[1]], [[1]], True, "number", "tanh is not positively homogeneous"),
        ("square", [[1]], [[1]], True, "image", "square has degree 2, but the exponents at coordinate 0 are 1 and 1"),
        ("tanh", [[0]], [[1]], True, "image", "coordinate 0 rests at the input and grows at the output"),
        ("tanh", [[0, 0], [0, 0]], [[0, 1], [0, 0]], True, "image", "have 0 and 1 in row 0 and column 1"),
        ("2x + 1", [[1]], [[1]], True, "offset", "makes 1 of it instead of 0 at the output"),
        (["tanh", "zero"], [[1, 1], [0, 1]], [[1, 1], [0, 1]], False, "mixing", "it mixes coordinates 0 and 1"),
        (["identity", "zero"], [[1, 1], [0, 1]], [[1, 1], [0, 1]], False, "number", "gets a constant coordinate"),
        (["zero", "tanh"], [[1, 0], [0, 1]], [[1, 1], [0, 1]], False, "image", "a constant cannot become 1 times"),
        (["tanh", "identity"], [[0, 1], [1, 0]], [[0, 1], [1, 0]], False, "number", "an affine function and"),
        (["tanh", "gelu"], [[0, 1], [1, 0]], [[0, 1], [1, 0]], False, "number", "tanh of x is not 1 times gelu of x"),
    ],
)  # fmt: skip
def test_what_fails(names, a, b, lie, kind, reason):
    first = failures(names, a, b, lie)[0]
    assert first.kind == kind
    assert reason in first.reason


@pytest.mark.parametrize(
    ("names", "a", "b", "lie"),
    [
        (["zero", "tanh"], [[1, 5], [0, 1]], [[7, 0], [9, 1]], False),
        (["zero", "tanh"], [[1, 5], [0, 0]], [[7, 0], [9, 0]], True),
        (["identity", "tanh"], [[2, 0], [0, -1]], [[2, 0], [0, -1]], False),
        (["identity", "2x + 1"], [[1, 1], [0, 1]], [[1, Fraction(1, 2)], [0, 1]], False),
        ("square", [[1]], [[2]], True),
        ("relu", [[0.1]], [[0.1]], True),
    ],
)
def test_what_passes(names, a, b, lie):
    found = failures(names, a, b, lie)
    if names == ["identity", "2x + 1"]:
        # The slopes fit, the value at zero does not: B(0, 1) = (1/2, 1).
        assert [failure.kind for failure in found] == ["offset"]
    else:
        assert found == []


def test_different_functions_in_every_place_agree_with_values():
    rng = np.random.default_rng(0)
    x = torch.randn(200, 2, dtype=torch.float64) * 3
    verdicts = []
    for _ in range(1500):
        pair = [FUNCTIONS[int(k)] for k in rng.integers(0, len(FUNCTIONS), 2)]
        if rng.random() < 0.3:
            pair[1] = pair[0]
        a, b = rng.integers(-2, 3, (2, 2)), rng.integers(-2, 3, (2, 2))
        if rng.random() < 0.6:
            b = a
        if rng.random() < 0.5:
            a, b = a * np.eye(2, dtype=int), b * np.eye(2, dtype=int)
        if abs(np.linalg.det(a)) < 0.5:
            continue
        assignment = assign(pair, permutation(2))
        found = list(Conditions(assignment).failures(Matrix.from_rows(a.tolist()), Matrix.from_rows(b.tolist())))
        left, right = assignment.apply(x @ torch.tensor(a).double().T), assignment.apply(x) @ torch.tensor(b).double().T
        assert (found == []) == torch.allclose(left, right, rtol=1e-9, atol=1e-9), (pair, a, b, found)
        verdicts.append(found == [])
    assert 30 < sum(verdicts) < len(verdicts) - 30


def test_lie_generators_agree_with_values():
    rng = np.random.default_rng(1)
    names = ["identity", "2x + 1", "zero", "three", "relu", "square", "tanh", "sign"]
    x = torch.randn(100, 2, dtype=torch.float64)
    verdicts = []
    for _ in range(400):
        pair = [BY_NAME[names[int(k)]] for k in rng.integers(0, len(names), 2)]
        a = rng.integers(-1, 2, (2, 2)) * (rng.random((2, 2)) < 0.6)
        b = (2 * a if rng.random() < 0.3 else a) if rng.random() < 0.7 else rng.integers(-1, 2, (2, 2))
        if rng.random() < 0.5:
            a, b = a * np.eye(2, dtype=int), b * np.eye(2, dtype=int)
        assignment = assign(pair, permutation(2))
        found = list(Conditions(assignment).failures(Matrix.from_rows(a.tolist()), Matrix.from_rows(b.tolist()), True))
        same = True
        for time in (1.0, -0.7):
            one, two = (torch.linalg.matrix_exp(time * torch.tensor(m).double()) for m in (a, b))
            same &= torch.allclose(assignment.apply(x @ one.T), assignment.apply(x) @ two.T, rtol=1e-9, atol=1e-9)
        assert (found == []) == same, (pair, a, b, found)
        verdicts.append(same)
    assert 40 < sum(verdicts) < len(verdicts) - 40


def test_probing_is_marked():
    conditions = Conditions(
        assign(
            [
                Multiplier.generic("up", torch.nn.functional.elu),
                Multiplier.generic("down", lambda x: -torch.nn.functional.elu(-x)),
            ],
            permutation(2),
        )
    )
    swap = Matrix.from_rows([[0, -1], [-1, 0]])
    assert list(conditions.failures(swap, swap)) == []
    assert conditions.assumed
