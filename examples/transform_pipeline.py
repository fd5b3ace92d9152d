"""Add one transform to a PyG pipeline: a GNN then tells a hexagon from two triangles, and names every node.

A message-passing network gives both graphs the same embedding: each of their nodes has two neighbours. With canonical
ranks, drawn afresh at every access, it separates them.
"""

import torch
from torch_geometric.data import Data, InMemoryDataset
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GIN, global_add_pool
from torch_geometric.utils import to_undirected

from pyg_symbreak.transforms import AddSymPE

HEXAGON = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]
TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]


class Pairs(InMemoryDataset):
    """Hexagons (class 0) and pairs of triangles (class 1)."""

    def __init__(self, num_pairs, transform=None):
        super().__init__(None, transform)
        graphs = [
            Data(x=torch.ones(6, 1), edge_index=to_undirected(torch.tensor(edges).t()), y=torch.tensor([label]))
            for _ in range(num_pairs)
            for label, edges in enumerate((HEXAGON, TRIANGLES))
        ]
        self.data, self.slices = self.collate(graphs)


class Classifier(torch.nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.gnn = GIN(in_channels, 32, num_layers=3)
        self.head = torch.nn.Linear(32, 2)

    def forward(self, data):
        x = data.x if "sympe" not in data else torch.cat([data.x, data.sympe], dim=1)
        return self.head(global_add_pool(self.gnn(x, data.edge_index), data.batch))


def accuracy(transform, in_channels, epochs):
    """Train on pairs and return the accuracy on the last pass."""
    torch.manual_seed(0)
    loader = DataLoader(Pairs(32, transform), batch_size=16, shuffle=True)
    model = Classifier(in_channels)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(epochs):
        right = 0
        for data in loader:
            out = model(data)
            loss = torch.nn.functional.cross_entropy(out, data.y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right += int((out.argmax(1) == data.y).sum())
    return right / 64


def main(epochs=30):
    plain = accuracy(None, 1, epochs)
    broken = accuracy(AddSymPE(dim=8), 1 + 8, epochs)
    print(f"hexagon or two triangles, accuracy: without {plain:.2f}, with AddSymPE {broken:.2f}")
    return plain, broken


if __name__ == "__main__":
    main()
