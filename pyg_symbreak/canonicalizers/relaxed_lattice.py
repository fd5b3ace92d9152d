r"""Symmetries of lattices with soft weights beside them: exact going forward, differentiable going backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry


class RelaxedLatticeSymmetry(LatticeSymmetry):
    r"""A symmetry of a lattice that passes gradients to weights of all symmetries (straight-through estimation).

    Forward it acts on floating-point values exactly as the element; backward the gradient flows to ``soft`` as if

    .. math::
        \sum_{k \in G} S_k \, (k \cdot x)

    had been computed. Over the translations this sum is a circular convolution, and its gradient a correlation, which
    Fourier transforms compute for all of them at once: :math:`O(K n \log n)` a channel for :math:`K` parts and
    :math:`n` sites, and not :math:`O(K n^2)`. Integers move without gradient.

    Args:
        index: The number of the element within the group, ``[B]``, int64.
        group: The group.
        soft: The weights of the elements of the group, ``[B, |G|]``, rows that sum to one.
        logits: The logarithms of the probabilities that the element was drawn with, up to a constant of each row,
            ``[B, |G|]``; kept for losses on the draw.

    Raises:
        ValueError: If ``soft`` has another shape.

    .. code-block:: python

        >>> soft = torch.full((1, 3), 1 / 3, requires_grad=True)
        >>> g = RelaxedLatticeSymmetry(torch.tensor([1]), LatticeGroup.p1(3), soft)
        >>> out = g.act_dense(torch.tensor([[5.0, 6.0, 7.0]]))
        >>> out.tolist()
        [[7.0, 5.0, 6.0]]
        >>> out[0, 0].backward()
        >>> soft.grad.round()
        tensor([[5., 7., 6.]])
    """

    def __init__(self, index: Tensor, group: LatticeGroup, soft: Tensor, logits: Tensor | None = None) -> None:
        super().__init__(index, group, validate=False)
        shape = (self.num_graphs, len(group))
        if soft.shape != shape:
            raise ValueError(
                f"'RelaxedLatticeSymmetry' expected 'soft' of shape {list(shape)} (got {list(soft.shape)})"
            )
        self._soft, self._logits = soft, logits

    @property
    def soft(self) -> Tensor:
        r"""The weights of the elements of the group, ``[B, |G|]``."""
        return self._soft

    @property
    def logits(self) -> Tensor | None:
        r"""The logarithms of the probabilities of the draw, ``[B, |G|]``; none for products and inverses."""
        return self._logits

    def detach(self) -> LatticeSymmetry:
        r"""Return the element alone."""
        return LatticeSymmetry(self._index, self._group, validate=False)

    def inverse(self) -> RelaxedLatticeSymmetry:
        return RelaxedLatticeSymmetry(
            self.detach().inverse().index, self._group, self._soft[:, _every(self).inverse().index]
        )

    def compose(self, other: LatticeSymmetry) -> RelaxedLatticeSymmetry:
        return _product(self, other)

    def __rmatmul__(self, other: LatticeSymmetry) -> RelaxedLatticeSymmetry:
        return _product(other, self)

    def repeat(self, num_copies: int) -> RelaxedLatticeSymmetry:
        logits = None if self._logits is None else self._logits.repeat(num_copies, 1)
        index, soft = self._index.repeat(num_copies), self._soft.repeat(num_copies, 1)
        return RelaxedLatticeSymmetry(index, self._group, soft, logits)

    def act_dense(self, x: Tensor) -> Tensor:
        return self._through(x, "dense")

    def act_spins(self, x: Tensor) -> Tensor:
        return self._through(x, "spin")

    def act_bonds(self, x: Tensor) -> Tensor:
        return self._through(x, "bond")

    def act_regular(self, x: Tensor) -> Tensor:
        return self._through(x, "regular")

    def act_nodes(self, x: Tensor) -> Tensor:
        return self._through(x, "node")

    def to(self, device: torch.device | str) -> RelaxedLatticeSymmetry:
        logits = None if self._logits is None else self._logits.to(device)
        return RelaxedLatticeSymmetry(self._index.to(device), self._group, self._soft.to(device), logits)

    def _through(self, x: Tensor, kind: str) -> Tensor:
        hard = self.detach()
        moved = hard.act_as(x, kind)
        if not x.is_floating_point():
            return moved
        out: Tensor = _StraightThrough.apply(moved, x.detach(), self._soft, hard, kind)  # type: ignore[no-untyped-call]
        return out


class _StraightThrough(torch.autograd.Function):
    """Values that moved exactly; the gradient of the weights is that of the weighted sum."""

    @staticmethod
    def forward(ctx: Any, moved: Tensor, x: Tensor, soft: Tensor, hard: LatticeSymmetry, kind: str) -> Tensor:
        ctx.hard, ctx.kind, ctx.dtype = hard, kind, soft.dtype
        ctx.save_for_backward(x)
        return moved.view_as(moved)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        if not ctx.needs_input_grad[2]:
            return grad, None, None, None, None
        (x,) = ctx.saved_tensors
        return grad, None, _correlations(grad, x, ctx.hard, ctx.kind).to(ctx.dtype), None, None


def _correlations(grad: Tensor, x: Tensor, g: LatticeSymmetry, kind: str) -> Tensor:
    """The scalar products of the gradient and of ``x`` moved by every element, ``[B, |G|]``."""
    group, dtype = g.group, torch.promote_types(grad.dtype, torch.float32)
    sites = tuple(range(-group.dim, 0))
    spectrum = torch.fft.rfftn(_channels(grad.to(dtype), g, kind), dim=sites)
    out = []
    for part in range(group.num_parts):
        turn = LatticeSymmetry(torch.full_like(g.index, part * group.num_sites), group, validate=False)
        turned = torch.fft.rfftn(_channels(turn.act_as(x, kind).to(dtype), g, kind), dim=sites)
        out.append(torch.fft.irfftn((spectrum * turned.conj()).sum(1), s=group.sizes, dim=sites).flatten(1))
    return torch.cat(out, 1)


def _channels(x: Tensor, g: LatticeSymmetry, kind: str) -> Tensor:
    """Values as fields of scalars that translations shift, ``[B, C, *sizes]``."""
    if kind == "node":
        return x.reshape(g.num_graphs, *g.group.sizes, x[:1].numel()).movedim(-1, 1)
    return x.reshape(g.num_graphs, x.shape[1 : x.dim() - g.group.dim].numel(), *g.group.sizes)


def _every(g: LatticeSymmetry) -> LatticeSymmetry:
    """All elements of the group, once."""
    return LatticeSymmetry(torch.arange(len(g.group), device=g.index.device), g.group, validate=False)


def _product(a: LatticeSymmetry, b: LatticeSymmetry) -> RelaxedLatticeSymmetry:
    hard = LatticeSymmetry.compose(_hard(a), _hard(b))
    group, shape = hard.group, (hard.num_graphs, hard.group.num_parts, *hard.group.sizes)
    if not isinstance(a, RelaxedLatticeSymmetry):
        # Weights are functions on the group, and an element from the left moves them as such.
        assert isinstance(b, RelaxedLatticeSymmetry)
        soft = a.act_regular(b.soft.view(shape)).flatten(1)
    elif not isinstance(b, RelaxedLatticeSymmetry):
        size = len(group)
        back = LatticeSymmetry(b.inverse().index.repeat_interleave(size), group, validate=False)
        soft = a.soft.gather(1, _every(a).repeat(a.num_graphs).compose(back).index.view(-1, size))
    else:
        soft = _convolution(a.soft.view(shape), b.soft.to(a.soft.dtype).view(shape), hard)
    return RelaxedLatticeSymmetry(hard.index, group, soft)


def _convolution(a: Tensor, b: Tensor, g: LatticeSymmetry) -> Tensor:
    """The weights of the products of two independent elements, ``[B, |G|]``."""
    group, sites = g.group, tuple(range(-g.group.dim, 0))
    spectrum = torch.fft.rfftn(a, dim=sites)
    total = torch.zeros_like(spectrum)
    for part in range(group.num_parts):
        turn = LatticeSymmetry(torch.full_like(g.index, part * group.num_sites), group, validate=False)
        total = total + spectrum[:, part : part + 1] * torch.fft.rfftn(turn.act_regular(b), dim=sites)
    weights: Tensor = torch.fft.irfftn(total, s=group.sizes, dim=sites)
    return weights.flatten(1)


def _hard(g: LatticeSymmetry) -> LatticeSymmetry:
    return g.detach() if isinstance(g, RelaxedLatticeSymmetry) else g
