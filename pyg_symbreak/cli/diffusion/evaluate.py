r"""``pyg-symbreak diffusion evaluate``: scores of generated molecules or other graphs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from pyg_symbreak.cli.diffusion.files import left_out, read_graph_file, read_smiles, sample_format
from pyg_symbreak.cli.table import align
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.results import without_nan


@dataclass(frozen=True)
class EvaluateCommand:
    r"""Scores generated molecules or other graphs against a reference, each with its counts and its interval.

    In a file of SMILES strings an empty line is a sample that is no molecule. Samples that `diffusion sample` left out
    count, too, if its .json file is still there and the file of samples is as it was written.

    With the name of a data set as reference, novelty is measured against its training split, and distances against
    its test split.
    """

    file: tyro.conf.Positional[Path]  # the samples: *.smi, *.g6 or *.pt
    reference: str | None = None  # name of a data set, or file of molecules or graphs
    train: Path | None = None  # file for novelty, if the reference is another
    metrics: tuple[
        Literal["validity", "stability", "fcd", "nspdk", "snn", "scaffolds", "fragments"]
        | Literal["diversity", "filters", "properties"],
        ...,
    ] = ("validity",)  # the scores of molecules
    fcd: bool = False  # add the Fréchet ChemNet distance (extra fcd)
    hydrogens: bool = False  # the samples hold their hydrogens as atoms, which stability asks
    kind: Literal["planar", "sbm", "tree", "comm20"] | None = None  # what makes a graph valid
    column: str | None = None  # column of a reference that is a .csv file
    root: Path | None = None  # where data sets are kept; by default data
    out: Path | None = None  # the scores as JSON; by default FILE.scores.json

    def __call__(self) -> int:
        r"""Runs the command and returns 0."""
        if sample_format(self.file) == "smiles":
            scores, about = self._molecules()
        else:
            scores, about = self._graphs()
        plain = {name: score.to_dict() for name, score in scores.items()}
        out = self.out or self.file.with_name(self.file.name + ".scores.json")
        print(render(scores))
        content = {"file": str(self.file), "reference": self.reference, **about, "scores": without_nan(plain)}
        atomic_write(out, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
        print(f"\nscores: {out}")
        return 0

    def _molecules(self) -> tuple[dict[str, Any], dict[str, Any]]:
        from pyg_symbreak.metrics.molecules import MoleculeMetrics

        samples = read_smiles(self.file)
        missing = left_out(self.file, len(samples))
        if not samples and not missing:
            raise ValueError(f"'diffusion evaluate' expected a SMILES string a line (got the empty file {self.file})")
        groups = (*self.metrics, "fcd") if self.fcd and "fcd" not in self.metrics else self.metrics
        reference, train = self._references()
        metrics = MoleculeMetrics(reference, train=train, metrics=groups, hydrogens=self.hydrogens)
        print(f"{len(samples) + missing:,} samples" + (f", {missing:,} of them not in the file" if missing else ""))
        if metrics.skipped:
            print(f"{metrics.skipped:,} lines of the reference are no valid molecule and were left out")
        return metrics([*samples, *[None] * missing]), {"left_out": missing, "skipped": metrics.skipped}

    def _references(self) -> tuple[list[str] | None, frozenset[str] | list[str] | None]:
        from pyg_symbreak.datasets.smiles_file import smiles_lines
        from pyg_symbreak.training.diffusion.sources import SOURCES, check_source, load_source

        train = None if self.train is None else list(smiles_lines(self.train, self.column))
        if self.reference is None:
            return None, train
        if check_source(self.reference) not in SOURCES:
            return list(smiles_lines(self.reference, self.column)), train
        source = load_source(self.reference, self.root)
        return source.smiles("test"), frozenset(source.smiles("train")) if train is None else train

    def _graphs(self) -> tuple[dict[str, Any], dict[str, Any]]:
        from pyg_symbreak.metrics.graphs import GraphMetrics
        from pyg_symbreak.training.diffusion.sources import KINDS, load_source

        samples = read_graph_file(self.file)
        train = None if self.train is None else read_graph_file(self.train)
        kind: str | None = self.kind
        if self.reference in KINDS:
            source = load_source(self.reference, self.root)
            reference = source.dense("test").to_data_list()
            train, kind = train or source.dense("train").to_data_list(), kind or source.kind
        elif self.reference is not None and Path(self.reference).is_file():
            reference = read_graph_file(Path(self.reference))
        else:
            raise ValueError(
                f"'diffusion evaluate' expected '--reference' to be one of {', '.join(KINDS)} or a *.g6 or *.pt file "
                f"(got {self.reference!r})"
            )
        print(f"{len(samples):,} graphs")
        return dict(GraphMetrics(reference, train, kind).compute(samples)), {"kind": kind}


def render(scores: Mapping[str, Any]) -> str:
    r"""Lays scores out as text: name, counts, value, and the interval at 95 %.

    Args:
        scores: Values with ``value``, ``low`` and ``high``; shares have a numerator and a denominator.

    Example:
        >>> from pyg_symbreak.metrics.ratio import Ratio
        >>> print(render({"validity": Ratio(1, 2)}))
        score     counts   value    95 % interval
        -----------------------------------------
        validity     1/2  0.5000  0.0945 – 0.9055
    """
    rows = [["score", "counts", "value", "95 % interval"]]
    for name, score in scores.items():
        numerator, denominator = getattr(score, "numerator", None), getattr(score, "denominator", None)
        counts = f"{numerator}/{denominator}" if numerator is not None else f"of {denominator}" if denominator else ""
        interval = "" if math.isnan(score.low) else f"{score.low:.4f} – {score.high:.4f}"
        rows.append([name, counts, "–" if math.isnan(score.value) else f"{score.value:.4f}", interval])
    return align(rows, left=1, grouped=False)
