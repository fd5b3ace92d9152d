r"""Small images of ten glyphs, to be told apart in any pose."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import RandomGraphs
from pyg_symbreak.groups import FiniteOrthogonal, PointGroup

#: Strokes of the glyphs in the square [-1, 1]², y up. No two are alike in any pose, reflections included.
GLYPHS: Final[dict[str, tuple[tuple[tuple[float, float], ...], ...]]] = {
    "A": (((-0.8, -1), (0, 1), (0.8, -1)), ((-0.45, -0.2), (0.45, -0.2))),
    "E": (((0.7, 1), (-0.6, 1), (-0.6, -1), (0.7, -1)), ((-0.6, 0), (0.4, 0))),
    "F": (((0.7, 1), (-0.5, 1), (-0.5, -1)), ((-0.5, 0.1), (0.4, 0.1))),
    "G": (((0.7, 0.7), (0, 1), (-0.7, 0.5), (-0.7, -0.5), (0, -1), (0.7, -0.6), (0.7, -0.05), (0.1, -0.05)),),
    "K": (((-0.6, 1), (-0.6, -1)), ((0.6, 1), (-0.6, 0), (0.6, -1))),
    "O": (((0, 1), (0.7, 0.7), (1, 0), (0.7, -0.7), (0, -1), (-0.7, -0.7), (-1, 0), (-0.7, 0.7), (0, 1)),),
    "R": (((-0.6, -1), (-0.6, 1), (0.3, 1), (0.6, 0.5), (0.3, 0), (-0.6, 0)), ((-0.1, 0), (0.6, -1))),
    "S": (((0.7, 0.75), (0, 1), (-0.7, 0.6), (-0.5, 0.15), (0.5, -0.15), (0.7, -0.6), (0, -1), (-0.7, -0.75)),),
    "T": (((-0.8, 1), (0.8, 1)), ((0, 1), (0, -1))),
    "X": (((-0.8, 0.8), (0.8, -0.8)), ((-0.8, -0.8), (0.8, 0.8))),
}
_ROTATED: Final = {"c4": PointGroup.cyclic(4), "d4": PointGroup.dihedral(4)}


class Glyphs(RandomGraphs):
    r"""Images of ten letters, slanted, scaled and shifted a little: a task for the groups :math:`C_4` and :math:`D_4`.

    No letter looks like another one after quarter turns or reflections. But for the distortions, O and X are symmetric
    under all of :math:`D_4`, S under the half turn, A, E, K and T under one reflection.

    Each has ``image`` ``[1, 1, size, size]`` with values in ``[0, 1]`` before the noise, so that a batch has ``[B, 1,
    size, size]``; ``y`` ``[1]``, the number of the class in :attr:`classes`; and ``pose`` ``[1]``, the number of the
    element of the group that turned it. For plain tensors see :attr:`images` and :attr:`labels`.

    Args:
        root: Folder of the data set, or :obj:`None` to make the images in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        size: Height and width.
        rotated: :obj:`None` for upright letters, ``"c4"`` for random quarter turns, ``"d4"`` for reflections as well.
        noise: The standard deviation of the noise of each pixel.
        num_graphs: How many images; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2. Sets that differ in ``rotated`` only hold the same images.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If the size is below 8, ``rotated`` or the split is unknown, or the noise is negative.

    >>> dataset = Glyphs(split="test", rotated="d4", num_graphs=10)
    >>> dataset.images.shape, sorted(dataset.labels.tolist())
    (torch.Size([10, 1, 16, 16]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """

    classes: tuple[str, ...] = tuple(GLYPHS)

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int = 16,
        rotated: str | None = None,
        noise: float = 0.1,
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if rotated is not None and rotated not in _ROTATED:
            raise ValueError(f"'Glyphs' expected 'rotated' to be None, 'c4' or 'd4' (got {rotated!r})")
        if size < 8:
            raise ValueError(f"'Glyphs' expected 'size' to be at least 8 (got {size})")
        if not noise >= 0:
            raise ValueError(f"'Glyphs' expected 'noise' to be non-negative (got {noise})")
        self.size, self.rotated, self.noise = size, rotated, noise
        super().__init__(root, split, num_graphs, seed, **kwargs)

    @property
    def images(self) -> Tensor:
        r"""All images, ``[num_graphs, 1, size, size]``."""
        return torch.cat([data.image for data in self])

    @property
    def labels(self) -> Tensor:
        r"""All labels, ``[num_graphs]``, int64."""
        return torch.cat([data.y for data in self])

    def options(self) -> dict[str, str]:
        settings = {"size": str(self.size), "rotated": str(self.rotated).lower(), "noise": f"{self.noise:g}"}
        return {**settings, **super().options()}

    def graphs(self) -> list[Data]:
        rng = np.random.default_rng(self.seed)
        strokes = list(GLYPHS.values())
        labels = rng.permutation(np.arange(self.num_graphs) % len(strokes))
        drawn = np.stack([_distorted(rng, strokes[label], self.size) for label in labels])
        drawn += self.noise * rng.standard_normal(drawn.shape)
        images = torch.from_numpy(drawn).float().unsqueeze(1)
        ptr = torch.arange(self.num_graphs + 1)
        pose = FiniteOrthogonal.identity(ptr, PointGroup.cyclic(4))
        if self.rotated is not None:
            pose = FiniteOrthogonal.random(ptr, _ROTATED[self.rotated], torch.Generator().manual_seed(self.seed))
        images = pose.act_dense(images)
        y = torch.from_numpy(labels)
        return [
            Data(image=images[i : i + 1], y=y[i : i + 1], pose=pose.index[i : i + 1], num_nodes=1)
            for i in range(self.num_graphs)
        ]


def draw_strokes(
    strokes: tuple[tuple[tuple[float, float], ...], ...], size: int, width: float = 0.15
) -> npt.NDArray[np.float64]:
    r"""Draw strokes of the square :math:`[-1, 1]^2` on a grid that shows a little more than that square.

    Args:
        strokes: Polygonal lines, as points with ``y`` up.
        size: Height and width of the grid.
        width: Half the width of the lines.

    Returns:
        Values in ``[0, 1]``, ``[size, size]``, rows from the top down.

    >>> draw_strokes((((-1.25, 0), (1.25, 0)),), 9, 0.3).round().astype(int).sum(1).tolist()
    [0, 0, 0, 0, 9, 0, 0, 0, 0]
    """
    ends = np.array([pair for line in strokes for pair in pairwise(line)], dtype=np.float64)
    start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
    steps = np.linspace(-1.25, 1.25, size)
    pixels = np.stack(np.meshgrid(steps, -steps), axis=-1).reshape(-1, 1, 2)
    share = ((pixels - start) * way).sum(-1) / np.maximum((way**2).sum(-1), 1e-12)
    nearest = start + np.clip(share, 0, 1)[..., None] * way
    distance = np.linalg.norm(pixels - nearest, axis=-1).min(1)
    pixel = 2.5 / (size - 1)
    out: npt.NDArray[np.float64] = np.clip((width - distance) / pixel + 0.5, 0, 1).reshape(size, size)
    return out


def _distorted(
    rng: np.random.Generator, strokes: tuple[tuple[tuple[float, float], ...], ...], size: int
) -> npt.NDArray[np.float64]:
    """One image, a little turned, slanted, scaled and shifted."""
    angle = rng.uniform(-0.2, 0.2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, rng.uniform(-0.15, 0.15)], [0, 1]]) @ np.diag(rng.uniform(0.75, 1.05, 2))
    shift = rng.uniform(-0.15, 0.15, 2)
    moved = tuple(tuple(tuple(matrix @ np.array(point) + shift) for point in line) for line in strokes)
    return draw_strokes(moved, size, rng.uniform(0.1, 0.2))
