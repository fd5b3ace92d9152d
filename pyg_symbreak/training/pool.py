r"""Many runs, several at a time, each kept in a results file as soon as it is finished."""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import multiprocessing
import os
import queue
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tqdm import tqdm

from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.machine import machine, tune_allocator, versions
from pyg_symbreak.training.results import finished_runs, merge_results, read_results


class Spec(Protocol):
    r"""What is to be run: a value that can be pickled."""

    @property
    def data(self) -> str:
        r"""The name of the data set."""

    @property
    def method(self) -> str:
        r"""The name of the method."""

    @property
    def seed(self) -> int:
        r"""The seed of the run."""

    @property
    def config(self) -> dict[str, Any]:
        r"""All that the result depends on, as plain values."""

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""


UNFINISHED = "unfinished"
r"""The status of a run that its time was over for; the same comparison goes on with it."""

S = TypeVar("S", bound=Spec)
Run = Callable[..., dict[str, Any]]
r"""Takes a :class:`Spec`, the folder above all runs, and ``resume``, ``progress`` and ``position`` (the line of its
progress bar); returns a record. A function of a module, so that other processes find it."""


def make_runs(
    specs: Sequence[S],
    run: Run,
    results: str | os.PathLike[str],
    directory: str | os.PathLike[str],
    *,
    jobs: int = 1,
    resume: bool = True,
    progress: bool = False,
) -> Iterator[dict[str, Any]]:
    r"""Makes all runs that a results file does not hold yet, and yields the record of each when it is finished.

    Each record is merged into the file before it is yielded. A run that fails gives a record with ``"status":
    "failed"`` and the error, and the others go on.

    Args:
        specs: The runs.
        run: Makes one of them; :func:`recorded` helps.
        results: The results file.
        directory: Where the folder of each run is made; a killed run goes on from there.
        jobs: How many processes work at a time; 1 works in this process.
        resume: Whether to keep finished runs and to go on with those that were killed.
        progress: Whether to show a progress bar for each run at work.

    Raises:
        ValueError: If the results file is no results file, or ``jobs`` is not positive.
        OSError: If the results file cannot be written; the earlier file is untouched.
        ChildProcessError: If one of several processes is killed.
    """
    if jobs < 1:
        raise ValueError(f"'compare' expected 'jobs' to be at least 1 (got {jobs})")
    kept = finished_runs(read_results(results)) if resume else {}
    missing = [spec for spec in specs if spec.key not in kept]
    for record in _records(missing, run, Path(directory), jobs, {"resume": resume, "progress": progress}):
        merge_results(results, [record], machine=machine(), versions=versions())
        yield record


def _records(
    specs: list[S], run: Run, directory: Path, jobs: int, options: dict[str, bool]
) -> Iterator[dict[str, Any]]:
    if jobs == 1 or len(specs) < 2:
        for spec in specs:
            yield run(spec, directory, position=0, **options)
        return
    context = multiprocessing.get_context("spawn")
    slots, lock = context.Queue(), context.RLock()
    tqdm.set_lock(lock)  # or the progress bars of the processes would write into each other
    for slot in range(jobs):
        slots.put(slot)
    with concurrent.futures.ProcessPoolExecutor(jobs, context, _start_worker, (slots, lock)) as pool:
        futures = [pool.submit(_run_in_worker, run, spec, directory, options) for spec in specs]
        try:
            for future in concurrent.futures.as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise ChildProcessError(
                "'compare' expected its processes to live (got one that was killed, perhaps for want of memory); "
                "finished runs are kept, and the same command goes on with the others"
            ) from error
        finally:
            # What has not begun is dropped, also when the caller stops early; what runs is waited for.
            pool.shutdown(wait=False, cancel_futures=True)


_slot = 0


def _start_worker(slots: multiprocessing.Queue[int], lock: Any) -> None:
    global _slot  # the line of the progress bar, one for each process for as long as it lives
    tune_allocator()
    tqdm.set_lock(lock)
    with contextlib.suppress(queue.Empty):
        _slot = slots.get(timeout=1)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    # A worker that outlives a killed parent would write to the folders of the runs that are taken up again.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(run: Run, spec: S, directory: Path, options: dict[str, bool]) -> dict[str, Any]:
    return run(spec, directory, position=_slot, **options)


def rounded(value: float | None) -> float | None:
    r"""Rounds a point of a curve to five digits, which is what a record keeps of it.

    Example:
        >>> rounded(0.1234567), rounded(None)
        (0.12346, None)
    """
    return None if value is None else float(f"{value:.5g}")


@contextlib.contextmanager
def recorded(spec: Spec, folder: Path) -> Iterator[dict[str, Any]]:
    r"""Gives the record of a run, to be filled in; an error becomes a part of it, and a file ``error.txt``.

    Args:
        spec: The run.
        folder: The folder of the run.

    Example:
        >>> import tempfile
        >>> from types import SimpleNamespace
        >>> spec = SimpleNamespace(key="a", data="trees", method="none", seed=0, config={})
        >>> with recorded(spec, Path(tempfile.mkdtemp())) as record:
        ...     raise ValueError("no trees")
        >>> record["status"], record["error"]
        ('failed', 'ValueError: no trees')
    """
    record: dict[str, Any] = {"key": spec.key, "data": spec.data, "method": spec.method, "seed": spec.seed}
    record["status"] = "finished"
    try:
        yield record
    except Exception as error:
        with contextlib.suppress(OSError):
            atomic_write(folder / "error.txt", traceback.format_exc().encode())
        record.update(status="failed", error="".join(traceback.format_exception_only(error)).strip())
    now = datetime.datetime.now(datetime.timezone.utc)
    record["finished"] = now.isoformat(timespec="seconds")
    record.update(config=spec.config, machine=machine(), versions=versions())
