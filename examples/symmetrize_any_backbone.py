"""Make a plain MLP on the adjacency matrix equivariant: canonicalize its input, or average over a few draws.

The MLP reads a flattened adjacency matrix, so its output depends on how nodes are numbered. `Canonicalize` makes the
output independent of the numbering; `Symmetrize` averages several draws and works with any canonicalizer.
"""

import torch
from torch_geometric.data import Batch
from torch_geometric.utils import to_dense_adj

from pyg_symbreak.canonicalizers import ExactCanonicalizer, UniformCanonicalizer
from pyg_symbreak.datasets import ErdosRenyiGraphs
from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn import Canonicalize, Symmetrize

MAX_NODES = 16


class AdjacencyMLP(torch.nn.Module):
    """A backbone without any symmetry."""

    def __init__(self):
        super().__init__()
        layers = [torch.nn.Linear(MAX_NODES**2, 64), torch.nn.SiLU(), torch.nn.Linear(64, 1)]
        self.mlp = torch.nn.Sequential(*layers)

    def forward(self, data):
        return self.mlp(to_dense_adj(data.edge_index, data.batch, max_num_nodes=MAX_NODES).flatten(1))


def main(num_graphs=50):
    torch.manual_seed(0)
    batch = Batch.from_data_list(list(ErdosRenyiGraphs(split="test", num_graphs=num_graphs)))
    renumbered = Permutation.random(batch.ptr).act_data(batch)
    backbone = AdjacencyMLP()
    models = {
        "plain MLP": backbone,
        "Canonicalize(exact)": Canonicalize(backbone, ExactCanonicalizer(), output="graph"),
        "Symmetrize(uniform, 64 draws)": Symmetrize(backbone, UniformCanonicalizer(), num_draws=64, output="graph"),
    }
    changes = {}
    with torch.no_grad():
        for name, model in models.items():
            changes[name] = float((model(batch) - model(renumbered)).abs().mean())
            print(f"{name:32s} mean change of the output when the nodes are renumbered: {changes[name]:.2e}")
    return changes


if __name__ == "__main__":
    main()
