r"""All molecules of a few atoms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets.molecules import require_rdkit
from pyg_symbreak.labeling import canonical_hash

_Array = npt.NDArray[np.int64]
_CHUNK = 100_000


@lru_cache(maxsize=8)
def enumerate_molecules(max_heavy_atoms: int, elements: tuple[str, ...] = ("C", "N", "O")) -> tuple[str, ...]:
    r"""Every connected neutral molecule with bonds of order 1 to 3 and up to a number of heavy atoms.

    Atoms have the default valence that RDKit gives their element, and hydrogens fill what the bonds leave free.
    Molecules grow atom by atom: the new atom is bonded to any of the others, with any orders that all valences allow,
    and of equal graphs, as told by :func:`~pyg_symbreak.labeling.canonical_hash`, one is kept. Every molecule comes up,
    because a connected graph always has a node that can be taken away without cutting it. Nothing is said about
    stability.

    Args:
        max_heavy_atoms: The largest number of heavy atoms.
        elements: Their elements.

    Returns:
        Canonical SMILES strings, ordered by the number of atoms, then as texts; the Kekulé structures of an
        aromatic ring are one molecule.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If ``max_heavy_atoms`` is below 1, or an element is unknown, repeated, without a fixed valence, or
            hydrogen.

    .. code-block:: python

        >>> enumerate_molecules(2, ("C", "O"))
        ('C', 'O', 'C#C', 'C=C', 'C=O', 'CC', 'CO', 'O=O', 'OO')
    """
    if max_heavy_atoms < 1:
        raise ValueError(f"'enumerate_molecules' expected 'max_heavy_atoms' to be at least 1 (got {max_heavy_atoms})")
    chem = require_rdkit("enumerate_molecules")
    valences = _valences(chem, elements)
    types, orders = np.arange(len(elements))[:, None], np.zeros((len(elements), 1, 1), dtype=np.int64)
    found: list[str] = []
    for n in range(1, max_heavy_atoms + 1):
        if n > 1:
            types, orders = _grown(types, orders, valences)
        found += sorted({_smiles(chem, elements, t, o) for t, o in zip(types, orders, strict=True)})
    return tuple(found)


def _valences(chem: Any, elements: tuple[str, ...]) -> _Array:
    table = chem.GetPeriodicTable()
    known = {table.GetElementSymbol(number) for number in range(2, 119)}
    valences = [table.GetDefaultValence(symbol) if symbol in known else -1 for symbol in elements]
    if not elements or len(set(elements)) < len(elements) or min(valences) < 0:
        raise ValueError(
            f"'enumerate_molecules' expected 'elements' to hold different elements, each but H and with a fixed valence"
            f" (got {elements})"
        )
    return np.array(valences)


def _grown(types: _Array, orders: _Array, valences: _Array) -> tuple[_Array, _Array]:
    seen: set[str] = set()
    kept: list[tuple[_Array, _Array]] = []
    for more_types, more_orders in _candidates(types, orders, valences):
        first = []
        for i, key in enumerate(_hashes(more_types, more_orders)):
            if key not in seen:
                seen.add(key)
                first.append(i)
        kept.append((more_types[first], more_orders[first]))
    n = types.shape[1] + 1
    empty = np.zeros((0, n), dtype=np.int64), np.zeros((0, n, n), dtype=np.int64)
    return (
        np.concatenate([empty[0], *(part for part, _ in kept)]),
        np.concatenate([empty[1], *(part for _, part in kept)]),
    )


def _candidates(types: _Array, orders: _Array, valences: _Array) -> Iterator[tuple[_Array, _Array]]:
    n = types.shape[1]
    free = valences[types] - orders.sum(2)
    ways = np.array([way for way in product(range(4), repeat=n) if 0 < sum(way) <= valences.max()], dtype=np.int64)
    step = max(1, _CHUNK // max(1, len(ways)))
    for new, valence in enumerate(valences):
        allowed = ways[ways.sum(1) <= valence]
        for start in range(0, len(types), step):
            fits = (allowed[None] <= free[start : start + step, None]).all(2)
            graph, way = fits.nonzero()
            graph += start
            more_types = np.concatenate([types[graph], np.full((len(graph), 1), new)], axis=1)
            more_orders = np.zeros((len(graph), n + 1, n + 1), dtype=np.int64)
            more_orders[:, :n, :n] = orders[graph]
            more_orders[:, :n, n] = more_orders[:, n, :n] = allowed[way]
            yield more_types, more_orders


def _hashes(types: _Array, orders: _Array) -> list[str]:
    count, n = types.shape
    graph, source, target = orders.nonzero()
    batch = Batch(
        node_type=torch.from_numpy(types.reshape(-1)),
        edge_index=torch.from_numpy(np.stack([graph * n + source, graph * n + target])),
        edge_type=torch.from_numpy(orders[graph, source, target]),
        batch=torch.arange(count).repeat_interleave(n),
        ptr=torch.arange(count + 1) * n,
        num_nodes=count * n,
    )
    return list(canonical_hash(batch, node_attrs=["node_type"], edge_attrs=["edge_type"]))


def _smiles(chem: Any, elements: tuple[str, ...], types: _Array, orders: _Array) -> str:
    kinds = [None, chem.BondType.SINGLE, chem.BondType.DOUBLE, chem.BondType.TRIPLE]
    mol = chem.RWMol()
    for kind in types.tolist():
        mol.AddAtom(chem.Atom(elements[kind]))
    for i, j in np.argwhere(np.triu(orders)).tolist():
        mol.AddBond(i, j, kinds[orders[i, j]])
    chem.SanitizeMol(mol)
    text: str = chem.MolToSmiles(mol)
    return text
