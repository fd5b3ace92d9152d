import numpy as np
import pytest

from pyg_symbreak.equivariance.closure import close
from pyg_symbreak.equivariance.constructors import octahedral, signed_permutation
from pyg_symbreak.equivariance.matrices import Matrix
from pyg_symbreak.groups import PointGroup


def test_agrees_with_point_groups():
    found = np.stack([matrix.dense() for matrix in close(octahedral().matrices, 3, 100)])
    expected = PointGroup.hyperoctahedral(3).matrices.numpy()
    assert {m.tobytes() for m in found + 0.0} == {m.tobytes() for m in expected + 0.0}


def test_floats_are_compared_by_distance():
    group = PointGroup.icosahedral()
    generators = [Matrix.from_dense(m) for m in group.matrices[[1, 2, 7]].numpy()]
    found = close(generators, 3, 100)
    assert len(found) == 60
    np.testing.assert_array_equal(found[0].dense(), np.eye(3))


def test_the_limit_counts_elements():
    assert len(close(signed_permutation(3).matrices, 3, 48)) == 48
    with pytest.raises(ValueError, match="expected a finite group of at most 47 elements"):
        close(signed_permutation(3).matrices, 3, 47)
