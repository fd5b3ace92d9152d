r"""The runs of the comparison of generators: methods by seeds, each trained, sampled from and scored."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import DiffusionFitResult, fit
from pyg_symbreak.training.diffusion.methods import method_options
from pyg_symbreak.training.diffusion.nll import nll
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from pyg_symbreak.training.diffusion.sampling import SampleConfig, asdict_plain, sample_graphs
from pyg_symbreak.training.diffusion.scoring import DEFAULT_METRICS, Scorer, has_fcd, plain_scores
from pyg_symbreak.training.diffusion.sources import SOURCES, Source, fingerprint, load_source
from pyg_symbreak.training.pool import UNFINISHED, recorded, rounded
from pyg_symbreak.training.results import config_hash


class OutOfTime(Exception):
    r"""The time of a comparison is over; what was done is kept."""


@dataclass(frozen=True)
class DiffusionRunSpec:
    r"""One run of a comparison of generators.

    Args:
        data: The name of a data set, or a file of SMILES strings.
        method: The name of a method, see :func:`~pyg_symbreak.training.diffusion.methods.method_options`.
        train: How to train, seed included.
        sample: What to sample and score; its seed is that of the run.
        model: More hyper-parameters of the model, by name.
        fcd: Whether to compute the Fréchet ChemNet distance, if it is installed.
        test_graphs: How many test graphs at most the likelihood is measured on.
        test_draws: Times drawn for each of them.
        root: Where the data sets are kept.
        column: The column of a ``.csv`` file.
        deadline: The moment, in seconds of :func:`time.time`, at which the run stops, to be taken up again.

    Example:
        >>> DiffusionRunSpec("small", "sympe-exact@noisy", DiffusionTrainConfig(seed=3)).label
        'small sympe-exact@noisy seed 3'
    """

    data: str
    method: str
    train: DiffusionTrainConfig
    sample: SampleConfig = field(default_factory=SampleConfig)
    model: tuple[tuple[str, Any], ...] = ()
    fcd: bool = True
    test_graphs: int = 10_000
    test_draws: int = 10
    root: str | None = None
    column: str | None = None
    deadline: float | None = None

    @property
    def label(self) -> str:
        r"""What the run is called on screen."""
        return f"{Path(self.data).name} {self.method} seed {self.seed}"

    @property
    def seed(self) -> int:
        r"""The seed of the run."""
        return self.train.seed

    @property
    def options(self) -> dict[str, Any]:
        r"""The hyper-parameters of the model that data and defaults do not decide.

        Raises:
            ValueError: If the method is unknown.
        """
        return {**method_options(self.method), **dict(self.model)}

    @property
    def config(self) -> dict[str, Any]:
        r"""All that the result depends on, as plain values."""
        # The alphabet is a part of the data: any will do to fill in the defaults.
        filled = DiffusionConfig(("C",), ("none", "single"), 1, **_without_molecular(self.options)).to_dict()
        filled.update(_plain(self.options))
        data = self.data if self.data in SOURCES else f"{Path(self.data).name} {fingerprint(Path(self.data))}"
        train = self.train.to_dict()
        return {
            "data": data,
            "model": {name: value for name, value in filled.items() if name not in _ALPHABET},
            "train": {name: train[name] for name in DiffusionTrainConfig().changed({})},
            "sample": {**asdict_plain(self.sample), "seed": self.seed},
            "test": [self.test_graphs, self.test_draws],
            "fcd": self.fcd,
        }

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""
        return f"{Path(self.data).stem}/{self.method}/seed{self.seed}-{config_hash(self.config)}"


_ALPHABET = {"node_types", "edge_types", "max_nodes", "bonds", "valences", "weights", "bond_orders"}


def _without_molecular(options: dict[str, Any]) -> dict[str, Any]:
    features = tuple(name for name in options.get("features", ()) if name != "molecular")
    return {**options, "features": features} if "features" in options else options


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}


def prepare(specs: Iterable[DiffusionRunSpec]) -> None:
    r"""Makes the data sets of runs, before several processes would all make the same files.

    Args:
        specs: The runs, for :func:`~pyg_symbreak.training.pool.make_runs` with :func:`run`.

    Raises:
        ValueError: If a data set is unknown.
        FileNotFoundError: If a raw file of a data set has to be placed by hand.
    """
    for data, root, column in {(spec.data, spec.root, spec.column): None for spec in specs}:
        _cached_source(data, root, column)


def run(
    spec: DiffusionRunSpec, directory: Path, *, resume: bool = True, progress: bool = False, position: int = 0
) -> dict[str, Any]:
    r"""Trains, samples and scores; returns the record. An error becomes a record too, and a file ``error.txt``.

    Args:
        spec: The run.
        directory: Where the folder of the run is made.
        resume: Whether to go on with a run that was killed.
        progress: Whether to show progress bars.
        position: The line of the progress bar.
    """
    folder = directory / spec.key
    with recorded(spec, folder) as record:
        try:
            _run(spec, directory, record, resume, progress, position)
        except OutOfTime:
            record["status"] = UNFINISHED
    return record


def _run(
    spec: DiffusionRunSpec, directory: Path, record: dict[str, Any], resume: bool, progress: bool, position: int
) -> None:
    folder = directory / spec.key
    left = None if spec.deadline is None else spec.deadline - time.time()
    if left is not None and left <= 0:
        raise OutOfTime
    source = _cached_source(spec.data, spec.root, spec.column)
    train = source.packed("train", spec.train.max_buckets)
    data = DiffusionData(train, source.packed("val", spec.train.max_buckets))
    config = source.config(**spec.options)
    result = fit(
        config,
        spec.train,
        data,
        folder,
        progress,
        resume=resume,
        time_limit=left,
        label=spec.label,
        position=position,
    )
    record.update(_training(result))
    if not result.finished:
        raise OutOfTime
    device = torch.device("cuda" if spec.train.accelerator != "cpu" and torch.cuda.is_available() else "cpu")
    model = result.model.to(device)
    with tqdm(disable=not progress, position=position, leave=False, unit="graph", dynamic_ncols=True) as bar:
        told = _teller(bar, spec)
        metrics = _likelihood(spec, source, model, told)
        graphs, seconds = _samples(spec, model, folder, told)
        bar.set_description(f"{spec.label}: scores")
    scores = _cached_scorer(spec.data, spec.root, spec.column, spec.fcd, directory)(graphs, config)
    record["metrics"] = {**metrics, **plain_scores(scores)}
    record["scores"] = {name: score.to_dict() for name, score in scores.items() if hasattr(score, "to_dict")}
    record["sampling"] = {"seconds": seconds, "graphs": graphs.num_graphs, "device": str(device)}
    record["fcd_installed"] = has_fcd()


def _teller(bar: Any, spec: DiffusionRunSpec) -> Callable[[str, int], Callable[[int], None]]:
    def begin(what: str, total: int) -> Callable[[int], None]:
        bar.reset(total)
        bar.set_description(f"{spec.label}: {what}")

        def tell(count: int) -> None:
            bar.update(count)
            if spec.deadline is not None and time.time() > spec.deadline:
                raise OutOfTime

        return tell

    return begin


def _likelihood(spec: DiffusionRunSpec, source: Source, model: GraphDiffusion, told: Any) -> dict[str, float]:
    test: PackedGraphs = source.packed("test").subset(spec.test_graphs)
    progress = told("likelihood", len(test))
    found = nll(model, test, num_draws=spec.test_draws, batch_size=spec.sample.batch_size, progress=progress)
    return {"nll": found.nll, "nll_error": found.error, "nll_digress": found.nll_digress, "nll_draw": found.draw}


def _samples(spec: DiffusionRunSpec, model: GraphDiffusion, folder: Path, told: Any) -> tuple[Any, float]:
    sample = replace(spec.sample, seed=spec.seed)
    started = time.perf_counter()
    graphs = sample_graphs(model, sample, folder / "samples", told("samples", sample.num_graphs))
    return graphs, round(time.perf_counter() - started, 2)


def _training(result: DiffusionFitResult) -> dict[str, Any]:
    names = ("step", "seconds", "train_loss", "val_nll")
    curve = {name: [rounded(row.get(name)) for row in result.history] for name in names}
    return {
        "steps": result.steps,
        "seconds": round(result.seconds, 2),
        "peak_memory_mb": result.peak_memory_mb,
        "parameters": result.parameters,
        "val_nll": result.val_nll,
        "curve": curve,
    }


@functools.lru_cache(maxsize=2)
def _cached_source(data: str, root: str | None, column: str | None) -> Source:
    return load_source(data, root, column)


@functools.lru_cache(maxsize=2)
def _cached_scorer(data: str, root: str | None, column: str | None, fcd: bool, directory: Path) -> Scorer:
    metrics = [name for name in DEFAULT_METRICS if fcd or name != "fcd"]
    return Scorer(_cached_source(data, root, column), metrics, cache=directory)
