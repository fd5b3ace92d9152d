r"""Ising spins with uniform couplings, and their ground states."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import RandomGraphs
from pyg_symbreak.datasets.lattice_items import lattice_items
from pyg_symbreak.spins import check_sizes, uniform_ground_states

#: Ranges of J_x, J_y and h, from which they are drawn uniformly.
COUPLINGS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "paper": ((1, 1), (-3, 3), (0, 2)),
    "rotated": ((-3, 3), (1, 1), (0, 2)),
    "zero-field": ((-3, 3), (-3, 3), (0, 0)),
    "wide": ((-3, 3), (-3, 3), (0, 2)),
}


class IsingGroundStates(RandomGraphs):
    r"""Ground states of Ising spins on a periodic lattice, from `"Improving Equivariant Networks with Probabilistic
    Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_.

    .. math::
        H(s) = -J_x \sum_{x\text{-bonds}} s s' - J_y \sum_{y\text{-bonds}} s s' - h \sum s

    The input is symmetric under all translations, half turns and reflections of the lattice (with :math:`h = 0` also
    under the reversal of all spins), and a ground state is not: ferromagnetic, antiferromagnetic, or striped.

    Every graph has ``field`` ``[1, H, W]``, ``bonds`` ``[1, 2, H, W]`` (along x, the last dimension, then y),
    ``spins`` ``[1, H, W]`` (int8, one ground state, uniform among all), ``energy`` ``[1]`` (exact, float64),
    ``degeneracy`` ``[1]`` (the number of ground states), ``parameters`` ``[1, 3]`` (:math:`J_x, J_y, h`) and
    ``periodic`` ``[1]``; no edges, which :class:`~pyg_symbreak.transforms.LatticeToGraph` adds.
    :func:`~pyg_symbreak.spins.uniform_ground_states` has the proof that no energy is lower.

    Args:
        root: Folder of the data set, or :obj:`None` to make the lattices in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        size: The side of the lattice, or its sizes ``(H, W)``. With odd sizes stripes that do not close up are
            frustrated; where that happens in both directions, the smaller size must be 12 or less.
        couplings: The law of the parameters. ``"paper"``: :math:`J_x = 1, J_y \sim U(-3, 3), h \sim U(0, 2)`;
            ``"rotated"``: the same lattices, rotated by 90 degrees if they are square; ``"zero-field"``:
            :math:`J_x, J_y \sim U(-3, 3), h = 0`; ``"wide"``: :math:`J_x, J_y \sim U(-3, 3), h \sim U(0, 2)`.
            Or the parameters themselves, ``[num_graphs, 3]``, such as those of :func:`coupling_grid` (for a lattice of
            three dimensions ``[num_graphs, 4]``).
        num_graphs: How many lattices; by default 5000, 500, 500, or as many as there are parameters.
        seed: Seed of the stream; by default 0, 1, 2.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If a size is below 3, the law or the split is unknown, or the parameters are of another shape.

    .. code-block:: python

        >>> dataset = IsingGroundStates(split="test", num_graphs=100)
        >>> dataset[0].field.shape, dataset[0].bonds.shape, dataset[0].spins.shape
        (torch.Size([1, 8, 8]), torch.Size([1, 2, 8, 8]), torch.Size([1, 8, 8]))
        >>> sorted({data.degeneracy.item() for data in dataset})
        [1.0, 2.0]
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int | Sequence[int] = 8,
        couplings: str | Tensor = "paper",
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.sizes = check_sizes((size, size) if isinstance(size, int) else size, "IsingGroundStates")
        self.couplings = couplings
        if isinstance(couplings, Tensor):
            if couplings.dim() != 2 or couplings.size(1) != len(self.sizes) + 1:
                raise ValueError(
                    f"'IsingGroundStates' expected 'couplings' of shape [num_graphs, {len(self.sizes) + 1}] "
                    f"(got {list(couplings.shape)})"
                )
            if num_graphs not in (None, len(couplings)):
                raise ValueError(
                    f"'IsingGroundStates' expected 'num_graphs' as {len(couplings)}, the number of couplings "
                    f"(got {num_graphs})"
                )
            num_graphs = len(couplings)
        elif couplings not in COUPLINGS:
            raise ValueError(
                f"'IsingGroundStates' expected 'couplings' as a tensor or one of {', '.join(COUPLINGS)} "
                f"(got {couplings!r})"
            )
        elif len(self.sizes) != 2:
            raise ValueError(f"'IsingGroundStates' expected two sizes for couplings {couplings!r} (got {self.sizes})")
        super().__init__(root, split, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        couplings = self.couplings
        if isinstance(couplings, Tensor):
            couplings = hashlib.sha256(couplings.detach().cpu().float().numpy().tobytes()).hexdigest()[:8]
        return {"size": "x".join(map(str, self.sizes)), "couplings": couplings, **super().options()}

    def graphs(self) -> list[Data]:
        parameters = self._parameters()
        strength, field = parameters[:, :-1], parameters[:, -1]
        ones = [1] * len(self.sizes)
        return lattice_items(
            field.view(-1, *ones).expand(-1, *self.sizes),
            strength.view(*strength.shape, *ones).expand(-1, -1, *self.sizes),
            [uniform_ground_states(self.sizes, couplings, h) for *couplings, h in parameters.tolist()],
            torch.Generator().manual_seed(self.seed),
            parameters=parameters,
        )

    def _parameters(self) -> Tensor:
        """The couplings and the field of every lattice, in single precision as the networks see them."""
        if isinstance(self.couplings, Tensor):
            return self.couplings.detach().cpu().float()
        ranges = COUPLINGS[self.couplings]
        draws = np.random.default_rng(self.seed).random((self.num_graphs, 3))
        if self.couplings == "rotated":
            draws = draws[:, [1, 0, 2]]
        low, high = np.array(ranges, dtype=np.float64).T
        return torch.from_numpy(low + draws * (high - low)).float()


def coupling_grid(x: Tensor | Sequence[float], y: Tensor | Sequence[float], field: Tensor | Sequence[float]) -> Tensor:
    r"""All combinations of couplings and fields, for phase diagrams.

    Args:
        x: Values of :math:`J_x`.
        y: Values of :math:`J_y`.
        field: Values of :math:`h`.

    Returns:
        The parameters :math:`J_x, J_y, h`, ``[len(x) · len(y) · len(field), 3]``, those of ``field`` fastest.

    .. code-block:: python

        >>> coupling_grid([1.0], [-1.0, 1.0], [0.5, 2.0])
        tensor([[ 1.0000, -1.0000,  0.5000],
                [ 1.0000, -1.0000,  2.0000],
                [ 1.0000,  1.0000,  0.5000],
                [ 1.0000,  1.0000,  2.0000]])
    """
    return torch.cartesian_prod(*(torch.as_tensor(values, dtype=torch.float32) for values in (x, y, field)))
