r"""Elements of a finite group with soft weights beside them: exact going forward, differentiable going backward."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups import FiniteOrthogonal, PointGroup


class RelaxedFiniteOrthogonal(FiniteOrthogonal):
    r"""An element of a finite group that passes gradients to weights of all elements (straight-through estimation).

    Forward it acts on floating-point values exactly as the element; backward the gradient flows to ``soft`` as if

    .. math::
        \sum_{k \in G} S_k \, (k \cdot x)

    had been computed. Integers move without gradient.

    Args:
        index: The number of the element within the group, ``[B]``, int64.
        group: The group.
        ptr: The offsets of the graphs, ``[B + 1]``.
        soft: The weights of the elements of the group, ``[B, |G|]``, rows that sum to one.
        logits: The logarithms of the probabilities that the element was drawn with, up to a constant of each row,
            ``[B, |G|]``; kept for losses on the draw.

    Raises:
        ValueError: If ``soft`` has another shape.

    .. code-block:: python

        >>> soft = torch.tensor([[0.5, 0.5]], requires_grad=True)
        >>> g = RelaxedFiniteOrthogonal(torch.tensor([1]), PointGroup.cyclic(2), torch.tensor([0, 1]), soft)
        >>> out = g.act(torch.tensor([[1.0, 3.0]]))
        >>> out.tolist()
        [[-1.0, -3.0]]
        >>> out[0, 1].backward()
        >>> soft.grad
        tensor([[ 3., -3.]])
    """

    def __init__(
        self, index: Tensor, group: PointGroup, ptr: Tensor, soft: Tensor, logits: Tensor | None = None
    ) -> None:
        super().__init__(index, group, ptr, validate=False)
        shape = (self.num_graphs, len(group))
        if soft.shape != shape:
            raise ValueError(
                f"'RelaxedFiniteOrthogonal' expected 'soft' of shape {list(shape)} (got {list(soft.shape)})"
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

    def detach(self) -> FiniteOrthogonal:
        r"""Return the element alone."""
        return FiniteOrthogonal(self._index, self._group, self._ptr, validate=False)

    def matrix(self, dtype: torch.dtype = torch.float64) -> Tensor:
        r"""Return the matrices ``[B, d, d]``, with the gradient of their weighted means."""
        hard = super().matrix(dtype)
        if not dtype.is_floating_point:
            return hard
        mean = torch.einsum("bk,kij->bij", self._soft.to(dtype), self._of(self._group.matrices).to(dtype))
        return hard + (mean - mean.detach())

    def inverse(self) -> RelaxedFiniteOrthogonal:
        inverses = self._of(self._group.inverses)
        return RelaxedFiniteOrthogonal(inverses[self._index], self._group, self._ptr, self._soft[:, inverses])

    def compose(self, other: FiniteOrthogonal) -> RelaxedFiniteOrthogonal:
        return _product(self, other)

    def __rmatmul__(self, other: FiniteOrthogonal) -> RelaxedFiniteOrthogonal:
        return _product(other, self)

    def repeat(self, num_copies: int) -> RelaxedFiniteOrthogonal:
        hard = super().repeat(num_copies)
        logits = None if self._logits is None else self._logits.repeat(num_copies, 1)
        return RelaxedFiniteOrthogonal(hard.index, hard.group, hard.ptr, self._soft.repeat(num_copies, 1), logits)

    def act_dense(self, x: Tensor) -> Tensor:
        hard = super().act_dense(x)
        if not x.is_floating_point():
            return hard
        source = self._group.grid_sources(x.shape[-self.dim :], x.device)
        every = x.detach().reshape(x.size(0), x.shape[1 : -self.dim].numel(), -1)[:, :, source]
        shadow = torch.einsum("bk,bckp->bcp", self._soft.to(x.dtype), every).view(x.shape)
        return hard + (shadow - shadow.detach())

    def act_regular(self, x: Tensor) -> Tensor:
        hard = super().act_regular(x)
        if not x.is_floating_point():
            return hard
        every = x.detach()[:, self._of(self._group.table)[self._of(self._group.inverses)]]
        shadow = torch.einsum("bk,bkj...->bj...", self._soft.to(x.dtype), every)
        return hard + (shadow - shadow.detach())

    def to(self, device: torch.device | str) -> RelaxedFiniteOrthogonal:
        hard, logits = super().to(device), None if self._logits is None else self._logits.to(device)
        return RelaxedFiniteOrthogonal(hard.index, hard.group, hard.ptr, self._soft.to(device), logits)


def _product(a: FiniteOrthogonal, b: FiniteOrthogonal) -> RelaxedFiniteOrthogonal:
    hard = FiniteOrthogonal.compose(a, b)
    dtype = a.soft.dtype if isinstance(a, RelaxedFiniteOrthogonal) else b.soft.dtype  # type: ignore[attr-defined]
    left, right = (
        g.soft.to(dtype)
        if isinstance(g, RelaxedFiniteOrthogonal)
        else torch.nn.functional.one_hot(g.index, len(g.group)).to(dtype)
        for g in (a, b)
    )
    # The weights of a product are the convolution of those of its factors.
    table = hard.group.table.to(hard.index.device)[hard.group.inverses.to(hard.index.device)]
    soft = torch.einsum("bk,bkj->bj", left, right[:, table])
    return RelaxedFiniteOrthogonal(hard.index, hard.group, hard.ptr, soft)
