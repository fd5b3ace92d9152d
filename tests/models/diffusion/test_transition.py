import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pyg_symbreak.models.diffusion.transition import (
    AbsorbingTransition,
    MarginalTransition,
    Transition,
    UniformTransition,
    make_transition,
)
from tests.models.diffusion.enumeration import TRANSITIONS, chi_square, matrix

SHARES = [(1.0, 0.7), (0.6, 0.3), (0.6, 0.0), (1.0, 0.0), (0.6, 0.6), (0.0, 0.0), (0.02, 1e-9)]
DOUBLE = torch.float64


def bayes(transition, probs, s, t):
    """The reverse step from explicit matrices, for every state (rows) with the prediction of its row."""
    size = transition.num_states
    early, late = matrix(transition.prior, s), matrix(transition.prior, t)
    between = matrix(transition.prior, t / s if s else 1.0)
    out = torch.zeros(size, size, dtype=DOUBLE)
    posterior = torch.zeros(size, transition.num_classes, size, dtype=DOUBLE)
    for i in range(size):
        for k in range(transition.num_classes):
            if late[k, i] > 0:
                posterior[i, k] = between[:, i] * early[k] / late[k, i]
                out[i] += probs[i, k] * posterior[i, k]
        out[i] = out[i] / out[i].sum() if out[i].sum() > 0 else torch.eye(size, dtype=DOUBLE)[i]
    return posterior, out


def predictions(transition, seed=0, zeros=False):
    generator = torch.Generator().manual_seed(seed)
    probs = torch.rand(transition.num_states, transition.num_classes, generator=generator, dtype=DOUBLE)
    if zeros:
        probs[:, 0] = 0
        probs[-1] = 0
        probs[-1, 0] = 1
    return probs / probs.sum(-1, keepdim=True)


@pytest.mark.parametrize("zeros", [False, True], ids=["positive", "zeros"])
@pytest.mark.parametrize(("s", "t"), SHARES)
@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)
def test_closed_forms_equal_explicit_matrices(transition, s, t, zeros):
    probs = predictions(transition, zeros=zeros)
    posterior, reverse = bayes(transition, probs, s, t)
    early, late = torch.tensor(s, dtype=DOUBLE), torch.tensor(t, dtype=DOUBLE)
    xt = torch.arange(transition.num_states)
    for k in range(transition.num_classes):
        got = transition.posterior(xt, torch.full_like(xt, k), early, late)
        torch.testing.assert_close(got, posterior[:, k], rtol=0, atol=1e-10)
        logs = transition.log_posterior(xt, torch.full_like(xt, k), early, late)
        torch.testing.assert_close(logs.exp(), posterior[:, k], rtol=0, atol=1e-10)
    torch.testing.assert_close(transition.reverse(xt, probs, early, late), reverse, rtol=0, atol=1e-10)
    logs = transition.log_reverse(xt, probs.log(), early, late)
    torch.testing.assert_close(logs.exp(), reverse, rtol=0, atol=1e-10)
    assert not logs.isnan().any()
    single = transition.reverse(xt, probs.float(), early, late)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, reverse.float(), rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=100)
