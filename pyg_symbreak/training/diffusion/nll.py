r"""The likelihood of a data set under a generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.diffusion.packed import PackedGraphs


@dataclass(frozen=True)
class Likelihood:
    r"""Means over graphs of the bounds on the negative log-likelihood, in nats.

    Args:
        nll: Each unordered pair once.
        nll_digress: Pairs twice, as the code of DiGress counts.
        draw: What of both is the price of the held draw, zero without one: see
            :meth:`~pyg_symbreak.models.diffusion.GraphDiffusion.likelihood`.
        error: The standard error of ``nll``, from the spread over graphs.
        num_graphs: The number of graphs.
    """

    nll: float
    nll_digress: float
    draw: float
    error: float
    num_graphs: int


@torch.no_grad()
def nll(
    model: GraphDiffusion,
    graphs: PackedGraphs,
    *,
    num_draws: int = 4,
    seed: int = 0,
    batch_size: int = 512,
    rank: int = 0,
    world_size: int = 1,
    reduce: Callable[[Tensor], Tensor] | None = None,
    progress: Callable[[int], object] | None = None,
) -> Likelihood:
    r"""Measure the likelihood of graphs. The draws depend on ``seed`` and the batch alone, so that two calls agree.

    The caller's global generator is left as it was, and the model in its mode.

    Args:
        model: The generator.
        graphs: The graphs.
        num_draws: Times drawn for each graph.
        seed: The seed of all draws.
        batch_size: Graphs at a time.
        rank: The number of this process among those that share the work.
        world_size: Their number.
        reduce: Sums a tensor over the processes.
        progress: Called with the number of graphs that are done since the last call.
    """
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    sums = torch.zeros(5, dtype=torch.float64, device=device)
    devices = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        for number, batch in enumerate(graphs.batches(batch_size)):
            if number % world_size != rank:
                continue
            torch.manual_seed(stream_seed(seed, "nll", number))
            bound = model.likelihood(batch.to(device), num_draws=num_draws)
            values = bound["nll"].double()
            sums += torch.stack(
                [
                    values.sum(),
                    values.square().sum(),
                    bound["nll_digress"].double().sum(),
                    bound["draw"].double().sum(),
                    values.new_tensor(len(values)),
                ]
            )
            if progress is not None:
                progress(batch.num_graphs)
    model.train(training)
    total, squares, digress, draw, count = (sums if reduce is None else reduce(sums)).tolist()
    mean = total / count
    spread = max(0.0, squares / count - mean**2)
    return Likelihood(mean, digress / count, draw / count, (spread / max(1.0, count - 1)) ** 0.5, int(count))
