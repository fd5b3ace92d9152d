r"""``pyg-symbreak diffusion compare``: trains generators with several methods and compares them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from pyg_symbreak.cli.diffusion.options import ModelOptions, check_options
from pyg_symbreak.cli.table import Summary, align, summarise, written
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig

METRICS = {
    "nll": ("NLL", 1, 2),
    "validity": ("valid %", 100, 2),
    "uniqueness": ("unique %", 100, 2),
    "novelty": ("novel %", 100, 2),
    "vun": ("V.U.N. %", 100, 2),
    "fcd": ("FCD", 1, 3),
    "mean_ratio": ("MMD ratio", 1, 2),
}
r"""The metrics of the table: the heading of each column, its factor and its digits."""


@dataclass(frozen=True)
class CompareCommand:
    r"""Trains a generator with each of several methods, samples from all of them, and prints a table.

    A method is a way to break symmetries (none, noise, uniform, sympe-walk, sympe-exact, sympe-refinement,
    sympe-learned, sympe-spectral), then options after an @ each: clean or noisy (the graph that the order is drawn
    from), no-walk, breadth or depth, time (a gate by time), nodes (no vectors of pairs), drop (of the vectors, a tenth
    of the time).

    Every run goes to a JSON file and a picture. Finished runs are kept in that file: the same command, after a kill,
    goes on where it was.
    """

    data: str = "qm9"  # name of a data set, or file of SMILES strings
    methods: tuple[str, ...] = ()  # by default none, noise, uniform, sympe-exact, sympe-exact@noisy, sympe-learned
    seeds: int = 3  # runs of each method; the first has the seed --seed, the others follow
    samples: int = 10_000  # graphs that each run generates
    sampler: Literal["ancestral", "flow"] = "ancestral"  # how it generates them
    sample_steps: int = 0  # steps of the sampler; 0 for all of the ancestral sampler, 50 of the flow
    sample_batch: int = 512  # graphs that are generated together
    test_graphs: int = 10_000  # test graphs, at most, that the likelihood is measured on
    test_draws: int = 10  # times drawn for each of them
    fcd: bool = True  # compute the Fréchet ChemNet distance, if the extra fcd is installed
    root: Path | None = None  # where data sets are kept; by default data
    column: str | None = None  # column of a .csv file
    jobs: int = 1  # runs at a time, each in a process of its own
    minutes: float = 0.0  # stop after so long, to go on with the same command later; 0 for never
    out: Path = Path("results/diffusion.json")  # the results
    picture: Path | None = None  # the picture; by default beside the results
    runs: Path = Path("runs/diffusion")  # checkpoints, logs and samples
    resume: bool = True  # keep finished runs and go on with killed ones
    progress: bool = True  # show progress bars, if standard error is a terminal
    model: Annotated[ModelOptions, tyro.conf.arg(name="")] = field(default_factory=ModelOptions)
    train: Annotated[DiffusionTrainConfig, tyro.conf.arg(name="")] = field(default_factory=DiffusionTrainConfig)

    def __call__(self) -> int:
        r"""Runs the command and returns 1 if a run failed, 3 if the time was over, else 0."""
        specs = self._specs()
        from pyg_symbreak.cli.diffusion.compare_picture import draw
        from pyg_symbreak.training.diffusion.comparison import prepare, run
        from pyg_symbreak.training.machine import tune_allocator
        from pyg_symbreak.training.pool import UNFINISHED, make_runs
        from pyg_symbreak.training.results import merge_results, read_results

        tune_allocator()
        prepare(specs)
        jobs = 1 if self.train.world_size > 1 else self.jobs
        progress = self.progress and sys.stderr.isatty()
        for record in make_runs(specs, run, self.out, self.runs, jobs=jobs, resume=self.resume, progress=progress):
            self._tell(record)
        held = {run["key"]: run for run in read_results(self.out)["runs"]}
        records = [held[spec.key] for spec in specs if spec.key in held]
        summary = summarise(records, METRICS)
        merge_results(self.out, [], summary=summary)
        print(render(summary))
        picture = self.picture or self.out.with_suffix(".png")
        finished = [record for record in records if record["status"] == "finished"]
        if finished:
            draw(picture, finished)
        print(f"\nresults: {self.out}" + (f"\npicture: {picture}" if finished else ""))
        states = {record["status"] for record in records}
        return 1 if "failed" in states else 3 if UNFINISHED in states or len(records) < len(specs) else 0

    def _specs(self) -> list[Any]:
        if self.seeds < 1:
            raise ValueError(f"'diffusion compare' expected '--seeds' to be at least 1 (got {self.seeds})")
        from pyg_symbreak.training.diffusion.comparison import DiffusionRunSpec
        from pyg_symbreak.training.diffusion.methods import COMPARED, method_options
        from pyg_symbreak.training.diffusion.sampling import SampleConfig
        from pyg_symbreak.training.diffusion.sources import check_source

        check_source(self.data)
        methods = self.methods or COMPARED
        for method in methods:
            check_options({**self.model.to_dict(), **method_options(method)})
        sample = SampleConfig(
            num_graphs=self.samples, sampler=self.sampler, steps=self.sample_steps, batch_size=self.sample_batch
        )
        deadline = time.time() + 60 * self.minutes if self.minutes else None
        return [
            DiffusionRunSpec(
                data=self.data,
                method=method,
                train=replace(self.train, seed=seed),
                sample=sample,
                model=tuple(self.model.to_dict().items()),
                fcd=self.fcd,
                test_graphs=self.test_graphs,
                test_draws=self.test_draws,
                root=None if self.root is None else str(self.root),
                column=self.column,
                deadline=deadline,
            )
            for seed in range(self.train.seed, self.train.seed + self.seeds)
            for method in methods
        ]

    def _tell(self, record: Mapping[str, Any]) -> None:
        from tqdm import tqdm

        line = f"{record['data']} {record['method']} seed {record['seed']}: "
        if record["status"] == "failed":
            line += f"failed: {record['error']}"
        elif record["status"] == "finished":
            shown = [f"{METRICS[name][0]} {cell(name, [record['metrics'].get(name), None])}" for name in METRICS]
            line += ", ".join([text for text in shown if not text.endswith("–")] + [f"{record['seconds']:.0f} s"])
        else:
            line += f"{record['status']} after {record.get('steps', 0)} steps"
        tqdm.write(line, file=sys.stderr)


def render(summary: Summary) -> str:
    r"""Lays the table out as text; metrics that no run has are left out.

    Args:
        summary: What :func:`~pyg_symbreak.cli.table.summarise` returned, with the metrics of :data:`METRICS`.
    """
    known = [name for name in METRICS if any(row.get(name, [None])[0] is not None for row in summary.values())]
    rows = [["data", "method", *(METRICS[name][0] for name in known), "seconds", "runs"]]
    for row in summary.values():
        runs = str(row["runs"]) + (f" ({row['failed']} failed)" if row["failed"] else "")
        cells = [cell(name, row.get(name, [None, None])) for name in (*known, "seconds")]
        rows.append([row["data"], row["method"], *cells, runs])
    return align(rows)


def cell(name: str, spread: list[float | None]) -> str:
    r"""Writes a mean and its standard deviation.

    Args:
        name: The metric.
        spread: The mean and the deviation, each :obj:`None` where it is not known.

    Example:
        >>> cell("validity", [0.991, 0.002]), cell("nll", [12.5, None]), cell("fcd", [None, None])
        ('99.10 ± 0.20', '12.50', '–')
    """
    _, factor, digits = METRICS.get(name, ("", 1, 0))
    return written(spread, factor, digits)
