from pyg_symbreak.equivariance import orthogonal, permutation, sign, special_orthogonal, trivial
from pyg_symbreak.equivariance.lint_kinds import is_trivial, named_matrices, permutes, scalar_of
from pyg_symbreak.equivariance.matrices import Matrix


def test_kinds():
    assert permutes(permutation(3))
    assert not permutes(sign(2))
    assert permutes(sign(2), signs=True)
    assert not permutes(special_orthogonal(2), signs=True)
    assert is_trivial(trivial(2))
    assert not is_trivial(permutation(2))


def test_names():
    assert [name for name, *_ in named_matrices(orthogonal(3))][:2] == ["generator 0", "Lie generator 0"]


def test_scalars():
    assert scalar_of(Matrix.from_rows([[-2, 0], [0, -2]])) == -2
    assert scalar_of(Matrix.from_rows([[0, 0], [0, 0]])) == 0
    assert scalar_of(Matrix.from_rows([[1, 0], [1, 1]])) is None
    assert scalar_of(Matrix.from_rows([[1, 0], [0, -1]])) is None
