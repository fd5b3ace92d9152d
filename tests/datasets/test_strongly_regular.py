from __future__ import annotations

import networkx as nx
import pytest

from pyg_symbreak.datasets import StronglyRegular
from pyg_symbreak.datasets.strongly_regular import FILE


def paley_25():
    """The Paley graph over the field with 25 elements, of which x² = x + 3 gives the multiplication."""

    def times(a, b):
        high = a[1] * b[1]
        return ((a[0] * b[0] + 3 * high) % 5, (a[0] * b[1] + a[1] * b[0] + high) % 5)

    field = [(a, b) for a in range(5) for b in range(5)]
    squares = {times(a, a) for a in field} - {(0, 0)}
    assert len(squares) == 12
    different = [(a, b) for a in field for b in field if ((a[0] - b[0]) % 5, (a[1] - b[1]) % 5) in squares]
    return nx.convert_node_labels_to_integers(nx.Graph(different))


def place(root, *graphs):
    (root / "raw").mkdir()
    lines = b"".join(nx.to_graph6_bytes(graph, header=False) for graph in graphs)
    (root / "raw" / FILE.name).write_bytes(lines)


def test_file_by_hand(tmp_path):
    place(tmp_path, paley_25(), paley_25())
    dataset = StronglyRegular(tmp_path)
    assert [graph.y.item() for graph in dataset] == [0, 1]
    assert (dataset[0].num_nodes, dataset[0].num_edges, dataset[0].x.shape) == (25, 300, (25, 1))
    assert dataset.processed_file_names.startswith("StronglyRegular-v1-test-raw=")


def test_other_graphs(tmp_path):
    place(tmp_path, nx.cycle_graph(25))
    with pytest.raises(ValueError, match=r"'StronglyRegular' expected .* 25 nodes, 150 edges \(got \[\(25, 25\)\]\)"):
        StronglyRegular(tmp_path)
