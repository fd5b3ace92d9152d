import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import canonical_hash, find_isomorphism, is_isomorphic


def to_data(graph):
    edges = torch.tensor(list(graph.edges()), dtype=torch.long).reshape(-1, 2).t()
    return Data(edge_index=torch.cat([edges, edges.flip(0)], 1), num_nodes=graph.number_of_nodes())


def test_the_hash_is_the_same_on_every_machine():
    data = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), c=torch.tensor([6, 8, 6]), num_nodes=3)
    assert canonical_hash(data, node_attrs=["c"]) == EXPECTED


EXPECTED = "v1:ca02137f0a99e84c9dddb596e0fc6222d0f5f449c9f7aae2d26173a748b1bfb7"


def test_colours_and_their_names_matter():
    data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), c=torch.tensor([1, 2]), d=torch.tensor([1, 2]), num_nodes=2)
    swapped = data.clone()
    swapped.c = torch.tensor([1, 3])
    hashes = [canonical_hash(data, node_attrs=names) for names in ([], ["c"], ["d"])]
    assert len({*hashes, canonical_hash(swapped, node_attrs=["c"])}) == 4


def test_an_isomorphism_maps_edges_to_edges():
    a = to_data(nx.petersen_graph())
    number = torch.randperm(10)
    b = Data(edge_index=number[a.edge_index], num_nodes=10)
    image = find_isomorphism(a, b)
    assert {tuple(e) for e in image[a.edge_index].t().tolist()} == {tuple(e) for e in b.edge_index.t().tolist()}
    assert is_isomorphic(a, b)
    assert find_isomorphism(a, to_data(nx.circulant_graph(10, [1, 5]))) is None


def test_a_batch_is_refused():
    with pytest.raises(TypeError, match="'find_isomorphism' expected two 'Data'"):
        find_isomorphism(Batch.from_data_list([Data(num_nodes=1)]), Data(num_nodes=1))
