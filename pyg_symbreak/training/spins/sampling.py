r"""Spins that a model draws, with draws that a seed decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

import torch
from torch import Tensor

from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.symmetrize.examples import Examples, batches


class SpinSampler(Protocol):
    r"""What can draw spins, as :class:`~pyg_symbreak.models.spins.SpinModel` can."""

    def sample(self, batch: Any, num_samples: int) -> Tensor:
        r"""Draws configurations of every system, each with its own draw of an element, ``[num_samples, B, *sizes]``."""


@torch.no_grad()
def sampled(
    model: torch.nn.Module, examples: Examples, num_samples: int, *, seed: int, stream: str = "sample", size: int = 64
) -> Iterator[tuple[Any, Tensor]]:
    r"""Draws spins for all examples, in their order. The caller's global generator is left as it was.

    Args:
        model: A :class:`SpinSampler`; it is left in the mode, training or evaluation, that it was in.
        examples: The systems.
        num_samples: Configurations of each.
        seed: The seed of the run.
        stream: What the draws are for.
        size: Systems a batch.

    Returns:
        Batches and their spins, int8 ``[num_samples, B, *sizes]``, both on the CPU.
    """
    training = model.training
    model.eval()
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        for number, (batch, _) in enumerate(batches(examples, size)):
            torch.manual_seed(stream_seed(seed, stream, number))
            # A copy: what a model adds to a batch that it was given is no part of the system.
            spins = cast(SpinSampler, model).sample(batch.clone().to(device), num_samples)
            yield batch.to("cpu"), spins.to("cpu", torch.int8)
    model.train(training)
