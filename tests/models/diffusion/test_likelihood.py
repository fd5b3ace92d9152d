import math

import pytest
import torch

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.likelihood import corrupt_graph, step_kl, stratified_steps, variational_bound
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.transition import AbsorbingTransition, MarginalTransition, UniformTransition
from pyg_symbreak.testing.statistics import chi_square_uniform
from tests.models.diffusion.enumeration import TRANSITIONS, World

DOUBLE = torch.float64


class Partial(NoiseSchedule):
    """A schedule that leaves some data at its end, so that the prior term counts."""

    def __init__(self, num_steps):
        super().__init__(num_steps, "linear")
        self.alpha_bar = 0.2 + 0.8 * self.alpha_bar


WORLDS = {
    "marginal": World(2, TRANSITIONS["marginal"], UniformTransition(2), NoiseSchedule(4), num_data=5),
    "absorbing": World(2, AbsorbingTransition(2), AbsorbingTransition(3), NoiseSchedule(3, "polynomial"), seed=1),
    "prior": World(2, MarginalTransition(torch.tensor([0.3, 0.7])), TRANSITIONS["marginal"], Partial(3), seed=2),
    "three": World(3, UniformTransition(2), MarginalTransition(torch.tensor([0.8, 0.2])), NoiseSchedule(2, "linear")),
    "one": World(1, TRANSITIONS["marginal"], UniformTransition(2), NoiseSchedule(5)),
}


def kl(p, q):
    """By the definition, over the last dimension, for laws with positive q wherever p is positive."""
    return torch.where(p > 0, p * (p.clamp(min=1e-300).log() - q.clamp(min=1e-300).log()), 0).sum(-1)


def prediction(world, t):
    """The prediction that the tests judge: the exact posterior, made a little worse; zeros stay zeros."""
    return [one.pow(0.7) / one.pow(0.7).sum(-1, keepdim=True) for one in world.predicted(t)]


def at(world, t):
    return torch.tensor([t / world.schedule.num_steps], dtype=DOUBLE)


def worse(world):
    def denoise(graph, time):
        return tuple(0.7 * logits for logits in world.denoise(graph, time))

    return denoise


def explicit_terms(world, t):
    """KL(q(G_{t-1} | G_t, G_0) || p(G_{t-1} | G_t)) over joint states: ``[data, states]``, zero where G_t cannot be."""
    predicted, terms = prediction(world, t), 0
    law_q = torch.ones(len(world.data), len(world.states), len(world.states), dtype=DOUBLE)
    law_p = torch.ones(len(world.states), len(world.states), dtype=DOUBLE)
    for i in range(len(world.transitions)):
        posterior = world.posterior(i, t - 1, t)[world.states[:, i]]  # [states, k, x_s]
        law_q = law_q * posterior[:, world.data[:, i]][:, :, world.states[:, i]].transpose(0, 1)
        law_p = law_p * world.reverse(i, t - 1, t, predicted)[:, world.states[:, i]]
    terms = kl(law_q, law_p)
    return torch.where(world.forward(t) > 0, terms, 0)


def explicit_bound(world):
    prior = torch.ones(len(world.states), dtype=DOUBLE)
    for i, transition in enumerate(world.transitions):
        prior = prior * transition.prior[world.states[:, i]]
    last = world.schedule.num_steps
    out = kl(world.forward(last), prior.expand(len(world.data), -1))
    for t in range(1, last + 1):
        out = out + (world.forward(t) * explicit_terms(world, t)).sum(-1)
    return out


def closed_terms(world, t):
    """The same terms from the package, nodes and pairs apart: every data graph with every noisy one."""
    rows = torch.arange(len(world.data)).repeat_interleave(len(world.states))
    columns = torch.arange(len(world.states)).repeat(len(world.data))
    clean, noisy = world.graph(world.data[rows]), world.graph(world.states[columns])
    logits = worse(world)(noisy, at(world, t).expand(len(rows)))
    shares = world.schedule.alpha_bar[t - 1], world.schedule.alpha_bar[t]
    nodes = step_kl(world.pair[0], clean.x, noisy.x, logits[0], *shares).sum(1)
    pairs = step_kl(world.pair[1], clean.e, noisy.e, logits[1], *shares).sum(1)
    return nodes.view(len(world.data), -1), pairs.view(len(world.data), -1)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_every_term_equals_enumeration(world):
    known = world.law > 0
    for t in range(1, world.schedule.num_steps + 1):
        nodes, pairs = closed_terms(world, t)
        possible = world.forward(t)[known] > 0
        got = torch.where(possible, (nodes + pairs)[known], 0)
        torch.testing.assert_close(got, explicit_terms(world, t)[known], rtol=0, atol=1e-10)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_prior_term_equals_enumeration(world):
    graph = world.graph(world.data)
    bound = variational_bound(graph, worse(world), *world.pair, world.schedule, exact=True)
    last = world.forward(world.schedule.num_steps)
    prior = torch.stack([t.prior[world.states[:, i]] for i, t in enumerate(world.transitions)]).prod(0)
    torch.testing.assert_close(bound["prior_kl"], kl(last, prior.expand_as(last)), rtol=0, atol=1e-10)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", ["marginal", "absorbing", "prior"])
