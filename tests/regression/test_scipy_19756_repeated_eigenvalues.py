"""scipy#19756, scipy#5714: where eigenvalues repeat, no solver gives stable vectors, whatever its start."""

import networkx as nx
import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.groups import Permutation
from pyg_symbreak.transforms import AddCanonicalLaplacianPE

GRAPHS = {
    "cycle": nx.cycle_graph(64),
    "six-cube": nx.convert_node_labels_to_integers(nx.hypercube_graph(6)),
    "two cycles": nx.disjoint_union(nx.cycle_graph(40), nx.cycle_graph(40)),
}


@pytest.mark.parametrize("threshold", [10, 1000])
@pytest.mark.parametrize("name", GRAPHS)
def test_only_the_graph_and_the_rank_decide(name, threshold):
    # Distinct marks leave no symmetry, so that the rank is fixed, while every eigenvalue still repeats.
    plain = from_networkx(GRAPHS[name])
    n = plain.num_nodes
    data = Data(edge_index=plain.edge_index, x=torch.arange(n, dtype=torch.double))
    element = Permutation.random(torch.tensor([0, n]))
    transform = AddCanonicalLaplacianPE(k=5, node_attrs=("x",), dense_threshold=threshold)
    torch.testing.assert_close(
        transform(element.act_data(data)).laplacian_pe, element.act(transform(data).laplacian_pe), rtol=0, atol=1e-6
    )
