r"""The check of samplers: uniform on exactly the |Aut| canonical ranks of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing.automorphisms import enumerate_automorphisms, orbits_by_search
from pyg_symbreak.testing.elements import isolated_seed, replicate
from pyg_symbreak.testing.statistics import chi_square_uniform


def assert_uniform_over_automorphisms(
    sampler: Callable[[Data], Tensor | Permutation],
    data: Data,
    *,
    node_attrs: Sequence[str] = (),
    edge_attrs: Sequence[str] = (),
    num_draws: int | None = None,
    max_automorphisms: int = 2000,
    batched: bool = True,
    alpha: float = 1e-4,
    seed: int = 0,
) -> None:
    r"""Assert that a sampler of canonical ranks is the inversion kernel: uniform on a coset of the automorphism group.

    Three things are checked against automorphisms that are found by plain backtracking: every draw is a permutation;
    all draws give the same relabelled graph; each of the :math:`|\mathrm{Aut}|` ranks comes equally often
    (:math:`\chi^2`). Where the group has more than ``max_automorphisms`` elements, the rank of every single node is
    tested instead, which must be uniform over the positions of its orbit.

    Args:
        sampler: Takes a graph, returns the rank of every node (or a ``Permutation`` whose *inverse* carries it to the
            canonical form, as canonicalizers return); randomness from the global generator of torch.
        data: One graph.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        num_draws: How many draws; by default thirty for every automorphism, at least 2000.
        max_automorphisms: The largest group that is enumerated.
        batched: Whether ``sampler`` takes a ``Batch`` of copies, drawing for each on its own.
        alpha: The probability that a correct sampler fails.
        seed: The seed of everything.

    Raises:
        AssertionError: If one of the three fails.

    .. code-block:: python

        >>> edge = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> assert_uniform_over_automorphisms(lambda d: Permutation.random(d.ptr), edge)
        >>> assert_uniform_over_automorphisms(lambda d: Permutation.identity(d.ptr), edge)
        Traceback (most recent call last):
        AssertionError: 'sampler' is not uniform over 2 automorphisms: ...
    """
    names = {"node_attrs": tuple(node_attrs), "edge_attrs": tuple(edge_attrs)}
    try:
        group: Tensor | None = enumerate_automorphisms(data, **names, limit=max_automorphisms)
    except ValueError:
        group = None
    size = max_automorphisms if group is None else len(group)
    ranks = _ranks(sampler, data, num_draws or max(2000, 30 * size), batched, seed)
    n = ranks.size(1)
    bad = (ranks.sort(1).values != torch.arange(n)).any(1)
    if bool(bad.any()):
        raise AssertionError(f"'sampler' returned no permutation of {n} nodes: {ranks[bad][0].tolist()}")
    # Relative to the first draw every other one is an automorphism, if they lie in one coset.
    relative = ranks[0].argsort()[ranks]
    if group is None:
        _check_members(relative, data, names)
        _check_orbits(relative, orbits_by_search(data, **names), alpha)
        return
    rows, cells = torch.unique(torch.cat([group, relative]), dim=0, return_inverse=True)
    if len(rows) > len(group):
        draw = int((cells[len(group) :].unsqueeze(1) != cells[: len(group)]).all(1).nonzero()[0])
        raise AssertionError(f"'sampler' gives different relabelled graphs: draw 0 and draw {draw}")
    counts = torch.bincount(cells[len(group) :], minlength=len(group))
    p = chi_square_uniform(counts)
    if p < alpha:
        seen = int((counts > 0).sum())
        raise AssertionError(
            f"'sampler' is not uniform over {len(group)} automorphisms: {seen} were seen in {len(ranks)} draws, "
            f"{int(counts.min())} to {int(counts.max())} times each, p = {p:.2g}"
        )


def _ranks(sampler: Callable[[Data], Tensor | Permutation], data: Data, count: int, batched: bool, seed: int) -> Tensor:
    with isolated_seed(seed), torch.no_grad():
        drawn = [sampler(replicate(data, count))] if batched else [sampler(data) for _ in range(count)]
    ranks = [out.order if isinstance(out, Permutation) else out for out in drawn]
    return torch.cat(ranks).view(count, int(data.num_nodes or 0)).cpu()


def _check_members(relative: Tensor, data: Data, names: dict[str, tuple[str, ...]]) -> None:
    plain = _relabelled(data, torch.arange(relative.size(1)), names)
    for draw, image in enumerate(relative[:200]):
        if not all(torch.equal(a, b) for a, b in zip(plain, _relabelled(data, image, names))):
            raise AssertionError(f"'sampler' gives different relabelled graphs: draw 0 and draw {draw}")


def _relabelled(data: Data, image: Tensor, names: dict[str, tuple[str, ...]]) -> tuple[Tensor, Tensor]:
    """The coloured graph as two tables whose rows are sorted."""
    assert data.edge_index is not None
    edges = [image[data.edge_index.cpu()].t().double()]
    edges += [data[key].unsqueeze(-1).flatten(1).double().cpu() for key in names["edge_attrs"]]
    nodes = [image.view(-1, 1).double()]
    nodes += [data[key].unsqueeze(-1).flatten(1).double().cpu() for key in names["node_attrs"]]
    return _sorted(torch.cat(nodes, 1)), _sorted(torch.cat(edges, 1))


def _sorted(table: Tensor) -> Tensor:
    for column in reversed(range(table.size(1))):
        table = table[table[:, column].argsort(stable=True)]
    return table


def _check_orbits(relative: Tensor, orbits: Tensor, alpha: float) -> None:
    for node in range(relative.size(1)):
        orbit = (orbits == orbits[node]).nonzero().view(-1)
        counts = torch.bincount(relative[:, node], minlength=relative.size(1))
        p = chi_square_uniform(counts[orbit])
        if p < alpha / relative.size(1):
            raise AssertionError(
                f"'sampler' is not uniform over the orbit {orbit.tolist()} of node {node}: "
                f"counts {counts[orbit].tolist()}, p = {p:.2g}"
            )
