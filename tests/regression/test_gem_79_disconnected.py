"""GEM#79, SparseDiff#2: several zero eigenvalues, from further components or from padding."""

import networkx as nx
import torch
from torch_geometric.data import Batch
from torch_geometric.utils import from_networkx

from pyg_symbreak.transforms import AddCanonicalLaplacianPE


def test_no_encoding_is_constant_on_the_components():
    graph = nx.disjoint_union_all([nx.path_graph(4), nx.cycle_graph(5), nx.empty_graph(2)])
    data = from_networkx(graph)
    data.num_nodes = 11
    out = AddCanonicalLaplacianPE(k=8, normalization=None)(data).laplacian_pe
    for component in nx.connected_components(graph):
        assert out[sorted(component)].sum(0).abs().max() < 1e-5
    # Eleven nodes in four components leave seven vectors; isolated nodes take part in none of them.
    assert out[:, :7].norm(dim=0).min() > 0.99
    assert bool((out[:, 7] == 0).all())
    assert out[9:].abs().max() < 1e-6


def test_graphs_of_a_batch_do_not_mix():
    graphs = [from_networkx(g) for g in (nx.path_graph(4), nx.path_graph(6), nx.path_graph(3))]
    transform = AddCanonicalLaplacianPE(k=3, randomize=False)
    together = transform(Batch.from_data_list(graphs)).laplacian_pe
    torch.testing.assert_close(together, torch.cat([transform(g).laplacian_pe for g in graphs]))
