"""Add SymPE to a model of your own: three lines in a GNN, and it can give equal nodes different answers.

Task: split the nodes of an even ring into two teams so that neighbours are in different teams. Both solutions are
mirror images of each other, and a GNN that sees six equal nodes gives all of them the same answer: half of the edges
are wrong at best. No labels are needed; the loss is the expected number of edges inside a team.
"""

import sys

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GINConv
from torch_geometric.utils import to_undirected

from pyg_symbreak.canonicalizers import ExactCanonicalizer
from pyg_symbreak.nn import SymPE


def ring(size):
    nodes = torch.arange(size)
    edge_index = to_undirected(torch.stack([nodes, (nodes + 1) % size]))
    return Data(x=torch.ones(size, 1), edge_index=edge_index)


class Teams(torch.nn.Module):
    """A GNN of your own; the lines marked SymPE are all that is added."""

    def __init__(self, symmetry_breaking, width=32, num_layers=4, max_nodes=12):
        super().__init__()
        self.draw = ExactCanonicalizer() if symmetry_breaking else None  # SymPE
        self.sympe = SymPE(8, max_nodes) if symmetry_breaking else None  # SymPE
        self.start = torch.nn.Linear(1 + (8 if symmetry_breaking else 0), width)
        self.convs = torch.nn.ModuleList(
            GINConv(
                torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.SiLU(), torch.nn.Linear(width, width)),
                train_eps=True,
            )
            for _ in range(num_layers)
        )
        self.end = torch.nn.Linear(width, 1)

    def forward(self, batch):
        x = batch.x
        if self.draw is not None:
            x = torch.cat([x, self.sympe(self.draw(batch))], dim=1)  # SymPE
        x = self.start(x)
        for conv in self.convs:
            x = x + conv(x, batch.edge_index)
        return self.end(x).squeeze(-1).sigmoid()


def wrong(team, edge_index):
    """The expected share of edges inside a team."""
    first, second = team[edge_index]
    return (first * second + (1 - first) * (1 - second)).mean()


def train(model, steps, sizes=(4, 6, 8, 10, 12)):
    batch = Batch.from_data_list([ring(size) for size in sizes for _ in range(8)])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        wrong(model(batch), batch.edge_index).backward()
        optimizer.step()
    with torch.no_grad():
        return float(wrong(model(batch), batch.edge_index))


def main(steps=600):
    torch.manual_seed(0)
    plain = train(Teams(symmetry_breaking=False), steps)
    broken = train(Teams(symmetry_breaking=True), steps)
    print(f"edges inside a team: {100 * plain:.1f} % without, {100 * broken:.1f} % with SymPE")
    return plain, broken


if __name__ == "__main__":
    main(steps=150 if "--quick" in sys.argv else 600)
