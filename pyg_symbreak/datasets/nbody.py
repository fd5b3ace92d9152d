r"""Five charged particles: where will they be?"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import SPLITS, SplitDataset
from pyg_symbreak.datasets.nbody_simulation import Particles, initial_particles, simulate

FRAMES: Final = (30, 40)
SIMULATIONS: Final = {"train": 10_000, "val": 2000, "test": 2000}
SEED: Final = 43
_FILE_SPLITS: Final = {"train": "train", "val": "valid", "test": "test"}

_Table = dict[str, npt.NDArray[Any]]


class NBody(SplitDataset):
    r"""Charged particles in space at one time, and where they are one unit of time later, from `"E(n) Equivariant Graph
    Neural Networks" <https://arxiv.org/abs/2102.09844>`_.

    The protocol of that paper, which later ones follow: five charges ±1, positions and velocities at frame 30 of a
    simulation, positions at frame 40 as the target, the first 3,000 simulations of 10,000 for training, 2,000 for
    validation, 2,000 for testing; the score is the mean squared error over all coordinates.

    With five particles and the usual seed the numbers are read from ``<root>/raw/``, where somebody placed
    ``nbody_charged5_frames30_40.npz`` or the files ``{loc,vel,charges}_<split>_charged5_initvel1small.npy`` that the
    reference writes. Otherwise, or where there is no such file, the simulations are run, from the same random stream
    in the same order; the charges are the same bit for bit, and so are the trajectories up to rounding, which
    grows in the few with close encounters. Three thousand simulations take about ten seconds of one core.

    Every graph is complete and has ``pos`` and ``vel`` ``[n, 3]``, ``charge`` ``[n]``, the target ``y`` ``[n, 3]`` and,
    for other tasks, the velocities ``y_vel`` ``[n, 3]`` at the time of the target.

    Args:
        root: Folder of the data set, or :obj:`None` to run the simulations and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        num_train: How many simulations to train on, at most 10,000.
        num_particles: The number of particles.
        seed: Seed of the stream from which the three splits are drawn one after the other.
        num_eval: How many simulations to validate and to test on, at most 2,000.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload``.

    Raises:
        ValueError: If an argument is out of range, or a file is damaged.

    .. code-block:: python

        >>> dataset = NBody(split="train", num_train=3)
        >>> dataset[0].pos.shape, dataset[0].y.shape, dataset[0].num_edges
        (torch.Size([5, 3]), torch.Size([5, 3]), 20)
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        num_train: int = 3000,
        num_particles: int = 5,
        seed: int = SEED,
        num_eval: int = 2000,
        **kwargs: Any,
    ) -> None:
        for name, value, top in (("num_train", num_train, 10_000), ("num_eval", num_eval, 2000)):
            if not 1 <= value <= top:
                raise ValueError(f"'NBody' expected '{name}' from 1 to {top} (got {value})")
        if num_particles < 1 or seed < 0:
            raise ValueError(f"'NBody' expected particles and a seed (got {num_particles}, {seed})")
        self.num_particles, self.seed = num_particles, seed
        self.num_graphs = num_train if split == "train" else num_eval
        self.path = None
        if root is not None and split in SPLITS and (num_particles, seed) == (5, SEED):
            self.path = _find(Path(root).expanduser() / "raw", split)
        self._source = "simulated" if self.path is None else hashlib.sha256(self.path.read_bytes()).hexdigest()[:8]
        super().__init__(root, split, **kwargs)

    def options(self) -> dict[str, str]:
        sizes = {"n": str(self.num_particles), "graphs": str(self.num_graphs)}
        return {**sizes, "seed": str(self.seed), "raw": self._source}

    def graphs(self) -> list[Data]:
        if self.path is None:
            table = run_split(self.split, self.num_graphs, self.num_particles, self.seed)
        else:
            table = read_split(self.path, self.split)
        rows = {name: torch.from_numpy(values[: self.num_graphs].astype(np.float32)) for name, values in table.items()}
        n = self.num_particles
        edge_index = (1 - torch.eye(n)).nonzero().t().contiguous()
        return [
            Data(edge_index=edge_index, num_nodes=n, **{name: values[i].clone() for name, values in rows.items()})
            for i in range(len(rows["pos"]))
        ]


def run_split(split: str, num_graphs: int, num_particles: int = 5, seed: int = SEED) -> _Table:
    r"""The first simulations of a split: ``pos``, ``vel``, ``charge``, ``y`` and ``y_vel``, one row each.

    Args:
        split: ``"train"``, ``"val"`` or ``"test"``, which follow each other in the stream.
        num_graphs: How many.
        num_particles: The number of particles.
        seed: Seed of the stream.

    >>> run_split("train", 2)["y"].shape
    (2, 5, 3)
    """
    rng = np.random.RandomState(seed)
    for other in SPLITS[: SPLITS.index(split)]:
        initial_particles(SIMULATIONS[other], num_particles, rng)
    frames = simulate(initial_particles(num_graphs, num_particles, rng), FRAMES)
    return _table(frames[FRAMES[0]], frames[FRAMES[1]])


def read_split(path: Path, split: str) -> _Table:
    r"""The simulations of a split from a file, in the form of :func:`run_split`.

    Args:
        path: The ``.npz`` file, or the ``loc_…`` file of the reference with its two companions in the same folder.
        split: ``"train"``, ``"val"`` or ``"test"``.

    Raises:
        ValueError: If a file is damaged, lacks something or holds numbers of another shape.
    """
    part = _FILE_SPLITS[split]
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                names = {"pos": "loc30", "vel": "vel30", "charge": "charges", "y": "loc40", "y_vel": "vel40"}
                table = {name: np.asarray(arrays[f"{part}_{key}"]) for name, key in names.items()}
        else:
            pos, vel, charge = (
                np.load(path.with_name(path.name.replace("loc_", f"{name}_", 1)), mmap_mode="r", allow_pickle=False)
                for name in ("loc", "vel", "charges")
            )
            start, end = (Particles(pos[:, frame], vel[:, frame], charge.reshape(len(charge), -1)) for frame in FRAMES)
            table = _table(start, end)
    except (OSError, EOFError, KeyError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"'NBody' expected {path} to hold simulations (got: {error!r})") from error
    for name, values in table.items():
        want = (len(table["pos"]), 5) if name == "charge" else (len(table["pos"]), 5, 3)
        if values.shape != want or not np.isfinite(values).all():
            raise ValueError(f"'NBody' expected {path} to hold finite '{name}' of shape {want} (got {values.shape})")
    return table


def _table(start: Particles, end: Particles) -> _Table:
    rows = {"pos": start.pos, "vel": start.vel, "y": end.pos, "y_vel": end.vel}
    return {"charge": start.charge} | {name: np.swapaxes(np.asarray(x), 1, 2) for name, x in rows.items()}


def _find(folder: Path, split: str) -> Path | None:
    loc = f"loc_{_FILE_SPLITS[split]}_charged5_initvel1small.npy"
    return next((folder / name for name in ("nbody_charged5_frames30_40.npz", loc) if (folder / name).is_file()), None)
