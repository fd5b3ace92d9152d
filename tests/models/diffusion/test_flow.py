import pytest
import torch

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.flow import DISTORTIONS, RATES, flow, flow_rates
from pyg_symbreak.models.diffusion.samplers import initial_state
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.transition import AbsorbingTransition, UniformTransition
from tests.models.diffusion.enumeration import TRANSITIONS, World, chi_square, matrix

DOUBLE = torch.float64
COUNT = 6_000


def given(transition, t, k, **options):
    """The rates of every state given that the data are k: ``[S, S]``, with the rate of staying on the diagonal."""
    states = torch.arange(transition.num_states)
    certain = torch.nn.functional.one_hot(torch.full_like(states, k), transition.num_classes).double()
    rates = flow_rates(transition, states, certain, t, **options)
    assert bool((rates >= 0).all())
    assert bool((rates.diagonal() == 0).all())
    return rates - torch.diag(rates.sum(-1))


@pytest.mark.parametrize("t", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("eta", [0.0, 2.5])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)
def test_rates_carry_the_path(transition, rate, eta, t):
    """Kolmogorov's forward equation, given each class of the data: d p_t / dt = p_t R."""
    for k in range(transition.num_classes):
        law = matrix(transition.prior, t)[k]
        slope = torch.nn.functional.one_hot(torch.tensor(k), transition.num_states) - transition.prior
        rates = given(transition, t, k, rate=rate, eta=eta)
        torch.testing.assert_close(law @ rates, slope, rtol=0, atol=1e-10)


@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=TRANSITIONS)
def test_rates_are_those_of_the_paper(transition):
    """Equations of the rate matrix, of stochasticity and of target guidance, entry by entry."""
    t, eta, omega, prior, size = 0.3, 0.7, 0.4, transition.prior, transition.num_states
    generator = torch.Generator().manual_seed(0)
    probs = torch.rand(size, transition.num_classes, generator=generator, dtype=DOUBLE)
    probs = probs / probs.sum(-1, keepdim=True)
    got = flow_rates(transition, torch.arange(size), probs, t, eta=eta, omega=omega)
    for i in range(size):
        possible = [k for k in range(transition.num_classes) if matrix(prior, t)[k, i] > 0]
        expected = torch.zeros(size, dtype=DOUBLE)
        total = sum(float(probs[i, k]) for k in possible)
        for k in possible:
            path = matrix(prior, t)[k]
            slope = torch.nn.functional.one_hot(torch.tensor(k), size) - prior
            support = int((path > 0).sum())
            for j in range(size):
                if j == i:
                    continue
                star = max(0.0, float(slope[j] - slope[i])) / (support * path[i]) if path[j] > 0 else 0.0
                target = omega * (j == k) / (support * path[i])
                expected[j] += probs[i, k] / total * (star + eta * path[j] + target)
        if possible:
            torch.testing.assert_close(got[i], expected, rtol=0, atol=1e-10)


def test_stochasticity_keeps_detailed_balance():
    transition, t = TRANSITIONS["marginal"], 0.4
    for k in range(3):
        flux = matrix(transition.prior, t)[k].unsqueeze(1) * (
            given(transition, t, k, eta=1.0) - given(transition, t, k, eta=0.0)
        )
        torch.testing.assert_close(flux, flux.T, rtol=0, atol=1e-12)


def test_masking_gives_one_rate():
    transition, probs = AbsorbingTransition(3), torch.rand(4, 3).softmax(-1)
    states = torch.arange(4)
    one, two = (flow_rates(transition, states, probs, 0.6, rate=rate) for rate in RATES)
    torch.testing.assert_close(one, two)
    assert bool((one[:3] == 0).all())  # unmasked states never change
    torch.testing.assert_close(one[3, :3], probs[3] / 0.4)


WORLDS = {
    "marginal": World(2, TRANSITIONS["marginal"], UniformTransition(2), NoiseSchedule(40), num_data=5),
    "zero": World(2, TRANSITIONS["zero"], UniformTransition(2), NoiseSchedule(40), seed=3, num_data=6),
    "absorbing": World(2, AbsorbingTransition(2), AbsorbingTransition(3), NoiseSchedule(40, "linear"), seed=1),
}


def counts(world, steps, **options):
    generator = torch.Generator().manual_seed(11)
    state = initial_state(torch.full((COUNT,), world.n), *world.pair, generator=generator)
    graphs = flow(state, world.denoise, *world.pair, world.schedule, steps, generator=generator, **options)
    graphs.validate(world.pair[0].num_classes, world.pair[1].num_classes)
    return torch.bincount(world.number(graphs), minlength=len(world.data))