def test_the_estimate_has_no_bias(name, exact):
    world, copies = WORLDS[name], 4000
    chosen = int(world.law.argmax())
    graph = world.graph(world.data[[chosen]].expand(copies, -1))
    size = torch.full((copies,), -1.5)
    # The exact denoiser of the enumeration needs one time for its whole batch.
    denoise = by_time(worse(world))
    bound = variational_bound(
        graph, denoise, *world.pair, world.schedule, size, exact=exact, generator=torch.Generator().manual_seed(5)
    )
    expected = float(explicit_bound(world)[chosen]) + 1.5
    error = float(bound["nll"].std()) / math.sqrt(copies)
    assert abs(float(bound["nll"].mean()) - expected) < 4.5 * error
    torch.testing.assert_close(bound["nll"], bound["size"] + bound["prior_kl"] + bound["diffusion"])
    torch.testing.assert_close(bound["nll"], bound["size"] + bound["nodes"] + bound["pairs"])
    torch.testing.assert_close(bound["nll_digress"], bound["nll"] + bound["pairs"])
    assert all(value.shape == (copies,) and value.dtype == DOUBLE for value in bound.values())


def by_time(denoise):
    def split(graph, time):
        parts = {float(t): denoise(graph, t.expand(graph.num_graphs)) for t in time.unique()}
        picked = [parts[float(t)] for t in time]
        return tuple(torch.stack([part[kind][b] for b, part in enumerate(picked)]) for kind in range(2))

    return split


@pytest.mark.parametrize("name", ["marginal", "absorbing", "three", "prior"])
def test_it_bounds_the_likelihood_of_the_sampler(name):
    world = WORLDS[name]
    known = world.law > 0
    exact = World.predicted
    try:
        World.predicted = lambda self, t, forward=None: (
            [one.pow(0.7) / one.pow(0.7).sum(-1, keepdim=True) for one in exact(self, t, forward)]
        )
        law = world.on_data(world.reverse_chain(range(world.schedule.num_steps, -1, -1)))
    finally:
        World.predicted = exact
    assert float(law.sum()) == pytest.approx(1, abs=1e-9)
    assert bool((explicit_bound(world)[known] >= -law[known].log() - 1e-9).all())


def test_it_is_tight_for_one_variable_and_the_exact_posterior():
    world = WORLDS["one"]
    graph, total = world.graph(world.data), torch.zeros(len(world.data), dtype=DOUBLE)
    for t in range(1, world.schedule.num_steps + 1):
        noisy = world.graph(world.states)
        logits = world.denoise(noisy, at(world, t))[0]
        for k in range(len(world.data)):
            clean = graph.x[k].expand(len(world.states), -1)
            terms = step_kl(world.pair[0], clean, noisy.x, logits, *world.schedule.alpha_bar[t - 1 : t + 1])
            total[k] += (world.forward(t)[k] * terms.sum(1)).sum()
    entropy = -(world.law * world.law.log()).sum()
    torch.testing.assert_close((world.law * total).sum(), entropy, rtol=0, atol=1e-10)


def uniform_guess(graph, time):
    return torch.zeros(*graph.x.shape, 3), torch.zeros(*graph.e.shape, 2)


@pytest.fixture
def mixed():
    x = torch.tensor([[0, 1, 2], [2, 0, 0], [1, 1, 0]])
    e = torch.tensor([[0, 1, 1], [0, 0, 0], [1, 0, 0]])
    mask = torch.tensor([[True, True, True], [True, False, False], [True, True, False]])
    return DenseGraph(x, e, mask).validate()


@pytest.mark.parametrize("make", [UniformTransition, AbsorbingTransition])
def test_padding_never_counts(mixed, make):
    def nothing_on_padding(graph, time):
        nodes, pairs = uniform_guess(graph, time)
        return nodes.masked_fill(~graph.mask.unsqueeze(-1), torch.nan), pairs.masked_fill(
            ~graph.pair_mask.unsqueeze(-1), torch.nan
        )

    last = NoiseSchedule(1)  # one step: the loss is -log p(x_0), whatever the noise
    for graph in (mixed, mixed.pad(5)):
        bound = variational_bound(graph, nothing_on_padding, make(3), make(2), last)
        torch.testing.assert_close(bound["nodes"], torch.tensor([3.0, 1.0, 2.0], dtype=DOUBLE) * math.log(3))
        torch.testing.assert_close(bound["pairs"], torch.tensor([3.0, 0.0, 1.0], dtype=DOUBLE) * math.log(2))


