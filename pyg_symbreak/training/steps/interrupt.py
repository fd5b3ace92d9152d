r"""Ctrl-C and termination: the step at work is finished and saved first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def finish_step_first(stop: Callable[[], None]) -> Iterator[None]:
    r"""Asks for a stop at the first SIGINT or SIGTERM, and raises what it stands for when the block has ended.

    A second signal has its usual effect at once. Elsewhere than in the main thread nothing is changed.

    Args:
        stop: Called at the first signal.

    Raises:
        KeyboardInterrupt: After SIGINT.
        SystemExit: After SIGTERM, with the status 143.

    Example:
        >>> try:
        ...     with finish_step_first(lambda: None):
        ...         signal.raise_signal(signal.SIGINT)
        ... except KeyboardInterrupt:
        ...     "at the end"
        'at the end'
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        restore()
        stop()

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
    if seen:
        raise KeyboardInterrupt if seen[0] == signal.SIGINT else SystemExit(128 + signal.SIGTERM)
