r"""Sampling from a discrete diffusion model by its reverse chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.categorical import draw_categorical, weights
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.likelihood import Denoise
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.transition import Transition

Progress: TypeAlias = Callable[[Iterable[int]], Iterable[int]]
LAST = ("sample", "argmax")


def initial_state(
    sizes: Tensor,
    node_transition: Transition,
    edge_transition: Transition,
    num_nodes: int | None = None,
    y: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> DenseGraph:
    r"""Draw pure noise: all nodes and pairs independent, from the priors.

    Args:
        sizes: The numbers of nodes, ``[B]`` int64; the graphs live on their device.
        node_transition: The noise on nodes.
        edge_transition: The noise on pairs.
        num_nodes: The padded size; the largest of ``sizes`` by default.
        y: Properties of the graphs, ``[B, F]``, if the model is conditional.
        generator: The source of random numbers.

    Raises:
        ValueError: If a size is negative or exceeds ``num_nodes``.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.transition import AbsorbingTransition
        >>> state = initial_state(torch.tensor([2, 1]), AbsorbingTransition(3), AbsorbingTransition(2))
        >>> state.x, state.e
        (tensor([[3, 3], [3, 0]]), tensor([[2], [0]]))
    """
    low, largest = map(int, sizes.aminmax()) if sizes.numel() else (0, 0)
    n = largest if num_nodes is None else num_nodes
    if low < 0 or largest > n:
        raise ValueError(f"'initial_state' expected sizes in 0 … {n} (got {low} … {largest})")
    mask = torch.arange(n, device=sizes.device) < sizes.view(-1, 1)
    empty = torch.zeros(sizes.numel(), n * (n - 1) // 2, dtype=torch.int64, device=sizes.device)
    graph = DenseGraph(torch.zeros_like(mask, dtype=torch.int64), empty, mask, y)
    x = node_transition.sample(graph.x.shape, generator, sizes.device)
    return graph.with_types(x, edge_transition.sample(empty.shape, generator, sizes.device))


@torch.no_grad()
def ancestral(
    state: DenseGraph,
    denoise: Denoise,
    node_transition: Transition,
    edge_transition: Transition,
    schedule: NoiseSchedule,
    num_steps: int | None = None,
    last: str = "sample",
    generator: torch.Generator | None = None,
    progress: Progress | None = None,
) -> DenseGraph:
    r"""Draw graphs by the reverse chain :math:`p_\theta(G_s \mid G_t)`, from pure noise to data.

    In every step each node and pair is drawn on its own from
    :math:`\sum_k p_\theta(x_0 = k \mid G_t)\, q(x_s \mid x_t, x_0 = k)`. With all :math:`T` steps this is the chain of
    the variational bound; with fewer, evenly spaced steps are skipped to. In the last step the data themselves are
    drawn, so that no masked state remains.

    Args:
        state: Pure noise, of :func:`initial_state`.
        denoise: The prediction of the data, a :data:`~pyg_symbreak.models.diffusion.likelihood.Denoise`.
        node_transition: The noise on nodes.
        edge_transition: The noise on pairs.
        schedule: The noise schedule.
        num_steps: The number of steps, at most that of the schedule, which is the default.
        last: ``"sample"``, or ``"argmax"`` for the likeliest class of each variable in the last step.
        generator: The source of random numbers, on any device.
        progress: Wraps the iterable of steps, for example ``tqdm``.

    Raises:
        ValueError: If ``num_steps`` is not in :math:`1 … T` or ``last`` is unknown.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.transition import UniformTransition
        >>> noise = UniformTransition(2)
        >>> state = initial_state(torch.tensor([2]), noise, noise)
        >>> def path(noisy, time):  # always predicts an edge between two nodes of class 1
        ...     return torch.tensor([[[-torch.inf, 0.0]] * 2]), torch.tensor([[[-torch.inf, 0.0]]])
        >>> graph = ancestral(state, path, noise, noise, NoiseSchedule(10))
        >>> graph.x, graph.e
        (tensor([[1, 1]]), tensor([[1]]))
    """
    total = schedule.num_steps
    num_steps = total if num_steps is None else num_steps
    if not 1 <= num_steps <= total:
        raise ValueError(f"'ancestral' expected 'num_steps' in 1 … {total} (got {num_steps})")
    check_last("ancestral", last)
    times = [round(total * (num_steps - i) / num_steps) for i in range(num_steps + 1)]
    steps = torch.tensor(times, device=state.x.device)
    shares, clock = schedule.at(steps), schedule.time(steps)
    for i in progress(range(num_steps)) if progress is not None else range(num_steps):
        logits = denoise(state, clock[i].expand(state.num_graphs))
        final = i == num_steps - 1
        x, e = (
            final_types(transition, values, logit, last, generator)
            if final
            else transition.step(values, weights(logit), shares[i + 1], shares[i], generator)
            for transition, values, logit in zip((node_transition, edge_transition), (state.x, state.e), logits)
        )
        state = state.with_types(x, e)
    return state


def counted(num_graphs: int, progress: Callable[[int], object]) -> Progress:
    r"""Wrap the steps of a sampler so that ``progress`` is told ``num_graphs`` after each of them.

    .. code-block:: python

        >>> told = []
        >>> list(counted(8, told.append)([0, 1])), told
        ([0, 1], [8, 8])
    """

    def steps(numbers: Iterable[int]) -> Iterator[int]:
        for number in numbers:
            yield number
            progress(num_graphs)

    return steps


def check_last(owner: str, last: str) -> None:
    r"""Check the name of a last step.

    Raises:
        ValueError: If it is unknown.
    """
    if last not in LAST:
        raise ValueError(f"'{owner}' expected 'last' to be one of {', '.join(LAST)} (got {last!r})")


def final_types(
    transition: Transition, values: Tensor, logits: Tensor, last: str, generator: torch.Generator | None = None
) -> Tensor:
    r"""Draw the data from the prediction, or take the likeliest class; what cannot be noise is data already.

    Args:
        transition: The noise.
        values: The noisy states, ``[…]``.
        logits: Logits of the classes, ``[…, K]``.
        last: ``"sample"`` or ``"argmax"``.
        generator: The source of random numbers.
    """
    drawn = logits.argmax(-1) if last == "argmax" else draw_categorical(weights(logits), generator)
    return torch.where(transition.prior[values] > 0, drawn, values)