@given(
    prior=st.lists(st.sampled_from([0.0, 1e-12, 0.3, 1.0, 5.0]), min_size=1, max_size=4).filter(any),
    predicted=st.lists(st.sampled_from([0.0, 1e-30, 0.2, 1.0]), min_size=4, max_size=4),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_reverse_is_a_law_for_any_prior_share_and_prediction(prior, predicted, shares):
    transition = Transition(torch.tensor(prior, dtype=DOUBLE))
    late, early = sorted(shares)
    probs = torch.tensor(predicted[: len(prior)], dtype=DOUBLE)
    if not probs.sum() > 0:
        probs[-1] = 1
    probs = (probs / probs.sum()).repeat(len(prior), 1)
    _, expected = bayes(transition, probs, early, late)
    xt = torch.arange(len(prior))
    early, late = torch.tensor(early, dtype=DOUBLE), torch.tensor(late, dtype=DOUBLE)
    got = transition.reverse(xt, probs, early, late)
    logs = transition.log_reverse(xt, probs.log(), early, late).exp()
    torch.testing.assert_close(got.sum(-1), torch.ones_like(got[:, 0]), rtol=0, atol=1e-9)
    # The matrices lose the digits of 1 - share that the closed form keeps.
    if 1 - float(late) > 1e-3 and (float(late) == 0 or float(late) > 1e-3):
        torch.testing.assert_close(got, expected, rtol=0, atol=1e-9)
        torch.testing.assert_close(logs, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("s", "t"), [(0.6, 0.3), (1.0, 0.0), (0.9, 0.895)])
@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)
def test_step_draws_from_reverse(transition, s, t, dtype):
    count = 20_000
    probs = predictions(transition, seed=1)
    early, late = torch.tensor(s, dtype=DOUBLE), torch.tensor(t, dtype=DOUBLE)
    law = transition.reverse(torch.arange(transition.num_states), probs, early, late)
    generator = torch.Generator().manual_seed(7)
    for i in range(transition.num_states):
        xt = torch.full((count,), i)
        drawn = transition.step(xt, 3 * probs[i].to(dtype).expand(count, -1), early, late, generator)
        counts = torch.bincount(drawn, minlength=transition.num_states)
        assert chi_square(counts, law[i]) > 1e-4


@pytest.mark.parametrize("share", [1.0, 0.9, 0.25, 0.0])
@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)
def test_corrupt_draws_from_the_forward_law(transition, share):
    generator = torch.Generator().manual_seed(3)
    law = matrix(transition.prior, share)
    for k in range(transition.num_classes):
        drawn = transition.corrupt(torch.full((20_000, 1), k), torch.tensor(share), generator)
        assert chi_square(torch.bincount(drawn.view(-1), minlength=transition.num_states), law[k]) > 1e-4


@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)
def test_sample_draws_from_the_prior(transition):
    drawn = transition.sample((100, 200), torch.Generator().manual_seed(3))
    assert drawn.shape == (100, 200)
    assert chi_square(torch.bincount(drawn.view(-1), minlength=transition.num_states), transition.prior) > 1e-4


def test_shares_belong_to_the_leading_dimension():
    transition = TRANSITIONS["marginal"]
    x0 = torch.zeros(3, 50, 40, dtype=torch.long)
    xt = transition.corrupt(x0, torch.tensor([1.0, 0.5, 0.0]))
    changed = xt.ne(0).double().mean((1, 2))
    assert changed[0] == 0
    assert 0.3 < changed[1] < 0.5
    assert 0.7 < changed[2] < 0.9
    early, late = torch.tensor([1.0, 0.9, 0.5]), torch.tensor([0.6, 0.5, 0.0])
    probs = torch.rand(3, 50, 40, 3)
    together = transition.reverse(xt, probs, early, late)
    for b in range(3):
        torch.testing.assert_close(together[b], transition.reverse(xt[b], probs[b], early[b], late[b]))


def test_neighbouring_shares_keep_their_digits_in_float32():
    transition = UniformTransition(4)
    early, late = (torch.tensor(value, dtype=DOUBLE) for value in (0.99999, 0.999989))
    xt = torch.tensor([0])
    probs = torch.tensor([[0.1, 0.2, 0.3, 0.4]], dtype=DOUBLE)
    exact, single = (transition.reverse(xt, value, early, late) for value in (probs, probs.float()))
    torch.testing.assert_close(single.double(), exact, rtol=1e-5, atol=0)


def test_unmasked_states_never_change():
    transition = AbsorbingTransition(4)
    xt = torch.randint(0, 5, (2000,))
    drawn = transition.step(xt, torch.rand(2000, 4), torch.tensor(0.5), torch.tensor(0.25))
    assert torch.equal(drawn[xt < 4], xt[xt < 4])
    masked = drawn[xt == 4]
    assert 0.2 < masked.ne(4).double().mean() < 0.47  # one third
    law = transition.reverse(xt, torch.rand(2000, 4), torch.tensor(0.5), torch.tensor(0.25))
    assert torch.equal(law[xt < 4].argmax(-1), xt[xt < 4])
    torch.testing.assert_close(law[xt < 4].amax(-1), torch.ones(int((xt < 4).sum())))


