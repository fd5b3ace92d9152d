r"""The best that an autoencoder without symmetry breaking can do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import node_batch, node_pairs, node_ptr
from pyg_symbreak.labeling import wl_colors
from pyg_symbreak.metrics.reconstruction import pair_targets, reconstruction_scores

_CHUNK = 1024


def wl_floor(
    dataset: Iterable[Data],
    decoder: str = "distance",
    node_attrs: Sequence[str] = (),
    edge_attr: str | None = None,
) -> dict[str, float]:
    r"""Return the scores that no deterministic equivariant encoder bounded by 1-WL can improve on, on these graphs.

    Such an encoder (message passing, without noise or other symmetry breaking) gives nodes of one stable 1-WL colour in
    one graph the same embedding. All pairs of nodes with the same two colours are then decoded alike, and the best that
    a decoder can do is to know, for each graph and each such class of pairs, the share of its pairs that are edges:

    * ``decoder="pair"``: an arbitrary symmetric function of the two embeddings. It outputs that share.
    * ``decoder="distance"``: a function of the distance, :math:`\sigma(w \lVert z_i - z_j \rVert^2 + b)`, or of the
      squared differences. All pairs inside one colour, of all graphs, are at distance zero and get the one value
      :math:`\sigma(b)`; the best value is the share of edges among all of them. The other pairs get the share of
      their class. That the distances of all nodes fit into the embedding, and fit one monotone function, is not asked
      for.

    All scores are those of the decoder that minimises the loss, with knowledge of the very graphs that are scored. The
    loss and the error are lower bounds, the share of exact graphs is an upper bound with the ``"pair"`` decoder, and F1
    is told for comparison. An edge is predicted where the share is above one half, as in
    :mod:`pyg_symbreak.metrics.reconstruction`, where the scores are defined. Node types are told by the colours, and so
    are free of error.

    Args:
        dataset: Undirected graphs without self-loops.
        decoder: ``"distance"`` or ``"pair"``.
        node_attrs: Names of the node attributes that the encoder sees.
        edge_attr: Name of the edge type, ``[E]``, 1 or more, if it is seen and rebuilt; with the ``"pair"`` decoder.

    Returns:
        ``bce``, ``error_percent``, ``f1`` and ``exact``.

    Raises:
        ValueError: If the decoder is unknown or cannot rebuild edge types, or there is no graph.

    .. code-block:: python

        >>> square = Data(edge_index=torch.tensor([[0, 1, 1, 2, 2, 3, 3, 0], [1, 0, 2, 1, 3, 2, 0, 3]]), num_nodes=4)
        >>> {name: round(value, 3) for name, value in wl_floor([square]).items()}
        {'bce': 7.638, 'error_percent': 33.333, 'f1': 0.8, 'exact': 0.0}
    """
    if decoder not in ("distance", "pair"):
        raise ValueError(f"'wl_floor' expected 'decoder' to be 'distance' or 'pair' (got {decoder!r})")
    if decoder == "distance" and edge_attr is not None:
        raise ValueError(f"'wl_floor' expected no 'edge_attr' with the distance decoder (got {edge_attr!r})")
    graphs = iter(dataset)
    chunks: list[tuple[Tensor, Tensor, Tensor]] = []
    num_graphs = 0
    while chunk := list(islice(graphs, _CHUNK)):
        owner, same, counts = _pair_classes(Batch.from_data_list(chunk), node_attrs, edge_attr)
        chunks.append((owner + num_graphs, same, counts))
        num_graphs += len(chunk)
    if not chunks:
        raise ValueError("'wl_floor' expected at least one graph (got 0)")
    width = max(counts.size(1) for _, _, counts in chunks)
    owner = torch.cat([owner for owner, _, _ in chunks])
    same = torch.cat([same for _, same, _ in chunks])
    table = torch.cat([torch.nn.functional.pad(counts, (0, width - counts.size(1))) for _, _, counts in chunks])
    return reconstruction_scores(_best(owner, same, table.double(), num_graphs, decoder))


def _pair_classes(batch: Batch, node_attrs: Sequence[str], edge_attr: str | None) -> tuple[Tensor, Tensor, Tensor]:
    """The graph of each class of pairs, whether its two colours are one, and its number of pairs of every type."""
    ptr = node_ptr(batch)
    colors = wl_colors(batch, node_attrs=node_attrs, edge_attrs=() if edge_attr is None else (edge_attr,))
    targets = pair_targets(batch, edge_attr)
    pairs = node_pairs(ptr)
    owner = node_batch(ptr)[pairs[0]]
    ends = colors[pairs].sort(dim=0).values
    span = int(colors.max()) + 1 if colors.numel() else 1
    keys, inverse = torch.unique((owner * span + ends[0]) * span + ends[1], return_inverse=True)
    types = max(2, int(targets.max()) + 1) if targets.numel() else 2
    counts = torch.bincount(inverse * types + targets, minlength=keys.numel() * types).reshape(-1, types)
    return keys // (span * span), keys // span % span == keys % span, counts


def _best(owner: Tensor, same: Tensor, table: Tensor, num_graphs: int, decoder: str) -> Tensor:
    """The counts of the scores, over ordered pairs, for the probabilities with the smallest loss."""
    share = table / table.sum(dim=1, keepdim=True)
    if decoder == "distance" and bool(same.any()):
        pooled = table[same].sum(dim=0)
        share[same] = pooled / pooled.sum()
    loss = -torch.special.xlogy(table, share).sum()
    predicted = share.argmax(dim=1)  # the first of several maxima: no edge at exactly one half
    right = table.gather(1, predicted[:, None]).squeeze(1)
    total = table.sum(dim=1)
    found = predicted > 0
    bad = torch.zeros(num_graphs, dtype=torch.bool)
    bad[owner[right < total]] = True
    hits = right[found].sum()
    counts = (
        torch.tensor(num_graphs),
        2 * loss,
        2 * total.sum(),
        2 * (total - right).sum(),
        2 * hits,
        2 * (total - right)[found].sum(),
        2 * (table[:, 1:].sum() - hits),
        (~bad).sum(),
        torch.tensor(0),
        torch.tensor(0),
    )
    return torch.stack([count.double() for count in counts])
