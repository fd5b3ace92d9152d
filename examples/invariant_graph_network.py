"""Count triangles in regular graphs with invariant graph networks: what can be told apart, and what cannot.

In a graph all of whose nodes have four neighbours, message passing sees nothing: every node looks like every other. The
same holds for the equivariant linear maps of order 2 with point-wise activations, whatever their parameters. One matrix
product a layer tells such graphs apart, and the number of triangles can be learned.
"""

import sys

import networkx as nx
import torch
from torch_geometric.data import Batch
from torch_geometric.utils import from_networkx

from pyg_symbreak.nn.ign import InvariantGraphNetwork, Tuples

NETWORKS = {"order 2": {}, "order 2 with product": {"product": True}}


def regular_graphs(count, seed, num_nodes=8, degree=4):
    graphs = [nx.random_regular_graph(degree, num_nodes, seed=seed + number) for number in range(count)]
    batch = Batch.from_data_list([from_networkx(graph) for graph in graphs])
    batch.y = torch.tensor([[sum(nx.triangles(graph).values()) / 3.0] for graph in graphs])
    return batch


def standardised(graphs):
    """Targets of mean zero and variance one."""
    graphs.y = (graphs.y - graphs.y.mean()) / graphs.y.std()
    return graphs


def unexplained(predicted, y):
    """The mean squared error, as a share of the variance: 1 for the best constant."""
    return (predicted - y).square().mean() / y.var(unbiased=False)


def train(network, graphs, steps):
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    tuples = Tuples.of(graphs)  # one list of pairs for all layers and steps
    for _ in range(steps):
        optimizer.zero_grad()
        unexplained(network(graphs, tuples), graphs.y).backward()
        optimizer.step()


def main(steps=120, num_graphs=128):
    found = {}
    graphs, others = (standardised(regular_graphs(num_graphs, seed)) for seed in (0, num_graphs))
    for name, options in NETWORKS.items():
        torch.manual_seed(0)
        network = InvariantGraphNetwork(0, 1, hidden_channels=8, num_layers=2, **options)
        train(network, graphs, steps)
        with torch.no_grad():
            found[name] = float(unexplained(network(others), others.y))
        print(f"{name}: {100 * found[name]:.1f} % of the variance of the triangles of new graphs is left")
    return found


if __name__ == "__main__":
    main(steps=80 if "--quick" in sys.argv else 120)
