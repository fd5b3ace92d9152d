r"""Which pairs of graphs a model tells apart, beside a control that shows what this is worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor
from torch.linalg import vector_norm
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.permutation import Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.metrics.ratio import Ratio
from pyg_symbreak.metrics.two_sample import energy_test, smallest_p_value

__all__ = ["GRAPH_EMBEDDING", "Separation", "measure_separation", "separation_any"]

#: A function that embeds a batch of graphs, ``[B, d]``; it may be random, drawing anew at every call.
GRAPH_EMBEDDING: TypeAlias = Callable[[Batch], Tensor]

_PUBLISHED_DISTANCE = 1e-3
_ROUNDINGS = 1e3
_UNBELIEVABLE = 1e-3


@dataclass(frozen=True)
class Separation:
    r"""Pairs of graphs told apart, and pairs of one graph and itself, renumbered, told apart by the same test.

    The second is the control: it has to stay at chance, :attr:`level`. Where it does not, the model depends on the
    numbering of the nodes, or the test takes noise for a difference, and the first tells nothing.

    Args:
        p_values: ``[P]``, for the pairs; 0 or 1 from a test by distance.
        control_p_values: ``[P]``, for the first graph of each pair and its copy.
        distances: ``[P]``, L1 distances of the pairs in one draw, as the usual score takes them.
        control_distances: ``[P]``, the same for the control.
        level: A pair counts as told apart if its p-value is at most this.

    .. code-block:: python

        >>> p, control = torch.tensor([0.001, 0.5]), torch.tensor([0.7, 0.2])
        >>> result = Separation(p, control, torch.tensor([1.0, 2.0]), torch.tensor([1.5, 1.2]), level=0.01)
        >>> print(result)
        separated 1/2 = 0.5000 [0.0945, 0.9055], isomorphic 0/2 = 0.0000 [0.0000, 0.6576] (chance 0.01)
        >>> print(result.control_by_distance)  # the usual score calls both copies different graphs
        2/2 = 1.0000 [0.3424, 1.0000]
    """

    p_values: Tensor
    control_p_values: Tensor
    distances: Tensor
    control_distances: Tensor
    level: float

    @property
    def total(self) -> int:
        r"""The number of pairs."""
        return self.p_values.numel()

    @property
    def separated(self) -> int:
        r"""How many pairs are told apart."""
        return int((self.p_values <= self.level).sum())

    @property
    def control_total(self) -> int:
        r"""The number of pairs of isomorphic graphs."""
        return self.control_p_values.numel()

    @property
    def control_separated(self) -> int:
        r"""How many pairs of isomorphic graphs are told apart, wrongly."""
        return int((self.control_p_values <= self.level).sum())

    @property
    def share(self) -> Ratio:
        r"""The share of the pairs told apart, with its interval."""
        return Ratio(self.separated, self.total)

    @property
    def control_share(self) -> Ratio:
        r"""The share of the control told apart, with its interval."""
        return Ratio(self.control_separated, self.control_total)

    @property
    def by_distance(self) -> Ratio:
        r"""The usual score: pairs at an L1 distance above 0.001 in one draw. It misleads; see the control."""
        return Ratio(int((self.distances > _PUBLISHED_DISTANCE).sum()), self.total)

    @property
    def control_by_distance(self) -> Ratio:
        r"""The usual score on pairs of isomorphic graphs: 1 for every model with noise, whatever it can tell apart."""
        return Ratio(int((self.control_distances > _PUBLISHED_DISTANCE).sum()), self.control_total)

    @property
    def control_p_value(self) -> float:
        r"""The probability that chance alone separates as many isomorphic pairs as were."""
        return _binomial_tail(self.control_separated, self.control_total, self.level)

    @property
    def believable(self) -> bool:
        r"""Whether the control is at chance: :attr:`control_p_value` is at least 0.001."""
        return self.control_p_value >= _UNBELIEVABLE

    def to_dict(self) -> dict[str, object]:
        r"""The four shares, the level and the verdict on the control, ready for JSON."""
        return {
            "separated": self.share.to_dict(),
            "control": self.control_share.to_dict(),
            "by_distance": self.by_distance.to_dict(),
            "control_by_distance": self.control_by_distance.to_dict(),
            "level": self.level,
            "control_p_value": self.control_p_value,
            "believable": self.believable,
        }

    def __str__(self) -> str:
        return f"separated {self.share}, isomorphic {self.control_share} (chance {self.level:g})"


@torch.no_grad()
def measure_separation(
    embed: GRAPH_EMBEDDING,
    pairs: Sequence[tuple[Data, Data]],
    *,
    num_draws: int = 32,
    level: float = 0.01,
    num_shuffles: int = 999,
    tolerance: float | None = None,
    batch_size: int = 256,
    generator: torch.Generator | None = None,
) -> Separation:
    r"""Count the pairs of graphs that a model tells apart, and the pairs of isomorphic graphs, as a control.

    A model may be random, as those with symmetry breaking are. Then two embeddings always differ, also of one and the
    same graph, and what tells graphs apart is the *law* of the embedding. So every graph is embedded ``num_draws``
    times, and :func:`~pyg_symbreak.metrics.two_sample.energy_test` decides whether the laws differ: it takes two graphs
    of one law for different with a probability of at most ``level``. The same is done with the first graph of each pair
    and a copy of it with other numbers of the nodes. If the model is invariant in law, the control is at chance.

    With ``num_draws=1`` the model is taken to be deterministic: a pair is told apart if the distance of the embeddings
    is more than rounding. Nothing of the control may be; for a random model all of it is.

    Args:
        embed: Takes a batch, returns embeddings ``[B, d]``. Put a module into evaluation mode before.
        pairs: The pairs, none of them isomorphic, all on one device.
        num_draws: How often every graph is embedded.
        level: The probability with which chance alone may separate a pair.
        num_shuffles: The number of shuffles of the test.
        tolerance: What is rounding, relative to the length of the embeddings; by default a thousand roundings of their
            type. A deterministic model in float64 tells closer graphs apart.
        batch_size: How many pairs are embedded at once.
        generator: The source of the numberings and shuffles; the model takes care of its own noise.

    Raises:
        ValueError: If there are no pairs or draws, the level is no probability or out of reach of so few draws or
            shuffles, or the embedding has the wrong shape or is not finite.

    .. code-block:: python

        >>> from pyg_symbreak.labeling import wl_hash
        >>> def cycle(n, start=0):
        ...     return [(start + i, start + (i + 1) % n) for i in range(n)]
        >>> def graph(edges):
        ...     return Data(edge_index=torch.tensor(edges + [(b, a) for a, b in edges]).t(), num_nodes=6)
        >>> pair = graph(cycle(6)), graph(cycle(3) + cycle(3, 3))
        >>> print(measure_separation(lambda batch: wl_hash(batch).double()[:, None], [pair], num_draws=1))
        separated 0/1 = 0.0000 [0.0000, 0.7935], isomorphic 0/1 = 0.0000 [0.0000, 0.7935] (chance 0)
    """
    if not pairs or num_draws < 1 or batch_size < 1:
        got = f"{len(pairs)} pairs, num_draws={num_draws}, batch_size={batch_size}"
        raise ValueError(f"'measure_separation' expected pairs, draws and a batch size of at least 1 each (got {got})")
    if num_draws > 1:
        least = smallest_p_value(num_draws, num_shuffles) if num_shuffles > 0 else math.inf
        if not least <= level < 1:
            raise ValueError(
                f"'measure_separation' expected a 'level' below 1 that {num_draws} draws and {num_shuffles} shuffles"
                f" reach, at least {least:.3g} (got {level})"
            )
    parts = [
        _separate(embed, pairs[i : i + batch_size], num_draws, num_shuffles, tolerance, generator)
        for i in range(0, len(pairs), batch_size)
    ]
    p, control, distances, control_distances = (torch.cat(column) for column in zip(*parts, strict=True))
    return Separation(p, control, distances, control_distances, level if num_draws > 1 else 0.0)


def separation_any(results: Sequence[Separation]) -> Separation:
    r"""Count the pairs that at least one of several models tells apart, such as one model with several seeds.

    A p-value of the whole is the smallest of the pair times the number of models (Bonferroni), so that the control
    still stays at chance.

    Raises:
        ValueError: If there are no results, or they differ in their pairs or level.

    .. code-block:: python

        >>> one, two = torch.tensor([0.001, 0.5]), torch.tensor([0.5, 0.008])
        >>> results = [Separation(p, one, one, one, level=0.01) for p in (one, two)]
        >>> separation_any(results).p_values
        tensor([0.0020, 0.0160])
    """
    settings = {(result.total, result.level) for result in results}
    if len(settings) != 1:
        raise ValueError(
            f"'separation_any' expected results on the same pairs at one level (got {sorted(settings) or 'none'})"
        )

    def least(name: str) -> Tensor:
        smallest = torch.stack([getattr(result, name) for result in results]).amin(dim=0)
        return (smallest * len(results)).clamp(max=1)

    def largest(name: str) -> Tensor:
        return torch.stack([getattr(result, name) for result in results]).amax(dim=0)

    p_values, controls = least("p_values"), least("control_p_values")
    return Separation(p_values, controls, largest("distances"), largest("control_distances"), results[0].level)


def _separate(
    embed: GRAPH_EMBEDDING,
    pairs: Sequence[tuple[Data, Data]],
    num_draws: int,
    num_shuffles: int,
    tolerance: float | None,
    generator: torch.Generator | None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    first, second = (Batch.from_data_list([pair[side] for pair in pairs]) for side in (0, 1))
    ptr = node_ptr(first)
    copy = Permutation.random(ptr, generator)
    samples = [_draws(embed, batch, num_draws) for batch in (first, second, copy.act_data(first))]
    if tolerance is None:
        dtype = samples[0].dtype
        tolerance = _ROUNDINGS * torch.finfo(dtype if dtype.is_floating_point else torch.float64).eps
    a, b, c = (sample.double().cpu() for sample in samples)
    if num_draws == 1:
        p, control = (_same(a[:, 0], other[:, 0], tolerance) for other in (b, c))
    else:
        options = {"num_shuffles": num_shuffles, "tolerance": tolerance, "generator": generator}
        p, control = (energy_test(a, other, **options) for other in (b, c))  # type: ignore[arg-type]
    return p, control, _l1(a, b), _l1(a, c)


def _draws(embed: GRAPH_EMBEDDING, batch: Batch, num_draws: int) -> Tensor:
    drawn = []
    for _ in range(num_draws):
        out = embed(batch)
        if out.dim() != 2 or out.size(0) != batch.num_graphs:
            wanted = f"[{batch.num_graphs}, channels]"
            raise ValueError(
                f"'measure_separation' expected 'embed' to return the shape {wanted} (got {list(out.shape)})"
            )
        if not bool(out.isfinite().all()):
            raise ValueError("'measure_separation' expected 'embed' to return finite values (got NaN or infinity)")
        drawn.append(out)
    return torch.stack(drawn, dim=1)


def _l1(a: Tensor, b: Tensor) -> Tensor:
    return (a[:, 0] - b[:, 0]).abs().sum(dim=1)


def _same(a: Tensor, b: Tensor, tolerance: float) -> Tensor:
    reach = tolerance * torch.maximum(vector_norm(a, dim=1), vector_norm(b, dim=1))
    out: Tensor = (vector_norm(a - b, dim=1) <= reach).double()
    return out


def _binomial_tail(count: int, total: int, chance: float) -> float:
    """The probability of at least so many successes."""
    if count == 0:
        return 1.0
    if chance == 0:
        return 0.0
    log = [
        math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)
        + k * math.log(chance) + (total - k) * math.log1p(-chance)
        for k in range(count, total + 1)
    ]  # fmt: skip
    return min(1.0, math.fsum(math.exp(term) for term in log))
