"""graph-generation#13, #9: GraphVAE's matching is commented out, and gives NaN when it is not."""

import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.labeling import canonical_hash


def graph(edges, types):
    edge_index = torch.tensor([[*a] for a in (*edges, *((j, i) for i, j in edges))]).T
    return Data(edge_index=edge_index, node_type=torch.tensor(types), num_nodes=len(types))


def test_a_generated_graph_is_compared_by_hash_and_nothing_is_matched():
    first = graph([(0, 1), (1, 2), (2, 3)], [0, 0, 1, 1])
    moved = Permutation(torch.tensor([2, 0, 3, 1])).act_data(first)
    other = graph([(0, 1), (1, 2), (2, 3)], [0, 1, 0, 1])
    names = [canonical_hash(data, node_attrs=("node_type",)) for data in (first, moved, other)]
    assert names[0] == names[1] != names[2]
