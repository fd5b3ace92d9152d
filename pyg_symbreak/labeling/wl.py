r"""A hash of whole graphs that is as blind as message passing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.hashing import FIRST, GOLDEN, group_sum, mix_injective, take
from pyg_symbreak.labeling.threads import single_threaded


@torch.no_grad()
@single_threaded
def wl_hash(
    data: GraphLike, *, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (), num_rounds: int | None = None
) -> Tensor:
    r"""Hash each graph such that two graphs have the same hash if 1-WL (colour refinement) cannot tell them apart.

    The hash is a sum over the nodes of their colours after as many rounds as the graph has nodes, so it is that of the
    stable colouring. Graphs that 1-WL tells apart get different hashes, unless 64 bits collide. It depends on the graph
    alone and not on what else is in the batch. No network of message passing layers without symmetry breaking tells
    more graphs apart ("How Powerful are Graph Neural Networks?", Xu et al., ICLR 2019, arXiv 1810.00826).

    Args:
        data: One graph or a batch. An undirected graph has both arcs of an edge in ``edge_index``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        num_rounds: The number of rounds, for a network with as many layers.

    Returns:
        ``[B]``, int64.

    Raises:
        ValueError: If the batch is malformed, or an attribute is missing, misshapen or holds NaN, or ``num_rounds`` is
            negative.

    .. code-block:: python

        >>> from torch_geometric.data import Batch, Data
        >>> def cycles(*lengths):
        ...     start, ends = 0, []
        ...     for n in lengths:
        ...         ends += [(start + i, start + (i + 1) % n) for i in range(n)]
        ...         start += n
        ...     return Data(edge_index=torch.tensor(ends + [(b, a) for a, b in ends]).t(), num_nodes=start)
        >>> a, b, c = wl_hash(Batch.from_data_list([cycles(6), cycles(3, 3), cycles(7)]))
        >>> bool(a == b), bool(a == c)
        (True, False)
    """
    if num_rounds is not None and num_rounds < 0:
        raise ValueError(f"'wl_hash' expected 'num_rounds' of at least 0 (got {num_rounds})")
    graphs = color_graphs(data, node_attrs, edge_attrs)
    sizes = graphs.ptr.diff()
    rounds = sizes if num_rounds is None else torch.full_like(sizes, num_rounds)
    color, last = mix_injective(graphs.color), rounds[graphs.batch]
    kind = 0 if graphs.kind is None else mix_injective(graphs.kind)
    for number in range(int(rounds.max()) if rounds.numel() else 0):
        sent = mix_injective(take(color, graphs.dst) * FIRST + kind)
        heard = group_sum(sent, graphs.src, color.numel())
        color = torch.where(last > number, mix_injective(color * GOLDEN + heard), color)
    return mix_injective(group_sum(mix_injective(color), graphs.batch, graphs.num_graphs) * GOLDEN + sizes)
