r"""Embeddings of graphs that tell apart everything, or all that 1-WL does: the ends of the scale."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.labeling import canonical_hash, wl_hash

__all__ = ["canonical_embedding", "wl_embedding"]

_DIGITS = 4
_NUM_WORDS = 16


def canonical_embedding(batch: Batch, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = ()) -> Tensor:
    r"""The canonical hash of each graph as 16 numbers: equal exactly for isomorphic graphs.

    What a model with an exact canonicalizer and a backbone that reads everything can tell apart.

    Args:
        batch: The graphs.
        node_attrs: Names of the node attributes that an isomorphism has to keep.
        edge_attrs: Names of the edge attributes that an isomorphism has to keep.

    Returns:
        ``[B, 16]``, float64, whole numbers below 65,536.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> graphs = [Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3) for _ in range(2)]
        >>> a, b = canonical_embedding(Batch.from_data_list(graphs))
        >>> a.shape, torch.equal(a, b)
        (torch.Size([16]), True)
    """
    hashes = [text.split(":")[1] for text in canonical_hash(batch, node_attrs=node_attrs, edge_attrs=edge_attrs)]
    words = [[int(text[i : i + _DIGITS], 16) for i in range(0, _DIGITS * _NUM_WORDS, _DIGITS)] for text in hashes]
    return torch.tensor(words, dtype=torch.float64, device=node_ptr(batch).device).view(-1, _NUM_WORDS)


def wl_embedding(
    batch: Batch, node_attrs: Sequence[str] = (), edge_attrs: Sequence[str] = (), num_rounds: int | None = None
) -> Tensor:
    r"""The 1-WL hash of each graph as four numbers: equal for graphs that no message passing tells apart.

    Args:
        batch: The graphs.
        node_attrs: Names of the node attributes that are seen.
        edge_attrs: Names of the edge attributes that are seen.
        num_rounds: The number of rounds; by default until the colours are stable.

    Returns:
        ``[B, 4]``, float64, whole numbers below 65,536.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> graphs = [Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3) for _ in range(2)]
        >>> wl_embedding(Batch.from_data_list(graphs)).shape
        torch.Size([2, 4])
    """
    hashes = wl_hash(batch, node_attrs=node_attrs, edge_attrs=edge_attrs, num_rounds=num_rounds)
    shift = torch.arange(4, device=hashes.device) * 16
    return ((hashes[:, None] >> shift) & 0xFFFF).double()
