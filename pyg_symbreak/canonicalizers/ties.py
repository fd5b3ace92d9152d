r"""From scores to ranks: what counts as a tie, and how ties are broken."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import node_batch


def tie_cells(values: Tensor, ptr: Tensor, tolerance: float) -> Tensor:
    r"""Sort the nodes of every graph by their values and number the cells of equal nodes.

    Nodes whose values would be equal in exact arithmetic differ by rounding, so equality is a matter of gaps: within a
    graph, a cell ends where the next larger value is more than ``tolerance * max(1, largest magnitude)`` away. Unlike
    rounding to a grid, this never parts two values that are close to each other. Several columns are compared one after
    the other, each inside the cells of those before it.

    Args:
        values: Finite values, ``[N]`` or ``[N, K]``.
        ptr: The offsets of the graphs, ``[B + 1]``.
        tolerance: The largest relative gap inside a cell.

    Returns:
        Cell numbers ``[N]``, int64, ascending with the values and across graphs, without holes.

    Raises:
        ValueError: If a value is infinite or NaN.

    .. code-block:: python

        >>> tie_cells(torch.tensor([0.5, 0.1, 0.5 + 1e-7, 7.0]), torch.tensor([0, 3, 4]), 1e-5)
        tensor([1, 0, 1, 2])
    """
    if not bool(torch.isfinite(values).all()):
        raise ValueError("'tie_cells' expected finite values (got an infinite one or NaN)")
    batch = node_batch(ptr)
    cell = _dense_numbers(batch)
    if values.numel() == 0:
        return cell
    columns = values.detach().view(batch.numel(), -1)
    for column in columns.unbind(1):
        if int(cell.max()) + 1 == cell.numel():
            break
        largest = torch.ones(ptr.numel() - 1, dtype=column.dtype, device=column.device)
        largest.scatter_reduce_(0, batch, column.abs(), "amax")
        order = torch.argsort(column)
        order = order[torch.argsort(cell[order], stable=True)]
        gap = column[order].diff() > tolerance * largest[batch[order[1:]]]
        starts = gap | (cell[order].diff() > 0)
        cell = torch.empty_like(cell)
        cell[order] = torch.nn.functional.pad(starts.long().cumsum(0), (1, 0))
    return cell


def tie_keys(num_nodes: int, device: torch.device, generator: torch.Generator | None = None) -> Tensor:
    r"""Draw the random keys that break ties, ``[N]`` int64: so many that two hardly ever agree.

    Args:
        num_nodes: The number of nodes.
        device: Where to put them.
        generator: The source of randomness, on any device.

    .. code-block:: python

        >>> tie_keys(3, torch.device("cpu")).shape
        torch.Size([3])
    """
    source = device if generator is None else generator.device
    return torch.randint(0, 2**62, (num_nodes,), generator=generator, device=source).to(device)


def random_rank(
    cell: Tensor, ptr: Tensor, generator: torch.Generator | None = None, key: Tensor | None = None
) -> Tensor:
    r"""Rank the nodes of every graph by their cells, nodes of one cell in uniformly random order.

    Args:
        cell: Cell numbers ``[N]``, ascending across graphs as from :func:`tie_cells`.
        ptr: The offsets of the graphs, ``[B + 1]``.
        generator: The source of randomness, on any device.
        key: The keys that break ties, as from :func:`tie_keys`; drawn if not given.

    Returns:
        Ranks ``[N]``, int64.

    .. code-block:: python

        >>> random_rank(torch.tensor([1, 0, 2]), torch.tensor([0, 3]))
        tensor([1, 0, 2])
    """
    order = torch.argsort(tie_keys(cell.numel(), cell.device, generator) if key is None else key)
    order = order[torch.argsort(cell[order], stable=True)]
    rank = torch.empty_like(order)
    rank[order] = torch.arange(order.numel(), device=order.device)
    return rank - ptr[:-1][node_batch(ptr)]


def _dense_numbers(batch: Tensor) -> Tensor:
    """The numbers of the graphs that have nodes, counted without holes."""
    return torch.nn.functional.pad((batch.diff() > 0).long().cumsum(0), (1, 0))[: batch.numel()]
