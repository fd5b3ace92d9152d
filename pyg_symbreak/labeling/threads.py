r"""One thread for many short operations."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")

MANY_ARCS = 1 << 20


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    r"""Run a function of graphs or batches in one thread of torch, unless there are very many arcs.

    The operations of the engine take microseconds; a second thread gains nothing, and on a busy machine each of them
    would wait for it. The number of threads is that of before when the function returns or raises.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        arcs = (getattr(value, "edge_index", None) for value in (*args, *kwargs.values()))
        many = any(isinstance(value, torch.Tensor) and value.numel() > 2 * MANY_ARCS for value in arcs)
        threads = torch.get_num_threads()
        if many or threads == 1:
            return function(*args, **kwargs)
        torch.set_num_threads(1)
        try:
            return function(*args, **kwargs)
        finally:
            torch.set_num_threads(threads)

    return wrapper
