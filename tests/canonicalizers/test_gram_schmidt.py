import pytest
import torch

from pyg_symbreak.canonicalizers import gram_schmidt
from pyg_symbreak.groups import Orthogonal
from pyg_symbreak.testing import assert_equivariant

DIMS = [2, 3, 4, 5]


def gauss(*shape, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype)


def turns(special=False):
    def sample(x, generator):
        ptr = torch.arange(x.size(0) + 1)
        return Orthogonal.random(ptr, x.size(-1), special=special, dtype=x.dtype, generator=generator)

    return sample


def configurations(dim, dtype=torch.float64):
    """Vectors in general position, and all kinds of degenerate ones, ``[B, d, d]``."""
    free = gauss(dim, dim, dtype=dtype)
    line, plane, zero = free.clone(), free.clone(), torch.zeros_like(free)
    line[1:] = free[:1] * gauss(dim - 1, 1, dtype=dtype)
    plane[-1] = plane[:-1].sum(0)
    hollow = free.clone()
    hollow[0] = 0
    almost = line + 1e-9 * gauss(dim, dim, dtype=dtype)
    return torch.stack([free, line, plane, zero, hollow, almost, 1e6 * free, free.flip(0)])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dim", DIMS)
def test_rows_are_orthonormal_whatever_the_configuration(dim, special, dtype):
    for scale in (None, 1.0, torch.ones(8)):
        vectors, completion = configurations(dim, dtype), gauss(8, dim, dim, dtype=dtype)
        rows = gram_schmidt(vectors, completion, special=special, scale=scale)
        eye = torch.eye(dim, dtype=dtype)
        assert float((rows @ rows.mT - eye).abs().max()) < 40 * torch.finfo(dtype).eps
        if special:
            torch.testing.assert_close(torch.linalg.det(rows), torch.ones(8, dtype=dtype))


@pytest.mark.parametrize("dim", DIMS)
def test_nearly_dependent_vectors_give_orthogonal_rows_to_the_last_digit(dim):
    vectors = gauss(100, 1, dim) + 1e-10 * gauss(100, dim, dim)
    rows = gram_schmidt(vectors, gauss(100, dim, dim), resolution=1e-14)
    assert float((rows @ rows.mT - torch.eye(dim).double()).abs().max()) < 1e-14


@pytest.mark.parametrize("dim", DIMS)
def test_is_that_of_the_textbook(dim):
    vectors = gauss(50, dim, dim)
    rows = gram_schmidt(vectors, gauss(50, dim, dim))
    q, r = torch.linalg.qr(vectors.mT)
    expected = (q * r.diagonal(dim1=1, dim2=2).sign().unsqueeze(1)).mT
    torch.testing.assert_close(rows, expected, rtol=0, atol=1e-9)
    lower = rows @ vectors.mT  # row c is orthogonal to the vectors before it
    assert float(lower.tril(-1).abs().max()) < 1e-12
    assert bool((lower.diagonal(dim1=1, dim2=2) > 0).all())
    fewer = gram_schmidt(vectors[:, : dim - 1], gauss(50, dim, dim), special=True)
    torch.testing.assert_close(fewer[:, :-1], rows[:, :-1])
    torch.testing.assert_close(fewer, gram_schmidt(vectors, gauss(50, dim, dim), special=True))


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dim", DIMS)
def test_turns_with_the_vectors_and_the_completion(dim, special):
    x = torch.stack([configurations(dim), gauss(8, dim, dim)], dim=1)

    def frame(x):
        return gram_schmidt(x[:, 0], x[:, 1], special=special)

    assert_equivariant(frame, x, sample=turns(special), output="node", atol=1e-10)


def test_a_special_frame_is_not_equivariant_to_reflections():
    # An O(3) frame sold as one of SO(3), and the other way round: the caller has to say which it wants.
    x = gauss(8, 2, 3, 3)
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(lambda x: gram_schmidt(x[:, 0], x[:, 1], special=True), x, sample=turns())


