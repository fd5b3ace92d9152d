import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.samplers import ancestral, check_last, final_types, initial_state
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.transition import AbsorbingTransition, MarginalTransition, UniformTransition
from pyg_symbreak.testing.statistics import chi_square_two_sample
from tests.models.diffusion.enumeration import TRANSITIONS, World, chi_square

COUNT = 20_000
WORLDS = {
    "marginal": World(2, TRANSITIONS["marginal"], UniformTransition(2), NoiseSchedule(5), num_data=5),
    "zero": World(2, TRANSITIONS["zero"], UniformTransition(2), NoiseSchedule(4), seed=3, num_data=6),
    "absorbing": World(2, AbsorbingTransition(2), AbsorbingTransition(3), NoiseSchedule(6, "linear"), seed=1),
    "three": World(3, UniformTransition(2), MarginalTransition(torch.tensor([0.8, 0.2])), NoiseSchedule(4), num_data=8),
    "one": World(1, TRANSITIONS["marginal"], UniformTransition(2), NoiseSchedule(5)),
}


def sample(world, steps, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    state = initial_state(torch.full((COUNT,), world.n), *world.pair, generator=generator)
    return ancestral(state, world.denoise, *world.pair, world.schedule, steps, generator=generator, **options)


@pytest.mark.parametrize("few", [False, True], ids=["all steps", "two steps"])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_law_is_that_of_the_enumerated_chain(world, few):
    total = world.schedule.num_steps
    times = [total, round(total / 2), 0] if few else list(range(total, -1, -1))
    law = world.reverse_chain(times)
    on_data = world.on_data(law)
    assert float(on_data.sum()) == pytest.approx(1, abs=1e-9)
    graphs = sample(world, len(times) - 1)
    graphs.validate(world.pair[0].num_classes, world.pair[1].num_classes)
    counts = torch.bincount(world.number(graphs), minlength=len(world.data))
    assert chi_square(counts, on_data) > 1e-4


def test_many_steps_give_the_data():
    world = World(2, AbsorbingTransition(2), UniformTransition(2), NoiseSchedule(200), num_data=4)
    law = world.on_data(world.reverse_chain(range(200, -1, -1)))
    torch.testing.assert_close(law, world.law, rtol=0, atol=0.02)
    assert float((world.on_data(world.reverse_chain([200, 100, 0])) - world.law).abs().max()) > 0.05
    counts = torch.bincount(world.number(sample(world, 200)), minlength=8)
    assert chi_square(counts, law) > 1e-4


def test_an_untrained_absorbing_model_samples_the_prior():
    node_law, pair_law = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.9, 0.1])
    noise = AbsorbingTransition(3), AbsorbingTransition(2)

    def untrained(graph, time):
        return node_law.log().expand(*graph.x.shape, -1), pair_law.log().expand(*graph.e.shape, -1)

    generator = torch.Generator().manual_seed(1)
    sizes = torch.randint(1, 6, (3000,), generator=generator)
    for steps in (1, 7):
        state = initial_state(sizes, *noise, generator=generator)
        graphs = ancestral(state, untrained, *noise, NoiseSchedule(50), steps, generator=generator).validate(3, 2)
        assert torch.equal(graphs.num_nodes, sizes)
        nodes, pairs = graphs.x[graphs.mask], graphs.e[graphs.pair_mask]
        assert chi_square(torch.bincount(nodes, minlength=3), node_law.double()) > 1e-4
        assert chi_square(torch.bincount(pairs, minlength=2), pair_law.double()) > 1e-4
        # Node 0 and node 1 are independent, as in the prior.
        two = graphs.x[sizes >= 2][:, :2]
        joint = torch.bincount(two[:, 0] * 3 + two[:, 1], minlength=9)
        assert chi_square(joint, torch.outer(node_law, node_law).double().view(-1)) > 1e-4


def equivariant(graph, time):
    """Logits of nodes and pairs from types and degrees."""
    degree = graph.adjacency().clamp(max=1).sum(-1)
    first, second = torch.triu_indices(graph.x.size(1), graph.x.size(1), 1)
    nodes = torch.stack([degree * 0.3, graph.x * 0.5, 1 - time.view(-1, 1) + 0 * degree], -1)
    kinds = (graph.x[:, first] + graph.x[:, second]).float()
    return nodes, torch.stack([kinds * 0.2, 0.7 * (graph.e == 1).float(), 0 * kinds], -1)


def test_the_law_is_invariant_under_renumbering():
    noise = UniformTransition(3), UniformTransition(3)
    generator = torch.Generator().manual_seed(9)
    state = initial_state(torch.full((COUNT,), 3), *noise, generator=generator)
    graphs = ancestral(state, equivariant, *noise, NoiseSchedule(10), 5, generator=generator)
    cell = graphs.x @ torch.tensor([1, 3, 9]) + 27 * (graphs.e @ torch.tensor([1, 3, 9]))
    g = Permutation(torch.tensor([1, 2, 0]).repeat(COUNT), torch.arange(COUNT + 1) * 3)
    moved = graphs.move(g)
    other = moved.x @ torch.tensor([1, 3, 9]) + 27 * (moved.e @ torch.tensor([1, 3, 9]))
    half = COUNT // 2
    counts = torch.bincount(cell[:half], minlength=729), torch.bincount(other[half:], minlength=729)
    assert chi_square_two_sample(*counts) > 1e-4


