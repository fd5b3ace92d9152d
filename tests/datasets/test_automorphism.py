from __future__ import annotations

import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import AutomorphismGraphs
from pyg_symbreak.labeling import automorphism_counts, automorphism_group

GRAPHS = AutomorphismGraphs()


def test_orders():
    batch = Batch.from_data_list(list(GRAPHS))
    assert automorphism_counts(batch) == batch.num_automorphisms.tolist()


def test_labels_are_the_orbits():
    for graph in GRAPHS:
        orbit = automorphism_group(graph).orbits
        together = orbit[:, None] == orbit
        assert torch.equal(together, graph.y[:, None] == graph.y), graph.name


def test_shapes(tmp_path):
    stored = AutomorphismGraphs(tmp_path)
    assert [graph.num_nodes for graph in stored] == [7, 7, 7, 7, 25]
    assert all(graph.x.shape == (graph.num_nodes, 1) and graph.is_undirected() for graph in stored)
