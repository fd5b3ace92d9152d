r"""Symmetric graphs with names, to look at and to reconstruct."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial
from pathlib import Path
from typing import Any

import networkx as nx
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data


class SymmetricGraphZoo(SplitDataset):
    r"""Famous symmetric graphs on at most 16 nodes: cycles, stars, regular solids, strongly regular graphs, trees.

    Message passing without symmetry breaking gives nodes of one orbit one embedding, and cannot even tell the members
    of these pairs apart: two triangles and the hexagon, two squares and the octagon, the prism and :math:`K_{3,3}`,
    decalin and bicyclopentyl, the circular skip links of 11 nodes, the :math:`4 \times 4` rook's graph and Shrikhande's
    graph.

    Every graph has ``edge_index``, ``num_nodes``, ``name`` and ``num_automorphisms`` ``[1]``. There is one split.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    >>> zoo = SymmetricGraphZoo()
    >>> zoo.names[:3], len(zoo)
    (['cycle-3', 'cycle-4', 'cycle-5'], 45)
    >>> zoo[zoo.names.index("petersen")].num_automorphisms
    tensor([120])
    """

    def __init__(self, root: str | Path | None = None, **kwargs: Any) -> None:
        super().__init__(root, "test", **kwargs)

    @property
    def names(self) -> list[str]:
        r"""The names of the graphs, in order."""
        return [graph.name for graph in self]

    def options(self) -> dict[str, str]:
        return {}

    def graphs(self) -> list[Data]:
        out = []
        for name, graph, order in [*_families(), *_single_graphs()]:
            plain = nx.convert_node_labels_to_integers(graph)
            data = undirected_data(list(plain.edges), plain.number_of_nodes(), name=name)
            data.num_automorphisms = torch.tensor([order])
            out.append(data)
        return out


def _families() -> Iterator[tuple[str, nx.Graph, int]]:
    for n in (3, 4, 5, 6, 7, 8, 11, 16):
        yield f"cycle-{n}", nx.cycle_graph(n), 2 * n
    for n in (2, 3, 4, 5, 6):
        yield f"path-{n}", nx.path_graph(n), 2
    for n in (4, 5, 8):
        yield f"complete-{n}", nx.complete_graph(n), factorial(n)
    for n in (3, 5, 9):
        yield f"star-{n}", nx.star_graph(n), factorial(n)
    for skip in (2, 3):
        yield f"csl-11-{skip}", nx.circulant_graph(11, [1, skip]), 22
    for depth, order in ((2, 8), (3, 128)):
        yield f"binary-tree-{depth}", nx.balanced_tree(2, depth), order
    for n in (3, 4):
        yield f"grid-{n}x{n}", nx.grid_2d_graph(n, n), 8
    yield "two-triangles", nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)), 72
    yield "two-squares", nx.disjoint_union(nx.cycle_graph(4), nx.cycle_graph(4)), 128
    yield "bipartite-2-3", nx.complete_bipartite_graph(2, 3), 12
    yield "bipartite-3-3", nx.complete_bipartite_graph(3, 3), 72
    yield "prism", nx.circular_ladder_graph(3), 12
    yield "wheel-6", nx.wheel_graph(7), 12


def _single_graphs() -> Iterator[tuple[str, nx.Graph, int]]:
    pentagons = nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5))
    pentagons.add_edge(0, 5)
    decalin = nx.cycle_graph(10)
    decalin.add_edge(0, 5)
    cells = [(a, b) for a in range(4) for b in range(4)]
    shrikhande = nx.Graph([((a, b), ((a + x) % 4, (b + y) % 4)) for a, b in cells for x, y in ((0, 1), (1, 0), (1, 1))])
    words = [(a, b) for b in range(16) for a in range(b) if bin(a ^ b).count("1") in (1, 4)]
    yield "bicyclopentyl", pentagons, 8
    yield "decalin", decalin, 4
    yield "cube", nx.hypercube_graph(3), 48
    yield "octahedron", nx.octahedral_graph(), 48
    yield "icosahedron", nx.icosahedral_graph(), 120
    yield "petersen", nx.petersen_graph(), 120
    yield "frucht", nx.frucht_graph(), 1
    yield "heawood", nx.heawood_graph(), 336
    yield "moebius-kantor", nx.moebius_kantor_graph(), 96
    yield "tesseract", nx.hypercube_graph(4), 384
    yield "clebsch", nx.Graph(words), 1920
    yield "rook-4x4", nx.line_graph(nx.complete_bipartite_graph(4, 4)), 1152
    yield "shrikhande", shrikhande, 192
    yield "barbell-4", nx.barbell_graph(4, 0), 72
