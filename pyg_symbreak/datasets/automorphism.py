r"""Five small graphs whose automorphism groups are easy to see."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import networkx as nx
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SplitDataset, undirected_data

_RIGID: Final = ((0, 1), (1, 2), (2, 0), (2, 3), (1, 4), (4, 5), (2, 5), (5, 6))


class AutomorphismGraphs(SplitDataset):
    r"""Five graphs with the automorphism groups 1, :math:`S_6`, :math:`S_3 \times S_2`, :math:`D_7` and :math:`D_4`.

    The graphs with inner symmetry of "Learning Probabilistic Symmetrization for Architecture Agnostic Equivariance"
    (Kim et al., NeurIPS 2023, arXiv 2306.02866, appendix): a rigid graph, a star, two stars joined by their centres, a
    cycle and a grid of 5 × 5 nodes. One draw of a canonicalizer tells nodes of one orbit apart; what is invariant, such
    as the mean over draws, must not: it is a function of ``y``.

    Every graph has ``edge_index``, ``x`` ``[n, 1]``, ones, ``y`` ``[n]``, int64, equal exactly for nodes of one orbit,
    ``name`` and ``num_automorphisms`` ``[1]``. There is one split.

    Args:
        root: Folder of the data set, or :obj:`None` to make the graphs in memory and write nothing.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    >>> for graph in AutomorphismGraphs():
    ...     print(graph.name, graph.num_nodes, int(graph.num_automorphisms))
    rigid 7 1
    star 7 720
    double-star 7 12
    cycle 7 14
    grid 25 8
    """

    def __init__(self, root: str | Path | None = None, **kwargs: Any) -> None:
        super().__init__(root, "test", **kwargs)

    def options(self) -> dict[str, str]:
        return {}

    def graphs(self) -> list[Data]:
        stars = nx.disjoint_union(nx.star_graph(3), nx.star_graph(2))
        stars.add_edge(0, 4)
        grid = nx.grid_2d_graph(5, 5)
        distance = [(row - 2) ** 2 + (column - 2) ** 2 for row, column in grid]  # one value an orbit on 5 × 5 nodes
        plain = nx.convert_node_labels_to_integers(grid)
        return [
            _graph("rigid", nx.Graph(_RIGID), list(range(7)), 1),
            _graph("star", nx.star_graph(6), [0] + [1] * 6, 720),
            _graph("double-star", stars, [0, 1, 1, 1, 2, 3, 3], 12),
            _graph("cycle", nx.cycle_graph(7), [0] * 7, 14),
            _graph("grid", plain, distance, 8),
        ]


def _graph(name: str, graph: nx.Graph, labels: list[int], order: int) -> Data:
    n = graph.number_of_nodes()
    count = torch.tensor([order])
    return undirected_data(
        list(graph.edges), n, x=torch.ones(n, 1), y=torch.tensor(labels), name=name, num_automorphisms=count
    )
