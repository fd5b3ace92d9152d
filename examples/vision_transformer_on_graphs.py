"""Let a vision transformer look at graphs: a patch transformer on the adjacency matrix, made equivariant in four lines.

The transformer sees an image, so renumbering the nodes changes its output. `Symmetrize` lets a learned canonicalizer
number the nodes before the transformer looks, and trains both together. Weights of a pretrained transformer can be
loaded from a local file: `backbone.load_timm_state_dict("vit_tiny_patch16_224.safetensors")` (with its width, depth and
heads).
"""

import torch
from torch_geometric.data import Batch

from pyg_symbreak.canonicalizers import LearnedCanonicalizer
from pyg_symbreak.datasets import ErdosRenyiGraphs
from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.backbones import AdjacencyViT
from pyg_symbreak.nn import Symmetrize


def load(split, num_graphs):
    """Graphs with the number of their triangles, scaled, as a target."""
    graphs = list(ErdosRenyiGraphs(split=split, num_graphs=num_graphs))
    for graph in graphs:
        adjacency = torch.zeros(graph.num_nodes, graph.num_nodes)
        adjacency[tuple(graph.edge_index)] = 1
        graph.y = adjacency.matrix_power(3).trace().view(1, 1) / 60
    return Batch.from_data_list(graphs)


def train(model, data, steps):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(data), data.y)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    """The error, and the mean change of the output when the nodes are renumbered."""
    model.eval()
    renumbered = Permutation.random(data.ptr).act_data(data)
    out, other = model(data), model(renumbered)
    return float((out - data.y).abs().mean()), float((out - other).abs().mean())


def main(num_graphs=60, steps=100):
    torch.manual_seed(0)
    training, test = load("train", num_graphs), load("test", num_graphs)

    # The four lines.
    backbone = AdjacencyViT(0, 1, max_nodes=16, hidden_channels=32, num_layers=3, heads=4, patch_size=4)
    canonicalizer = LearnedCanonicalizer()
    model = Symmetrize(backbone, canonicalizer, num_draws=1, num_draws_eval=8, output="graph")
    train(model, training, steps)

    plain = AdjacencyViT(0, 1, max_nodes=16, hidden_channels=32, num_layers=3, heads=4, patch_size=4)
    train(plain, training, steps)

    found = {
        "plain transformer": evaluate(plain, test),
        "symmetrized": evaluate(model, test),
        "its backbone alone": evaluate(backbone, test),
    }
    print(f"{'':20s} {'error on new graphs':>20s} {'change by renumbering':>22s}")
    for name, (error, change) in found.items():
        print(f"{name:20s} {error:20.3f} {change:22.1e}")
    # What is left of the change comes from nodes that look alike to the canonicalizer: their order is drawn at random.
    return found


if __name__ == "__main__":
    main()