def test_gram_schmidt_over_the_wrong_axis_is_caught():
    # A trap: the rows of coordinates are made orthonormal instead of the vectors, as in a published canonicalizer.
    def wrong(x):
        return gram_schmidt(x[:, 0].mT, x[:, 1].mT).mT

    x = gauss(8, 2, 3, 3)
    rows = wrong(x)
    torch.testing.assert_close(rows @ rows.mT, torch.eye(3).double().expand(8, 3, 3))  # orthogonal all the same
    with pytest.raises(AssertionError, match="is not equivariant"):
        assert_equivariant(wrong, x, sample=turns())


def test_what_is_determined_stays_and_the_rest_is_completed():
    vectors, completion = configurations(3), gauss(8, 3, 3)
    rows = gram_schmidt(vectors, completion)
    other = gram_schmidt(vectors, gauss(8, 3, 3))
    same = (rows - other).abs().amax(-1) < 1e-9
    assert same[0].all()  # general position
    assert same[1].tolist() == [True, False, False]  # collinear
    assert same[2, :2].all()  # in a plane: the third may have either side
    assert not same[3].any()  # zero
    assert not same[4, 0]
    assert same[5].tolist() == [True, False, False]
    assert same[6].all()  # lengths are relative


def test_the_resolution_is_relative_to_the_scale():
    vectors = torch.tensor([[[1.0, 0.0, 0.0], [1.0, 1e-2, 0.0]]], dtype=torch.float64)
    completion = gauss(1, 3, 3)
    fine = gram_schmidt(vectors, completion, resolution=1e-3)
    assert fine[0, 1].tolist() == [0, 1, 0]
    coarse = gram_schmidt(vectors, completion, resolution=1e-1)
    assert not torch.allclose(fine[0, 1], coarse[0, 1])
    assert torch.equal(gram_schmidt(vectors, completion, scale=100.0), coarse)
    assert not torch.allclose(gram_schmidt(vectors, completion, scale=1e4)[0, 0], vectors[0, 0])


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dim", DIMS)
def test_gradients_are_finite_everywhere_and_right_in_general_position(dim, special):
    vectors = configurations(dim).requires_grad_()
    completion = gauss(8, dim, dim).requires_grad_()
    (gram_schmidt(vectors, completion, special=special) * gauss(8, dim, dim)).sum().backward()
    assert torch.isfinite(vectors.grad).all()
    assert torch.isfinite(completion.grad).all()
    assert vectors.grad[0].any()
    free, spare = gauss(3, dim, dim).requires_grad_(), gauss(3, dim, dim)
    torch.autograd.gradcheck(lambda v: gram_schmidt(v, spare, special=special, scale=1e-3), free)


def test_zero_vectors_and_zero_completion_give_no_nan():
    zero = torch.zeros(2, 3, 3, requires_grad=True)
    rows = gram_schmidt(zero, torch.zeros(2, 3, 3))
    rows.sum().backward()
    assert torch.isfinite(rows).all()
    assert torch.isfinite(zero.grad).all()


def test_no_vectors_give_haar_frames():
    count = 20_000
    rows = gram_schmidt(torch.empty(count, 0, 3).double(), gauss(count, 3, 3))
    flat = rows.reshape(count, 9)
    assert float(flat.mean(0).abs().max()) < 5 / count**0.5
    assert float((flat.T @ flat / count - torch.eye(9).double() / 3).abs().max()) < 5 / count**0.5
    assert abs(float((torch.linalg.det(rows) > 0).double().mean()) - 0.5) < 2.5 / count**0.5


def test_no_graphs():
    assert gram_schmidt(torch.empty(0, 3, 3), torch.empty(0, 3, 3)).shape == (0, 3, 3)


def test_errors():
    with pytest.raises(ValueError, match=r"expected 'completion' of shape \[B, d, d\] \(got \[2, 3\]\)"):
        gram_schmidt(torch.zeros(2, 3, 3), torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"expected 'vectors' of shape \[2, k, 3\] with k <= 3 \(got \[2, 4, 3\]\)"):
        gram_schmidt(torch.zeros(2, 4, 3), torch.zeros(2, 3, 3))
    with pytest.raises(ValueError, match=r"expected 'vectors' of shape .* \(got \[2, 3\]\)"):
        gram_schmidt(torch.zeros(2, 3), torch.zeros(2, 3, 3))
