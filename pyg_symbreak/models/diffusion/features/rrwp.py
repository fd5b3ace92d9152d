r"""Relative random walk probabilities."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features.base import Parts, StructuralFeature, node_entries, pair_entries


class RRWP(StructuralFeature):
    r"""Probabilities of random walks between and back to nodes, after `"Graph Inductive Biases in Transformers without
    Message Passing" <https://arxiv.org/abs/2305.17589>`_.

    With :math:`M = D^{-1} A`, the probability that a walk from :math:`i` is at :math:`j` after :math:`k` steps is
    :math:`(M^k)_{ij}`. A pair gets its symmetric form, the geometric mean over the two directions,

    .. math::
        \sqrt{(M^k)_{ij} (M^k)_{ji}} = (S^k)_{ij}, \qquad S = D^{-1/2} A D^{-1/2}, \qquad k = 1, \dots, K,

    and a node the probability of return :math:`(M^k)_{ii} = (S^k)_{ii}`, for :math:`k = 2, \dots, K`. What is the same
    for every graph is left out: :math:`M^0`, and the diagonal of :math:`M`. A walk from a node without edges goes
    nowhere, and its probabilities are 0. All numbers lie in :math:`[0, 1]`.

    Args:
        num_steps: The largest number of steps :math:`K`.
        num_edge_types: The number of real types of pairs; see
            :class:`~pyg_symbreak.models.diffusion.features.base.StructuralFeature`, also for shapes.
        dtype: The floating point type of the features.

    Raises:
        ValueError: If an argument is out of range.

    .. code-block:: python

        >>> path = DenseGraph(torch.zeros(1, 3, dtype=torch.long), torch.tensor([[1, 0, 1]]), torch.ones(1, 3) > 0)
        >>> nodes, pairs, _ = RRWP(num_steps=2, num_edge_types=2)(path)
        >>> nodes.squeeze(-1), pairs
        (tensor([[0.5000, 1.0000, 0.5000]]), tensor([[[0.7071, 0.0000],
                 [0.0000, 0.5000],
                 [0.7071, 0.0000]]]))
    """

    def __init__(self, num_steps: int, num_edge_types: int, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(num_edge_types, dtype)
        if num_steps < 1:
            raise ValueError(f"'RRWP' expected 'num_steps' of at least 1 (got {num_steps})")
        self.num_steps = self.pair_dim = num_steps
        self.node_dim = num_steps - 1

    def compute(self, graph: DenseGraph, adjacency: Tensor) -> Parts:
        n = adjacency.size(1)
        scale = adjacency.sum(2).clamp_(min=1).rsqrt_()
        # S^1 … S^m side by side: one product with S^m doubles their number.
        powers = adjacency * scale.unsqueeze(2) * scale.unsqueeze(1)
        done = 1
        while done < self.num_steps:
            more = min(done, self.num_steps - done)
            last = powers[:, :, (done - 1) * n :]
            powers = torch.cat([powers, torch.bmm(last, powers[:, :, : more * n])], dim=2)
            done += more
        powers = powers.clamp(max=1)
        nodes = node_entries(powers, self.num_steps)[:, :, 1:] if self.node_dim else None
        return nodes, pair_entries(powers, self.num_steps), None

    def extra_repr(self) -> str:
        return f"num_steps={self.num_steps}, num_edge_types={self.num_edge_types}"
