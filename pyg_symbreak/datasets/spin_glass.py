r"""Spins whose couplings or fields are random, and their ground states."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.datasets.base import RandomGraphs
from pyg_symbreak.datasets.lattice_items import lattice_items
from pyg_symbreak.spins import GroundStates, ListedStates, check_sizes, cut_boundary, solve

#: The laws of random couplings and fields: ±1 with equal probability, or normal.
DISTRIBUTIONS: Final = ("pm", "gaussian")


class _RandomLattices(RandomGraphs):
    """Lattices drawn one after the other from one stream, and solved."""

    def __init__(
        self,
        root: str | Path | None,
        split: str,
        size: int | Sequence[int],
        distribution: str,
        periodic: bool,
        exact: bool,
        time_limit: float,
        num_graphs: int | None,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        name = type(self).__name__
        self.sizes = check_sizes((size, size) if isinstance(size, int) else size, name)
        if distribution not in DISTRIBUTIONS:
            raise ValueError(
                f"'{name}' expected 'distribution' to be one of {', '.join(DISTRIBUTIONS)} (got {distribution!r})"
            )
        self.distribution, self.periodic, self.exact, self.time_limit = distribution, periodic, exact, time_limit
        super().__init__(root, split, num_graphs, seed, **kwargs)

    @abstractmethod
    def lattices(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        r"""Fields ``[B, *sizes]`` and periodic bonds ``[B, d, *sizes]``, in single precision."""

    def options(self) -> dict[str, str]:
        options = {"size": "x".join(map(str, self.sizes)), "law": self.distribution}
        if not self.periodic:
            options["boundary"] = "open"
        if not self.exact:
            options["exact"] = "no"
        return {**options, **super().options()}

    def graphs(self) -> list[Data]:
        field, bonds = self.lattices(np.random.default_rng(self.seed))
        if not self.periodic:
            bonds = cut_boundary(bonds)
        generator = torch.Generator().manual_seed(self.seed)
        states = [self._states(h, j) for h, j in zip(field, bonds)]
        return lattice_items(field, bonds, states, generator, self.periodic)

    def _states(self, field: Tensor, bonds: Tensor) -> GroundStates:
        if self.exact:
            return solve(field, bonds, self.periodic, time_limit=self.time_limit)
        unknown = torch.zeros(1, *self.sizes, dtype=torch.int8)
        return ListedStates(self.sizes, math.nan, -math.inf, None, unknown)

    def _draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
        if self.distribution == "pm":
            return torch.from_numpy(1 - 2 * rng.integers(2, size=shape)).float()
        return torch.from_numpy(rng.standard_normal(shape)).float()


class RandomBondIsing(_RandomLattices):
    r"""Spin glasses: Ising spins with random couplings, and a ground state of each, from "Theory of spin glasses"
    (Edwards and Anderson, Journal of Physics F 1975).

    .. math::
        H(s) = -\sum_{\langle u v \rangle} J_{u v} s_u s_v - h \sum_u s_u

    with :math:`J = \pm 1` or normal. Without a field the reverse of a ground state is one, too. With :math:`J = \pm 1`
    there are many ground states, with normal couplings no others.

    Every graph has ``field`` ``[1, H, W]``, ``bonds`` ``[1, 2, H, W]`` (along x, the last dimension, then y),
    ``spins`` ``[1, H, W]`` (int8, a ground state), ``energy`` ``[1]`` (exact, float64), ``degeneracy`` ``[1]`` (the
    number of ground states) and ``periodic`` ``[1]``; no edges, which
    :class:`~pyg_symbreak.transforms.LatticeToGraph` adds. Up to side 10 (20 if open) ``spins`` is uniform among all
    ground states and their number is known. Beyond that :func:`~pyg_symbreak.spins.solve` finds and proves one ground
    state by cutting planes, and the number is NaN.

    Args:
        root: Folder of the data set, or :obj:`None` to make the lattices in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        size: The side of a square lattice, or the sizes, ``(H, W)`` or ``(D, H, W)``.
        distribution: ``"pm"`` for :math:`J = \pm 1`, or ``"gaussian"`` for normal couplings of variance 1.
        field: The field :math:`h`, the same for all sites.
        periodic: Whether the lattices close up around their boundaries.
        exact: Whether to find ground states. If not, ``energy`` is NaN and ``spins`` zero: enough to train on energies.
        time_limit: Seconds for one lattice beyond side 10.
        num_graphs: How many lattices; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2. The first lattices of a larger set are those of a smaller one.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If a size is below 3, or the law or the split is unknown.
        TimeoutError: If a large lattice takes longer than ``time_limit``.
        ImportError: If scipy is missing, beyond side 10.

    .. code-block:: python

        >>> dataset = RandomBondIsing(split="test", size=4, num_graphs=3)
        >>> dataset
        RandomBondIsing(3, split=test, size=4x4, law=pm, field=0, graphs=3, seed=2)
        >>> dataset[0].energy, dataset[0].degeneracy
        (tensor([-18.], dtype=torch.float64), tensor([80.], dtype=torch.float64))
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int | Sequence[int] = 8,
        distribution: str = "pm",
        field: float = 0.0,
        periodic: bool = True,
        exact: bool = True,
        time_limit: float = 60.0,
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.field = float(field)
        super().__init__(root, split, size, distribution, periodic, exact, time_limit, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        options = super().options()
        head = {key: options.pop(key) for key in ("size", "law")}
        return {**head, "field": f"{self.field:g}", **options}

    def lattices(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        bonds = self._draw(rng, (self.num_graphs, len(self.sizes), *self.sizes))
        return torch.full((self.num_graphs, *self.sizes), self.field), bonds


class RandomFieldIsing(_RandomLattices):
    r"""Ferromagnets in a random field, and a ground state of each, from "Random-field instability of the ordered state
    of continuous symmetry" (Imry and Ma, Physical Review Letters 1975).

    .. math::
        H(s) = -\sum_{\langle u v \rangle} s_u s_v - h \sum_u \epsilon_u s_u

    with :math:`\epsilon = \pm 1` or normal. A weak field leaves one domain, a strong one breaks it up. There is no
    frustration, so that :func:`~pyg_symbreak.spins.min_cut_ground_states` solves any size; a normal field leaves one
    ground state, and :math:`\pm h` may leave many: where they are too many to count, ``degeneracy`` is NaN.

    Graphs have the attributes of those of :class:`RandomBondIsing`.

    Args:
        root: Folder of the data set, or :obj:`None` to make the lattices in memory and write nothing.
        split: ``"train"``, ``"val"`` or ``"test"``.
        size: The side of a square lattice, or the sizes, ``(H, W)`` or ``(D, H, W)``.
        distribution: ``"gaussian"`` for a normal :math:`\epsilon` of variance 1, or ``"pm"`` for :math:`\pm 1`.
        strength: The strength :math:`h` of the field.
        periodic: Whether the lattices close up around their boundaries.
        exact: As in :class:`RandomBondIsing`.
        num_graphs: How many lattices; by default 5000, 500, 500.
        seed: Seed of the stream; by default 0, 1, 2. Sets that differ in ``strength`` hold the same fields, scaled.
        **kwargs: ``transform``, ``pre_transform``, ``pre_filter`` and ``force_reload`` of
            :class:`~torch_geometric.data.InMemoryDataset`.

    Raises:
        ValueError: If a size is below 3, the strength is not positive, or the law or the split is unknown.
        ImportError: If scipy is missing, beyond side 10.

    .. code-block:: python

        >>> dataset = RandomFieldIsing(split="test", size=16, strength=2.0, num_graphs=3)
        >>> dataset
        RandomFieldIsing(3, split=test, size=16x16, law=gaussian, strength=2, graphs=3, seed=2)
        >>> dataset[0].degeneracy
        tensor([1.], dtype=torch.float64)
    """

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int | Sequence[int] = 8,
        distribution: str = "gaussian",
        strength: float = 1.0,
        periodic: bool = True,
        exact: bool = True,
        num_graphs: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not strength > 0:
            raise ValueError(f"'RandomFieldIsing' expected 'strength' to be positive (got {strength})")
        self.strength = float(strength)
        super().__init__(root, split, size, distribution, periodic, exact, 60.0, num_graphs, seed, **kwargs)

    def options(self) -> dict[str, str]:
        options = super().options()
        head = {key: options.pop(key) for key in ("size", "law")}
        return {**head, "strength": f"{self.strength:g}", **options}

    def lattices(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        field = self.strength * self._draw(rng, (self.num_graphs, *self.sizes))
        return field, torch.ones(self.num_graphs, len(self.sizes), *self.sizes)
