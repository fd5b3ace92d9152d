r"""Names of the neighbourhoods of all nodes of many graphs, by radius."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symbreak.labeling import canonical_hash
from pyg_symbreak.labeling.coloring import ColoredGraphs
from pyg_symbreak.labeling.hashing import GOLDEN, group_sum, mix_injective

_BATCH = 8192


class Balls(NamedTuple):
    r"""All pairs of nodes up to a distance, sorted by the first node and then by the second.

    Attributes:
        root: First nodes, ``[P]``.
        node: Second nodes, ``[P]``.
        distance: Number of edges on a shortest path between them, ``[P]``.
    """

    root: Tensor
    node: Tensor
    distance: Tensor


def balls(graphs: ColoredGraphs, depth: int) -> Balls:
    r"""Find all pairs of nodes at a distance of at most ``depth``, by a search in breadth from all nodes at once.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.labeling.coloring import color_graphs
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> balls(color_graphs(path), 2).distance
        tensor([0, 1, 2, 1, 0, 1, 2, 1, 0])
    """
    num_nodes = graphs.color.numel()
    index = torch.arange(num_nodes)
    seen, distance = index * num_nodes + index, torch.zeros(num_nodes, dtype=torch.long)
    frontier = seen
    for step in range(1, depth + 1):
        pair, target = _spread(graphs, frontier % max(num_nodes, 1))
        fresh = torch.unique(frontier[pair] // max(num_nodes, 1) * num_nodes + target)
        frontier = fresh[~_contains(seen, fresh)]
        if frontier.numel() == 0:
            break
        seen, order = torch.cat([seen, frontier]).sort()
        distance = torch.cat([distance, torch.full_like(frontier, step)])[order]
    return Balls(seen // max(num_nodes, 1), seen % max(num_nodes, 1), distance)


def layer_names(graphs: ColoredGraphs, pairs: Balls, radius: int) -> tuple[Tensor, Tensor]:
    r"""Name neighbourhoods by their layers.

    A layer is how many nodes of each colour and degree, or edges of each colour, are at one distance from the root.
    Neighbourhoods that only differ in how nodes of the layers are joined share a name.

    Args:
        graphs: The graphs.
        pairs: Their pairs of nodes up to the distance ``radius`` or more.
        radius: The largest radius.

    Returns:
        Names ``[radius + 1, N]``, int64, and which exist, bool: those of nodes that have a node at that distance.
    """
    num_nodes, steps = graphs.color.numel(), radius + 1
    degree = torch.bincount(graphs.src, minlength=num_nodes)
    near = pairs.distance <= radius
    slot = pairs.root[near] * steps + pairs.distance[near]
    looks = mix_injective(mix_injective(graphs.color) + degree)
    nodes = group_sum(looks[pairs.node[near]], slot, num_nodes * steps).reshape(num_nodes, steps)
    exists = torch.bincount(slot, minlength=num_nodes * steps).reshape(num_nodes, steps) > 0
    edges = _edge_layers(graphs, pairs, steps)
    name = torch.zeros(num_nodes, dtype=torch.long)
    names = []
    for step in range(steps):
        if step > 0:
            name = mix_injective(name * GOLDEN + edges[:, step - 1])
        name = mix_injective(name * GOLDEN + nodes[:, step])
        names.append(name)
    return torch.stack(names), exists.t()


def canonical_names(graphs: ColoredGraphs, pairs: Balls, radius: int) -> tuple[Tensor, Tensor]:
    r"""Name neighbourhoods exactly: equal names mean isomorphic subgraphs, with the root at its place.

    The subgraph of a root and a radius has the nodes up to that distance and the edges between them. The arguments and
    the result are those of :func:`layer_names`; names are the first 64 bits of a ``canonical_hash``.
    """
    num_nodes = graphs.color.numel()
    names = torch.zeros(radius + 1, num_nodes, dtype=torch.long)
    exists = torch.zeros(radius + 1, num_nodes, dtype=torch.bool)
    for step in range(radius + 1):
        exists[step, pairs.root[pairs.distance == step]] = True
        roots = exists[step].nonzero().view(-1)
        for start in range(0, roots.numel(), _BATCH):
            chosen = roots[start : start + _BATCH]
            batch = _subgraphs(graphs, pairs, step, chosen)
            hashes = canonical_hash(batch, node_attrs=("color", "distance"), edge_attrs=("kind",))
            words = [int(text.partition(":")[2][:16], 16) for text in hashes]
            names[step, chosen] = torch.tensor([word - (1 << 64) if word >> 63 else word for word in words])
    return names, exists


def _spread(graphs: ColoredGraphs, node: Tensor) -> tuple[Tensor, Tensor]:
    """The neighbours of each of many nodes, and to which of these nodes they belong."""
    pair, arc = _arcs(graphs, node)
    return pair, graphs.dst[arc]


def _arcs(graphs: ColoredGraphs, node: Tensor) -> tuple[Tensor, Tensor]:
    """The numbers of the arcs that leave each of many nodes, and to which of these nodes they belong."""
    degree = torch.bincount(graphs.src, minlength=graphs.color.numel())
    first = degree.cumsum(0) - degree
    counts = degree[node]
    pair = torch.repeat_interleave(torch.arange(node.numel()), counts)
    inside = torch.arange(pair.numel()) - (counts.cumsum(0) - counts)[pair]
    return pair, first[node][pair] + inside


def _contains(ascending: Tensor, values: Tensor) -> Tensor:
    place = torch.searchsorted(ascending, values).clamp(max=max(ascending.numel() - 1, 0))
    return ascending[place] == values


def _edge_layers(graphs: ColoredGraphs, pairs: Balls, steps: int) -> Tensor:
    """Sums of the looks of the edges by the distance of their nearer end from the root, ``[N, steps]``."""
    num_nodes = graphs.color.numel()
    kind = torch.zeros_like(graphs.src) if graphs.kind is None else graphs.kind
    near = pairs.distance < steps
    root, node, distance = (part[near] for part in pairs)
    pair, arc = _arcs(graphs, node)
    code = root * num_nodes + node
    other = root[pair] * num_nodes + graphs.dst[arc]
    place = torch.searchsorted(code, other).clamp(max=max(code.numel() - 1, 0))
    far = torch.where(code[place] == other, distance[place], steps)
    # Every edge once: from its nearer end, and from the smaller of two ends equally near.
    once = (distance[pair] < far) | ((distance[pair] == far) & (node[pair] < graphs.dst[arc]))
    slot = (root * steps + distance)[pair[once]]
    return group_sum(mix_injective(kind[arc[once]]), slot, num_nodes * steps).reshape(num_nodes, steps)


def _subgraphs(graphs: ColoredGraphs, pairs: Balls, radius: int, roots: Tensor) -> Batch:
    num_nodes = graphs.color.numel()
    number = torch.full((num_nodes,), -1)
    number[roots] = torch.arange(roots.numel())
    inside = (number[pairs.root] >= 0) & (pairs.distance <= radius)
    root, node, distance = (part[inside] for part in pairs)
    pair, arc = _arcs(graphs, node)
    code = root * num_nodes + node
    other = root[pair] * num_nodes + graphs.dst[arc]
    place = torch.searchsorted(code, other).clamp(max=code.numel() - 1)
    kept = code[place] == other
    kind = torch.zeros_like(graphs.src) if graphs.kind is None else graphs.kind
    sizes = torch.bincount(number[root], minlength=roots.numel())
    return Batch(
        edge_index=torch.stack([pair[kept], place[kept]]),
        kind=kind[arc[kept]],
        color=graphs.color[node],
        distance=distance,
        batch=number[root],
        ptr=torch.cat([sizes.new_zeros(1), sizes.cumsum(0)]),
    )
