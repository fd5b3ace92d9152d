r"""The zoo of symmetric graphs, each with the known order of its automorphism group."""

from __future__ import annotations

import math
from collections.abc import Sequence

import networkx as nx
import torch
from torch_geometric.data import Data

Edge = tuple[int, int]


def graph_zoo() -> dict[str, Data]:
    r"""Return the symmetric (and a few asymmetric) graphs on which every exact claim of this package is checked.

    Every graph has the attributes ``node_color`` ``[n]`` and ``edge_color`` ``[e]`` (int64, all zero on a plain graph)
    and ``num_automorphisms``, the known order of its automorphism group as a Python integer, with these colours, the
    directions and the multiplicities of its edges taken into account. Plain edges stand in ``edge_index`` twice, once
    in each direction; an undirected self-loop stands there once.

    The orders come from textbooks: :math:`2n` for cycles, :math:`n!` for complete graphs, 120 for Petersen's graph,
    1152 for the :math:`4 \times 4` rook's graph, 192 for Shrikhande's graph, and so on.

    Returns:
        An ordered mapping from names to graphs.

    .. code-block:: python

        >>> zoo = graph_zoo()
        >>> zoo["cycle-4"].num_automorphisms, zoo["petersen"].num_automorphisms
        (8, 120)
    """
    zoo: dict[str, Data] = {}
    zoo["empty"] = _graph(0, [], 1)
    zoo["single"] = _graph(1, [], 1)
    zoo["isolated-3"] = _graph(3, [], 6)
    for n in (3, 4, 5, 9):
        zoo[f"cycle-{n}"] = _plain(nx.cycle_graph(n), 2 * n)
    for n in (2, 3, 4, 5):
        zoo[f"complete-{n}"] = _plain(nx.complete_graph(n), math.factorial(n))
    for n in (3, 5):
        zoo[f"star-{n}"] = _plain(nx.star_graph(n), math.factorial(n))
    for n in (3, 4, 7):
        zoo[f"path-{n}"] = _plain(nx.path_graph(n), 2)
    zoo["bipartite-2-3"] = _plain(nx.complete_bipartite_graph(2, 3), 12)
    zoo["bipartite-3-3"] = _plain(nx.complete_bipartite_graph(3, 3), 72)
    zoo["two-triangles"] = _plain(nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)), 72)
    zoo["triangle-and-square"] = _plain(nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(4)), 48)
    zoo["petersen"] = _plain(nx.petersen_graph(), 120)
    zoo["cube"] = _plain(nx.hypercube_graph(3), 48)
    zoo["prism"] = _plain(nx.circular_ladder_graph(3), 12)
    zoo["frucht"] = _plain(nx.frucht_graph(), 1)
    for skip, order in ((2, 22), (3, 22)):
        zoo[f"csl-11-{skip}"] = _plain(nx.circulant_graph(11, [1, skip]), order)
    rook = nx.line_graph(nx.complete_bipartite_graph(4, 4))
    zoo["rook-4x4"] = _plain(rook, 1152)
    zoo["shrikhande"] = _plain(_shrikhande(), 192)
    zoo["binary-tree"] = _plain(nx.balanced_tree(2, 2), 8)
    zoo["caterpillar"] = _plain(nx.Graph([(0, 1), (1, 2), (0, 3), (0, 4), (2, 5)]), 2)
    zoo["asymmetric-tree"] = _plain(nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6)]), 1)
    return zoo | _decorated() | _molecules()


