"""The backbones under contract, and the graphs that they are tried on."""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.models.backbones import (
    AdjacencyMLP,
    AdjacencyViT,
    IdentifiedGIN,
    NodeTransformer,
    PairTransformer,
)

MAX_NODES = 6
EDGES = {"edge_channels": 3, "edge_attr": "bond"}
NODES = {"node_attrs": ("x", "pos")}

# name: a function of the output that makes a backbone which reads x and pos (2 + 2 numbers) and bond
CASES = {
    "AdjacencyMLP": lambda output: AdjacencyMLP(4, 3, MAX_NODES, 32, 1, output, **NODES, **EDGES),
    "IdentifiedGIN": lambda output: IdentifiedGIN(4, 3, MAX_NODES, 16, 2, output, **NODES, **EDGES),
    "NodeTransformer": lambda output: NodeTransformer(4, 3, MAX_NODES, 16, 2, 2, output, **NODES, **EDGES),
    "AdjacencyViT": lambda output: AdjacencyViT(4, 3, MAX_NODES, 12, 2, 2, 4, output, **NODES, **EDGES),
    "PairTransformer": lambda output: PairTransformer(4, 3, MAX_NODES, 16, 2, 2, output, **NODES, **EDGES),
}


def graph(num_nodes, seed=0, dtype=torch.float64):
    """A random directed graph with everything that the backbones read."""
    generator = torch.Generator().manual_seed(seed)
    adjacency = torch.rand(num_nodes, num_nodes, generator=generator) < 0.5
    edge_index = adjacency.nonzero().t().contiguous()
    return Data(
        x=torch.randn(num_nodes, 2, dtype=dtype, generator=generator),
        pos=torch.randn(num_nodes, 2, dtype=dtype, generator=generator),
        bond=torch.randn(edge_index.size(1), 3, dtype=dtype, generator=generator),
        edge_index=edge_index,
    )


def batch(sizes=(4, 6, 1, 5), dtype=torch.float64):
    return Batch.from_data_list([graph(n, seed, dtype) for seed, n in enumerate(sizes)])
