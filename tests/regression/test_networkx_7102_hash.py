"""networkx#7102, #7806: hashes that differ for 0.0 and -0.0, change between versions, and are wrong on digraphs."""

import subprocess
import sys

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import canonical_hash
from pyg_symbreak.testing import graph_zoo


def test_minus_zero_is_zero():
    edge_index = torch.tensor([[0, 1], [1, 0]])
    plus, minus = (Data(x=torch.tensor([zero, 1.0]), edge_index=edge_index) for zero in (0.0, -0.0))
    assert canonical_hash(plus, node_attrs=("x",)) == canonical_hash(minus, node_attrs=("x",))


def test_the_version_stands_in_front():
    assert canonical_hash(graph_zoo()["petersen"]).startswith("v1:")


def test_directed_graphs_that_colour_refinement_confuses_differ():
    ring = Data(edge_index=torch.tensor([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]]), num_nodes=6)
    two = Data(edge_index=torch.tensor([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]]), num_nodes=6)
    assert canonical_hash(ring) != canonical_hash(two)


def test_another_process_gives_the_same_hash():
    program = (
        "from pyg_symbreak.labeling import canonical_hash; from pyg_symbreak.testing import graph_zoo; "
        "print(canonical_hash(graph_zoo()['toluene'], node_attrs=('node_color',), edge_attrs=('edge_color',)))"
    )
    out = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    colors = {"node_attrs": ("node_color",), "edge_attrs": ("edge_color",)}
    assert out.stdout.strip() == canonical_hash(graph_zoo()["toluene"], **colors)


def test_the_other_graphs_of_a_batch_do_not_matter():
    # Directed and coloured neighbours made the engine write plain graphs in another way.
    zoo = [graph for graph in graph_zoo().values() if graph.num_nodes <= 16]
    assert canonical_hash(Batch.from_data_list(zoo)) == [canonical_hash(graph) for graph in zoo]
