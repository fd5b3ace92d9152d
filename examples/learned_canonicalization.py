"""Train the order itself: a network scores the nodes, gradients reach it through a straight-through permutation.

Task: match the magnitudes of the node features with the template 0, 1, 2, … The right order is the one that sorts the
nodes by magnitude, which no fixed canonicalizer knows.
"""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import LearnedCanonicalizer
from pyg_symbreak.groups.ragged import segment_arange


class Scores(torch.nn.Module):
    """One score a node, from its own feature."""

    def __init__(self):
        super().__init__()
        self.mlp = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.SiLU(), torch.nn.Linear(16, 1))

    def forward(self, data):
        return self.mlp(data.x).squeeze(-1)


def sample(num_graphs, num_nodes=5):
    """Graphs without edges and with random features."""
    empty = torch.empty(2, 0, dtype=torch.long)
    return Batch.from_data_list([Data(x=torch.randn(num_nodes, 1), edge_index=empty) for _ in range(num_graphs)])


def agreement(canonicalizer, batch):
    """Mean inner product of the magnitudes, in canonical order, with 0, 1, 2, …"""
    g = canonicalizer(batch)
    place = segment_arange(g.ptr.diff()).to(batch.x.dtype).unsqueeze(1)
    ordered = g.inverse().act(batch.x.abs())
    return (ordered * place).sum() / g.num_graphs


def main(steps=200):
    torch.manual_seed(0)
    canonicalizer = LearnedCanonicalizer(Scores())
    optimizer = torch.optim.Adam(canonicalizer.parameters(), lr=0.02)
    test = sample(500)
    with torch.no_grad():
        before = float(agreement(canonicalizer, test))
    for _ in range(steps):
        loss = -agreement(canonicalizer, sample(64))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        after = float(agreement(canonicalizer, test))
    best = float((test.x.abs().view(500, 5).sort(dim=1).values * torch.arange(5.0)).sum(1).mean())
    print(f"agreement before {before:.2f}, after {after:.2f}, best possible {best:.2f}")
    return before, after, best


if __name__ == "__main__":
    main()
