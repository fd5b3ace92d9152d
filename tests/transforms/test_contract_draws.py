"""What every transform promises about its draws: their law, their seeds, their loaders."""

import pytest
import torch
from torch.utils.data import Subset
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader
from torch_geometric.utils import to_dense_adj, to_dense_batch

from pyg_symbreak.testing import assert_equivariant, assert_equivariant_in_law, chi_square_two_sample
from tests.transforms.cases import CASES, EXACT, INPUTS, ZOO, assert_same, parts


def outcome(name):
    """The random part of the result: node values, or the whole graph where the nodes move."""
    transform, attr, _ = CASES[name]
    if attr:
        return lambda data: transform(data)[attr], "node"

    def dense(data):
        out = transform(data)
        tags = to_dense_batch(out.tag, out.batch)[0]
        return torch.cat([to_dense_adj(out.edge_index, out.batch).flatten(1).long(), tags.flatten(1)], dim=1)

    return dense, "graph"


@pytest.mark.parametrize("graph", ["path-3", "cycle-4", "star-3", "directed-path-3", "two-triangles", "toluene"])
def test_equivariant(name, graph):
    data = Data(edge_index=ZOO[graph].edge_index, num_nodes=ZOO[graph].num_nodes)
    fn, output = outcome(name)
    if name in EXACT:
        assert_equivariant(fn, data)
        return
    if output == "graph":
        data.tag = torch.arange(data.num_nodes) % 3
    assert_equivariant_in_law(fn, data, output=output, num_draws=200, num_samples=3)


@pytest.mark.parametrize("graph", ["path-3", "cycle-4"])
def test_the_law_in_a_mixed_batch_is_the_law_alone(name, graph):
    data = Data(edge_index=ZOO[graph].edge_index, num_nodes=ZOO[graph].num_nodes)
    data.tag = torch.arange(data.num_nodes)
    other = Data(edge_index=ZOO["star-5"].edge_index, num_nodes=6, tag=torch.zeros(6, dtype=torch.long))
    transform, key = CASES[name][0], CASES[name][1] or "tag"
    if name == "AddRandomNodeFeatures":
        pytest.skip("never looks at the graph")
    alone = torch.stack([transform(data)[key].flatten() for _ in range(200)])
    mixed = transform(Batch.from_data_list([data, other] * 200))
    together = torch.stack([g[key].flatten() for g in mixed.to_data_list()[::2]])
    both = torch.cat([alone, together]).double().round(decimals=4)
    cells = torch.unique(both, dim=0, return_inverse=True)[1]
    counts = [torch.bincount(cells[half], minlength=int(cells.max()) + 1) for half in (slice(0, 200), slice(200, 400))]
    assert chi_square_two_sample(*counts) > 1e-4


def loaded(dataset, workers, *, epochs=2, seed=0, **kwargs):
    """What a loader gives under a seed."""
    torch.manual_seed(seed)
    loader = DataLoader(dataset, batch_size=3, shuffle=True, num_workers=workers, **kwargs)
    return [[parts(batch) for batch in loader] for _ in range(epochs)]


class Graphs(torch.utils.data.Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 12

    def __getitem__(self, i):
        data = Data(edge_index=ZOO["cycle-5"].edge_index, num_nodes=5, tag=torch.arange(5) + 5 * i)
        return self.transform(data)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:This DataLoader will create:UserWarning")
def test_the_same_seed_gives_the_same_draws_with_any_number_of_workers(name):
    dataset = Graphs(CASES[name][0])
    alone, again, two = loaded(dataset, 0), loaded(dataset, 0), loaded(dataset, 2)
    for first, *others in zip(alone, again, two):
        for batches in zip(first, *others):
            for other in batches[1:]:
                assert_same(batches[0], other)
    if name in EXACT:
        return
    key = CASES[name][1] or "tag"

    def draws(epoch):
        """The draw of every graph, in the order of the data set."""
        rows = [(int(b["tag"][5 * g : 5 * g + 5].min()), b[key][5 * g : 5 * g + 5]) for b in epoch for g in range(3)]
        return torch.stack([row for _, row in sorted(rows, key=lambda item: item[0])])

    first, second = draws(two[0]), draws(two[1])
    other = draws(loaded(dataset, 2, epochs=1, seed=1)[0])
    assert not torch.equal(first, second), "draws repeat from pass to pass"
    assert not torch.equal(first, other), "draws do not depend on the seed"
    within = first - torch.arange(12).view(-1, 1) * 5 if key == "tag" else first
    assert len(torch.unique(within.double(), dim=0)) > 1, "draws repeat inside a pass"


def test_random_draws_follow_the_global_generator(name):
    transform, attr, _ = CASES[name]
    if name in EXACT:
        pytest.skip("draws nothing")
    data = Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9, tag=torch.arange(9))
    key = attr or "edge_index"
    draws = []
    for _ in range(2):
        torch.manual_seed(3)
        draws.append([transform(data)[key] for _ in range(6)])
    assert all(torch.equal(a, b) for a, b in zip(*draws))
    assert any(not torch.equal(draws[0][0], other) for other in draws[0][1:]) or name == "ToCanonicalOrder"


def test_a_given_generator_is_used(name):
    transform = CASES[name][0]
    data = Data(edge_index=ZOO["cycle-9"].edge_index, num_nodes=9, tag=torch.arange(9))
    before = torch.random.get_rng_state()
    one, two = (transform.forward(data, generator=torch.Generator().manual_seed(5)) for _ in range(2))
    assert_same(parts(one), parts(two))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_device_is_kept(name):
    out = CASES[name][0](INPUTS["more of everything"].clone().to("cuda"))
    assert all(value.is_cuda for _, value in out.items() if isinstance(value, torch.Tensor))


def test_subsets_and_slices_of_data_sets_work(name):
    loader = DataLoader(Subset(Graphs(CASES[name][0]), [1, 4, 7]), batch_size=2)
    assert sum(batch.num_graphs for batch in loader) == 3
