r"""What drawing from a finite group takes, whichever it is."""

from __future__ import annotations

from functools import singledispatch
from typing import TypeAlias

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.relaxed_finite import RelaxedFiniteOrthogonal
from pyg_symbreak.canonicalizers.relaxed_lattice import RelaxedLatticeSymmetry
from pyg_symbreak.groups import FiniteOrthogonal, GroupElement, LatticeGroup, LatticeSymmetry, PointGroup
from pyg_symbreak.groups.copies import Input, input_ptr
from pyg_symbreak.groups.ragged import repeat_ptr

FiniteGroup: TypeAlias = PointGroup | LatticeGroup
FiniteElement: TypeAlias = FiniteOrthogonal | LatticeSymmetry
RelaxedElement: TypeAlias = RelaxedFiniteOrthogonal | RelaxedLatticeSymmetry


def check_group(owner: str, group: object) -> None:
    """Refuse what is no finite group."""
    if not isinstance(group, FiniteGroup):
        raise TypeError(
            f"'{owner}' expected 'group' as a 'PointGroup' or a 'LatticeGroup' (got '{type(group).__name__}')"
        )


def check_element(owner: str, g: GroupElement, group: FiniteGroup) -> Tensor:
    """The numbers of the elements, ``[B]``, if they belong to the group."""
    if not isinstance(g, FiniteElement):
        raise TypeError(f"'{owner}' expected 'g' as elements of {group!r} (got '{type(g).__name__}')")
    if g.group != group:
        raise ValueError(f"'{owner}' expected elements of {group!r} (got {g.group!r})")
    return g.index


@singledispatch
def group_elements(group: FiniteGroup, index: Tensor, ptr: Tensor) -> FiniteElement:
    r"""The elements of some numbers.

    Args:
        group: The group.
        index: The numbers, ``[B]``.
        ptr: The offsets of the graphs that they move, ``[B + 1]``.

    .. code-block:: python

        >>> group_elements(PointGroup.cyclic(4), torch.tensor([3]), torch.tensor([0, 2]))
        FiniteOrthogonal(num_graphs=1, group=C4)
    """
    raise TypeError(f"'group_elements' expected a finite group (got '{type(group).__name__}')")


@group_elements.register
def _(group: PointGroup, index: Tensor, ptr: Tensor) -> FiniteElement:
    return FiniteOrthogonal(index, group, ptr, validate=False)


@group_elements.register
def _(group: LatticeGroup, index: Tensor, ptr: Tensor) -> FiniteElement:
    return LatticeSymmetry(index, group, validate=False)


@singledispatch
def relax(g: FiniteElement, soft: Tensor, logits: Tensor | None = None) -> RelaxedElement:
    r"""The same elements with weights ``[B, |G|]`` beside them that gradients reach."""
    raise TypeError(f"'relax' expected elements of a finite group (got '{type(g).__name__}')")


@relax.register
def _(g: FiniteOrthogonal, soft: Tensor, logits: Tensor | None = None) -> RelaxedElement:
    return RelaxedFiniteOrthogonal(g.index, g.group, g.ptr, soft, logits)


@relax.register
def _(g: LatticeSymmetry, soft: Tensor, logits: Tensor | None = None) -> RelaxedElement:
    return RelaxedLatticeSymmetry(g.index, g.group, soft, logits)


def function_shape(group: FiniteGroup) -> tuple[int, ...]:
    r"""The shape of a function on the group as its regular representation moves it.

    .. code-block:: python

        >>> function_shape(LatticeGroup.p4m(6))
        (8, 6, 6)
    """
    return (group.num_parts, *group.sizes) if isinstance(group, LatticeGroup) else (len(group),)


def all_elements(group: FiniteGroup, data: Input) -> FiniteElement:
    """Every element, each for one copy of the whole batch, one copy after the other."""
    ptr, size = input_ptr(data), len(group)
    index = torch.arange(size, device=ptr.device).repeat_interleave(ptr.numel() - 1)
    return group_elements(group, index, repeat_ptr(ptr, size))


def gumbel_noise(group: FiniteGroup, data: Input, generator: torch.Generator | None) -> Tensor:
    """Gumbel noise for every element, a function on the group ``[B, …]``, float64."""
    ptr = input_ptr(data)
    device = ptr.device if generator is None else generator.device
    exponential = torch.empty(ptr.numel() - 1, *function_shape(group), dtype=torch.float64, device=device)
    return -exponential.exponential_(generator=generator).log().to(ptr.device)


def flat_noise(owner: str, noise: Tensor, group: FiniteGroup, count: int) -> Tensor:
    """A function on the group as one row ``[B, |G|]`` for each of ``count`` graphs, by the numbers of the elements."""
    shape = (count, *function_shape(group))
    if noise.shape != shape:
        raise ValueError(f"'{owner}' expected the noise 'gumbel' of shape {list(shape)} (got {list(noise.shape)})")
    return noise.flatten(1)


class FiniteGroupCanonicalizer(Canonicalizer):
    r"""Draws elements of a finite group, and decides with Gumbel noise on the group among those that it may draw.

    Args:
        group: The group.
    """

    group: FiniteGroup

    def __init__(self, group: FiniteGroup) -> None:
        super().__init__()
        self.group = group

    @property
    def num_elements(self) -> int:
        return len(self.group)

    def elements(self, data: Input) -> FiniteElement:
        r"""All elements of the group, one for each of :attr:`num_elements` copies of the whole batch."""
        return all_elements(self.group, data)

    @property
    def noise_kinds(self) -> dict[str, str]:
        return {"gumbel": "regular"}

    def noise(self, data: Input, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw Gumbel noise for every element, ``gumbel`` ``[B, |G|]``, of lattices ``[B, K, *sizes]``, float64."""
        return {"gumbel": gumbel_noise(self.group, data, generator)}
