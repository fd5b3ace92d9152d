import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GINConv
from torch_geometric.utils import to_dense_adj

from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import assert_equivariant, graph_zoo


@pytest.fixture
def data():
    out = graph_zoo()["toluene"]
    out.x = torch.randn(7, 3)
    return out


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_accepts_a_message_passing_layer(data, dtype):
    conv = GINConv(torch.nn.Linear(3, 5)).to(dtype)
    batch = Batch.from_data_list([data, data])
    for graph in (data, batch):
        graph.x = graph.x.to(dtype)
        assert_equivariant(lambda d: conv(d.x, d.edge_index), graph)


def test_accepts_every_kind_of_output(data):
    assert_equivariant(lambda d: d.x.sum(0), data, output="graph")
    assert_equivariant(lambda d: d.x[d.edge_index[0]] * d.edge_color.view(-1, 1), data, output="edge")
    assert_equivariant(lambda d: to_dense_adj(d.edge_index, edge_attr=d.edge_color), data, output="dense")
    assert_equivariant(lambda d: d, data, output="data")
    assert_equivariant(lambda x: x - x.mean(0), torch.randn(6, 2))
    assert_equivariant(lambda x: x.sum(0) * 3, torch.randn(4, 2), output=lambda g, out: out)


@pytest.mark.parametrize(
    ("fn", "output"),
    [
        (lambda d: d.x * torch.arange(d.num_nodes).view(-1, 1), "node"),
        (lambda d: d.x[0], "graph"),
        (lambda d: d.edge_color.cumsum(0), "edge"),
        (lambda d: d.edge_index[0].float().mean(), "graph"),
        (lambda d: to_dense_adj(d.edge_index).triu(), "dense"),
        (lambda d: Data(x=d.x.cumsum(0), edge_index=d.edge_index), "data"),
        (lambda d: torch.where(d.x.sum() == d.x.sum(), d.x.roll(1, 0), d.x), "node"),
        (lambda d: d.edge_index[:, 0].float().sum(), "graph"),
        (lambda d: Permutation.identity(torch.tensor([0, d.num_nodes])), "node"),
        (lambda d: torch.rand(d.num_nodes), "node"),
    ],
)
def test_rejects_what_is_not_equivariant(data, fn, output):
    with pytest.raises(AssertionError, match="'fn' is not equivariant"):
        assert_equivariant(fn, data, output=output)


def test_rejects_dependence_on_the_order_of_the_edges_alone(data):
    first_edge = lambda d: d.x * d.edge_color[0]  # noqa: E731
    with pytest.raises(AssertionError, match="'fn' is not equivariant"):
        assert_equivariant(first_edge, data)
    assert_equivariant(first_edge, data, shuffle_edges=False)


def test_rejects_an_error_just_above_the_tolerance():
    x = torch.randn(4, 2, dtype=torch.float64)
    noise = torch.zeros(4, 2, dtype=torch.float64)
    noise[0] = 1e-6
    with pytest.raises(AssertionError, match=r"differs by 1e-06 at \[.*\]; g = Permutation\(\["):
        assert_equivariant(lambda x: x + noise, x)
    assert_equivariant(lambda x: x + noise, x, atol=1e-5)


def test_rejects_a_changing_shape_or_dtype():
    x = torch.tensor([[1.0], [2.0], [3.0]])
    for fn in (lambda x: x[: int(x[0])].sum(1), lambda x: x.sum().to(torch.float64 if x[0] > 1 else torch.float32)):
        with pytest.raises(AssertionError, match="for g·x and"):
            assert_equivariant(fn, x, output="graph")


def test_works_with_other_groups():
    def rotation(x, generator):
        return _Rotation(float(torch.rand((), generator=generator)) * 6.28)

    points = torch.randn(5, 2, dtype=torch.float64)
    assert_equivariant(lambda x: x - x.mean(0), points, sample=rotation)
    assert_equivariant(lambda x: x.norm(dim=1), points, sample=rotation, output="graph")
    with pytest.raises(AssertionError, match="'fn' is not equivariant"):
        assert_equivariant(lambda x: x.abs(), points, sample=rotation)


class _Rotation:
    def __init__(self, angle):
        t = torch.tensor(angle, dtype=torch.float64)
        self.matrix = torch.stack([torch.stack([t.cos(), -t.sin()]), torch.stack([t.sin(), t.cos()])])

    def act(self, x):
        return x @ self.matrix.T


def test_unknown_output():
    with pytest.raises(ValueError, match=r"'assert_equivariant' expected 'output' .* \(got 'nodes'\)"):
        assert_equivariant(lambda x: x, torch.ones(2), output="nodes")
