r"""The draw of highest entropy from a finite group: every element equally likely."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.finite_groups import (
    FiniteElement,
    FiniteGroup,
    FiniteGroupCanonicalizer,
    check_element,
    check_group,
    flat_noise,
    group_elements,
)
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.groups.copies import Input, input_ptr


class UniformFiniteCanonicalizer(FiniteGroupCanonicalizer):
    r"""Draws an element of a finite group that does not look at the input: noise injection for grids and lattices.

    *Law.* Uniform on the group, independent of everything else. It is invariant, hence equivariant. Given the Gumbel
    ``noise`` the draw is deterministic, and equivariant exactly.

    Args:
        group: The group, such as ``PointGroup.dihedral(4)`` or ``LatticeGroup.p4m(8)``.

    Raises:
        TypeError: If ``group`` is no finite group.

    .. code-block:: python

        >>> from pyg_symbreak.groups import PointGroup
        >>> canonicalizer = UniformFiniteCanonicalizer(PointGroup.cyclic(4))
        >>> g = canonicalizer(torch.zeros(2, 5, 5))
        >>> canonicalizer.log_prob(torch.zeros(2, 5, 5), g).exp()
        tensor([0.2500, 0.2500], dtype=torch.float64)
    """

    def __init__(self, group: FiniteGroup) -> None:
        check_group("UniformFiniteCanonicalizer", group)
        super().__init__(group)

    def forward(
        self,
        data: Input,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> FiniteElement:
        ptr = input_ptr(data)
        count = ptr.numel() - 1
        if noise is None:
            # The place of the largest of independent numbers is uniform, so they need not be drawn.
            device = ptr.device if generator is None else generator.device
            index = torch.randint(len(self.group), (count,), generator=generator, device=device).to(ptr.device)
        else:
            index = flat_noise("UniformFiniteCanonicalizer", noise["gumbel"], self.group, count).argmax(1)
        return group_elements(self.group, index, ptr)

    def log_prob(self, data: Input, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of every element, ``[B]`` float64: :math:`-\log |G|`.

        Raises:
            TypeError: If ``g`` belongs to another kind of group.
            ValueError: If ``g`` belongs to another group.
        """
        index = check_element("UniformFiniteCanonicalizer.log_prob", g, self.group)
        return torch.full_like(index, -math.log(len(self.group)), dtype=torch.float64)

    def extra_repr(self) -> str:
        return f"group={self.group!r}"
