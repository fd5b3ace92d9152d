r"""The runs of the autoencoder comparison: methods by data sets by seeds."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyg_symbreak.models.autoencoder import AutoencoderConfig
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits, load_splits
from pyg_symbreak.training.fit import FitResult, fit
from pyg_symbreak.training.machine import peak_memory_mb
from pyg_symbreak.training.methods import method_config
from pyg_symbreak.training.pool import recorded
from pyg_symbreak.training.results import config_hash


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
    def seed(self) -> int:
        r"""The seed of the run."""
        return self.train.seed

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""
        return f"{self.data}/{self.method}/seed{self.train.seed}-{config_hash(self.config)}"


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
    with recorded(spec, folder) as record:
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
        record.update(_outcome(result))
    return record


@functools.lru_cache(maxsize=2)
def _cached_splits(name: str, root: str | None) -> Splits:
    return load_splits(name, root)


def _outcome(result: FitResult) -> dict[str, Any]:
    curve = {name: [float(f"{row[name]:.4g}") for row in result.history] for name in result.history[0]}
    return {
        "metrics": result.metrics,
        "seconds": round(result.seconds, 2),
        "peak_memory_mb": peak_memory_mb(),
        "best_epoch": result.best_epoch,
        "epochs": result.epochs,
        "parameters": result.parameters,
        "curve": curve,
    }
