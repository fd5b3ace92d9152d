"""What every transform promises."""

import copy
import inspect
import pickle

import pytest
import torch
import torch_geometric.transforms as T
from torch.utils.data import Subset
from torch_geometric.data import Batch, Data, HeteroData
from torch_geometric.loader import DataLoader
from torch_geometric.utils import to_dense_adj, to_dense_batch

import pyg_symbreak.transforms as ours
from pyg_symbreak.testing import (
    assert_equivariant,
    assert_equivariant_in_law,
    chi_square_two_sample,
    enumerate_automorphisms,
    graph_zoo,
)
from pyg_symbreak.transforms import (
    AddCanonicalLaplacianPE,
    AddCanonicalRank,
    AddOrbits,
    AddRandomNodeFeatures,
    AddSymPE,
    RandomNodePermutation,
    ToCanonicalOrder,
)

ZOO = graph_zoo()

# name: (a transform, the attribute that it adds, every argument with a value that is not its default)
CASES = {
    "AddCanonicalRank": (
        AddCanonicalRank(),
        "canonical_rank",
        {"randomize": False, "attr_name": "r", "node_attrs": ("x",), "edge_attrs": ("edge_attr",)},
    ),
    "ToCanonicalOrder": (
        ToCanonicalOrder(),
        None,
        {"randomize": False, "node_attrs": ("x",), "edge_attrs": ("edge_attr",)},
    ),
    "AddSymPE": (
        AddSymPE(dim=4),
        "sympe",
        {"dim": 6, "encoding": "cosine", "max_nodes": 20, "randomize": False, "attr_name": "r", "node_attrs": ("x",)},
    ),
    "AddOrbits": (AddOrbits(), "orbit", {"attr_name": "r", "node_attrs": ("x",), "edge_attrs": ("edge_attr",)}),
    "AddRandomNodeFeatures": (
        AddRandomNodeFeatures(dim=3),
        "random_features",
        {"dim": 2, "distribution": "uniform", "attr_name": "r"},
    ),
    "AddCanonicalLaplacianPE": (
        AddCanonicalLaplacianPE(k=3),
        "laplacian_pe",
        {"k": 2, "normalization": None, "pad": False, "weight_attr": "w", "dense_threshold": 9, "randomize": False},
    ),
    "RandomNodePermutation": (RandomNodePermutation(), None, {}),
}
EXACT = ("AddOrbits",)
LABELLING = {"max_search_nodes": 7, "on_budget": "uncertified"}


@pytest.fixture(params=CASES)
def name(request):
    return request.param


def edges(*pairs):
    return torch.tensor(pairs, dtype=torch.long).view(-1, 2).t().contiguous()


INPUTS = {
    "no nodes": Data(x=torch.empty(0, 2), edge_index=edges()),
    "one node": Data(x=torch.ones(1, 2), edge_index=edges()),
    "two nodes": Data(x=torch.ones(2, 2), edge_index=edges((0, 1), (1, 0))),
    "no edges": Data(x=torch.ones(4, 2), edge_index=edges()),
    "edges not given": Data(x=torch.ones(3, 2)),
    "one self-loop alone": Data(x=torch.ones(1, 2), edge_index=edges((0, 0))),
    "self-loops": Data(x=torch.ones(3, 2), edge_index=edges((0, 0), (0, 1), (1, 0), (2, 2))),
    "duplicate edges": Data(x=torch.ones(3, 2), edge_index=edges((0, 1), (0, 1), (1, 0), (1, 0), (1, 2), (2, 1))),
    "directed": Data(x=torch.ones(4, 2), edge_index=edges((0, 1), (1, 2), (3, 2))),
    "disconnected": Data(x=torch.ones(5, 2), edge_index=edges((0, 1), (1, 0), (2, 3), (3, 2))),
    "vertex-transitive": Data(x=torch.ones(5, 2), edge_index=ZOO["cycle-5"].edge_index),
    "integer x": Data(x=torch.arange(6).view(3, 2), edge_index=edges((0, 1), (1, 0))),
    "float64 x": Data(x=torch.rand(3, 2, dtype=torch.float64), edge_index=edges((0, 1), (1, 0))),
    "vector x": Data(x=torch.rand(3), edge_index=edges((0, 1), (1, 0))),
    "no x": Data(num_nodes=3, edge_index=edges((0, 1), (1, 0))),
    "as many nodes as edges": Data(
        x=torch.arange(3.0), edge_attr=torch.arange(3), edge_index=edges((0, 1), (1, 2), (2, 0))
    ),
    "more of everything": Data(
        x=torch.rand(4, 2),
        edge_index=edges((0, 1), (1, 0), (2, 3), (3, 2)),
        edge_attr=torch.arange(4.0),
        y=torch.tensor([3]),
        pos=torch.rand(4, 3),
        mark=torch.tensor([True, False, True, False]),
        title="a graph",
    ),
}