def test_graphs_of_one_node_and_no_graphs(mixed):
    one = mixed.select(torch.tensor([1])).pad(1)
    arguments = uniform_guess, UniformTransition(3), UniformTransition(2), NoiseSchedule(7)
    bound = variational_bound(one, *arguments, num_draws=3)
    assert bound["pairs"].tolist() == [0]
    assert bool(bound["nll"] > 0)
    empty = variational_bound(mixed.select(torch.zeros(3, dtype=torch.bool)), *arguments)
    assert empty["nll"].shape == (0,)


def test_certain_predictions_give_zero_and_never_nan(mixed):
    def know(graph, time):
        nodes, pairs = (torch.nn.functional.one_hot(v, k).double().log() for v, k in ((mixed.x, 3), (mixed.e, 2)))
        return nodes, pairs

    for make in (UniformTransition, AbsorbingTransition):
        bound = variational_bound(mixed, know, make(3), make(2), NoiseSchedule(20), exact=True)
        torch.testing.assert_close(bound["nll"], torch.zeros(3, dtype=DOUBLE))

    def wrong(graph, time):
        nodes, pairs = know(graph, time)
        return nodes.roll(1, -1), pairs

    bound = variational_bound(mixed, wrong, UniformTransition(3), UniformTransition(2), NoiseSchedule(20), exact=True)
    assert bool((bound["nll"] == torch.inf).all())  # excluded data: not NaN


def test_the_time_told_and_the_noise_seen(mixed):
    seen = []

    def listen(graph, time):
        seen.append((graph, time))
        return uniform_guess(graph, time)

    arguments = mixed, listen, AbsorbingTransition(3), AbsorbingTransition(2), NoiseSchedule(4, "linear")
    variational_bound(*arguments, num_draws=2)
    assert len(seen) == 2
    for graph, time in seen:
        graph.validate(4, 3)
        assert time.shape == (3,)
        assert set((time * 4).tolist()) <= {1.0, 2.0, 3.0, 4.0}
    seen.clear()
    variational_bound(*arguments, exact=True)
    assert [time.unique().tolist() for _, time in seen] == [[0.25], [0.5], [0.75], [1.0]]
    last = seen[-1][0]
    assert bool((last.x == 3)[last.mask].all())  # at the last step everything is masked
    assert bool((last.e == 2)[last.pair_mask].all())


def test_gradients_for_training_on_the_bound(mixed):
    weight = torch.zeros(3, requires_grad=True)

    def denoise(graph, time):
        nodes, pairs = uniform_guess(graph, time)
        return nodes + weight, pairs

    bound = variational_bound(mixed, denoise, UniformTransition(3), UniformTransition(2), NoiseSchedule(5))
    bound["nll"].mean().backward()
    assert bool(weight.grad.isfinite().all())


def test_corrupt_graph_is_the_transition_of_every_variable(mixed):
    whole = corrupt_graph(mixed, torch.tensor([1.0, 1.0, 1.0]), UniformTransition(3), UniformTransition(2))
    assert torch.equal(whole.x, mixed.x)
    assert torch.equal(whole.e, mixed.e)
    none = corrupt_graph(mixed, torch.tensor([0.0, 1.0, 0.0]), AbsorbingTransition(3), AbsorbingTransition(2))
    assert none.validate().x.tolist() == [[3, 3, 3], [2, 0, 0], [3, 3, 0]]
    assert none.e.tolist() == [[2, 2, 2], [0, 0, 0], [2, 0, 0]]


def test_steps_are_stratified_and_uniform():
    generator = torch.Generator().manual_seed(4)
    drawn = torch.stack([stratified_steps(6, 10, 5, generator) for _ in range(400)])
    assert drawn.shape == (400, 5, 6)
    assert int(drawn.min()) == 1
    assert int(drawn.max()) == 10
    # Thirty draws over ten steps: three of each; a graph's five draws fall in five different fifths.
    assert bool((drawn.flatten(1).sort().values == torch.arange(1, 11).repeat_interleave(3)).all())
    assert bool(((drawn - 1) // 2 == torch.arange(5).view(1, 5, 1)).all())
    for graph in range(6):
        counts = torch.bincount(drawn[:, 0, graph], minlength=3)[1:]
        assert chi_square_uniform(counts) > 1e-4
    one = torch.cat([stratified_steps(1, 4, generator=generator).view(-1) for _ in range(2000)])
    assert chi_square_uniform(torch.bincount(one, minlength=5)[1:]) > 1e-4
    assert stratified_steps(0, 4).shape == (1, 0)


def test_errors(mixed):
    arguments = mixed, uniform_guess, UniformTransition(3), UniformTransition(2), NoiseSchedule(3)
    with pytest.raises(ValueError, match=r"'variational_bound' expected 'num_draws' of at least 1 \(got 0\)"):
        variational_bound(*arguments, num_draws=0)
