r"""Many molecules in a few flat arrays."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.datasets.molecules import (
    UnusableMolecule,
    atom_name,
    atom_types,
    molecule_content,
    read_molecule,
    require_rdkit,
)

_BASE = 64  # charges lie between -32 and 31
Index = npt.NDArray[np.int64]


class MoleculeTable(NamedTuple):
    r"""Molecules, each a run of atoms and a run of bonds; arrays in memory or mapped from files.

    Args:
        node_ptr: ``[M + 1]``, int64, where the atoms of each molecule begin.
        bond_ptr: ``[M + 1]``, int64, where the bonds of each molecule begin.
        atom: ``[N]``, int16, a code of the element and the charge of each atom, see :func:`atom_code`.
        ends: ``[B, 2]``, uint16, the two atoms of each bond within its molecule, the smaller first.
        kind: ``[B]``, uint8, the type of each bond.
        key: ``[M]``, uint64, a hash of the canonical SMILES string without stereochemistry and isotopes.
        line: ``[M]``, int64, the number of each molecule in its source.
    """

    node_ptr: Index
    bond_ptr: Index
    atom: npt.NDArray[np.int16]
    ends: npt.NDArray[np.uint16]
    kind: npt.NDArray[np.uint8]
    key: npt.NDArray[np.uint64]
    line: Index


def atom_code(number: Any, charge: Any) -> Any:
    r"""One number for an atomic number and a charge, or for arrays of them.

    >>> divmod(atom_code(7, 1), 64)
    (7, 33)
    """
    return number * _BASE + charge + _BASE // 2


def parse_smiles(
    lines: Sequence[str], start: int, bonds: str, hydrogens: bool, max_nodes: int | None
) -> tuple[MoleculeTable, dict[str, int]]:
    r"""Turns SMILES strings into a table, and counts those left out by reason.

    Args:
        lines: SMILES strings.
        start: The number of the first in its source.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes.
        max_nodes: Larger molecules are left out, with the reason ``"size"``.

    >>> table, dropped = parse_smiles(["CO", "C("], 0, "kekule", False, None)
    >>> table.ends.tolist(), dropped
    ([[0, 1]], {'syntax': 1})
    """
    chem = require_rdkit("MoleculesFromSmiles")
    dropped = Counter[str]()
    atoms, ends, kinds, keys, numbers = [], [], [], [], []
    for number, smiles in enumerate(lines, start):
        try:
            mol = read_molecule(smiles)
            key = hashlib.blake2b(chem.MolToSmiles(mol, isomericSmiles=False).encode(), digest_size=8).digest()
            content = _small(mol, smiles, bonds, hydrogens, max_nodes)
        except UnusableMolecule as error:
            dropped[error.reason] += 1
            continue
        once = content.arcs[content.arcs[:, 0] < content.arcs[:, 1]]
        atoms.append(atom_code(content.node_type, content.formal_charge).astype(np.int16))
        ends.append(once[:, :2].astype(np.uint16))
        kinds.append(once[:, 2].astype(np.uint8))
        keys.append(key)
        numbers.append(number)
    table = MoleculeTable(
        _pointers([len(part) for part in atoms]),
        _pointers([len(part) for part in kinds]),
        np.concatenate([np.zeros(0, np.int16), *atoms]),
        np.concatenate([np.zeros((0, 2), np.uint16), *ends]),
        np.concatenate([np.zeros(0, np.uint8), *kinds]),
        np.frombuffer(b"".join(keys), dtype="<u8").astype(np.uint64),
        np.array(numbers, dtype=np.int64),
    )
    return table, dict(dropped)


def _small(mol: Any, smiles: str, bonds: str, hydrogens: bool, max_nodes: int | None) -> Any:
    if max_nodes is not None and mol.GetNumAtoms(onlyExplicit=not hydrogens) > max_nodes:
        raise UnusableMolecule(f"'molecule_graph' expected at most {max_nodes} atoms (got {smiles!r})", "size")
    return molecule_content(mol, smiles, None, bonds, hydrogens, False)


def _pointers(lengths: npt.ArrayLike) -> Index:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)


def concatenate(tables: Sequence[MoleculeTable]) -> MoleculeTable:
    r"""The molecules of several tables in one; at least one table.

    >>> concatenate([parse_smiles([s], 0, "kekule", False, None)[0] for s in ("CO", "C")]).node_ptr.tolist()
    [0, 2, 3]
    """
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables]) for name in MoleculeTable._fields[2:]
    }
    for name in ("node_ptr", "bond_ptr"):
        joined[name] = _pointers(np.concatenate([np.diff(getattr(table, name)) for table in tables]))
    return MoleculeTable(**joined)


def infer_elements(codes: Index, charges: bool) -> tuple[str, ...]:
    r"""The alphabet of the atoms that occur: by atomic number, first those without a charge.

    Args:
        codes: Codes of atoms, with or without repetitions.
        charges: Whether charged atoms get entries of their own.

    >>> infer_elements(np.array([atom_code(8, 0), atom_code(7, 1), atom_code(6, 0)]), charges=True)
    ('C', 'O', 'N+')
    """
    periodic = require_rdkit("MoleculesFromSmiles").GetPeriodicTable()
    kinds = {
        (bool(charge) and charges, number, charge if charges else 0)
        for number, charge in map(_decode, set(codes.tolist()))
    }
    return tuple(atom_name(periodic.GetElementSymbol(number), charge) for _, number, charge in sorted(kinds))


def _decode(code: int) -> tuple[int, int]:
    return code // _BASE, code % _BASE - _BASE // 2


def type_lookup(elements: tuple[str, ...], charges: bool) -> npt.NDArray[np.int16]:
    r"""The node type of every code of an atom; -1 for a charge, -2 for an element that the alphabet lacks.

    Args:
        elements: The alphabet; entries may carry charges.
        charges: Whether a charged atom needs an entry of its own even if no entry carries a charge.

    Raises:
        ValueError: If an entry is no kind of atom, or two are the same.
    """
    periodic = require_rdkit("MoleculesFromSmiles").GetPeriodicTable()
    types = atom_types(elements)
    numbers = {periodic.GetElementSymbol(number): number for number in range(1, 119)}
    unknown = [symbol for symbol, _ in types if symbol not in numbers]
    if unknown:
        raise ValueError(f"'MoleculesFromSmiles' expected 'elements' to be chemical elements (got {unknown[0]!r})")
    lookup = np.full((119, _BASE), -2, dtype=np.int16)
    charged = charges or any(charge for _, charge in types)
    for symbol, _ in types:
        lookup[numbers[symbol]] = -1
    for (symbol, charge), kind in types.items():
        lookup[numbers[symbol], slice(None) if not charged else charge + _BASE // 2] = kind
    return lookup.reshape(-1)


def _runs(pointers: Index, index: Index) -> tuple[Index, Index]:
    lengths = pointers[index + 1] - pointers[index]
    ends = np.cumsum(lengths)
    where = np.arange(ends[-1] if len(ends) else 0) + np.repeat(pointers[index] - (ends - lengths), lengths)
    return where, lengths


def table_batch(table: MoleculeTable, index: Index, lookup: npt.NDArray[np.int16]) -> Batch:
    r"""A batch of molecules of a table, made without a graph for each; arcs are sorted.

    Args:
        table: The molecules.
        index: ``[b]``, which of them.
        lookup: From :func:`type_lookup`.
    """
    atoms, sizes = _runs(table.node_ptr, index)
    bonds, counts = _runs(table.bond_ptr, index)
    codes, first = table.atom[atoms], np.cumsum(sizes) - sizes
    ends = table.ends[bonds].astype(np.int64) + np.repeat(first, counts)[:, None]
    arcs = np.concatenate([ends, ends[:, ::-1]])
    order = np.lexsort((arcs[:, 1], arcs[:, 0]))
    ptr = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)]))
    batch = Batch(
        edge_index=torch.from_numpy(np.ascontiguousarray(arcs[order].T)),
        node_type=torch.from_numpy(lookup[codes].astype(np.int64)),
        edge_type=torch.from_numpy(np.tile(table.kind[bonds], 2)[order].astype(np.int64)),
        formal_charge=torch.from_numpy(codes.astype(np.int64) % _BASE - _BASE // 2),
        mol_id=torch.from_numpy(table.line[index]),
        num_nodes=int(sizes.sum()),
        batch=torch.from_numpy(np.repeat(np.arange(len(index)), sizes)),
        ptr=ptr,
    )
    arc_ptr = torch.from_numpy(np.concatenate([[0], np.cumsum(2 * counts)]))
    one, none = torch.arange(len(index) + 1), torch.zeros(len(index), dtype=torch.int64)
    nodes = {"node_type": ptr, "formal_charge": ptr}
    slices = {"edge_index": arc_ptr, "edge_type": arc_ptr, "mol_id": one, **nodes}
    batch._num_graphs = len(index)
    batch._slice_dict = slices
    batch._inc_dict = {name: ptr[:-1] if name == "edge_index" else none for name in slices}
    batch._store._num_nodes = sizes.tolist()
    return batch


def table_graphs(table: MoleculeTable, index: Index, lookup: npt.NDArray[np.int16]) -> list[Data]:
    r"""The same as graphs, one for each molecule."""
    graphs = []
    for i in index.tolist():
        atoms, bonds = slice(*table.node_ptr[i : i + 2].tolist()), slice(*table.bond_ptr[i : i + 2].tolist())
        codes, ends = table.atom[atoms], table.ends[bonds].astype(np.int64)
        arcs = np.concatenate([ends, ends[:, ::-1]])
        order = np.lexsort((arcs[:, 1], arcs[:, 0]))
        graphs.append(
            Data(
                edge_index=torch.from_numpy(np.ascontiguousarray(arcs[order].T)),
                node_type=torch.from_numpy(lookup[codes].astype(np.int64)),
                edge_type=torch.from_numpy(np.tile(table.kind[bonds], 2)[order].astype(np.int64)),
                formal_charge=torch.from_numpy(codes.astype(np.int64) % _BASE - _BASE // 2),
                mol_id=torch.from_numpy(table.line[i : i + 1].copy()),
                num_nodes=len(codes),
            )
        )
    return graphs
