r"""``pyg-symbreak autoencoder``: trains the graph autoencoder with several methods and compares them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pyg_symbreak.cli.table import render, summarise

SHOWN = ("sympe-exact", "sympe-refinement", "sympe-learned", "uniform")
r"""The methods that the picture may show reconstructions of: the first that was trained."""


@dataclass(frozen=True)
class AutoencoderCommand:
    r"""Trains the graph autoencoder with several methods of symmetry breaking, and compares them.

    Prints a table, and writes every run to a JSON file and a picture. Finished runs are kept in that file: the same
    command, after a kill, goes on where it was.
    """

    data: tuple[str, ...] = ("er-0.25", "er-0.20", "er-0.10", "community", "trees", "regular-4")  # data sets
    methods: tuple[str, ...] = ()  # by default all of them
    seeds: int = 5  # runs of each method on each data set
    first_seed: int = 0  # the others follow
    quick: bool = False  # a few methods on one data set, once, into runs/quick: minutes instead of an hour
    epochs: int | None = None  # passes over the training graphs; by default what is recommended for the data set
    batch_size: int | None = None  # graphs a step; by default what is recommended
    learning_rate: float | None = None  # the largest rate; by default what is recommended
    decoder: str | None = None  # by default what is recommended
    patience: int = 0  # stop after so many epochs without a better validation BCE; 0 for never
    jobs: int = 2  # runs at a time, each in a process of its own
    threads: int = 1  # threads of each run
    devices: int = 1  # processes (CPU) or GPUs that share one run; with more than one, runs are made one by one
    accelerator: Literal["cpu", "cuda", "auto"] = "cpu"  # what to train on
    out: Path = Path("results/autoencoder.json")  # the results
    picture: Path = Path("results/autoencoder.png")  # the picture
    runs: Path = Path("runs/autoencoder")  # checkpoints and logs
    root: Path | None = None  # where data sets are kept; by default they are made in memory
    resume: bool = True  # keep finished runs and go on with killed ones
    progress: bool = True  # show progress bars, if standard error is a terminal

    def __call__(self) -> int:
        r"""Runs the command and returns 1 if a run failed, else 0."""
        specs = self._specs()
        from pyg_symbreak.cli.autoencoder_picture import draw
        from pyg_symbreak.training.data import floors as floors_of
        from pyg_symbreak.training.machine import tune_allocator
        from pyg_symbreak.training.results import merge_results, read_results

        tune_allocator()
        known = read_results(self.out).get("floors", {})
        floors = {data: known.get(data) or floors_of(data, self._root) for data in self.data}
        merge_results(self.out, [], floors=floors)
        for record in self._compare(specs):
            self._tell(record)
        keys = [spec.key for spec in specs]
        held = {run["key"]: run for run in read_results(self.out)["runs"]}
        records = [held[key] for key in keys if key in held]
        summary = summarise(records)
        merge_results(self.out, [], summary=summary)
        print(render(summary, floors))
        draw(self.picture, summary, floors, *self._pair(specs))
        print(f"\nresults: {self.out}\npicture: {self.picture}")
        return 1 if any(record["status"] == "failed" for record in records) else 0

    @property
    def _root(self) -> str | None:
        return None if self.root is None else str(self.root)

    def _specs(self) -> list[Any]:
        from pyg_symbreak.training.comparison import RunSpec
        from pyg_symbreak.training.config import TrainConfig
        from pyg_symbreak.training.methods import METHODS, check_method, preset

        if self.seeds < 1:
            raise ValueError(f"'autoencoder' expected '--seeds' to be at least 1 (got {self.seeds})")
        methods = [check_method(method) for method in self.methods or METHODS]
        specs = []
        for data in self.data:
            chosen = preset(data)
            for seed in range(self.first_seed, self.first_seed + self.seeds):
                train = TrainConfig(
                    epochs=chosen.epochs if self.epochs is None else self.epochs,
                    batch_size=chosen.batch_size if self.batch_size is None else self.batch_size,
                    learning_rate=chosen.learning_rate if self.learning_rate is None else self.learning_rate,
                    patience=self.patience,
                    seed=seed,
                    accelerator=self.accelerator,
                    devices=self.devices,
                    threads=self.threads,
                )
                specs += [RunSpec(data, method, train, self.decoder, self._root) for method in methods]
        return specs

    def _pair(self, specs: list[Any]) -> tuple[tuple[Path, Path] | None, str]:
        # The checkpoints without and with symmetry breaking that the picture shows reconstructions of.
        for data in self.data:
            found = {s.method: self.runs / s.key / "best.ckpt" for s in reversed(specs) if s.data == data}
            held = {method: path for method, path in found.items() if path.is_file()}
            best = next((method for method in SHOWN if method in held), None)
            if best and "none" in held and "qm9" not in data:
                return (held["none"], held[best]), data
        return None, ""

    def _compare(self, specs: list[Any]) -> Iterator[dict[str, Any]]:
        from pyg_symbreak.training.comparison import run
        from pyg_symbreak.training.pool import make_runs

        jobs = 1 if self.devices > 1 else self.jobs
        progress = self.progress and sys.stderr.isatty()
        return make_runs(specs, run, self.out, self.runs, jobs=jobs, resume=self.resume, progress=progress)

    def _tell(self, record: dict[str, Any]) -> None:
        from tqdm import tqdm

        what = f"{record['data']} {record['method']} seed {record['seed']}"
        if record["status"] == "failed":
            line = f"{what}: failed: {record['error']}"
        else:
            m = record["metrics"]
            line = (
                f"{what}: error {m['error_percent']:.3f} %, BCE {m['bce']:.2f}, F1 {m['f1']:.4f}, "
                f"{100 * m['exact']:.1f} % exact, {record['seconds']:.0f} s"
            )
        tqdm.write(line, file=sys.stderr)


FULL = AutoencoderCommand()
QUICK = AutoencoderCommand(
    data=("er-0.25",),
    methods=("none", "noise", "wl-noise", "egnn", "sympe-refinement", "sympe-exact"),
    seeds=1,
    quick=True,
    out=Path("runs/quick/autoencoder.json"),
    picture=Path("runs/quick/autoencoder.png"),
)
r"""The defaults that ``--quick`` stands for."""
