r"""Adds the orbit of every node."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.groups.ragged import node_batch
from pyg_symbreak.labeling import automorphism_group
from pyg_symbreak.transforms.base import RankTransform, check_attr_name, with_edges, write_node_attr


@functional_transform("add_orbits")
class AddOrbits(RankTransform):
    r"""Adds the number of the orbit of every node under the automorphisms of its graph (functional name:
    :obj:`add_orbits`).

    Two nodes of a graph have the same number if and only if an automorphism carries one to the other. Orbits are
    numbered ``0, 1, …`` inside each graph, in the order in which the canonical form meets them: the numbers are
    invariant, so that the transform is equivariant exactly and isomorphic graphs get the same numbers.

    Args:
        attr_name: The name of the node attribute, int64 of shape ``[N]``; ``None`` appends a column to ``x``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The budget of the search on hard graphs; that of
            :func:`~pyg_symbreak.labeling.automorphism_group` by default.

    Raises:
        TypeError: If names are no names.
        ValueError: If ``attr_name`` holds a word that PyG treats in its own way, or an option is unknown.

    .. code-block:: python

        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> orbit = AddOrbits()(path).orbit
        >>> bool(orbit[0] == orbit[2]), bool(orbit[0] == orbit[1])
        (True, False)
    """

    def __init__(
        self,
        attr_name: str | None = "orbit",
        node_attrs: Sequence[str] = (),
        edge_attrs: Sequence[str] = (),
        max_search_nodes: int | None = None,
    ) -> None:
        self.attr_name = check_attr_name(self, attr_name)
        self._set_labelling(False, node_attrs, edge_attrs, max_search_nodes, "raise")

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        rank = self._rank(data, generator)
        options = {key: value for key, value in self._options().items() if key != "on_budget"}
        found = automorphism_group(with_edges(data), **options)
        groups = found if isinstance(found, list) else [found]
        parts = [group.orbits.to(rank.device) for group in groups]
        orbit = torch.cat(parts) if parts else rank
        return write_node_attr(data, self.attr_name, _by_first_rank(orbit, rank, ptr), ptr)


def _by_first_rank(orbit: Tensor, rank: Tensor, ptr: Tensor) -> Tensor:
    """Number the orbits of each graph by their smallest canonical rank."""
    if orbit.numel() == 0:
        return rank
    start = ptr[:-1][node_batch(ptr)]
    _, cell = torch.unique(torch.stack([start, orbit]), dim=1, return_inverse=True)
    first = torch.full_like(rank, rank.numel()).scatter_reduce_(0, cell, rank, "amin")[cell]
    # A node opens its orbit where its own rank is the smallest; count the openings before it in the canonical form.
    opens = torch.zeros_like(rank)
    opens[start + rank] = (first == rank).long()
    count = opens.cumsum(0)
    return count[start + first] - count[start] + opens[start] - 1
