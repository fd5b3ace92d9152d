r"""Group elements to test with, how they move inputs and outputs, and many copies of one graph as a batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.groups.ragged import node_batch, node_ptr

Sampler: TypeAlias = Callable[[Any, torch.Generator], GroupElement]
Output: TypeAlias = str | Callable[[GroupElement, Any], Any]

OUTPUTS = ("node", "edge", "graph", "dense", "data")
LARGEST_ENUMERATED = 5


def replicate(data: Data, num_copies: int) -> Batch:
    r"""Put many copies of one graph into one batch, without a loop over the copies.

    Args:
        data: One graph.
        num_copies: How many copies.

    Returns:
        A batch with ``batch`` and ``ptr`` that holds every attribute of ``data`` ``num_copies`` times.

    .. code-block:: python

        >>> edge = Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2)
        >>> replicate(edge, 3).edge_index
        tensor([[0, 2, 4],
                [1, 3, 5]])
    """
    return repeat_data(data, num_copies)


@contextmanager
def isolated_seed(seed: int) -> Iterator[None]:
    r"""Run a block under a seed and leave the global generator of torch as it was."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


def num_nodes_of(x: Any) -> int:
    """The number of nodes of a graph, or of rows of a tensor."""
    return int(x.num_nodes or 0) if isinstance(x, Data) else int(x.size(0))


def elements(x: Any, sample: Sampler | None, count: int, generator: torch.Generator) -> Iterator[GroupElement]:
    """The elements to test with: all of :math:`S_n` on one graph of up to five nodes, otherwise random ones."""
    if sample is not None:
        for _ in range(count):
            yield sample(x, generator)
        return
    ptr = node_ptr(x) if isinstance(x, Data) else torch.tensor([0, x.size(0)], device=x.device)
    if ptr.numel() == 2 and num_nodes_of(x) <= LARGEST_ENUMERATED:
        for rank in permutations(range(num_nodes_of(x))):
            yield Permutation(torch.tensor(rank, dtype=torch.long, device=ptr.device), ptr)
        return
    for _ in range(count):
        yield Permutation.random(ptr.cpu(), generator).to(ptr.device)


def move_input(g: GroupElement, x: Any) -> Any:
    """Move a graph or a tensor."""
    return g.act_data(x) if isinstance(x, Data) else g.act(x)


def move_output(g: GroupElement, out: Any, output: Output) -> Any:
    """Move what a function returned."""
    if callable(output):
        return output(g, out)
    if isinstance(out, GroupElement):
        return g.compose(out)
    if output == "data":
        return g.act_data(out)
    if output == "dense":
        if isinstance(g, Permutation):
            return g.act_dense(out, dims=(1, 2))
        return g.act_dense(out)
    return g.act(out) if output == "node" else out


def element_values(g: GroupElement) -> dict[str, Tensor]:
    """The tensors that an element is made of, those of its parts included."""
    values: dict[str, Tensor] = {}
    for name, value in vars(g).items():
        for number, part in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(part, GroupElement):
                values |= {f"{name.lstrip('_')}[{number}].{key}": v for key, v in element_values(part).items()}
            elif isinstance(part, Tensor):
                values[name.lstrip("_")] = part
    return values


def check_output(owner: str, output: Output) -> None:
    """Refuse an unknown kind of output."""
    if not callable(output) and output not in OUTPUTS:
        raise ValueError(f"'{owner}' expected 'output' as a function or one of {', '.join(OUTPUTS)} (got '{output}')")


def shuffled_edges(data: Data, generator: torch.Generator) -> Tensor:
    """A random order of the edges inside every graph, ``[E]``."""
    edge_index: Tensor = data.edge_index
    graph = node_batch(node_ptr(data))[edge_index[0]]
    key = torch.argsort(torch.rand(graph.numel(), generator=generator)).to(graph.device)
    return key[torch.argsort(graph[key], stable=True)]


def reorder_edges(data: Data, order: Tensor) -> Data:
    """The same graph with its edges, and everything that belongs to them, in another order."""
    moved = copy.copy(data)
    for key, value in data.items():
        if isinstance(value, Tensor) and (key == "edge_index" or data.is_edge_attr(key)):
            moved[key] = value.index_select(data.__cat_dim__(key, value), order)
    return moved
