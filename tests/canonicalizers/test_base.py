"""One contract for all canonicalizers of permutations."""

import copy
import pickle

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import (
    Canonicalizer,
    ExactCanonicalizer,
    HaarCanonicalizer,
    LearnedCanonicalizer,
    RefinementCanonicalizer,
    SpectralCanonicalizer,
    TraversalCanonicalizer,
    UniformCanonicalizer,
)
from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.testing import assert_equivariant_in_law, graph_zoo

ALL = {
    "uniform": UniformCanonicalizer,
    "exact": ExactCanonicalizer,
    "refinement": RefinementCanonicalizer,
    "learned": LearnedCanonicalizer,
    "learned-noise": lambda: LearnedCanonicalizer(noise_dim=2),
    "spectral": SpectralCanonicalizer,
    "traversal-exact": lambda: TraversalCanonicalizer(ExactCanonicalizer(), "depth"),
    "traversal": TraversalCanonicalizer,
}
ZOO = graph_zoo()
# A triangle with a path of one and a path of two edges at two of its corners: no symmetry.
ASYMMETRIC = Data(
    edge_index=torch.tensor([[0, 1, 0, 2, 1, 2, 0, 3, 1, 4, 4, 5], [1, 0, 2, 0, 2, 1, 3, 0, 4, 1, 5, 4]]), num_nodes=6
)

EMPTY = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0)


def always_random(canonicalizer):
    walk = isinstance(canonicalizer, TraversalCanonicalizer) and canonicalizer.base is None
    return walk or isinstance(canonicalizer, UniformCanonicalizer) or getattr(canonicalizer, "noise_dim", 0) > 0


@pytest.fixture(params=list(ALL))
def canonicalizer(request):
    torch.manual_seed(0)
    return ALL[request.param]()


@pytest.mark.parametrize("name", ["cycle-4", "path-3", "isolated-3", "square-one-loop"])
def test_equivariant_in_law(canonicalizer, name):
    data = Data(edge_index=ZOO[name].edge_index, num_nodes=ZOO[name].num_nodes)
    assert_equivariant_in_law(canonicalizer, data, num_draws=500)


def test_the_law_is_that_of_the_canonical_form(canonicalizer):
    # The nodes of degree 2 and 3 of a star with one long arm have one rank each under every draw but the uniform one.
    ranks = {tuple(canonicalizer.rank(ASYMMETRIC).tolist()) for _ in range(40)}
    random = always_random(canonicalizer)
    assert (len(ranks) > 1) == random


def test_batch_is_per_graph_where_nothing_is_random(canonicalizer):
    if always_random(canonicalizer):
        return  # random on every graph
    moved = Permutation(torch.tensor([3, 1, 5, 0, 4, 2])).act_data(ASYMMETRIC)
    rank = canonicalizer.rank(Batch.from_data_list([ASYMMETRIC, EMPTY, moved]))
    assert rank.tolist() == canonicalizer.rank(ASYMMETRIC).tolist() + canonicalizer.rank(moved).tolist()
    forms = [set(map(tuple, r[d.edge_index].T.tolist())) for r, d in ((rank[:6], ASYMMETRIC), (rank[6:], moved))]
    assert forms[0] == forms[1]


@pytest.mark.parametrize("sizes", [[], [0], [1], [2], [0, 1, 0, 2, 0]])
def test_degenerate_sizes(canonicalizer, sizes):
    graphs = [Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=n) for n in sizes]
    data = Batch.from_data_list(graphs) if sizes else Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0)
    g = canonicalizer(data)
    assert isinstance(g, Permutation)
    Permutation(g.rank, g.ptr)
    assert g.rank.numel() == sum(sizes)


def test_ranks_are_permutations_of_each_graph(canonicalizer):
    graphs = [Data(edge_index=d.edge_index, num_nodes=d.num_nodes) for d in ZOO.values() if d.num_nodes <= 10]
    batch = Batch.from_data_list(graphs)
    g = canonicalizer(batch)
    Permutation(g.rank, batch.ptr)
    assert torch.equal(g.inverse().rank, g.order)


def test_repeats_under_a_generator_and_varies_without(canonicalizer):
    data = Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9)
    draws = [canonicalizer(data, generator=torch.Generator().manual_seed(5)) for _ in range(2)]
    assert draws[0] == draws[1]
    state = torch.random.get_rng_state()
    canonicalizer(data, generator=torch.Generator().manual_seed(5))
    assert torch.equal(state, torch.random.get_rng_state()), "a generator replaces the global one"
    assert len({tuple(canonicalizer(data).rank.tolist()) for _ in range(20)}) > 1


