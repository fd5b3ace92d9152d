r"""Periodic fields, continued across the boundary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def wrap(x: Tensor, radius: int, dims: Sequence[int]) -> Tensor:
    r"""Continue a periodic field by ``radius`` sites on both ends of some dimensions, as often around as it takes.

    .. code-block:: python

        >>> wrap(torch.tensor([0, 1, 2]), 4, [0])
        tensor([2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
    """
    if radius == 0:
        return x
    if all(radius <= x.size(dim) for dim in dims):
        out: Tensor = _Wrap.apply(x, radius, tuple(dims))  # type: ignore[no-untyped-call]
        return out
    for dim in dims:
        size = x.size(dim)
        x = x.index_select(dim, torch.arange(-radius, size + radius, device=x.device).remainder(size))
    return x


class _Wrap(torch.autograd.Function):
    """Both ends joined on; the gradients of slices would each be padded with zeros to the full size, and added."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, radius: int, dims: tuple[int, ...]) -> Tensor:
        for dim in dims:
            x = torch.cat([x.narrow(dim, x.size(dim) - radius, radius), x, x.narrow(dim, 0, radius)], dim)
        return x

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int, tuple[int, ...]], output: Tensor) -> None:
        _, ctx.radius, ctx.dims = inputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        radius = ctx.radius
        for dim in reversed(ctx.dims):
            size = gradient.size(dim) - 2 * radius
            inner = gradient.narrow(dim, radius, size).clone()
            inner.narrow(dim, 0, radius).add_(gradient.narrow(dim, size + radius, radius))
            inner.narrow(dim, size - radius, radius).add_(gradient.narrow(dim, 0, radius))
            gradient = inner
        return gradient, None, None

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        out: Tensor = _Wrap.apply(tangent, ctx.radius, ctx.dims)  # type: ignore[no-untyped-call]
        return out
