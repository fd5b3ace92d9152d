r"""Modules without parameters whose constants keep their precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

Module = TypeVar("Module", bound="Constants")


class Constants(torch.nn.Module):
    r"""A module whose buffers follow it to other devices but keep their dtype: ``model.half()`` leaves them float64.

    .. code-block:: python

        >>> module = Constants()
        >>> module.register_buffer("third", torch.tensor(1 / 3, dtype=torch.float64))
        >>> module.half().third
        tensor(0.3333, dtype=torch.float64)
    """

    def _apply(self: Module, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Module:
        before = {name: value for name, value in self._buffers.items() if value is not None}
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, value in before.items():
            after = self._buffers[name]
            if after is not None and after.dtype != value.dtype:
                self._buffers[name] = value.to(after.device)
        return self