def _decorated() -> dict[str, Data]:
    """Coloured, directed, looped and doubled graphs."""
    square = list(nx.cycle_graph(4).edges)
    arcs = [(i, (i + 1) % 5) for i in range(5)]
    return {
        "square-two-colors": _graph(4, square, 4, nodes=[0, 1, 0, 1]),
        "square-one-marked": _graph(4, square, 2, nodes=[7, 0, 0, 0]),
        "square-edge-colors": _graph(4, square, 4, edges=[1, 2, 2, 1]),
        "square-one-bond": _graph(4, square, 2, edges=[2, 1, 1, 1]),
        "complete-4-matching": _graph(4, list(nx.complete_graph(4).edges), 8, edges=[2, 1, 1, 1, 1, 2]),
        "directed-cycle-5": _graph(5, arcs, 5, directed=True),
        "directed-path-3": _graph(3, [(0, 1), (1, 2)], 1, directed=True),
        "directed-star-4": _graph(5, [(0, i) for i in range(1, 5)], 24, directed=True),
        "tournament-3": _graph(3, [(0, 1), (1, 2), (0, 2)], 1, directed=True),
        "directed-cycle-colored": _graph(4, [(i, (i + 1) % 4) for i in range(4)], 2, nodes=[0, 1, 0, 1], directed=True),
        "square-one-loop": _graph(4, [*square, (0, 0)], 2),
        "square-all-loops": _graph(4, [*square, *((i, i) for i in range(4))], 8),
        "path-3-double-edge": _graph(3, [(0, 1), (0, 1), (1, 2)], 1),
        "triangle-double-edge": _graph(3, [(0, 1), (0, 1), (1, 2), (0, 2)], 2),
        "triangle-all-double": _graph(3, [(0, 1), (1, 2), (0, 2)] * 2, 6),
    }


def _molecules() -> dict[str, Data]:
    """Heavy atoms by atomic number, bonds by order (4: aromatic)."""
    ring = [(i, (i + 1) % 6) for i in range(6)]
    return {
        "benzene-aromatic": _graph(6, ring, 12, nodes=[6] * 6, edges=[4] * 6),
        "benzene-kekule": _graph(6, ring, 6, nodes=[6] * 6, edges=[1, 2] * 3),
        "toluene": _graph(7, [*ring, (0, 6)], 2, nodes=[6] * 7, edges=[4] * 6 + [1]),
        "pyridine": _graph(6, ring, 2, nodes=[7, 6, 6, 6, 6, 6], edges=[4] * 6),
        "acetic-acid": _graph(4, [(0, 1), (1, 2), (1, 3)], 1, nodes=[6, 6, 8, 8], edges=[1, 2, 1]),
        "acetone": _graph(4, [(0, 1), (1, 2), (1, 3)], 2, nodes=[6, 6, 6, 8], edges=[1, 1, 2]),
        "neopentane": _graph(5, [(0, i) for i in range(1, 5)], 24, nodes=[6] * 5, edges=[1] * 4),
        "ethene": _graph(2, [(0, 1)], 2, nodes=[6, 6], edges=[2]),
    }


def _shrikhande() -> nx.Graph:
    steps = ((1, 0), (0, 1), (1, 1))
    cells = [(i, j) for i in range(4) for j in range(4)]
    return nx.Graph([((i, j), ((i + a) % 4, (j + b) % 4)) for i, j in cells for a, b in steps])


def _plain(graph: nx.Graph, order: int) -> Data:
    graph = nx.convert_node_labels_to_integers(graph, ordering="sorted")
    return _graph(graph.number_of_nodes(), list(graph.edges), order)


def _graph(
    num_nodes: int,
    pairs: Sequence[Edge],
    order: int,
    *,
    nodes: Sequence[int] | None = None,
    edges: Sequence[int] | None = None,
    directed: bool = False,
) -> Data:
    arcs = [(u, v, c) for (u, v), c in zip(pairs, edges or [0] * len(pairs))]
    if not directed:
        arcs += [(v, u, c) for u, v, c in arcs if u != v]
    table = torch.tensor(arcs, dtype=torch.long).view(-1, 3)
    return Data(
        edge_index=table[:, :2].t().contiguous(),
        node_color=torch.tensor(nodes or [0] * num_nodes, dtype=torch.long),
        edge_color=table[:, 2].clone(),
        num_nodes=num_nodes,
        num_automorphisms=order,
    )