@pytest.mark.parametrize(
    ("name", "rate", "eta"),
    [
        ("marginal", "defog", 0.0),
        ("marginal", "linear", 3.0),
        ("zero", "defog", 3.0),
        ("zero", "linear", 0.0),
        ("absorbing", "defog", 0.0),
        ("absorbing", "linear", 3.0),
    ],
)
def test_many_steps_give_the_data(name, rate, eta):
    """The bias of 250 steps is far below what some thousand graphs can tell."""
    world = WORLDS[name]
    assert chi_square(*_allowing(world, counts(world, 250, rate=rate, eta=eta))) > 1e-4


def test_few_steps_do_not():
    world = WORLDS["marginal"]
    assert chi_square(*_allowing(world, counts(world, 2), share=1.0)) < 1e-6


def _allowing(world, observed, share=0.01):
    # Graphs that are no data come about with a probability of the order of a step; they count as one cell.
    strange = int(observed[world.law == 0].sum())
    assert strange <= share * COUNT
    return torch.where(world.law > 0, observed, 0), world.law


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_distortions_end_where_they_should(distortion):
    f = DISTORTIONS[distortion]
    values = torch.tensor([f(i / 50) for i in range(51)])
    assert abs(float(values[0])) < 1e-9
    assert float(values[-1]) == pytest.approx(1)
    assert bool((values.diff() > 0).all())
    assert chi_square(*_allowing(WORLDS["absorbing"], counts(WORLDS["absorbing"], 100, distortion=distortion))) > 1e-4


def test_guidance_towards_the_target_sharpens():
    world = World(1, TRANSITIONS["marginal"], UniformTransition(2), NoiseSchedule(50))
    plain, guided = (counts(world, 100, omega=omega) / COUNT for omega in (0.0, 1.0))
    assert float((plain - world.law).abs().max()) < 0.03
    assert float((guided - world.law).abs().max()) > 0.03


def test_the_denoiser_is_asked_at_the_step_that_leaves_the_same_share():
    told = []

    def listen(graph, time):
        told.append(time)
        return torch.zeros(*graph.x.shape, 2), torch.zeros(*graph.e.shape, 2)

    noise = UniformTransition(2), UniformTransition(2)
    state = initial_state(torch.tensor([2, 3]), *noise)
    schedule = NoiseSchedule(1000)
    wrapped = []
    flow(state, listen, *noise, schedule, 4, distortion="polydec", progress=lambda s: wrapped.append(s) or s)
    assert len(wrapped) == 1
    steps = (torch.stack(told)[:, 0] * 1000).round().long()
    shares = torch.tensor([2 * u - u * u for u in (0, 0.25, 0.5, 0.75)], dtype=DOUBLE)
    torch.testing.assert_close(schedule.at(steps), shares, rtol=0, atol=1e-3)
    assert told[0].shape == (2,)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rate", RATES)
def test_long_steps_stay_laws_and_padding_stays(rate, dtype):
    noise = TRANSITIONS["marginal"], AbsorbingTransition(3)
    sizes = torch.tensor([1, 4, 2])
    state = initial_state(sizes, *noise, num_nodes=5)

    def denoise(graph, time):
        nodes = torch.full((*graph.x.shape, 3), torch.nan, dtype=dtype)
        nodes[graph.mask] = torch.randn(int(graph.mask.sum()), 3, dtype=dtype)
        return nodes, torch.randn(*graph.e.shape, 3, dtype=dtype)

    for steps in (1, 2, 5):
        out = flow(state, denoise, *noise, NoiseSchedule(9), steps, rate=rate, eta=50.0, omega=0.5)
        assert torch.equal(out.validate(3, 3).num_nodes, sizes)
    argmax = torch.randn(3, 5, 3), torch.randn(3, 10, 3)
    out = flow(state, lambda g, t: argmax, *noise, NoiseSchedule(9), 1, last="argmax")
    assert torch.equal(out.x, argmax[0].argmax(-1) * out.mask)


STATE = DenseGraph(torch.zeros(1, 1).long(), torch.zeros(1, 0).long(), torch.ones(1, 1).bool())


def flat(graph, time):
    return torch.zeros(1, 1, 2), torch.zeros(1, 0, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_steps": 0}, r"'flow' expected at least one step in 'num_steps' \(got 0\)"),
        ({"eta": -1.0}, r"'flow' expected 'eta' and 'omega' of at least 0 \(got -1.0 and 0.0\)"),
        ({"omega": -0.5}, r"'flow' expected 'eta' and 'omega' of at least 0 \(got 0.0 and -0.5\)"),
        ({"rate": "star"}, r"'flow' expected 'rate' to be one of defog, linear \(got 'star'\)"),
        ({"distortion": "log"}, r"'flow' expected 'distortion' to be one of identity, .* \(got 'log'\)"),
        ({"last": "mean"}, r"'flow' expected 'last' to be one of sample, argmax \(got 'mean'\)"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        flow(STATE, flat, UniformTransition(2), UniformTransition(2), NoiseSchedule(5), **{"num_steps": 3, **options})