def parts(data):
    return {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in data.items()}


def assert_same(first, second):
    assert list(first) == list(second)
    for key, value in first.items():
        if isinstance(value, torch.Tensor):
            assert value.dtype == second[key].dtype, key
            torch.testing.assert_close(value, second[key], rtol=1e-5, atol=1e-6, equal_nan=True)
        else:
            assert value == second[key], key


@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_of_input_works_and_stays_as_it_is(name, kind):
    transform, attr, _ = CASES[name]
    data = INPUTS[kind]
    before, keys = parts(data), set(data.keys())
    out = transform(data)
    assert_same(before, parts(data))
    assert out is not data
    assert set(out.keys()) == keys | ({attr} if attr else set())
    assert out.num_nodes == data.num_nodes
    assert out.num_edges == data.num_edges
    for key in keys:
        if isinstance(data[key], torch.Tensor):
            assert out[key].dtype == data[key].dtype
            assert out[key].shape == data[key].shape
    if attr:
        assert out[attr].size(0) == data.num_nodes
        assert bool(torch.as_tensor(out[attr]).isfinite().all())
        assert_same({k: v for k, v in parts(out).items() if k != attr}, before)


@pytest.mark.parametrize("kind", ["no nodes", "one node", "integer x", "float64 x", "vector x", "no x", "no edges"])
def test_no_name_appends_to_x_without_truncation(name, kind):
    transform, attr, _ = CASES[name]
    if attr is None:
        pytest.skip("adds no attribute")
    bare = copy.copy(transform)
    bare.attr_name = None
    data = INPUTS[kind]
    with torch.random.fork_rng():
        value = transform(data)[attr]
    out = bare(data)
    assert out.x.size(0) == data.num_nodes
    if data.x is None:
        torch.testing.assert_close(out.x, value)
    else:
        before, value = (v.view(-1, 1) if v.dim() == 1 else v for v in (data.x, value))
        torch.testing.assert_close(out.x, torch.cat([before.to(out.x.dtype), value.to(out.x.dtype)], dim=1))
    if value.is_floating_point():
        assert out.x.is_floating_point()


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_dtype_of_x_is_that_of_real_encodings(name, dtype):
    transform, attr, _ = CASES[name]
    out = transform(Data(x=torch.ones(3, 1, dtype=dtype), edge_index=edges((0, 1), (1, 0))))
    assert out.x.dtype == dtype
    if attr and out[attr].is_floating_point():
        assert out[attr].dtype == dtype


def test_a_batch_is_treated_graph_by_graph(name):
    transform, attr, _ = CASES[name]
    graphs = [g.clone() for g in ZOO.values() if g.num_nodes <= 12]
    for graph in graphs:
        del graph.num_automorphisms  # a plain number becomes a tensor in a batch
    batch = Batch.from_data_list(graphs)
    before = parts(batch)
    out = transform(batch)
    assert_same(before, parts(batch))
    assert type(out) is type(batch)
    assert torch.equal(out.ptr, batch.ptr)
    assert torch.equal(out.batch, batch.batch)
    back = out.to_data_list()
    assert [g.num_nodes for g in back] == [g.num_nodes for g in graphs]
    if attr:
        assert torch.equal(out.get_example(3)[attr], out[attr][out.ptr[3] : out.ptr[4]])
    if name in ("AddRandomNodeFeatures", "RandomNodePermutation"):
        return
    # Where a graph has symmetries, which of its equivalent results comes is a matter of law, tested below.
    rigid = [i for i, g in enumerate(graphs) if name in EXACT or len(enumerate_automorphisms(g)) == 1]
    assert len(rigid) > 5
    for i in rigid:
        alone = parts(transform(graphs[i]))
        assert_same(dict(sorted(parts(back[i]).items())), dict(sorted(alone.items())))


