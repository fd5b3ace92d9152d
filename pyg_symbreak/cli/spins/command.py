r"""``pyg-symbreak spins``: predicts ground states of spin systems in several ways, and draws phase diagrams."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

_QUICK = Path("runs/quick")


@dataclass(frozen=True)
class SpinsCommand:
    r"""Predicts ground states of spin systems on lattices, with and without breaking their symmetries.

    The systems are phases (Jx = 1, any Jy, a field), zero-field (any Jx and Jy, no field) or glass (±J at random). A
    method is none, noise, uniform, sympe-exact or sympe-energy, all with a network that is equivariant under all
    symmetries of the lattice; graph-none, graph-sympe or graph-rank, with message passing; or recurrent, many rounds
    of a small network from noise, for glasses.

    Prints a table, and writes every run to a JSON file and a picture: phase diagrams beside the exact one. Finished
    runs are kept in that file: the same command, after a kill or when its minutes are over, goes on where it was.
    """

    task: Annotated[Literal["phases", "zero-field", "glass"], tyro.conf.Positional] = "phases"  # the systems
    methods: tuple[str, ...] = ()  # by default those that the task recommends
    seeds: int | None = None  # runs of each method; by default 5, with --quick 1
    first_seed: int = 0  # the others follow
    size: int = 8  # the side of the lattices
    loss: Literal["both", "energy", "likelihood"] | None = None  # expected energy, likelihood of exact ground states
    quick: bool = False  # small networks, few epochs, one seed, into runs/quick: to see whether it works
    epochs: int | None = None  # passes over the training systems; by default the task's
    batch_size: int | None = None  # systems a step; by default the task's
    learning_rate: float | None = None  # the largest rate; by default the task's
    heat: float | None = None  # the temperature of the first step, with the energy as the loss; by default the task's
    width: int | None = None  # channels of the networks; by default the task's
    layers: int | None = None  # layers of the networks; by default the task's
    root: Path | None = None  # the folder of the data sets; by default they are made in memory
    jobs: int = 1  # runs at a time, each in a process of its own
    threads: int = 1  # threads of each run
    accelerator: Literal["cpu", "cuda", "auto"] = "cpu"  # what to train on
    minutes: float = 0.0  # stop after so long, to go on with the same command later; 0 for never
    out: Path | None = None  # the results; by default results/spins_<task>.json
    picture: Path | None = None  # the picture; by default beside the results
    runs: Path = Path("runs/spins")  # checkpoints and logs
    resume: bool = True  # keep finished runs and go on with killed ones
    progress: bool = True  # show progress bars, if standard error is a terminal

    def __call__(self) -> int:
        r"""Runs the command and returns 1 if a run failed, 3 if the time was over, else 0."""
        from pyg_symbreak.cli.spins.picture import draw
        from pyg_symbreak.cli.spins.table import render, summarise_spins
        from pyg_symbreak.training.machine import tune_allocator
        from pyg_symbreak.training.pool import make_runs
        from pyg_symbreak.training.results import merge_results, read_results
        from pyg_symbreak.training.spins.comparison import prepare, run

        tune_allocator()
        specs, out = self._specs(), self.out or self._out
        progress = self.progress and sys.stderr.isatty()
        prepare(specs)
        for record in make_runs(specs, run, out, self.runs, jobs=self.jobs, resume=self.resume, progress=progress):
            self._tell(record)
        held = {run["key"]: run for run in read_results(out)["runs"]}
        found = [held[spec.key] for spec in specs if spec.key in held]
        summary = summarise_spins(found)
        merge_results(out, [], summary=summary)
        if summary:
            print(render(summary))
        picture = self.picture or out.with_suffix(".png")
        drawn = draw(picture, found, self.task, self.size)
        print(f"\nresults: {out}" + (f"\npicture: {picture}" if drawn else ""))
        states = {record["status"] for record in found}
        return 1 if "failed" in states else 3 if "unfinished" in states or len(found) < len(specs) else 0

    @property
    def _out(self) -> Path:
        size = "" if self.size == 8 else f"_{self.size}"
        loss = "" if self.loss is None else f"_{self.loss}"
        return (_QUICK if self.quick else Path("results")) / f"spins_{self.task.replace('-', '_')}{size}{loss}.json"

    def _specs(self) -> list[Any]:
        from pyg_symbreak.training.spins.comparison import SpinRunSpec
        from pyg_symbreak.training.spins.evaluate import QUICK, Effort
        from pyg_symbreak.training.spins.methods import is_graph
        from pyg_symbreak.training.spins.tasks import get_spin_task

        task = get_spin_task(self.task)
        seeds = (1 if self.quick else 5) if self.seeds is None else self.seeds
        if seeds < 1:
            raise ValueError(f"'spins' expected '--seeds' to be at least 1 (got {seeds})")
        told = ("epochs", "batch_size", "learning_rate")
        chosen = {name: getattr(self, name) for name in told if getattr(self, name) is not None}
        train = replace(task.train, **{**(task.quick if self.quick else {}), **chosen})
        train = replace(train, threads=self.threads, accelerator=self.accelerator)
        sizes: dict[str, int] = {}
        if self.width is not None:
            sizes.update(width=self.width, graph_width=self.width, recurrent_width=self.width)
        if self.layers is not None:
            sizes.update(num_layers=self.layers, graph_layers=self.layers, recurrent_rounds=self.layers)
        settings = replace(task.settings, **{**(task.quick_settings if self.quick else {}), **sizes})
        methods = self.methods or task.methods
        for method in methods:
            is_graph(method)
        return [
            SpinRunSpec(
                self.task,
                method,
                replace(train, seed=seed),
                settings,
                self.size,
                self.loss or task.loss,
                task.cooling if self.heat is None else replace(task.cooling, heat=self.heat),
                QUICK if self.quick else Effort(),
                None if self.root is None else str(self.root),
                time.time() + 60 * self.minutes if self.minutes else None,
            )
            for seed in range(self.first_seed, self.first_seed + seeds)
            for method in methods
        ]

    def _tell(self, record: Mapping[str, Any]) -> None:
        from tqdm import tqdm

        from pyg_symbreak.cli.spins.table import METRICS, cell

        line = f"{record['data']} {record['method']} seed {record['seed']}: "
        if record["status"] == "failed":
            line += f"failed: {record['error']}"
        elif record["status"] == "finished":
            found = record["metrics"]
            shown = [f"{METRICS[name][0]} {cell(name, [found.get(name), None])}" for name in METRICS if name in found]
            line += ", ".join([*shown, f"{record['seconds']:.0f} s"])
        else:
            line += f"{record['status']} after {record.get('steps', 0)} steps"
        tqdm.write(line, file=sys.stderr)
