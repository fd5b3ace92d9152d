import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.testing.elements import reorder_edges, shuffled_edges
from pyg_symbreak.transforms import ToCanonicalOrder

ZOO = graph_zoo()
COLORS = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}


def scrambled(data, seed=0):
    generator = torch.Generator().manual_seed(seed)
    moved = Permutation.random(node_ptr(data), generator).act_data(data)
    return reorder_edges(moved, shuffled_edges(moved, generator))


@pytest.mark.parametrize("randomize", [True, False])
@pytest.mark.parametrize("name", [name for name in ZOO if ZOO[name].num_nodes <= 12])
def test_isomorphic_graphs_become_equal(name, randomize):
    transform = ToCanonicalOrder(randomize=randomize, **COLORS)
    one, other = transform(ZOO[name]), transform(scrambled(ZOO[name]))
    for key in ("edge_index", "edge_color", "node_color"):
        assert torch.equal(one[key], other[key]), key


def test_a_whole_batch_becomes_equal():
    batch = Batch.from_data_list([ZOO["toluene"], ZOO["single"], ZOO["petersen"], ZOO["triangle-double-edge"]])
    transform = ToCanonicalOrder(**COLORS)
    one, other = transform(batch), transform(scrambled(batch))
    assert torch.equal(one.edge_index, other.edge_index)
    assert torch.equal(one.edge_color, other.edge_color)
    for alone, inside in zip((ZOO["toluene"], ZOO["single"]), one.to_data_list()):
        assert torch.equal(transform(alone).edge_index, inside.edge_index)


def test_the_graph_stays_the_same_up_to_its_names():
    data = Data(
        edge_index=torch.tensor([[2, 2, 0], [0, 1, 1]]),
        x=torch.tensor([10.0, 11.0, 12.0]),
        edge_attr=torch.tensor([20, 21, 1]),
        y=torch.tensor([5]),
    )
    out = ToCanonicalOrder(node_attrs=("x",))(data)

    def triples(graph):
        ends = graph.x[graph.edge_index]
        return sorted(zip(*ends.tolist(), graph.edge_attr.tolist()))

    assert triples(out) == triples(data)
    assert out.y is data.y
    assert out.edge_index[0].tolist() == sorted(out.edge_index[0].tolist())


def test_parallel_edges_are_sorted_by_what_colours_them():
    edge_index = torch.tensor([[0, 0, 0], [1, 1, 1]])
    out = ToCanonicalOrder(edge_attrs=("kind", "size"))(
        Data(edge_index=edge_index, kind=torch.tensor([2, 1, 1]), size=torch.tensor([0.5, 0.7, 0.2]), num_nodes=2)
    )
    assert out.kind.tolist() == [1, 1, 2]
    torch.testing.assert_close(out["size"], torch.tensor([0.2, 0.7, 0.5]))


def test_what_does_not_colour_moves_at_random_inside_an_orbit():
    data = Data(edge_index=ZOO["path-3"].edge_index, x=torch.tensor([1, 2, 3]))
    assert len({tuple(ToCanonicalOrder()(data).x.tolist()) for _ in range(50)}) == 2
    assert len({tuple(ToCanonicalOrder(randomize=False)(data).x.tolist()) for _ in range(20)}) == 1
