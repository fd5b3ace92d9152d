import numpy as np
import pytest

from pyg_symbreak.equivariance.constructors import permutation
from pyg_symbreak.equivariance.invariants import invariant_vectors
from pyg_symbreak.equivariance.linear import null_space
from pyg_symbreak.equivariance.matrices import Matrix


def test_sums_over_orbits_agree_with_the_null_space():
    rng = np.random.default_rng(0)
    for _ in range(60):
        matrices = [Matrix.monomial(rng.permutation(4), rng.choice([1, 2, -1], 4).tolist()) for _ in range(2)]
        lie = [Matrix.from_rows(np.diag(rng.integers(0, 2, 4) * rng.integers(0, 2)).tolist())]
        found = np.array(invariant_vectors(matrices, lie, 4), dtype=float).reshape(-1, 4)
        rows = [dict(row) for matrix in matrices for row in (matrix + _minus_one(4)).rows] + [
            dict(r) for r in lie[0].rows
        ]
        expected = np.array(null_space(rows, 4), dtype=float).reshape(-1, 4)
        assert len(found) == len(expected)
        assert np.linalg.matrix_rank(np.concatenate([found, expected])) == len(expected) if len(found) else True


def _minus_one(dim):
    return Matrix.from_rows((-np.eye(dim, dtype=int)).tolist())


# dim Hom between tensor powers is the number of set partitions of [k + l] with at most n blocks.
@pytest.mark.parametrize(
    ("n", "source", "target", "dim"),
    [
        (4, 2, 2, 15),
        (5, 2, 2, 15),
        (3, 2, 2, 14),
        (2, 2, 2, 8),
        (3, 1, 2, 5),
        (2, 1, 1, 2),
        (5, 3, 2, 52),
        (4, 3, 2, 51),
    ],
)
def test_equivariant_maps_between_tensor_powers(n, source, target, dim):
    # Permutation matrices are orthogonal: the representation is its own dual.
    assert len(permutation(n).tensor_power(source + target).orbits()) == dim
    if n ** (source + target) <= 256:
        assert len(permutation(n).tensor_power(source + target).invariants()) == dim
