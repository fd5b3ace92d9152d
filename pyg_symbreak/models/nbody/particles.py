r"""Charged particles of a batch, laid out as blocks, and what their pairs tell."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike, node_ptr
from pyg_symbreak.models.backbones import Padding


@dataclass(frozen=True)
class Particles:
    r"""Particles as blocks ``[B, n, …]``, one a graph, with zeros for padding.

    Args:
        pos: Positions relative to the centroid of their graph, ``[B, n, d]``.
        vel: Velocities, ``[B, n, d]``.
        charge: Charges, ``[B, n]``.
        padding: The layout.
    """

    pos: Tensor
    vel: Tensor
    charge: Tensor
    padding: Padding

    @classmethod
    def from_data(cls, data: GraphLike, dim: int = 3) -> Particles:
        r"""Lay out ``data.pos``, ``data.vel`` and ``data.charge``.

        Raises:
            ValueError: If one of them is missing or has another shape.
        """
        padding = Padding(node_ptr(data))
        count = padding.num_nodes
        for name, shape in (("pos", (count, dim)), ("vel", (count, dim)), ("charge", (count,))):
            value = data.get(name)
            if not isinstance(value, Tensor) or value.shape != shape:
                got = list(value.shape) if isinstance(value, Tensor) else "none"
                raise ValueError(f"'Particles' expected 'data.{name}' of shape {list(shape)} (got {got})")
        pos = padding.to_dense(data.pos)
        pos = pos - padding.mean_nodes(pos).unsqueeze(1)
        if padding.mask is not None:
            pos = pos * padding.mask.unsqueeze(2)
        return cls(pos, padding.to_dense(data.vel), padding.to_dense(data.charge.to(pos.dtype)), padding)

    def back(self, data: GraphLike, pos: Tensor) -> Tensor:
        r"""Positions ``[B, n, d]`` of a layout in the place of ``data``, ``[N, d]``.

        Only the displacement is carried over, so that no rounding of the centroid comes in.
        """
        out: Tensor = data.pos + self.padding.to_nodes(pos - self.pos)
        return out

    @property
    def products(self) -> Tensor:
        r"""The products of the charges of all pairs, ``[B, n, n, 1]``."""
        return (self.charge.unsqueeze(2) * self.charge.unsqueeze(1)).unsqueeze(3)

    @property
    def others(self) -> Tensor:
        r"""One for pairs of two different particles, zero for others and padding, ``[B or 1, n, n, 1]``."""
        pairs = 1 - torch.eye(self.padding.width, dtype=self.pos.dtype, device=self.pos.device)
        if self.padding.mask is not None:
            pairs = pairs * self.padding.pair_mask
        return pairs.view(-1, *pairs.shape[-2:], 1)


def pair_features(pos: Tensor, products: Tensor, radial: bool = True) -> tuple[Tensor, Tensor]:
    r"""What the pairs of particles tell.

    Args:
        pos: Positions, ``[B, n, d]``.
        products: Products of the charges, ``[B, n, n, 1]``.
        radial: Whether functions of the distance :math:`r` that grow at close encounters are among the scalars.

    Returns:
        The relative positions :math:`x_i - x_j`, ``[B, n, n, d]``, and invariant scalars, ``[B, n, n, 2 or 5]``:
        :math:`q_i q_j` and :math:`r^2`, as in `"E(n) Equivariant Graph Neural Networks"
        <https://arxiv.org/abs/2102.09844>`_, and with ``radial`` :math:`r`, :math:`1 / (r + 0.1)` and
        :math:`q_i q_j / (r^2 + 0.05)`.

    .. code-block:: python

        >>> _, scalars = pair_features(torch.tensor([[[0.0, 0.0], [0.0, 2.0]]]), torch.ones(1, 2, 2, 1), radial=False)
        >>> scalars[0, 0].tolist()
        [[1.0, 0.0], [1.0, 4.0]]
    """
    gap = pos.unsqueeze(2) - pos.unsqueeze(1)
    square = gap.square().sum(-1, keepdim=True)
    scalars = [products, square]
    if radial:
        distance = (square + 1e-6).sqrt()  # the root has no gradient at zero
        scalars += [distance, 1 / (distance + 0.1), products / (square + 0.05)]
    return gap, torch.cat(scalars, dim=-1)


def num_scalars(radial: bool) -> int:
    r"""The number of scalars of :func:`pair_features`.

    .. code-block:: python

        >>> num_scalars(radial=True), num_scalars(radial=False)
        (5, 2)
    """
    return 5 if radial else 2
