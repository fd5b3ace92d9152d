import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pyg_symbreak.models.diffusion.categorical import categorical_kl, draw_categorical, uniform, weights
from tests.models.diffusion.enumeration import chi_square

LAWS = ([0.1, 0.2, 0.7], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.3, 0.0, 0.7, 0.0], [1.0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("law", LAWS)
def test_draws_follow_the_law(law, dtype):
    probs = torch.tensor(law, dtype=dtype)
    drawn = draw_categorical(17 * probs.expand(100, 300, -1), torch.Generator().manual_seed(2))
    assert drawn.shape == (100, 300)
    assert chi_square(torch.bincount(drawn.view(-1), minlength=len(law)), torch.tensor(law, dtype=torch.float64)) > 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_largest_number_below_one_stays_inside(dtype, monkeypatch):
    top = 1 - torch.finfo(dtype).eps / 2
    monkeypatch.setattr(
        "pyg_symbreak.models.diffusion.categorical.uniform", lambda shape, *_: torch.full(shape, top, dtype=dtype)
    )
    generator = torch.Generator().manual_seed(0)
    probs = torch.rand(100_000, 5, generator=generator, dtype=dtype) * 10 ** torch.randn(
        100_000, 1, generator=generator
    )
    probs[:, 3:] = 0
    assert int(draw_categorical(probs.to(dtype)).max()) == 2


def test_empty():
    assert draw_categorical(torch.zeros(3, 0, 4)).shape == (3, 0)


def test_uniform_follows_the_generator():
    one, two = (uniform((3, 2), "cpu", torch.Generator().manual_seed(1), torch.float64) for _ in range(2))
    assert torch.equal(one, two)
    assert one.dtype == torch.float64


def test_weights_are_a_softmax_up_to_a_factor():
    logits = torch.randn(5, 4) * 50
    logits[0, 1] = -torch.inf
    got = weights(logits)
    torch.testing.assert_close(got / got.sum(-1, keepdim=True), logits.softmax(-1))


positive = st.lists(st.sampled_from([0.0, 1e-300, 1e-8, 0.25, 1.0]), min_size=3, max_size=3).filter(any)


@given(positive, positive)
def test_kl_is_never_nan_and_never_negative(p, q):
    first, second = (torch.tensor(law, dtype=torch.float64) for law in (p, q))
    first, second = first / first.sum(), second / second.sum()
    got = float(categorical_kl(first.log(), second.log()))
    expected = sum(
        a * (math.log(a) - math.log(b)) if a and b else (math.inf if a else 0.0)
        for a, b in zip(first.tolist(), second.tolist())
    )
    assert got == pytest.approx(expected, abs=1e-12)
    assert got >= -1e-12


def test_kl_of_itself_is_zero_and_has_gradients():
    log_p = torch.randn(6, 4).log_softmax(-1)
    torch.testing.assert_close(categorical_kl(log_p, log_p), torch.zeros(6))
    certain = torch.tensor([[0.0, -torch.inf]])
    logits = torch.zeros(1, 2, requires_grad=True)
    categorical_kl(certain, logits.log_softmax(-1)).sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([[-0.5, 0.5]]))
