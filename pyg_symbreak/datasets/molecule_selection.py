r"""Which molecules of a table belong to a data set, and to which of its splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pyg_symbreak.datasets.base import SPLITS
from pyg_symbreak.datasets.molecule_table import Index, MoleculeTable, infer_elements, type_lookup

_RANGE = 100_000


@dataclass(frozen=True)
class Selection:
    r"""What decides on the molecules of a data set, given a table of all that could be parsed.

    Args:
        elements: The alphabet of atoms, or :obj:`None` to take the atoms that occur.
        charges: Whether charged atoms have entries of their own.
        duplicates: Whether a molecule that comes up again is kept.
        fractions: Shares of the three splits, or :obj:`None` if there is only one.
        seed: Seed of the split.

    Raises:
        ValueError: If the fractions are no shares, or the seed is negative.
    """

    elements: tuple[str, ...] | None = None
    charges: bool = False
    duplicates: bool = True
    fractions: tuple[float, float, float] | None = (0.8, 0.1, 0.1)
    seed: int = 0

    def __post_init__(self) -> None:
        shares = self.fractions
        if shares is not None and (len(shares) != 3 or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6):
            raise ValueError(f"'Selection' expected 'fractions' to be three shares that add up to 1 (got {shares})")
        if self.seed < 0:
            raise ValueError(f"'Selection' expected 'seed' to be non-negative (got {self.seed})")

    def options(self) -> dict[str, str]:
        r"""Short texts for the name of a file.

        >>> Selection(("C", "O")).options()
        {'elements': 'C_O', 'charges': 'no', 'duplicates': 'yes', 'split': '0.8_0.1_0.1', 'seed': '0'}
        """
        return {
            "elements": "found" if self.elements is None else "_".join(self.elements),
            "charges": "yes" if self.charges else "no",
            "duplicates": "yes" if self.duplicates else "no",
            "split": "none" if self.fractions is None else "_".join(f"{share:g}" for share in self.fractions),
            "seed": str(self.seed),
        }

    def alphabet(self, table: MoleculeTable) -> tuple[str, ...]:
        r"""The alphabet of atoms: the given one, or that of the atoms that occur."""
        if self.elements is not None:
            return self.elements
        codes = [np.unique(table.atom[start : start + 64 * _RANGE]) for start in range(0, len(table.atom), 64 * _RANGE)]
        return infer_elements(np.unique(np.concatenate(codes)), self.charges)

    def kept(self, table: MoleculeTable) -> tuple[Index, dict[str, int]]:
        r"""The numbers of the molecules that are kept, ascending, and how many are not, by reason."""
        lookup = type_lookup(self.alphabet(table), self.charges)
        good = np.zeros(len(table.key), dtype=bool)
        dropped = {"element": 0, "charge": 0, "duplicate": 0}
        for start in range(0, len(good), _RANGE):
            ptr = np.asarray(table.node_ptr[start : start + _RANGE + 1])
            worst = np.minimum.reduceat(lookup[table.atom[ptr[0] : ptr[-1]]], ptr[:-1] - ptr[0])
            good[start : start + _RANGE] = worst >= 0
            dropped["element"] += int((worst == -2).sum())
            dropped["charge"] += int((worst == -1).sum())
        index = good.nonzero()[0]
        if not self.duplicates:
            first = np.unique(np.asarray(table.key)[index], return_index=True)[1]
            dropped["duplicate"] = len(index) - len(first)
            index = index[np.sort(first)]
        return index, {reason: count for reason, count in dropped.items() if count}

    def splits(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        r"""The number of the split of each molecule, which the seed and its key decide: copies share a split.

        Args:
            keys: ``[M]``, keys of molecules.

        >>> Selection(fractions=(0.5, 0.25, 0.25)).splits(np.arange(8, dtype=np.uint64)).tolist()
        [2, 1, 1, 0, 0, 0, 1, 0]
        """
        if self.fractions is None:
            return np.zeros(len(keys), dtype=np.int64)
        cuts = np.cumsum(self.fractions)[:2]
        return np.searchsorted(cuts, split_shares(keys, self.seed), side="right")


def split_shares(keys: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.float64]:
    r"""Maps the keys of molecules to numbers in [0, 1) that look uniform, and that the seed and the key alone decide.

    >>> split_shares(np.array([1, 2, 1], dtype=np.uint64), 0).round(2).tolist()
    [0.57, 0.59, 0.57]
    """
    x = keys + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % (1 << 64))  # the finaliser of splitmix64
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    shares: npt.NDArray[np.float64] = ((x ^ (x >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    return shares


def split_number(user: str, split: str) -> int:
    r"""The number of a split, or the error that it is unknown, in the name of the class that was given it.

    >>> split_number("MoleculesOnDisk", "val")
    1
    """
    if split not in SPLITS:
        raise ValueError(f"'{user}' expected 'split' to be one of {', '.join(SPLITS)} (got {split!r})")
    return SPLITS.index(split)


def alphabet_option(elements: Sequence[str] | None) -> tuple[str, ...] | None:
    r"""The alphabet as a tuple, checked before any molecule is read.

    Raises:
        ValueError: If an entry is no kind of atom, or two are the same.
    """
    if elements is None:
        return None
    type_lookup(tuple(elements), False)
    return tuple(elements)


def no_molecules(user: str, source: Any, lines: int, dropped: dict[str, int]) -> ValueError:
    r"""The error of a source without a molecule that can be used.

    >>> print(no_molecules("MoleculesFromSmiles", "a.smi", 1, {"syntax": 1}))
    'MoleculesFromSmiles' expected at least one molecule in a.smi (got 1 lines, of which dropped {'syntax': 1})
    """
    where = "the list" if isinstance(source, (list, tuple)) else source
    return ValueError(
        f"'{user}' expected at least one molecule in {where} (got {lines} lines, of which dropped {dropped})"
    )
