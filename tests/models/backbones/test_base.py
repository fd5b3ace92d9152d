"""What every backbone has to do."""

import copy
import pickle

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import ExactCanonicalizer, LearnedCanonicalizer
from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.backbones import AdjacencyMLP, Backbone
from pyg_symbreak.models.backbones.base import activation_function
from pyg_symbreak.nn import Canonicalize, Symmetrize
from pyg_symbreak.testing import assert_equivariant, assert_equivariant_in_law
from tests.models.backbones.cases import MAX_NODES, batch, graph

OUTPUTS = ["graph", "node", "pair", "vector"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("output", OUTPUTS)
def test_shapes_and_types(make, output, dtype):
    out = make(output).to(dtype)(batch(dtype=dtype))
    shape = {"graph": (4, 3), "pair": (4, 6, 6, 3)}.get(output, (16, 3))
    assert (out.shape, out.dtype) == (shape, dtype)
    # The types of the attributes need not be that of the parameters.
    assert make(output).to(dtype)(batch(dtype=torch.float32)).dtype == dtype


@pytest.mark.parametrize("output", OUTPUTS)
def test_not_equivariant_by_itself(make, output):
    kind = {"vector": "node", "pair": lambda g, out: g.act_dense(out, dims=(1, 2))}.get(output, output)
    with pytest.raises(AssertionError, match="'fn' is not equivariant"):
        assert_equivariant(make(output).double(), graph(5), output=kind)


@pytest.mark.parametrize("output", OUTPUTS)
def test_exactly_equivariant_given_the_element(make, output):
    data = batch()
    model = Canonicalize(make(output).double(), ExactCanonicalizer(), output)
    g, h = (Permutation.random(data.ptr, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    torch.testing.assert_close(model(h.act_data(data), g=h @ g), h.act_as(model(data, g=g), output), rtol=0, atol=1e-10)


@pytest.mark.parametrize("output", ["graph", "node"])
@pytest.mark.parametrize("training", [True, False])
def test_equivariant_in_law_with_a_canonicalizer(make, output, training):
    square = Data(edge_index=torch.tensor([[0, 1, 1, 2, 2, 3, 3, 0], [1, 0, 2, 1, 3, 2, 0, 3]]), x=torch.ones(4, 2))
    square.pos, square.bond = torch.zeros(4, 2), torch.ones(8, 3)
    model = Canonicalize(make(output), ExactCanonicalizer(), output).train(training)
    # Without a weak symmetry of the canonical form the node outputs of its eight orders differ.
    assert_equivariant_in_law(model, square, output=output, num_draws=300)
    if output == "graph":  # all orders of the inversion kernel have one canonical form
        assert_equivariant(model, square, output="graph")


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_ragged_batch_gives_what_its_graphs_give(make, output):
    model = make(output).double().eval()
    graphs = [graph(n, seed) for seed, n in enumerate((4, 6, 1, 5))]
    together, alone = model(Batch.from_data_list(graphs)), [model(data) for data in graphs]
    if output == "pair":
        for out, single in zip(together, alone):
            n = single.size(1)
            torch.testing.assert_close(out[:n, :n], single[0])
            assert out[n:].abs().sum() == out[:, n:].abs().sum() == 0
    else:
        torch.testing.assert_close(together, torch.cat(alone))


def test_companions_do_not_matter(make):
    model, first = make("graph").double().eval(), graph(3)
    expected = model(first)
    for companion in (graph(3, 1), graph(6, 1), graph(1, 1)):
        for scale in (1.0, 1e6):
            other = copy.copy(companion)
            other.x, other.bond = scale * other.x, scale * other.bond
            torch.testing.assert_close(model(Batch.from_data_list([first, other]))[:1], expected)


@pytest.mark.parametrize("output", OUTPUTS)
def test_small_graphs(make, output):
    model = make(output)
    nothing = graph(0, dtype=torch.float32)
    assert model(nothing).shape == {"graph": (1, 3), "pair": (1, 0, 0, 3)}.get(output, (0, 3))
    data = Batch.from_data_list([nothing, graph(1, dtype=torch.float32), graph(2, dtype=torch.float32)])
    out = model(data)
    assert out.shape == {"graph": (3, 3), "pair": (3, 2, 2, 3)}.get(output, (3, 3))
    out.sum().backward()
    assert bool(torch.isfinite(out).all())
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)
    lonely = graph(2, dtype=torch.float32)
    lonely.edge_index, lonely.bond = torch.empty(2, 0, dtype=torch.long), torch.empty(0, 3)
    assert bool(torch.isfinite(model(lonely)).all())
    lonely.edge_index = None
    del lonely.edge_index
    assert bool(torch.isfinite(model(lonely)).all())


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("use", [Canonicalize, Symmetrize])
def test_gradients_reach_the_scores(make, output, use):
    data = batch(dtype=torch.float32)
    model = use(make(output), LearnedCanonicalizer(in_channels=2), output=output)
    out = model(data)
    (out * torch.randn(out.shape)).sum().backward()
    for part in (model.canonicalizer, model.backbone):
        assert sum(float(p.grad.abs().sum()) for p in part.parameters() if p.grad is not None) > 0


def test_gradients_reach_the_scores_through_the_graph_alone(make):
    data = batch(dtype=torch.float32)
    data.x, data.pos, data.bond = torch.zeros(16, 2), torch.zeros(16, 2), torch.ones(data.num_edges, 3)
    model = Canonicalize(make("graph"), LearnedCanonicalizer(in_channels=2), "graph")
    model(data).square().sum().backward()
    assert sum(float(p.grad.abs().sum()) for p in model.canonicalizer.parameters() if p.grad is not None) > 0


def test_every_parameter_learns_and_is_reset(make):
    model = make("graph")
    model(batch(dtype=torch.float32)).square().sum().backward()
    unused = [name for name, p in model.named_parameters() if p.grad is None]
    assert unused == []
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(7.0)
    model.reset_parameters()
    assert [name for name, p in model.named_parameters() if bool((p == 7.0).any())] == []


def test_input_stays_and_copies_agree(make):
    model, data = make("node").double().eval(), batch()
    before = data.clone()
    out = model(data)
    assert all(torch.equal(value, before[key]) for key, value in data.items() if isinstance(value, torch.Tensor))
    assert torch.equal(pickle.loads(pickle.dumps(model))(data), out)


def test_repr_shows_what_is_read(make):
    shown = repr(make("node"))
    for part in ("4, 3, output='node', max_nodes=6", "node_attrs=('x', 'pos')", "edge_channels=3, edge_attr='bond'"):
        assert part in shown


def test_errors(make):
    name = type(make("graph")).__name__
    with pytest.raises(ValueError, match=rf"'{name}' expected 'output' in .* \(got 'edge'\)"):
        make("edge")
    with pytest.raises(
        ValueError, match=rf"'{name}' expected graphs of at most 'max_nodes' = 6 nodes \(got one of 7\)"
    ):
        make("graph")(graph(MAX_NODES + 1))
    for argument in ("out_channels", "max_nodes"):
        arguments = {"in_channels": 1, "out_channels": 1, "max_nodes": 1, argument: 0}
        with pytest.raises(ValueError, match=rf"'{name}' expected '{argument}' to be at least 1 \(got 0\)"):
            type(make("graph"))(**arguments)
    with pytest.raises(ValueError, match=rf"'{name}' expected 'hidden_channels' to be at least 1 \(got 0\)"):
        type(make("graph"))(1, 1, 1, 0)
    with pytest.raises(ValueError, match=rf"'{name}' expected 'dropout' to be at least 0 \(got -1\)"):
        type(make("graph"))(1, 1, 1, dropout=-1)


def test_activations():
    assert isinstance(activation_function("A", "tanh"), torch.nn.Tanh)
    with pytest.raises(ValueError, match=r"'AdjacencyMLP' expected 'activation' in .* \(got 'sine'\)"):
        AdjacencyMLP(1, 1, 1, activation="sine")


def test_the_base_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Backbone(1, "graph", 1, None)
