r"""``pyg-symbreak symmetrize``: makes backbones equivariant in several ways, and compares them on a task."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from pyg_symbreak.cli.symmetrize.table import METRICS, cell, render, render_separation, summarise_draws
from pyg_symbreak.cli.table import Summary

SEPARATION = "separation"
r"""The name that stands for all sets of pairs to be told apart."""

_QUICK = Path("runs/quick")


@dataclass(frozen=True)
class SymmetrizeCommand:
    r"""Makes backbones equivariant in several ways, and compares them on a task.

    A task is trained for, or is a set of pairs of graphs that random models tell apart (graph8c, graph8c-hard, exp,
    csl, sr25, brec, or all of them: separation), beside pairs of isomorphic graphs, which none may. A method is a draw
    and a backbone, such as lps+mlp. A wrong name of a task or a method lists those there are.

    Prints a table, and writes every run to a JSON file and a picture. Finished runs are kept in that file: the same
    command, after a kill or when its minutes are over, goes on where it was.
    """

    task: Annotated[str, tyro.conf.Positional]  # what is to be learned, or told apart
    methods: tuple[str, ...] = ()  # by default those that the task recommends
    draws: tuple[int, ...] = ()  # numbers of draws in training, compared with each other; by default the task's
    test_draws: int | None = None  # draws in testing, or of each graph that is to be told apart; by default the task's
    val_draws: int | None = None  # draws in validation; by default the task's
    pairs: int | None = None  # at most so many pairs of a set; by default all, or 1,000 of the connected graphs
    seeds: int | None = None  # runs of each method; by default 3, with --quick 1
    first_seed: int = 0  # the others follow
    quick: bool = False  # few epochs, one seed, into runs/quick: to see whether it works
    epochs: int | None = None  # passes over the training examples; by default the task's
    batch_size: int | None = None  # examples a step; by default the task's
    learning_rate: float | None = None  # the largest rate; by default the task's
    entropy: float | None = None  # weight of the entropy of relaxed permutations; by default the task's
    prior: float | None = None  # weight of the pull towards the identity; by default the task's
    validate_every: int | None = None  # epochs from one validation to the next; by default the task's
    test_passes: int | None = None  # passes over the test examples, each with fresh draws; by default the task's
    root: Path = Path("data")  # the folder of the data sets; raw files are placed in <root>/<name>/raw
    jobs: int = 1  # runs at a time, each in a process of its own
    threads: int = 1  # threads of each run
    accelerator: Literal["cpu", "cuda", "auto"] = "cpu"  # what to train on
    minutes: float = 0.0  # stop after so long, to go on with the same command later; 0 for never
    out: Path | None = None  # the results; by default results/symmetrize_<task>.json
    picture: Path | None = None  # the picture; by default beside the results
    runs: Path = Path("runs/symmetrize")  # checkpoints and logs
    resume: bool = True  # keep finished runs and go on with killed ones
    progress: bool = True  # show progress bars, if standard error is a terminal

    def __call__(self) -> int:
        r"""Runs the command and returns 1 if a run failed, 3 if the time was over, else 0."""
        from pyg_symbreak.training.machine import tune_allocator
        from pyg_symbreak.training.symmetrize.separation import PAIRS

        tune_allocator()
        if self.task == SEPARATION or self.task in PAIRS:
            return self._separate(tuple(PAIRS) if self.task == SEPARATION else (self.task,))
        from pyg_symbreak.training.pool import make_runs
        from pyg_symbreak.training.symmetrize.comparison import prepare, run
        from pyg_symbreak.training.symmetrize.tasks import get_task

        task = get_task(self.task)
        specs, out = self._specs(task), self._out(self.task)
        progress = self.progress and sys.stderr.isatty()
        prepare(specs)
        records = make_runs(specs, run, out, self.runs, jobs=self.jobs, resume=self.resume, progress=progress)
        return self._finish(specs, records, out, render, f"{task.name}: {task.about}")

    def _separate(self, names: tuple[str, ...]) -> int:
        from pyg_symbreak.training.pool import make_runs
        from pyg_symbreak.training.symmetrize.separation import RECOMMENDED, SeparationRunSpec, prepare, run

        options: dict[str, Any] = {"num_draws": self.test_draws} if self.test_draws else {}
        if self.quick or self.pairs is not None:
            options["num_pairs"] = 20 if self.pairs is None else self.pairs
        specs = [
            SeparationRunSpec(data, method, seed, root=str(self.root), deadline=self._deadline, **options)
            for data in names
            for seed in self._seeds
            for method in self.methods or RECOMMENDED
        ]
        out = self._out(SEPARATION)
        prepare(specs)
        records = make_runs(specs, run, out, self.runs, jobs=self.jobs, resume=self.resume)
        return self._finish(specs, records, out, render_separation)

    def _finish(
        self,
        specs: Sequence[Any],
        records: Iterable[Mapping[str, Any]],
        out: Path,
        lay_out: Callable[[Summary], str],
        title: str | None = None,
    ) -> int:
        from pyg_symbreak.cli.symmetrize.picture import draw
        from pyg_symbreak.training.results import merge_results, read_results

        for record in records:
            self._tell(record)
        held = {run["key"]: run for run in read_results(out)["runs"]}
        found = [held[spec.key] for spec in specs if spec.key in held]
        summary = summarise_draws(found)
        merge_results(out, [], summary=summary)
        if summary:
            print(lay_out(summary))
        picture = self.picture or out.with_suffix(".png")
        drawn = title is not None and draw(picture, summary, title)
        print(f"\nresults: {out}" + (f"\npicture: {picture}" if drawn else ""))
        states = {record["status"] for record in found}
        return 1 if "failed" in states else 3 if "unfinished" in states or len(found) < len(specs) else 0

    def _out(self, name: str) -> Path:
        folder = _QUICK if self.quick else Path("results")
        return self.out or folder / f"symmetrize_{name.replace('-', '_')}.json"

    @property
    def _seeds(self) -> range:
        seeds = (1 if self.quick else 3) if self.seeds is None else self.seeds
        if seeds < 1:
            raise ValueError(f"'symmetrize' expected '--seeds' to be at least 1 (got {seeds})")
        return range(self.first_seed, self.first_seed + seeds)

    @property
    def _deadline(self) -> float | None:
        return time.time() + 60 * self.minutes if self.minutes else None

    def _specs(self, task: Any) -> list[Any]:
        from pyg_symbreak.training.symmetrize.comparison import SymmetrizeRunSpec

        seeds, methods = self._seeds, self.methods or task.methods
        for method in methods:
            task.check(method)
        told = ("epochs", "batch_size", "learning_rate", "entropy", "prior", "test_draws", "val_draws", "test_passes")
        chosen = {name: getattr(self, name) for name in (*told, "validate_every") if getattr(self, name) is not None}
        train = replace(task.train, **{**(task.quick if self.quick else {}), **chosen})
        train = replace(train, threads=self.threads, accelerator=self.accelerator)
        counts = self.draws or ((train.draws,) if self.quick else task.draws) or (train.draws,)
        deadline = self._deadline
        return [
            SymmetrizeRunSpec(task.name, method, replace(train, seed=seed, draws=count), str(self.root), deadline)
            for seed in seeds
            for method in methods
            for count in counts
            if count == counts[0] or task.depends_on_draws(method)
        ]

    def _tell(self, record: Mapping[str, Any]) -> None:
        from tqdm import tqdm

        line = f"{record['data']} {record['method']} k={record['draws']} seed {record['seed']}: "
        if record["status"] == "failed":
            line += f"failed: {record['error']}"
        elif record["status"] == "finished":
            found = record["metrics"]
            shown = [f"{METRICS[name][0]} {cell(name, [found.get(name), None])}" for name in METRICS if name in found]
            line += ", ".join([*shown, f"{record['seconds']:.0f} s"])
        else:
            line += f"{record['status']} after {record.get('steps', 0)} steps"
        tqdm.write(line, file=sys.stderr)
