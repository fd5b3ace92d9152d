r"""The check of random functions: law(f(g·x)) = law(g·f(x))."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups import GroupElement, Permutation, Product
from pyg_symbreak.testing.elements import (
    Output,
    Sampler,
    check_output,
    element_values,
    elements,
    isolated_seed,
    move_input,
    move_output,
    num_nodes_of,
    replicate,
)
from pyg_symbreak.testing.statistics import chi_square_two_sample, ks_two_sample

NUM_PROJECTIONS = 4
NUM_BINS = 32


def assert_equivariant_in_law(
    fn: Callable[[Any], Any],
    x: Any,
    *,
    sample: Sampler | None = None,
    output: Output = "node",
    num_draws: int = 1000,
    num_samples: int = 8,
    batched: bool = True,
    alpha: float = 1e-4,
    seed: int = 0,
) -> None:
    r"""Assert that a random function is equivariant in law.

    .. math::
        \mathrm{law}(f(g \cdot x)) = \mathrm{law}(g \cdot f(x))

    Draws from the right, and draws of :math:`g^{-1} \cdot f(g \cdot x)`, are compared for every element: all of
    :math:`S_n` on a graph of up to five nodes, ``num_samples`` random elements otherwise. Results with few values are
    compared as wholes (:math:`\chi^2`), otherwise by which of two entries is larger (:math:`\chi^2`),
    and by column and a random hash (integers, :math:`\chi^2`) or by column and random projections (other numbers,
    Kolmogorov and Smirnov). The levels of all tests together sum to ``alpha``.

    Args:
        fn: The function: one argument, one result, randomness from the global generator of torch.
        x: One ``Data``, or a tensor with one row a node.
        sample: Draws the group element to test with, from ``x`` and a generator; permutations by default.
        output: As in :func:`assert_equivariant`, without ``"data"``.
        num_draws: How many draws for every element, and how many without any.
        num_samples: How many random elements.
        batched: Whether ``fn`` takes a ``Batch`` of copies of ``x``, drawing for each on its own, instead of one
            ``Data`` a call: a thousand times faster. Tensors are handed over one at a time in any case.
        alpha: The probability that a correct function fails.
        seed: The seed of everything.

    Raises:
        AssertionError: If the laws differ; the message names the element and the p-value.
        ValueError: If ``output`` is unknown.

    .. code-block:: python

        >>> data = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
        >>> assert_equivariant_in_law(lambda d: torch.rand(d.num_nodes), data)
        >>> assert_equivariant_in_law(lambda d: torch.rand(d.num_nodes) * torch.arange(d.num_nodes), data)
        Traceback (most recent call last):
        AssertionError: 'fn' is not equivariant in law: ...
    """
    check_output("assert_equivariant_in_law", output)
    if output == "data":
        raise ValueError("'assert_equivariant_in_law' expected 'output' as one tensor a draw (got 'data')")
    generator = torch.Generator().manual_seed(seed)
    group = list(elements(x, sample, num_samples, generator))
    batched = batched and isinstance(x, Data)
    with isolated_seed(seed), torch.no_grad():
        plain = _draws(fn, x, None, output, num_draws, batched)
        together = []
        for g in group:
            pulled = _draws(fn, move_input(g, x), g, output, num_draws, batched)
            together.append(pulled)
            _assert_one_law(plain, pulled, alpha / (len(group) + 1), f"g = {_show(g)}")
        if together:
            # All elements at once see a small common difference that no single one shows.
            reference = _draws(fn, x, None, output, num_draws * min(len(group), 10), batched)
            _assert_one_law(reference, torch.cat(together), alpha / (len(group) + 1), "all elements together")


def _draws(
    fn: Callable[[Any], Any], x: Any, g: GroupElement | None, output: Output, count: int, batched: bool
) -> Tensor:
    """Independent draws of f(x), moved back by the inverse of ``g``, one a row."""
    if not batched:
        rows = [fn(x) for _ in range(count)]
        if g is not None:
            back = g.inverse()
            rows = [move_output(back, row, output) for row in rows]
        return torch.cat([_values(row, 1) for row in rows])
    out = fn(replicate(x, count))
    if g is not None:
        out = move_output(g.inverse().repeat(count), out, output)
    if isinstance(out, Tensor) and output == "node" and out.size(0) != num_nodes_of(x) * count:
        rows_wanted = num_nodes_of(x) * count
        raise AssertionError(
            f"'fn' expected to return {rows_wanted} rows for {count} copies of 'x' (got {out.size(0)})"
        )
    return _values(out, count)


def _values(out: Any, count: int) -> Tensor:
    """One row a draw."""
    if isinstance(out, Permutation):
        return out.rank.view(count, -1)
    if isinstance(out, Product):
        return torch.cat([_values(part, count).double() for part in out.parts], dim=1)
    if isinstance(out, GroupElement):
        values = {key: v for key, v in element_values(out).items() if not key.endswith("ptr") and v.size(0) == count}
        if not values:
            raise AssertionError(f"'fn' expected to return {count} elements (got {out!r})")
        return torch.cat([v.reshape(count, -1).double() for v in values.values()], dim=1)
    if not isinstance(out, Tensor):
        raise AssertionError(f"'fn' expected to return a tensor or a group element (got '{type(out).__name__}')")
    return out.reshape(count, -1)


def _assert_one_law(first: Tensor, second: Tensor, alpha: float, what: str) -> None:
    tests = _tests(first, second)
    for name, p in tests:
        if p < alpha / len(tests):
            raise AssertionError(f"'fn' is not equivariant in law: {name} differs, p = {p:.2g}; {what}")


def _tests(first: Tensor, second: Tensor) -> list[tuple[str, float]]:
    """The p-values of everything that is compared."""
    both = torch.cat([first, second]).cpu()
    if both.size(1) == 0:
        return [("the output", 1.0)]
    real = both.is_floating_point()
    if real and bool(both.isnan().any()):
        return [("the output (NaN)", 0.0)]
    cells = _cells(torch.round(both.double() * 1e4) if real else both.long())
    if int(cells.max()) < len(both) / 10:
        return [("the output", _two_histograms(cells, len(first)))]
    hashing = torch.Generator().manual_seed(0)
    cut, width = len(first), both.size(1)
    # Which of two entries is larger, or whether they agree, shows dependence that no single entry shows.
    pairs = list(combinations(_spread(width), 2))
    pairs = [pairs[i] for i in _spread(len(pairs), 48)]
    tests = [
        (f"the order of the entries {i} and {j}", _two_histograms(_larger(both[:, i], both[:, j]), cut))
        for i, j in pairs
    ]
    if not real:
        weights = torch.randint(1, 2**31, (NUM_PROJECTIONS, width), generator=hashing)
        hashes = [((both.long() * w).sum(1) * 2654435761 >> 17) % NUM_BINS for w in weights]
        tests += [("a hash of the output", _two_histograms(h, cut)) for h in hashes]
        return tests + [
            (f"entry {c} of the output", _two_histograms(_cells(both[:, c : c + 1]), cut)) for c in _spread(width)
        ]
    both = both.double()
    directions = torch.randn(width, NUM_PROJECTIONS, generator=hashing, dtype=torch.double)
    lines = (both / both.std(0).clamp(min=1e-12)) @ directions
    tests += [("a projection of the output", ks_two_sample(line[:cut], line[cut:])) for line in lines.t()]
    return tests + [(f"entry {c} of the output", ks_two_sample(both[:cut, c], both[cut:, c])) for c in _spread(width)]


def _cells(rows: Tensor) -> Tensor:
    cells: Tensor = torch.unique(rows, dim=0, return_inverse=True)[1]
    return cells


def _larger(first: Tensor, second: Tensor) -> Tensor:
    """0, 1 or 2: which is larger; what differs by rounding only agrees."""
    gap = first - second
    if gap.is_floating_point():
        gap = torch.round(gap.double() * 1e5)
    return torch.sign(gap).long() + 1


def _two_histograms(cells: Tensor, cut: int) -> float:
    width = int(cells.max()) + 1
    return chi_square_two_sample(
        torch.bincount(cells[:cut], minlength=width), torch.bincount(cells[cut:], minlength=width)
    )


def _spread(width: int, count: int = 16) -> list[int]:
    """Up to ``count`` of the numbers below ``width``, evenly spread."""
    return sorted({i * width // count for i in range(count)}) if width > count else list(range(width))


def _show(g: GroupElement) -> str:
    return f"Permutation({g.rank.tolist()})" if isinstance(g, Permutation) and g.rank.numel() <= 32 else repr(g)
