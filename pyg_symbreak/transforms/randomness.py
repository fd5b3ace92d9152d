r"""The source of randomness of a transform: the same draws whatever the number of loader workers."""

from __future__ import annotations

import sys
import threading
import weakref
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.utils.data import get_worker_info
from torch.utils.data._utils.worker import _worker_loop
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter

_MASK = (1 << 63) - 1

_SINGLE = _SingleProcessDataLoaderIter._next_data.__code__
_WORKER = _worker_loop.__code__


class _State(threading.local):
    """What is known of the loaders that are fetching: for each, the mini-batch at hand and its generators."""

    def __init__(self) -> None:
        self.at_hand: weakref.WeakKeyDictionary[Any, _MiniBatch] = weakref.WeakKeyDictionary()
        self.fetchers_seen = 0


class _MiniBatch(NamedTuple):
    number: int
    seed: int
    generators: dict[str, torch.Generator]


_state = _State()


def draw_generator(device: torch.device | str = "cpu") -> torch.Generator | None:
    r"""Return the generator that a random transform draws from at this moment.

    Called while a :class:`torch.utils.data.DataLoader` fetches a mini-batch, this is a generator of that mini-batch
    alone, seeded by the seed that the loader drew for this pass over the data (from its own ``generator`` or the global
    one) and by the number of the mini-batch. Both are the same in the main process and in any worker, so that

    - the same seed gives the same draws with any number of workers, in every pass;
    - every pass, every mini-batch and every access draws afresh;
    - fetching leaves the global generator of the main process alone.

    (A worker's global generator, which torch seeds by the number of the worker, gives only the second.) Persistent
    workers are handed one seed for all passes; they count the passes themselves, so they repeat themselves under a
    seed and draw afresh in every pass, but agree with other loaders in the first pass only.

    Called outside a loader, the answer is ``None``: the global generator of torch.

    Args:
        device: The device of the tensors to draw.

    .. code-block:: python

        >>> draw_generator() is None
        True
    """
    batch = _mini_batch()
    if batch is None:
        return None
    name = str(device)
    if name not in batch.generators:
        batch.generators[name] = torch.Generator(device=device).manual_seed(batch.seed)
    return batch.generators[name]


def _mini_batch() -> _MiniBatch | None:
    """The mini-batch that a loader fetches at the moment, if one does."""
    # A data set is not told its loader's seed in the main process, nor the number of the mini-batch anywhere. Both
    # stand on the call stack, which also is the only place where they cannot be out of date.
    frame: FrameType | None = sys._getframe(1)
    info = get_worker_info()
    while frame is not None:
        if frame.f_code is _SINGLE:
            iterator = frame.f_locals["self"]
            return _remembered(iterator, iterator._num_yielded, iterator._base_seed, 0)
        if frame.f_code is _WORKER and info is not None:
            known = frame.f_locals
            # A persistent worker gets a new fetcher for every pass.
            passes = _state.fetchers_seen - (known["fetcher"] in _state.at_hand)
            return _remembered(known["fetcher"], known["idx"], info.seed - info.id, passes)
        frame = frame.f_back
    return None


def _remembered(loader: Any, number: int, base_seed: int, passes: int) -> _MiniBatch:
    known = _state.at_hand.get(loader)
    if known is None or known.number != number:
        if known is None and get_worker_info() is not None:
            _state.fetchers_seen += 1
        known = _state.at_hand[loader] = _MiniBatch(number, _mix(base_seed, passes, number), {})
    return known


def _mix(*numbers: int) -> int:
    """Spread several numbers over 63 bits (splitmix64), so that neighbouring mini-batches are unrelated."""
    out = 0
    for number in numbers:
        out = (out ^ (number & ((1 << 64) - 1))) + 0x9E3779B97F4A7C15
        out = ((out ^ (out >> 30)) * 0xBF58476D1CE4E5B9) & ((1 << 64) - 1)
        out = ((out ^ (out >> 27)) * 0x94D049BB133111EB) & ((1 << 64) - 1)
        out ^= out >> 31
    return out & _MASK
