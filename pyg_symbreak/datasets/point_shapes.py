r"""Point clouds of ten shapes, to be told apart in any pose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import RandomGraphs, checked_sizes, sizes_text
from pyg_symbreak.datasets.surfaces import SURFACES
from pyg_symbreak.groups import Orthogonal

ROTATIONS: Final = (None, "z", "so3")


class PointShapes(RandomGraphs):
    r"""Points on one of ten surfaces and curves: a small task in the manner of ModelNet, made here.

    The classes are sphere, ellipsoid, cube, tetrahedron, torus, cylinder, cone, helix, Möbius strip and trefoil knot.
    Points are uniform on the shape; the shape is stretched along its own axes by factors in ``[0.85, 1.15]``, scaled
    as a whole by one in ``[0.8, 1.25]``, its points disturbed by Gaussian noise, and then it is turned. The usual
    protocols train and test on ``rotated="z"`` (z/z), train on ``"z"`` and test on ``"so3"`` (z/SO(3)), or use
    ``"so3"`` for both. Sets that differ in ``rotated`` only hold the same clouds in other poses.

    Each cloud has ``pos`` ``[n, 3]``, with the centre of the shape, not that of the points, at the origin, and ``y``
    ``[1]``, the number of the class in :attr:`classes`.

    Args:
        root: Folder of the data set, or :obj:`None` to make the clouds in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        sizes: Numbers of points, each cloud drawing one of them.
        rotated: :obj:`None` for upright shapes, ``"z"`` for a random turn about the vertical axis, ``"so3"`` for a
            uniform rotation.
        noise: The standard deviation of the noise of each coordinate; shapes have a radius of about one.
        num_graphs: How many clouds; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If a size is below 1, ``rotated`` or the split is unknown, or the noise is negative.

    >>> dataset = PointShapes(split="test", rotated="so3", num_graphs=10)
    >>> dataset[0].pos.shape[1], sorted(int(cloud.y) for cloud in dataset)
    (3, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """

    classes: tuple[str, ...] = tuple(SURFACES)

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        sizes: Sequence[int] = range(64, 129),
        rotated: str | None = None,
        noise: float = 0.02,
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if rotated not in ROTATIONS:
            raise ValueError(f"'PointShapes' expected 'rotated' to be None, 'z' or 'so3' (got {rotated!r})")
        if not noise >= 0:
            raise ValueError(f"'PointShapes' expected 'noise' to be non-negative (got {noise})")
        self.sizes, self.rotated, self.noise = checked_sizes("PointShapes", sizes, 1), rotated, noise
        super().__init__(root, split, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        settings = {"n": sizes_text(self.sizes), "rotated": str(self.rotated).lower(), "noise": f"{self.noise:g}"}
        return {**settings, **super().options()}

    def graphs(self) -> list[Data]:
        rng = np.random.default_rng(self.seed)
        samplers = list(SURFACES.values())
        labels = rng.permutation(np.arange(self.num_graphs) % len(samplers))
        clouds = []
        for label in labels:
            points = samplers[label](rng, int(rng.choice(self.sizes)))
            points = points * rng.uniform(0.85, 1.15, 3) * rng.uniform(0.8, 1.25)
            clouds.append(points + self.noise * rng.standard_normal(points.shape))
        turns = self._turns()
        return [
            Data(pos=(torch.from_numpy(points) @ turn.t()).float(), y=torch.tensor([int(label)]))
            for points, label, turn in zip(clouds, labels, turns)
        ]

    def _turns(self) -> torch.Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        turns = torch.eye(3, dtype=torch.float64).repeat(self.num_graphs, 1, 1)
        if self.rotated is not None:
            dim = 2 if self.rotated == "z" else 3
            ptr = torch.arange(self.num_graphs + 1)
            drawn = Orthogonal.random(ptr, dim, special=True, dtype=torch.float64, generator=generator)
            turns[:, :dim, :dim] = drawn.matrix
        return turns
