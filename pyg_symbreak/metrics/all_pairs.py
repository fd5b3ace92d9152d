r"""Which of all pairs of many graphs a deterministic model tells apart, without a distance for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.permutation import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.metrics.ratio import Ratio
from pyg_symbreak.metrics.separation import GRAPH_EMBEDDING

__all__ = ["AllPairs", "close_pairs", "separation_all_pairs"]

_ROUNDINGS = 1e3


@dataclass(frozen=True)
class AllPairs:
    r"""How many of all pairs of graphs have different embeddings, and how many graphs differ from their own copies.

    Args:
        merged (int): The number of pairs that are not told apart.
        num_graphs (int): The number of graphs.
        control_separated (int): How many graphs are told apart from themselves with other numbers of the nodes; any but
            0 means that the model is not invariant, not deterministic, or its rounding larger than the tolerance.

    .. code-block:: python

        >>> result = AllPairs(merged=312, num_graphs=11117, control_separated=0)
        >>> result.total, result.separated
        (61788286, 61787974)
    """

    merged: int
    num_graphs: int
    control_separated: int

    @property
    def total(self) -> int:
        r"""The number of pairs."""
        return self.num_graphs * (self.num_graphs - 1) // 2

    @property
    def separated(self) -> int:
        r"""How many pairs are told apart."""
        return self.total - self.merged

    @property
    def share(self) -> Ratio:
        r"""The share of the pairs told apart."""
        return Ratio(self.separated, self.total)

    @property
    def control_total(self) -> int:
        r"""The number of pairs of isomorphic graphs, one a graph."""
        return self.num_graphs

    @property
    def control_share(self) -> Ratio:
        r"""The share of the graphs told apart from their own copies."""
        return Ratio(self.control_separated, self.control_total)

    @property
    def believable(self) -> bool:
        r"""Whether no graph is told apart from its copy."""
        return self.control_separated == 0

    def __str__(self) -> str:
        counts = f"{self.separated} of {self.total} separated, {self.merged} not"
        return f"{counts}, isomorphic {self.control_separated} of {self.control_total} (chance 0)"


@torch.no_grad()
def separation_all_pairs(
    embed: GRAPH_EMBEDDING,
    graphs: Sequence[Data],
    *,
    tolerance: float | None = None,
    batch_size: int = 1024,
    generator: torch.Generator | None = None,
) -> AllPairs:
    r"""Count the pairs among many graphs that a deterministic model tells apart, and the control.

    The benchmark on GRAPH8c: 11,117 graphs, 61,788,286 pairs. The model has to be deterministic; for a random one take
    a sample of the pairs, and :func:`~pyg_symbreak.metrics.measure_separation`.

    Args:
        embed: Takes a batch, returns embeddings ``[B, d]``; best in float64, because there are many pairs and some of
            them are close.
        graphs: The graphs, no two of them isomorphic.
        tolerance: What is rounding, relative to the length of the longest embedding; by default a thousand roundings of
            their type.
        batch_size: How many graphs are embedded at once.
        generator: The source of the numberings of the control.

    Raises:
        ValueError: If there are no graphs, or the embedding has the wrong shape or is not finite.

    .. code-block:: python

        >>> from pyg_symbreak.labeling import wl_hash
        >>> paths = [Data(edge_index=torch.tensor([[0], [1]]), num_nodes=n) for n in (2, 3, 4)]
        >>> print(separation_all_pairs(lambda batch: wl_hash(batch).double()[:, None], paths))
        3 of 3 separated, 0 not, isomorphic 0 of 3 (chance 0)
    """
    if not graphs or batch_size < 1:
        got = f"{len(graphs)} graphs, batch_size={batch_size}"
        raise ValueError(f"'separation_all_pairs' expected graphs and a batch size of at least 1 (got {got})")
    parts: list[Tensor] = []
    copies: list[Tensor] = []
    for i in range(0, len(graphs), batch_size):
        batch = Batch.from_data_list(list(graphs[i : i + batch_size]))
        ptr = node_ptr(batch)
        for out, data in ((parts, batch), (copies, Permutation.random(ptr, generator).act_data(batch))):
            found = embed(data)
            if found.dim() != 2 or found.size(0) != batch.num_graphs or not bool(found.isfinite().all()):
                wanted = f"finite values of shape [{batch.num_graphs}, channels]"
                raise ValueError(f"'separation_all_pairs' expected 'embed' to return {wanted} (got {found})")
            out.append(found.cpu())
    embeddings, control = torch.cat(parts), torch.cat(copies)
    if tolerance is None:
        dtype = embeddings.dtype
        tolerance = _ROUNDINGS * torch.finfo(dtype if dtype.is_floating_point else torch.float64).eps
    embeddings, control = embeddings.double(), control.double()
    reach = tolerance * float(embeddings.norm(dim=1).max())
    merged = sum(int(pairs.size(0)) for pairs in close_pairs(embeddings, reach))
    wrong = int(((embeddings - control).norm(dim=1) > reach).sum())
    return AllPairs(merged, len(graphs), wrong)


def close_pairs(points: Tensor, reach: float) -> Iterator[Tensor]:
    r"""All pairs of points at most so far apart, found by sorting along one direction.

    Two points are never closer than their projections onto a direction. So of the sorted projections only neighbours
    are compared, next ones, next but one, and so on, until all are too far apart.

    Args:
        points: ``[n, d]``.
        reach: The largest distance.

    Yields:
        Pairs ``[k, 2]``, int64, each once.

    .. code-block:: python

        >>> torch.cat(list(close_pairs(torch.tensor([[0.0], [5.0], [0.1], [5.05]]), 0.2))).tolist()
        [[0, 2], [1, 3]]
    """
    channels = torch.arange(points.size(1), dtype=points.dtype, device=points.device)
    direction = torch.cos(channels * 2.399963)  # no direction of the grid, along which many points may agree
    along, order = (points @ (direction / direction.norm().clamp(min=1e-12))).sort()
    points = points[order]
    # The projections are rounded, too.
    wide = reach + 1e-12 * float(points.norm(dim=1).max()) if points.size(0) > 0 else reach
    alive = torch.arange(points.size(0), device=points.device)
    for step in range(1, points.size(0)):
        alive = alive[: int((alive < points.size(0) - step).sum())]
        alive = alive[along[alive + step] - along[alive] <= wide]
        if alive.numel() == 0:
            return
        near = alive[(points[alive + step] - points[alive]).norm(dim=1) <= reach]
        if near.numel() > 0:
            yield torch.stack([order[near], order[near + step]], dim=1).sort(dim=1).values
