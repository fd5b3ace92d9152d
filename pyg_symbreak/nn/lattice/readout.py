r"""From functions on the group of a lattice to fields, invariants, and scores of the elements."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.nn.lattice.fields import check_group, check_regular
from pyg_symbreak.nn.lattice.filters import direction_sources
from pyg_symbreak.nn.rank_pair import positive

OUTPUTS = ("site", "spin", "bond", "graph", "elements")


class LatticeReadout(torch.nn.Module):
    r"""Reads fields, invariants or scores of the elements off functions on the symmetry group of a lattice: all linear
    maps that commute with the symmetries and reach no further than the sites themselves.

    With means over the :math:`K` parts, and sites :math:`u`,

    .. math::
        \text{site: } \frac{1}{K} \sum_p W x(p, u), \qquad
        \text{spin: } \frac{1}{K} \sum_p \pm_p W x(p, u), \qquad
        \text{graph: } \frac{1}{K n} \sum_{p, u} W x(p, u), \qquad
        \text{elements: } w^\top x(p, u)

    A bond sums what its two sites see in its direction :math:`\delta`, :math:`\frac{1}{K} \sum_p W_{Q_p^{-1} \delta}
    \, x(p, u)` each. Outputs that the symmetries leave in place have a bias; bonds have one for every class of
    directions that the group turns into one another.

    Args:
        channels: The number of channels of the input.
        out_channels: The number of outputs; 1 for ``"elements"``.
        group: The group. It may belong to a lattice of other sizes.
        output: ``"site"`` for scalars of the sites, ``"spin"`` for those that change sign with the spins, ``"bond"``
            for scalars of the bonds, ``"graph"`` for invariants, ``"elements"`` for one score for every element of the
            group, in the order of their numbers, as :class:`~pyg_symbreak.canonicalizers.EnergyCanonicalizer` takes
            them (``logits``).

    Shapes:
        - **input:** ``[B, K, channels, *sizes]``.
        - **output:** ``[B, out_channels, *sizes]``, ``[B, out_channels, d, *sizes]`` for bonds, ``[B, out_channels]``
          for graphs, ``[B, |G|]`` for elements.

    Raises:
        TypeError: If ``group`` is no :class:`~pyg_symbreak.groups.LatticeGroup`.
        ValueError: If an argument is out of range, the input has another shape, or the group does not fit the lattice.

    .. code-block:: python

        >>> from pyg_symbreak.groups import LatticeGroup
        >>> group = LatticeGroup.p4m(6)
        >>> x = torch.randn(2, 8, 4, 6, 6)
        >>> [list(LatticeReadout(4, 1, group, output)(x).shape) for output in ("spin", "bond", "elements")]
        [[2, 1, 6, 6], [2, 1, 2, 6, 6], [2, 288]]
    """

    _sources: Tensor
    _signs: Tensor
    _classes: Tensor

    def __init__(self, channels: int, out_channels: int, group: LatticeGroup, output: str = "site") -> None:
        super().__init__()
        check_group("LatticeReadout", group)
        positive("LatticeReadout", channels=channels, out_channels=out_channels)
        if output not in OUTPUTS:
            raise ValueError(f"'LatticeReadout' expected 'output' in {OUTPUTS} (got '{output}')")
        if output == "elements" and out_channels != 1:
            raise ValueError(f"'LatticeReadout' expected one output channel for 'elements' (got {out_channels})")
        self.channels, self.out_channels, self.group, self.output = channels, out_channels, group, output
        sources = direction_sources(group) if output == "bond" else torch.zeros(1, 1, dtype=torch.long)
        self.register_buffer("_sources", sources, persistent=False)
        self.register_buffer("_signs", group.signs.view(-1, 1), persistent=False)
        # A bias must stay where it is: spins are reversed, and scores are compared with one another.
        fixed = output != "elements" and not (output == "spin" and group.spin_flip)
        _, classes = torch.unique(_orbits(sources, group.dim), return_inverse=True)
        self.register_buffer("_classes", classes, persistent=False)
        size = int(sources.max()) + 1
        self.weight = torch.nn.Parameter(torch.empty(size, out_channels, channels))
        self.bias = torch.nn.Parameter(torch.empty(int(classes.max()) + 1, out_channels)) if fixed else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weights afresh, and set the biases to zero."""
        bound = math.sqrt(3 / self.channels)
        torch.nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        check_regular("LatticeReadout", self.group, self.channels, x)
        sites = x.permute(0, *range(3, x.dim()), 1, 2)  # [B, *sizes, K, C], as the convolutions lay it out
        if self.output == "bond":
            return self._bonds(sites)
        weight, bias = self.weight[0], None if self.bias is None else self.bias[0]
        if self.output == "elements":
            return F.linear(sites, weight).squeeze(-1).movedim(-1, 1).flatten(1)
        if self.output == "spin" and self.group.spin_flip:
            sites = sites * self._signs.to(sites.dtype)
        if self.output == "graph":
            return F.linear(sites.flatten(1, -2).mean(1), weight, bias)
        return F.linear(sites.mean(-2), weight, bias).movedim(-1, 1)

    def _bonds(self, sites: Tensor) -> Tensor:
        dim, parts = self.group.dim, self.group.num_parts
        # One matrix for all parts and directions, [2d * out, K * C].
        weight = self.weight[self._sources.t()].transpose(1, 2).flatten(0, 1).flatten(1) / parts
        ends = F.linear(sites.flatten(-2), weight)
        ends = ends.view(*ends.shape[:-1], 2 * dim, self.out_channels).movedim(-1, 1)
        bonds = []
        for a in range(dim):
            # The far end sees the bond in the opposite direction; direction 0 is the last dimension of the lattice.
            bonds.append(ends[..., a] + ends[..., dim + a].roll(-1, -1 - a))
        out = torch.stack(bonds, 2)
        if self.bias is None:
            return out
        return out + self.bias[self._classes].t().reshape(self.out_channels, dim, *[1] * dim)

    def extra_repr(self) -> str:
        return f"{self.channels}, {self.out_channels}, group={self.group.name}, output={self.output!r}"


def _orbits(sources: Tensor, dim: int) -> Tensor:
    """The smallest direction, up to the sign, that the group turns each one into."""
    if sources.size(1) == 1:
        return sources.view(-1)
    return (sources % dim).amin(0)[:dim]
