r"""Valences, charges and the weight of molecules."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features.base import Parts, StructuralFeature, pair_matrix


class MolecularFeatures(StructuralFeature):
    r"""What a chemist counts first: the bonds of each atom against its normal valence, and the weight of the molecule.

    With :math:`v` the sum of the orders of the bonds of an atom, :math:`v_0` the normal valence of its element and
    :math:`s` the largest of ``valences``, an atom gets

    - :math:`\min(v / s, 2)`;
    - :math:`(v_0 - v) / s`, cut to :math:`[-1, 1]`: what is missing, for hydrogens that the graph leaves out;
    - a guess of its formal charge: the bonds in excess, :math:`\lfloor v - v_0 \rfloor` cut to :math:`[0, 1]`, as +1
      for a nitrogen with four. With ``explicit_hydrogens`` missing bonds count, too, and the cut is
      :math:`[-1, 1]`; without them a missing bond cannot be told from a hydrogen.

    A graph gets the sum of the weights of its atoms over ``weight_scale``. An atom in the mask state weighs nothing and
    has no normal valence: its second and third number are 0.

    Args:
        valences: The normal valence of each node type.
        weights: The atomic weight of each node type; count in hydrogens that the graph leaves out if that is wanted.
        bond_orders: The order of the bond of each type of pairs, 0 for "no edge" first; 1.5 for aromatic bonds.
        num_edge_types: The number of real types of pairs; see
            :class:`~pyg_symbreak.models.diffusion.features.base.StructuralFeature`, also for shapes.
        weight_scale: What a weight is divided by.
        explicit_hydrogens: Whether hydrogens are nodes.
        dtype: The floating point type of the features.

    Raises:
        ValueError: If lengths disagree, or a number is negative or not finite.

    .. code-block:: python

        >>> cyanide = DenseGraph(torch.tensor([[0, 1]]), torch.tensor([[3]]), torch.ones(1, 2) > 0)
        >>> features = MolecularFeatures((4, 3), (12.0, 14.0), (0, 1, 2, 3), num_edge_types=4)
        >>> features(cyanide)[0]
        tensor([[[0.7500, 0.2500, 0.0000],
                 [0.7500, 0.0000, 0.0000]]])
    """

    valence: Tensor
    weight: Tensor
    order: Tensor

    def __init__(
        self,
        valences: Sequence[float],
        weights: Sequence[float],
        bond_orders: Sequence[float],
        num_edge_types: int,
        weight_scale: float = 200.0,
        explicit_hydrogens: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(num_edge_types, dtype)
        if len(valences) != len(weights) or not valences:
            raise ValueError(
                "'MolecularFeatures' expected one of 'valences' and one of 'weights' for each node type "
                f"(got {len(valences)} and {len(weights)})"
            )
        if len(bond_orders) != num_edge_types or bond_orders[0] != 0:
            raise ValueError(
                f"'MolecularFeatures' expected 'bond_orders' of {num_edge_types} types, 0 first "
                f"(got {tuple(bond_orders)})"
            )
        numbers = (*valences, *weights, *bond_orders)
        if not all(0 <= number < math.inf for number in numbers) or not 0 < weight_scale < math.inf:
            raise ValueError(
                "'MolecularFeatures' expected finite numbers, none of them negative and 'weight_scale' positive "
                f"(got {numbers} and {weight_scale})"
            )
        self.weight_scale, self.explicit_hydrogens = float(weight_scale), explicit_hydrogens
        self.valence_scale = float(max(valences)) or 1.0
        self.node_dim, self.graph_dim = 3, 1
        # One entry more, for the mask state.
        self.register_buffer("valence", torch.tensor([*valences, 0], dtype=torch.double), persistent=False)
        self.register_buffer("weight", torch.tensor([*weights, 0], dtype=torch.double), persistent=False)
        self.register_buffer("order", torch.tensor([*bond_orders, 0], dtype=torch.double), persistent=False)

    def compute(self, graph: DenseGraph, adjacency: Tensor) -> Parts:
        order = self._look_up(self.order, graph.e) * graph.pair_mask
        bonds = pair_matrix(order, graph.x.size(1)).sum(2)
        known = graph.mask & (graph.x < self.valence.numel() - 1)
        normal = self._look_up(self.valence, graph.x)
        missing = ((normal - bonds) / self.valence_scale).clamp_(-1, 1) * known
        charge = (bonds - normal).floor_().clamp_(-1 if self.explicit_hydrogens else 0, 1) * known
        nodes = [(bonds / self.valence_scale).clamp_(max=2), missing, charge]
        weight = (self._look_up(self.weight, graph.x) * graph.mask).sum(1, keepdim=True) / self.weight_scale
        return torch.stack(nodes, dim=2), None, weight

    def _look_up(self, table: Tensor, kind: Tensor) -> Tensor:
        entry = kind.clamp(max=table.numel() - 1).view(-1)
        return table.to(self.dtype).index_select(0, entry).view(kind.shape)

    def extra_repr(self) -> str:
        return f"{self.valence.numel() - 1} node types, num_edge_types={self.num_edge_types}"
