r"""Maximum flows for couplings and fields of any size, checked without trusting who computed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pyg_symbreak.spins.exact.optional import import_scipy

_Ints = npt.NDArray[np.int64]
_INT32: Final = 2**30  # scipy's flows are 32-bit integers; twice as much must fit as well


@dataclass(frozen=True)
class Flow:
    r"""A maximum flow between the spins, from a source that holds up-spins to a sink that holds down-spins.

    Args:
        head: One end of each pair, ``[m]``.
        tail: The other end, ``[m]``.
        capacity: Of each pair, both ways, ``[m]``.
        supply: The capacity from the source into each site, or minus that from it into the sink, ``[n]``.
        pair: The flow from head to tail, ``[m]``.
        outer: The flow from the source (negative: into the sink), ``[n]``.

    .. code-block:: python

        >>> flow = max_flow(np.array([0]), np.array([1]), np.array([2]), np.array([3, -5]))
        >>> flow.value, flow.pair, flow.outer
        (2, array([2]), array([ 2, -2]))
    """

    head: _Ints
    tail: _Ints
    capacity: _Ints
    supply: _Ints
    pair: _Ints
    outer: _Ints

    @property
    def value(self) -> int:
        r"""How much flows; no cut can have less capacity."""
        return int(self.outer[self.outer > 0].sum())

    def check(self) -> None:
        r"""Check in integers that this is a flow at all: what makes :attr:`value` a lower bound.

        Raises:
            ArithmeticError: If some capacity is exceeded, or something is lost at a site.
        """
        n = len(self.supply)
        balance = self.outer.copy()
        np.add.at(balance, self.head, -self.pair)
        np.add.at(balance, self.tail, self.pair)
        within = (np.abs(self.pair) <= self.capacity).all() and (np.abs(self.outer) <= np.abs(self.supply)).all()
        if not within or (self.outer * np.sign(self.supply) < 0).any() or balance.any():
            raise ArithmeticError(f"'Flow' expected a flow within the capacities (got a wrong one on {n} sites)")

    def residual(self) -> tuple[_Ints, _Ints, _Ints]:
        r"""The arcs with capacity left: from, to, how much. The source has number n, the sink n + 1."""
        n = len(self.supply)
        sites = np.arange(n)
        up, down = sites[self.supply > 0], sites[self.supply < 0]
        source, sink = np.full(len(up), n), np.full(len(down), n + 1)
        out = np.concatenate([self.head, self.tail, source, up, down, sink])
        into = np.concatenate([self.tail, self.head, up, source, sink, down])
        used = [self.outer[up], -self.outer[down]]
        left = np.concatenate(
            [self.capacity - self.pair, self.capacity + self.pair, self.supply[up] - used[0], used[0],
             -self.supply[down] - used[1], used[1]]
        )  # fmt: skip
        return out[left > 0], into[left > 0], left[left > 0]


def max_flow(head: _Ints, tail: _Ints, capacity: _Ints, supply: _Ints) -> Flow:
    r"""Find a maximum flow from a source to a sink through the sites.

    scipy computes with 32-bit integers. Larger capacities are taken in stages, leading digits first: what the flow of
    the leading digits leaves over is less than the minimum cut of what remains, a sum of last digits.

    Args:
        head: One end of each pair, ``[m]``.
        tail: The other end, ``[m]``.
        capacity: Of each pair, both ways, non-negative, ``[m]``.
        supply: The capacity from the source into each site, or minus that from it into the sink, ``[n]``.

    Returns:
        The flow; it has been checked.

    Raises:
        ImportError: If scipy is missing.
        ArithmeticError: If scipy's answer is no maximum flow.

    .. code-block:: python

        >>> ends = np.array([0, 1]), np.array([1, 2])
        >>> max_flow(*ends, np.array([2**40 + 1, 2**40]), np.array([2**50, 0, -(2**50)])).value == 2**40
        True
    """
    digits = _INT32.bit_length() - 1
    shift = max(0, int(np.abs(supply).sum()).bit_length() - digits)
    arcs = len(capacity) + len(supply)
    step = digits - arcs.bit_length()
    if step < 1:
        raise ValueError(f"'max_flow' expected at most {2 ** (digits - 1)} pairs and sites (got {arcs})")
    pair, outer, limit = np.zeros_like(capacity), np.zeros_like(supply), _INT32 - 1
    while True:
        leading = np.sign(supply) * (np.abs(supply) >> shift)
        pair, outer = _augmented(Flow(head, tail, capacity >> shift, leading, pair, outer), limit)
        if shift == 0:
            break
        step = min(step, shift)
        shift -= step
        pair, outer = pair * 2**step, outer * 2**step
        limit = arcs * 2**step
    flow = Flow(head, tail, capacity, supply, pair, outer)
    flow.check()
    return flow


def _augmented(flow: Flow, limit: int) -> tuple[_Ints, _Ints]:
    """Add a maximum flow of what is left, known not to exceed a limit."""
    sparse, csgraph = import_scipy("sparse"), import_scipy("sparse.csgraph")
    n = len(flow.supply)
    out, into, left = flow.residual()
    graph = sparse.csr_array((np.minimum(left, limit).astype(np.int32), (out, into)), shape=(n + 2, n + 2))
    more = csgraph.maximum_flow(graph, n, n + 1).flow.tocoo()
    # What scipy returns is the net flow: what goes one way is minus what goes the other way.
    key = more.row.astype(np.int64) * (n + 2) + more.col
    order = np.argsort(key)
    key, value = key[order], more.data[order].astype(np.int64)

    def net(source: _Ints, target: _Ints) -> _Ints:
        wanted = source * (n + 2) + target
        place = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
        return np.where(key[place] == wanted, value[place], 0) if len(key) else np.zeros_like(wanted)

    sites = np.arange(n)
    outer = flow.outer + net(np.full(n, n), sites) - net(sites, np.full(n, n + 1))
    return flow.pair + net(flow.head, flow.tail), outer