def test_a_batch_without_slices_works(name):
    transform, attr, _ = CASES[name]
    batch = Batch(x=torch.ones(4, 1), edge_index=edges((0, 1), (1, 0), (2, 3)), batch=torch.tensor([0, 0, 1, 1]))
    out = transform(batch)
    assert out.num_nodes == 4
    assert attr is None or out[attr].size(0) == 4


def test_collating_leaves_what_was_added_alone(name):
    transform, attr, _ = CASES[name]
    graphs = [transform(g) for g in (ZOO["path-3"], ZOO["single"], ZOO["cycle-4"])]
    batch = Batch.from_data_list(graphs)
    if attr:
        assert torch.equal(batch[attr], torch.cat([g[attr] for g in graphs]))


def test_heterogeneous_graphs_are_refused(name):
    data = HeteroData()
    data["a"].x = torch.ones(2, 1)
    for graph in (data, Batch.from_data_list([data, data])):
        with pytest.raises(TypeError, match=rf"'{name}' expected a homogeneous 'Data' or 'Batch' \(got '"):
            CASES[name][0](graph)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (Data(num_nodes=2, edge_index=edges((0, 2))), "'data.edge_index' expected node numbers"),
        (Batch(x=torch.ones(3, 1), edge_index=edges(), batch=torch.tensor([0, 1, 0])), "unsorted batch vector"),
    ],
)
def test_malformed_graphs_are_refused(name, data, message):
    with pytest.raises(ValueError, match=message):
        CASES[name][0](data)


def test_repr_shows_every_argument(name):
    transform, _, changes = CASES[name]
    parameters = inspect.signature(type(transform).__init__).parameters
    names = [key for key in parameters if key != "self"]
    assert all(f"{key}={getattr(transform, key)!r}" in repr(transform) for key in names)
    rebuilt = eval(repr(transform), vars(ours))
    assert repr(rebuilt) == repr(transform)
    changes = changes | {key: value for key, value in LABELLING.items() if key in names}
    changes = changes | {key: ("edge_attr",) for key in names if key == "edge_attrs"}
    changes = (
        changes
        | {key: "r" for key in names if key == "attr_name"}
        | {key: ("x",) for key in names if key == "node_attrs"}
    )
    assert set(changes) == set(names)
    changed = type(transform)(**changes)
    for key in names:
        assert f"{key}={changes[key]!r}" in repr(changed)
        assert f"{key}={getattr(transform, key)!r}" not in repr(changed)


def test_pickles(name):
    transform, _, changes = CASES[name]
    for one in (transform, type(transform)(**changes)):
        back = pickle.loads(pickle.dumps(one))
        assert repr(back) == repr(one)
    data = INPUTS["disconnected"]
    torch.manual_seed(1)
    expected = transform(data)
    torch.manual_seed(1)
    assert_same(parts(pickle.loads(pickle.dumps(transform))(data)), parts(expected))


def test_is_registered_under_its_functional_name(name):
    transform = CASES[name][0]
    functional = "".join(f"_{c.lower()}" if c.isupper() else c for c in name.replace("PE", "Pe")).lstrip("_")
    from torch_geometric.data.datapipes import DatasetAdapter

    assert hasattr(DatasetAdapter(["x"]), functional)
    assert f":obj:`{functional}`" in " ".join(type(transform).__doc__.split())


def test_composes_with_the_transforms_of_pyg(name):
    out = T.Compose([T.AddSelfLoops(), CASES[name][0], T.ToUndirected()])(INPUTS["disconnected"])
    assert out.num_nodes == 5


def test_every_public_transform_is_under_contract():
    public = {key for key in ours.__all__ if inspect.isclass(getattr(ours, key))}
    assert public == set(CASES)


@pytest.mark.parametrize("word", ["index", "batch", "face", "adj"])
def test_attribute_names_that_pyg_would_increment_are_refused(name, word):
    transform, attr, _ = CASES[name]
    if attr is None:
        pytest.skip("adds no attribute")
    assert word not in attr
    arguments = {key: getattr(transform, key) for key in ("dim", "k") if hasattr(transform, key)}
    with pytest.raises(ValueError, match=rf"'{name}' expected an 'attr_name' without '{word}'"):
        type(transform)(**arguments, attr_name=f"my_{word}")
    with pytest.raises(TypeError, match=rf"'{name}' expected 'attr_name' as a name or None \(got 3\)"):
        type(transform)(**arguments, attr_name=3)


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