def test_elements_are_returned_and_not_stored(canonicalizer):
    data = Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9)
    before = {name: dict(module.__dict__) for name, module in canonicalizer.named_modules()}
    keys, edges = set(data.keys()), data.edge_index.clone()
    first = canonicalizer(data)
    rank = first.rank.clone()
    canonicalizer(Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=2))
    assert torch.equal(first.rank, rank)
    for name, module in canonicalizer.named_modules():
        assert module.__dict__.keys() == before[name].keys()
        assert not any(isinstance(value, Permutation) for value in module.__dict__.values())
    assert set(data.keys()) == keys
    assert torch.equal(data.edge_index, edges)


def test_one_law_in_training_and_evaluation(canonicalizer):
    data = Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9)
    train = canonicalizer.train()(data, generator=torch.Generator().manual_seed(5))
    assert train == canonicalizer.eval()(data, generator=torch.Generator().manual_seed(5))


def test_copies_and_pickles(canonicalizer):
    data = Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9)
    again = pickle.loads(pickle.dumps(canonicalizer))
    for other in (copy.deepcopy(canonicalizer), again):
        draws = [c(data, generator=torch.Generator().manual_seed(5)) for c in (canonicalizer, other)]
        assert draws[0] == draws[1]
    canonicalizer.reset_parameters()


def test_reset_finds_children():
    network = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(2, 1)))
    before = network[0][0].weight.clone()
    LearnedCanonicalizer(network).reset_parameters()
    assert not torch.equal(network[0][0].weight, before)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu(canonicalizer):
    batch = Batch.from_data_list([ASYMMETRIC, Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9)])
    g = canonicalizer.cuda()(batch.cuda())
    assert g.rank.is_cuda
    Permutation(g.rank, g.ptr)


def test_bad_input_is_refused_at_the_boundary(canonicalizer):
    edges = torch.tensor([[0], [7]])
    with pytest.raises(ValueError, match=r"'data.edge_index' expected node numbers in 0 … 1 \(got 7\)"):
        canonicalizer(Data(edge_index=edges, num_nodes=2))
    with pytest.raises(ValueError, match="unsorted batch vector"):
        canonicalizer(Data(x=torch.ones(3, 1), batch=torch.tensor([1, 0, 1])))


def test_ranks_are_of_permutations_only():
    class Poses(Canonicalizer):
        def forward(self, data, *, generator=None):
            return Orthogonal.identity(torch.tensor([0, 1]), 3)

    with pytest.raises(TypeError, match=r"'Poses.rank' expected a canonicalizer that draws permutations \(got 'Orth"):
        Poses().rank(Data(num_nodes=1))


def test_the_abstract_class_cannot_be_instantiated():
    with pytest.raises(TypeError, match="abstract"):
        Canonicalizer()


@pytest.mark.parametrize("name", ["cycle-4", "path-3", "isolated-3"])
def test_log_prob_bounds_the_frequency_of_every_order(canonicalizer, name):
    data = Data(edge_index=ZOO[name].edge_index, num_nodes=ZOO[name].num_nodes)
    batch = Batch.from_data_list([data] * 2000)
    g = canonicalizer(batch)
    bound = canonicalizer.log_prob(batch, g).exp()
    assert bound.dtype == torch.float64
    _, number, counts = g.rank.view(2000, -1).unique(dim=0, return_inverse=True, return_counts=True)
    share = counts[number] / 2000
    assert bool((share < bound + 5 * (bound / 2000).sqrt() + 1e-3).all())
    if isinstance(canonicalizer, (UniformCanonicalizer, ExactCanonicalizer, TraversalCanonicalizer)):
        assert bool((share > bound - 5 * (bound / 2000).sqrt()).all())
        assert abs(float((bound / counts[number]).sum()) - 1) < 1e-6


def test_poses_have_no_probabilities():
    cloud = Data(pos=torch.randn(3, 3))
    canonicalizer = HaarCanonicalizer()
    with pytest.raises(TypeError, match=r"'HaarCanonicalizer.log_prob' expected 'g' as permutations"):
        canonicalizer.log_prob(cloud, canonicalizer(cloud))


def test_losses_of_no_graphs_are_zero():
    canonicalizer = LearnedCanonicalizer()
    g = canonicalizer(Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0))
    for loss in (canonicalizer.entropy(g), canonicalizer.prior_loss(g)):
        assert loss.item() == 0.0
