r"""Which graphs of one split are copies of graphs of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import canonical_hash

_CHUNK = 1024


def seen_graphs(
    graphs: Iterable[Data],
    reference: Iterable[Data],
    node_attrs: Sequence[str] = (),
    edge_attrs: Sequence[str] = (),
) -> Tensor:
    r"""Tell for every graph whether it is isomorphic to a graph of the reference, by canonical hash.

    Random small graphs repeat: a share of the test graphs of every synthetic set has a copy among the training graphs.
    ``test[~seen_graphs(test, train)]`` is the part of a test split that no memory of training graphs helps with.

    Args:
        graphs: The graphs in question, such as a test split.
        reference: The graphs to compare with, such as the training split.
        node_attrs: Names of the node attributes that an isomorphism has to keep.
        edge_attrs: Names of the edge attributes that an isomorphism has to keep.

    Returns:
        ``[len(graphs)]``, bool.

    .. code-block:: python

        >>> from pyg_symbreak.datasets import CommunityGraphs
        >>> train, test = (CommunityGraphs(split=split, num_graphs=20) for split in ("train", "test"))
        >>> seen_graphs(test, train).any(), seen_graphs(train, train).all()
        (tensor(False), tensor(True))
    """
    known = set(_hashes(reference, node_attrs, edge_attrs))
    return torch.tensor([key in known for key in _hashes(graphs, node_attrs, edge_attrs)], dtype=torch.bool)


def _hashes(graphs: Iterable[Data], node_attrs: Sequence[str], edge_attrs: Sequence[str]) -> Iterator[str]:
    stream = iter(graphs)
    while chunk := list(islice(stream, _CHUNK)):
        yield from canonical_hash(Batch.from_data_list(chunk), node_attrs=node_attrs, edge_attrs=edge_attrs)
