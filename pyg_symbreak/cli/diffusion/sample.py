r"""``pyg-symbreak diffusion sample``: new molecules or other graphs from a trained generator."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from pyg_symbreak.cli.diffusion.files import (
    sample_format,
    write_account,
    write_graphs,
    write_smiles,
)
from pyg_symbreak.cli.diffusion.grid import draw_graphs, draw_molecules


@dataclass(frozen=True)
class SampleCommand:
    r"""Samples from a trained generator, given by its folder or by the name of one that comes with the package.

    Molecules are written as SMILES strings, one a line; samples that are no valid molecule are counted and left out.
    Other graphs are written as graph6 or as PyTorch file. Beside the file another one, with .json added to its name,
    tells how the samples were made. After a kill the same command goes on where it was.
    """

    checkpoint: tyro.conf.Positional[Path]  # folder of a generator, or the name of one of the package: qm9-small
    num_graphs: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 100  # how many graphs are sampled
    out: Path | None = None  # *.smi, *.g6 or *.pt; by default samples.smi, or samples.pt where there are no molecules
    grid: Path | None = None  # a PNG file with drawn samples
    grid_size: int = 36  # how many are drawn
    sampler: Literal["ancestral", "flow"] = "ancestral"  # flow is made for few steps
    steps: int = 0  # steps of the sampler; 0 for all of the ancestral sampler, 50 of the flow
    sizes: tuple[int, ...] = ()  # numbers of nodes, in turn; by default as the training graphs have them
    properties: tuple[float, ...] = ()  # values to aim at, if the generator was trained with properties
    guidance: float = 0.0  # how strongly: scale of classifier-free guidance
    keep_invalid: bool = False  # write an empty line for a sample that is no molecule
    batch_size: int = 512  # graphs that are sampled together
    seed: int = 0  # of every draw
    accelerator: Literal["cpu", "cuda", "auto"] = "auto"  # what to sample on
    threads: int = 0  # threads; 0 leaves torch's setting
    progress: bool = True  # show a progress bar, if standard error is a terminal

    def __call__(self) -> int:
        r"""Runs the command and returns 0."""
        import torch
        from tqdm import tqdm

        from pyg_symbreak.training.diffusion.files import load_model
        from pyg_symbreak.training.diffusion.sampling import SampleConfig, asdict_plain, forget_samples, sample_graphs
        from pyg_symbreak.training.machine import machine, tune_allocator, versions

        config = SampleConfig(
            num_graphs=self.num_graphs,
            sizes=self.sizes,
            sampler=self.sampler,
            steps=self.steps,
            properties=self.properties,
            guidance=self.guidance,
            batch_size=self.batch_size,
            seed=self.seed,
        )
        tune_allocator()
        if self.threads:
            torch.set_num_threads(self.threads)
        device = self._device(torch.cuda.is_available())
        model = load_model(self.checkpoint, device)
        molecules = bool(model.config.bonds)
        out = self.out or Path("samples.smi" if molecules else "samples.pt")
        if sample_format(out) == "smiles" and not molecules:
            raise ValueError(f"'diffusion sample' expected a *.g6 or *.pt file for graphs (got {str(out)!r})")
        kept = out.with_name(f".{out.name}.parts")
        again = kept.exists()
        started = time.perf_counter()
        show = self.progress and sys.stderr.isatty()
        with tqdm(total=config.num_graphs, disable=not show, unit="graph", dynamic_ncols=True, leave=False) as bar:
            graphs = sample_graphs(model, config, kept, bar.update)
        seconds = time.perf_counter() - started
        account: dict[str, Any] = {"checkpoint": str(self.checkpoint), "seconds": round(seconds, 2)}
        account.update(sample=asdict_plain(config), device=str(device), machine=machine(), versions=versions())
        rate = "taken up again" if again else f"{config.num_graphs / seconds:.3g} graphs a second"
        if sample_format(out) == "smiles":
            account.update(self._write_molecules(out, graphs, model.config, rate))
        else:
            data = graphs.to_data_list()
            write_graphs(out, data)
            account.update(generated=len(data), written=len(data))
            print(f"{len(data):,} graphs, {rate}\ngraphs: {out}")
            if self.grid is not None:
                draw_graphs(self.grid, data[: self.grid_size])
                print(f"grid: {self.grid}")
        write_account(out, account)
        forget_samples(kept)
        return 0

    def _device(self, available: bool) -> str:
        if self.accelerator == "cuda" and not available:
            raise ValueError("'diffusion sample' expected a CUDA device for '--accelerator cuda' (got none)")
        return "cuda" if available and self.accelerator != "cpu" else "cpu"

    def _write_molecules(self, out: Path, graphs: Any, config: Any, rate: str) -> dict[str, Any]:
        from pyg_symbreak.metrics.molecules import check_molecules
        from pyg_symbreak.metrics.ratio import Ratio
        from pyg_symbreak.training.diffusion.decode import decode_molecules

        checked = check_molecules(decode_molecules(graphs, config))
        smiles = [molecule.smiles for molecule in checked]
        valid = [text for text in smiles if text is not None]
        invalid = Counter(molecule.reason for molecule in checked if molecule.smiles is None)
        write_smiles(out, smiles, self.keep_invalid)
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(invalid.items()))
        print(f"valid: {Ratio(len(valid), len(smiles))}" + (f"; not valid: {reasons}" if reasons else ""))
        if valid:
            print(f"distinct: {Ratio(len(set(valid)), len(valid))}")
        print(f"{rate}\nmolecules: {out}")
        if self.grid is not None and valid:
            draw_molecules(self.grid, valid[: self.grid_size])
            print(f"grid: {self.grid}")
        written = len(smiles) if self.keep_invalid else len(valid)
        return {"generated": len(smiles), "written": written, "invalid": dict(invalid)}
