r"""How a group element moves what a backbone is given and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from torch import Tensor

from pyg_symbreak.groups import KINDS, GroupElement
from pyg_symbreak.groups.copies import Input

Output: TypeAlias = Tensor | tuple[Tensor, ...]
Kind: TypeAlias = str | Callable[[GroupElement, Any], Any]
r"""One of :data:`~pyg_symbreak.groups.KINDS`, or a function that moves an output by an element."""


def check_output(owner: str, output: Kind | tuple[Kind, ...]) -> None:
    """Check what an output is said to be."""
    for kind in output if isinstance(output, tuple) else (output,):
        if not callable(kind) and kind not in KINDS:
            raise ValueError(f"'{owner}' expected 'output' as a function or one of {', '.join(KINDS)} (got {kind!r})")


def move_input(g: GroupElement, data: Input, inputs: Mapping[str, str] | None) -> Any:
    """Let ``g`` act on what a backbone is given: graphs, or values ``[B, …]``."""
    return g.act_dense(data) if isinstance(data, Tensor) else g.act_data(data, inputs)


def carry_back(g: GroupElement, out: Any, output: Kind | tuple[Kind, ...]) -> Any:
    """Let ``g`` act on what a backbone returned."""
    if not isinstance(output, tuple):
        return output(g, out) if callable(output) else g.act_as(out, output)
    if not isinstance(out, tuple) or len(out) != len(output):
        got = f"{len(out)} values" if isinstance(out, tuple) else type(out).__name__
        raise ValueError(f"'output' expected a backbone that returns a tuple of {len(output)} values (got {got})")
    return tuple(carry_back(g, value, kind) for value, kind in zip(out, output))
