r"""The exact check: f(g·x) = g·f(x), element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups import GroupElement
from pyg_symbreak.testing.elements import (
    Output,
    Sampler,
    check_output,
    element_values,
    elements,
    isolated_seed,
    move_input,
    move_output,
    reorder_edges,
    shuffled_edges,
)

TOLERANCES = {torch.float64: 1e-9, torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 5e-3}


def assert_equivariant(
    fn: Callable[[Any], Any],
    x: Any,
    *,
    sample: Sampler | None = None,
    output: Output = "node",
    num_samples: int = 8,
    shuffle_edges: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    r"""Assert that a deterministic function is equivariant.

    .. math::
        f(g \cdot x) = g \cdot f(x)

    Without ``sample`` the group is that of the permutations of the nodes: all :math:`n!` of them are tried on one graph
    of up to five nodes, ``num_samples`` random ones otherwise; a graph moves with all its node and edge attributes, and
    its edges come in a random order as well. A random function is called under one seed each time, so hand its noise
    in as a part of ``x``, or use :func:`assert_equivariant_in_law`.

    Args:
        fn: The function: one argument, one result.
        x: A ``Data``, a ``Batch``, or a tensor with one row a node.
        sample: Draws the group element to test with, from ``x`` and a generator; any
            :class:`~pyg_symbreak.groups.GroupElement` will do.
        output: What the result is: ``"node"`` (one row a node), ``"edge"`` (one row an edge), ``"graph"`` (invariant),
            ``"dense"`` (``[B, n, n, …]``), ``"data"``, or a function ``(g, out) → g·out``. A result that is itself a
            group element is multiplied from the left.
        num_samples: How many random elements.
        shuffle_edges: Whether the order of the edges changes as well (permutations only).
        rtol: The relative tolerance; by default that of the dtype (none for integers).
        atol: The absolute tolerance.
        seed: The seed of the elements and of every call.

    Raises:
        AssertionError: If the function is not equivariant; the message names the element.
        ValueError: If ``output`` is unknown.

    .. code-block:: python

        >>> data = Data(x=torch.arange(4.0).view(-1, 1), edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]))
        >>> assert_equivariant(lambda d: d.x * 2, data)
        >>> assert_equivariant(lambda d: d.x.cumsum(0), data)
        Traceback (most recent call last):
        AssertionError: 'fn' is not equivariant: ...
    """
    check_output("assert_equivariant", output)
    generator = torch.Generator().manual_seed(seed)
    plain = _call(fn, x, seed)
    for g in elements(x, sample, num_samples, generator):
        moved = move_input(g, x)
        expected = move_output(g, plain, output)
        if shuffle_edges and sample is None and isinstance(x, Data) and x.edge_index is not None:
            order = shuffled_edges(moved, generator)
            moved = reorder_edges(moved, order)
            if output == "edge":
                expected = expected[order]
            elif output == "data" and expected.num_edges == order.numel():
                expected = reorder_edges(expected, order)
        _compare(_call(fn, moved, seed), expected, g, rtol, atol)


def _call(fn: Callable[[Any], Any], x: Any, seed: int) -> Any:
    with isolated_seed(seed), torch.no_grad():
        return fn(x)


def _compare(actual: Any, expected: Any, g: GroupElement, rtol: float | None, atol: float | None) -> None:
    for name, a, b in _parts(actual, expected):
        if a.shape != b.shape or a.dtype != b.dtype:
            got, wanted = (f"{t.dtype} {list(t.shape)}" for t in (a, b))
            raise AssertionError(f"'fn' is not equivariant: {name} is {got} for g·x and {wanted} for x; g = {_show(g)}")
        default = TOLERANCES.get(a.dtype, 0.0)
        rel, absolute = default if rtol is None else rtol, default if atol is None else atol
        a, b = (t.double() if not t.is_complex() else torch.view_as_real(t).double() for t in (a, b))
        if not torch.allclose(a, b, rtol=rel, atol=absolute, equal_nan=True):
            error = (a - b).abs()
            place = int(error.nan_to_num(nan=torch.inf).argmax())
            where = [int(i) for i in torch.unravel_index(torch.tensor(place), error.shape)]
            raise AssertionError(
                f"'fn' is not equivariant: {name} differs by {float(error.max()):.3g} at {where}; g = {_show(g)}"
            )


def _parts(actual: Any, expected: Any) -> list[tuple[str, Tensor, Tensor]]:
    if isinstance(expected, Data):
        names = [key for key, value in expected.items() if isinstance(value, Tensor)]
        if {key for key, value in actual.items() if isinstance(value, Tensor)} != set(names):
            raise AssertionError(f"'fn' is not equivariant: the attributes are {sorted(actual.keys())} for g·x")
        return [(f"'{name}'", actual[name], expected[name]) for name in names]
    if isinstance(expected, GroupElement):
        found = element_values(actual)
        return [(name, found[name], value) for name, value in element_values(expected).items() if name in found]
    return [("the output", actual, expected)]


def _show(g: GroupElement) -> str:
    rank = getattr(g, "rank", None)
    return f"Permutation({rank.tolist()})" if isinstance(rank, Tensor) and rank.numel() <= 32 else repr(g)
