"""What every transform promises, whatever it draws."""

import copy
import inspect
import pickle

import pytest
import torch
import torch_geometric.transforms as T
from torch_geometric.data import Batch, Data, HeteroData

import pyg_symbreak.transforms as ours
from pyg_symbreak.testing import enumerate_automorphisms
from tests.transforms.cases import CASES, EXACT, INPUTS, LABELLING, ZOO, assert_same, edges, parts


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
    assert public - {"LatticeToGraph"} == set(CASES)  # that one makes graphs of something else


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
