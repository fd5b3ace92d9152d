r"""``pyg-symbreak diffusion train``: trains a generator of molecules or other graphs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import tyro

from pyg_symbreak.cli.diffusion.options import BreakingOptions, ModelOptions, check_options
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig

MODEL, CURVE = "model", "curve.png"
r"""Where in the folder of a run its generator is kept, and its training curve."""


@dataclass(frozen=True)
class TrainCommand:
    r"""Trains a generator on a data set, or on a file of SMILES strings.

    Data sets are qm9, qm9-h (with hydrogens), qm9-charges and qm9-h-charges (charged atoms are types of their own),
    zinc250k, moses, planar, sbm, tree, comm20, and small (molecules of up to five atoms, made without a file).

    The folder of the run gets the generator (model/), metrics.csv, curve.png and what is needed to go on: after a kill,
    or after --minutes, the same command goes on where it was.
    """

    data: str  # name of a data set, or file of SMILES strings (.smi, .csv, .tsv, .gz)
    column: str | None = None  # column of a .csv file; by default smiles
    root: Path | None = None  # where data sets are kept; by default data
    out: Path | None = None  # folder of the run; by default runs/DATA-SYMMETRY_BREAKING
    minutes: float = 0.0  # stop after so long, to go on with the same command later; 0 for never
    resume: bool = True  # go on with a run that was stopped
    progress: bool = True  # show a progress bar, if standard error is a terminal
    breaking: Annotated[BreakingOptions, tyro.conf.arg(name="")] = field(default_factory=BreakingOptions)
    model: Annotated[ModelOptions, tyro.conf.arg(name="")] = field(default_factory=ModelOptions)
    train: Annotated[DiffusionTrainConfig, tyro.conf.arg(name="")] = field(default_factory=DiffusionTrainConfig)

    def __call__(self) -> int:
        r"""Runs the command and returns 0, or 3 if the time was over."""
        from tqdm import tqdm

        from pyg_symbreak.training.diffusion.data import DiffusionData
        from pyg_symbreak.training.diffusion.files import save_model
        from pyg_symbreak.training.diffusion.fit import fit
        from pyg_symbreak.training.diffusion.history import draw_history
        from pyg_symbreak.training.diffusion.sources import load_source
        from pyg_symbreak.training.machine import machine, tune_allocator, versions

        tune_allocator()
        options = check_options({**self.model.to_dict(), **self.breaking.to_dict()})
        show = self.progress and sys.stderr.isatty()
        with tqdm(disable=not show, desc="reading", unit="line", leave=False, dynamic_ncols=True) as bar:
            source = load_source(self.data, self.root, self.column, bar.update)
        config = source.config(**options)
        folder = self.out or Path("runs") / f"{Path(source.name).stem}-{config.symmetry_breaking}"
        if _first():
            print(account(source.name, {name: len(split) for name, split in source.splits.items()}, source.dropped))
        packed = (source.packed(split, self.train.max_buckets) for split in ("train", "val"))
        result = fit(
            config,
            self.train,
            DiffusionData(*packed),
            folder,
            show,
            resume=self.resume,
            time_limit=60 * self.minutes if self.minutes else None,
        )
        if not _first():
            return 0
        about = {
            "data": source.name,
            "steps": result.steps,
            "seconds": round(result.seconds, 1),
            "val_nll": result.val_nll,
            "train_config": self.train.to_dict(),
            "machine": machine(),
            "versions": versions(),
        }
        save_model(folder / MODEL, result.model, about)
        if result.history:
            draw_history(folder / "metrics.csv", folder / CURVE)
        state = "trained" if result.finished else "stopped; the same command goes on"
        print(f"{state}: {result.steps} steps, {result.seconds:.0f} s, {result.parameters:,} weights", end="")
        print(f", validation NLL {result.val_nll:.2f} nats a graph" if result.val_nll == result.val_nll else "")
        print(f"generator: {folder / MODEL}\ncurve: {folder / CURVE}")
        return 0 if result.finished else 3


def account(name: str, sizes: Mapping[str, int], dropped: Mapping[str, int]) -> str:
    r"""Tells how many graphs the splits have, and how many molecules were left out, by reason.

    Args:
        name: What the data set is called.
        sizes: The graphs of each split.
        dropped: The molecules left out, by reason.

    Example:
        >>> account("a.smi", {"train": 8, "test": 1}, {"syntax": 2})
        'a.smi: 8 train, 1 test; left out: 2 syntax'
    """
    text = f"{name}: " + ", ".join(f"{count:,} {split}" for split, count in sizes.items())
    missing = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count)
    return text + (f"; left out: {missing}" if missing else "")


def _first() -> bool:
    # With several GPUs every process runs the command; one of them speaks.
    from lightning.pytorch.utilities import rank_zero_only

    rank: Any = getattr(rank_zero_only, "rank", 0)
    return not rank