def test_log_reverse_does_not_underflow():
    log_probs = torch.tensor([[0.0, -300.0]])  # e^-300 is zero in float32
    transition = UniformTransition(2)
    got = transition.log_reverse(torch.tensor([0]), log_probs, torch.tensor(1.0), torch.tensor(0.5))
    assert -302 < float(got[0, 1]) < -298


def test_gradients_reach_the_prediction():
    logits = torch.randn(5, 3, dtype=DOUBLE, requires_grad=True)
    transition = TRANSITIONS["marginal"]
    early, late = torch.tensor([1.0, 0.6, 0.6, 1.0, 0.6]), torch.tensor([0.3, 0.3, 0.0, 0.0, 0.6])
    logs = transition.log_reverse(torch.tensor([0, 1, 2, 0, 1]), logits.log_softmax(-1), early, late)
    logs[logs > -torch.inf].sum().backward()
    assert bool(logits.grad.isfinite().all())
    assert bool(logits.grad.abs().sum() > 0)


def test_buffers_stay_float64_and_make_no_state_that_a_checkpoint_lacks():
    transition = MarginalTransition(torch.tensor([1.0, 3.0])).half()
    assert transition.prior.dtype == transition.cdf.dtype == DOUBLE
    assert list(transition.state_dict()) == ["prior"]
    other = UniformTransition(2)
    other.load_state_dict(transition.state_dict())
    counts = torch.bincount(other.sample((4000,), torch.Generator().manual_seed(1)), minlength=2)
    assert chi_square(counts, transition.prior) > 1e-4


def test_repr_and_empty_shapes():
    assert repr(AbsorbingTransition(2)) == "AbsorbingTransition(num_classes=2, num_states=3)"
    empty = torch.zeros(2, 0, dtype=torch.long)
    one = torch.tensor([1.0, 1.0])
    transition = UniformTransition(3)
    assert transition.corrupt(empty, one).shape == (2, 0)
    assert transition.step(empty, torch.zeros(2, 0, 3), one, one / 2).shape == (2, 0)
    assert transition.reverse(empty, torch.zeros(2, 0, 3), one, one / 2).shape == (2, 0, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Transition(torch.tensor([0.5, -0.1])), r"'Transition' expected 'prior' as a vector of probabilities"),
        (lambda: MarginalTransition(torch.zeros(2)), r"'MarginalTransition' expected 'prior' as a vector .*got \[0.0"),
        (lambda: Transition(torch.ones(2, 2)), r"'Transition' expected 'prior' as a vector of probabilities"),
        (lambda: Transition(torch.tensor([0.5, float("nan")])), r"'Transition' expected 'prior' as a vector"),
        (lambda: UniformTransition(0), r"'UniformTransition' expected 'prior' as a vector .*got \[\]"),
        (lambda: AbsorbingTransition(0), r"'AbsorbingTransition' expected 'num_classes' in 1 … 1 \(got 0\)"),
        (lambda: Transition(torch.ones(2), 3), r"'Transition' expected 'num_classes' in 1 … 2 \(got 3\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_with_a_generator_on_the_cpu():
    transition = TRANSITIONS["general"].to("cuda")
    generator = torch.Generator().manual_seed(0)
    x0 = torch.randint(0, 2, (64, 9), device="cuda")
    share = torch.full((64,), 0.5, device="cuda")
    xt = transition.corrupt(x0, share, generator)
    out = transition.step(xt, torch.rand(64, 9, 2, device="cuda"), torch.ones_like(share), share, generator)
    assert out.device.type == "cuda"
    assert int(out.max()) < 4
    TRANSITIONS["general"].to("cpu")


def test_transitions_by_name():
    prior = torch.tensor([3.0, 1.0])
    assert isinstance(make_transition("marginal", 2, prior), MarginalTransition)
    assert isinstance(make_transition("marginal", 2), UniformTransition)
    assert isinstance(make_transition("uniform", 2, prior), UniformTransition)
    assert isinstance(make_transition("absorbing", 2, prior), AbsorbingTransition)
    with pytest.raises(ValueError, match=r"'make_transition' expected 'name' to be .* \(got 'gaussian'\)"):
        make_transition("gaussian", 2)