def test_the_same_seed_gives_the_same_graphs():
    world = WORLDS["marginal"]
    one, two, three = (sample(world, 5, seed) for seed in (4, 4, 5))
    assert torch.equal(one.x, two.x)
    assert torch.equal(one.e, two.e)
    assert not torch.equal(one.x, three.x)


def test_padding_stays_padding_and_properties_stay():
    noise = AbsorbingTransition(3), AbsorbingTransition(3)
    sizes, y = torch.tensor([1, 4, 0, 2]), torch.arange(8.0).view(4, 2)
    state = initial_state(sizes, *noise, num_nodes=5, y=y).validate(4, 4)
    assert state.x.count_nonzero(1).tolist() == sizes.tolist()

    def nowhere(graph, time):
        nodes, pairs = equivariant(graph, time)
        return nodes.masked_fill(~graph.mask.unsqueeze(-1), torch.nan), pairs

    out = ancestral(state, nowhere, *noise, NoiseSchedule(8), 3).validate(3, 3)
    assert torch.equal(out.num_nodes, sizes)
    assert torch.equal(out.y, y)


def test_argmax_in_the_last_step():
    noise = UniformTransition(3), AbsorbingTransition(3)
    state = initial_state(torch.tensor([3, 3]), *noise)
    fixed = torch.randn(2, 3, 3), torch.randn(2, 3, 3)
    out = ancestral(state, lambda graph, time: fixed, *noise, NoiseSchedule(8), 1, last="argmax")
    assert torch.equal(out.x, fixed[0].argmax(-1))
    assert torch.equal(out.e, fixed[1].argmax(-1))


def test_final_types_keep_what_is_data():
    logits = torch.tensor([[0.0, 9.0]]).expand(3, -1)
    assert final_types(AbsorbingTransition(2), torch.tensor([0, 1, 2]), logits, "argmax").tolist() == [0, 1, 1]
    check_last("test", "sample")


def test_times_and_progress():
    told, wrapped = [], []

    def listen(graph, time):
        told.append(time)
        return torch.zeros(*graph.x.shape, 2), torch.zeros(*graph.e.shape, 2)

    def progress(steps):
        for step in steps:
            wrapped.append(step)
            yield step

    noise = UniformTransition(2), UniformTransition(2)
    state = initial_state(torch.tensor([2, 3]), *noise)
    ancestral(state, listen, *noise, NoiseSchedule(10), 4, progress=progress)
    assert wrapped == [0, 1, 2, 3]
    assert all(time.shape == (2,) and time.dtype == torch.float32 for time in told)
    torch.testing.assert_close(torch.stack(told)[:, 0], torch.tensor([1.0, 0.8, 0.5, 0.2]))
    told.clear()
    ancestral(state, listen, *noise, NoiseSchedule(10))
    torch.testing.assert_close(torch.stack(told)[:, 0], torch.arange(10, 0, -1) / 10)


def test_no_gradients_are_kept():
    weight = torch.zeros(2, requires_grad=True)
    noise = UniformTransition(2), UniformTransition(2)
    state = initial_state(torch.tensor([2]), *noise)
    seen = []

    def denoise(graph, time):
        logits = torch.zeros(*graph.x.shape, 2) + weight
        seen.append(logits.requires_grad)
        return logits, torch.zeros(*graph.e.shape, 2)

    ancestral(state, denoise, *noise, NoiseSchedule(2))
    assert seen == [False, False]


def test_no_graphs():
    noise = UniformTransition(2), UniformTransition(2)
    state = initial_state(torch.zeros(0, dtype=torch.long), *noise)
    out = ancestral(state, lambda g, t: (torch.zeros(0, 0, 2), torch.zeros(0, 0, 2)), *noise, NoiseSchedule(2))
    assert out.num_graphs == 0


STATE = DenseGraph(torch.zeros(1, 1).long(), torch.zeros(1, 0).long(), torch.ones(1, 1).bool())
NOISE = UniformTransition(2), UniformTransition(2)


def flat(graph, time):
    return torch.zeros(1, 1, 2), torch.zeros(1, 0, 2)


REST = flat, *NOISE, NoiseSchedule(5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ancestral(STATE, *REST, num_steps=6), r"'ancestral' expected 'num_steps' in 1 … 5 \(got 6\)"),
        (lambda: ancestral(STATE, *REST, num_steps=0), r"'ancestral' expected 'num_steps' in 1 … 5 \(got 0\)"),
        (
            lambda: ancestral(STATE, *REST, last="mean"),
            r"'ancestral' expected 'last' to be one of sample, argmax \(got 'mean'\)",
        ),
        (
            lambda: initial_state(torch.tensor([3, 2]), *NOISE, num_nodes=2),
            r"'initial_state' expected sizes in 0 … 2 \(got 2 … 3\)",
        ),
        (
            lambda: initial_state(torch.tensor([-1]), *NOISE, num_nodes=2),
            r"'initial_state' expected sizes in 0 … 2 \(got -1 … -1\)",
        ),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_with_a_generator_on_the_cpu():
    noise = UniformTransition(3).to("cuda"), AbsorbingTransition(3).to("cuda")
    generator = torch.Generator().manual_seed(0)
    state = initial_state(torch.tensor([3, 2], device="cuda"), *noise, generator=generator)

    def flat(graph, time):
        return torch.zeros(*graph.x.shape, 3, device="cuda"), torch.zeros(*graph.e.shape, 3, device="cuda")

    out = ancestral(state, flat, *noise, NoiseSchedule(9).to("cuda"), 4, generator=generator)
    assert out.validate(3, 3).x.is_cuda
