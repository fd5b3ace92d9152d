r"""Renumbers the nodes at random."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.groups import Permutation
from pyg_symbreak.transforms.base import GraphTransform


@functional_transform("random_node_permutation")
class RandomNodePermutation(GraphTransform):
    r"""Renumbers the nodes of every graph uniformly at random (functional name: :obj:`random_node_permutation`).

    Node attributes move with their nodes, ``edge_index`` is renamed, and edges keep their places. This is the draw of
    the highest entropy: a network that learns from such data has to learn the symmetry as well.

    *Law.* Uniform over all :math:`n!` permutations of each graph, drawn afresh at every access.

    .. code-block:: python

        >>> data = RandomNodePermutation()(Data(x=torch.arange(4), edge_index=torch.tensor([[0], [3]])))
        >>> data.x[data.edge_index].view(-1)
        tensor([0, 3])
    """

    def __init__(self) -> None:
        pass

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        return Permutation.random(ptr, generator).act_data(data)
