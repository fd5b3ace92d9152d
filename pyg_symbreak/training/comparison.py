r"""Many runs, methods by data sets by seeds, several at a time, each kept as soon as it is finished."""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import functools
import multiprocessing
import os
import queue
import threading
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits, load_splits
from pyg_symbreak.training.fit import FitResult, fit
from pyg_symbreak.training.machine import machine, peak_memory_mb, tune_allocator, versions
from pyg_symbreak.training.methods import method_config
from pyg_symbreak.training.results import config_hash, finished_runs, merge_results, read_results


@dataclass(frozen=True)
class RunSpec:
    r"""One run of a comparison.

    Args:
        data: The name of a data set.
        method: The name of a method.
        train: How to train, seed included.
        decoder: A decoder other than the recommended one.
        root: Where the data sets are kept; by default they are made in memory.

    Example:
        >>> RunSpec("er-0.25", "none", TrainConfig(seed=3)).label
        'er-0.25 none seed 3'
    """

    data: str
    method: str
    train: TrainConfig
    decoder: str | None = None
    root: str | None = None

    @property
    def label(self) -> str:
        r"""What the run is called on screen."""
        return f"{self.data} {self.method} seed {self.train.seed}"

    @property
    def model(self) -> AutoencoderConfig:
        r"""The model of the run."""
        return method_config(self.method, self.data, self.decoder)

    @property
    def config(self) -> dict[str, Any]:
        r"""All that the result depends on, as plain values."""
        return {"data": self.data, "model": asdict(self.model), "train": self.train.changes_result()}

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""
        return f"{self.data}/{self.method}/seed{self.train.seed}-{config_hash(self.config)}"


def compare(
    specs: Sequence[RunSpec],
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
    for record in _records(missing, Path(directory), jobs, resume, progress):
        merge_results(results, [record], machine=machine(), versions=versions())
        yield record


def _records(
    specs: list[RunSpec], directory: Path, jobs: int, resume: bool, progress: bool
) -> Iterator[dict[str, Any]]:
    if jobs == 1 or len(specs) < 2:
        for spec in specs:
            yield run(spec, directory, resume=resume, progress=progress)
        return
    context = multiprocessing.get_context("spawn")
    slots, lock = context.Queue(), context.RLock()
    tqdm.set_lock(lock)  # or the progress bars of the processes would write into each other
    for slot in range(jobs):
        slots.put(slot)
    with concurrent.futures.ProcessPoolExecutor(jobs, context, _start_worker, (slots, lock)) as pool:
        futures = [pool.submit(_run_in_worker, spec, directory, resume, progress) for spec in specs]
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


def _run_in_worker(spec: RunSpec, directory: Path, resume: bool, progress: bool) -> dict[str, Any]:
    return run(spec, directory, resume=resume, progress=progress, position=_slot)


def run(
    spec: RunSpec, directory: Path, *, resume: bool = True, progress: bool = False, position: int = 0
) -> dict[str, Any]:
    r"""Makes one run and returns its record; an error becomes a record too, and a file ``error.txt`` with the details.

    Args:
        spec: The run.
        directory: Where the folder of the run is made.
        resume: Whether to go on with a run that was killed.
        progress: Whether to show a progress bar.
        position: The line of the progress bar.
    """
    folder = directory / spec.key
    try:
        splits = _cached_splits(spec.data, spec.root)
        result = fit(
            spec.train,
            spec.model,
            splits,
            folder,
            resume=resume,
            progress=progress,
            label=spec.label,
            position=position,
        )
    except Exception as error:
        with contextlib.suppress(OSError):
            atomic_write(folder / "error.txt", traceback.format_exc().encode())
        return _record(spec, error="".join(traceback.format_exception_only(error)).strip())
    return _record(spec, result)


@functools.lru_cache(maxsize=2)
def _cached_splits(name: str, root: str | None) -> Splits:
    return load_splits(name, root)


def _record(
    spec: RunSpec,
    result: FitResult | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "key": spec.key,
        "data": spec.data,
        "method": spec.method,
        "seed": spec.train.seed,
        "status": "failed" if result is None else "finished",
        "finished": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "config": spec.config,
        "machine": machine(),
        "versions": versions(),
    }
    if result is None:
        return {**record, "error": error}
    curve = {name: [float(f"{row[name]:.4g}") for row in result.history] for name in result.history[0]}
    return {
        **record,
        "metrics": result.metrics,
        "seconds": round(result.seconds, 2),
        "peak_memory_mb": peak_memory_mb(),
        "best_epoch": result.best_epoch,
        "epochs": result.epochs,
        "parameters": result.parameters,
        "curve": curve,
    }
