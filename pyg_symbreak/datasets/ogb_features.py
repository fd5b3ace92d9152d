r"""Molecules as graphs with the features of atoms and bonds that the Open Graph Benchmark counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets.molecules import UnusableMolecule, require_rdkit


def _features(*rows: tuple[str, Iterable[object]]) -> tuple[tuple[str, dict[str, int]], ...]:
    return tuple((name, {str(value): i for i, value in enumerate(values)}) for name, values in rows)


# The method of RDKit that tells a feature, and the values that have classes; all others share one more.
_ATOM: Final = _features(
    ("GetAtomicNum", range(1, 119)),
    ("GetChiralTag", ("CHI_UNSPECIFIED", "CHI_TETRAHEDRAL_CW", "CHI_TETRAHEDRAL_CCW", "CHI_OTHER")),
    ("GetTotalDegree", range(11)),
    ("GetFormalCharge", range(-5, 6)),
    ("GetTotalNumHs", range(9)),
    ("GetNumRadicalElectrons", range(5)),
    ("GetHybridization", ("SP", "SP2", "SP3", "SP3D", "SP3D2")),
    ("GetIsAromatic", (False,)),
    ("IsInRing", (False,)),
)
_BOND: Final = _features(
    ("GetBondType", ("SINGLE", "DOUBLE", "TRIPLE", "AROMATIC")),
    ("GetStereo", ("STEREONONE", "STEREOZ", "STEREOE", "STEREOCIS", "STEREOTRANS")),
    ("GetIsConjugated", (False,)),
)

#: How many values each of the nine features of an atom has.
ATOM_DIMS: Final = tuple(len(table) + 1 for _, table in _ATOM)
#: How many values each of the three features of a bond has.
BOND_DIMS: Final = tuple(len(table) + 1 for _, table in _BOND)


def ogb_graph(smiles: str) -> Data:
    r"""A molecule without its hydrogens as a graph with the features of OGB, as class numbers.

    The features are those of "Open Graph Benchmark" (Hu et al., NeurIPS 2020, arXiv 2005.00687). An atom has its
    atomic number (less 1), chirality, degree, formal charge (plus 5), hydrogens, radical electrons, hybridisation,
    whether it is aromatic, whether in a ring; a bond its type, stereochemistry, whether it is conjugated. A value
    beyond the list of a feature is its last class, :data:`ATOM_DIMS` and :data:`BOND_DIMS` count them.

    Args:
        smiles: The molecule.

    Returns:
        A graph with ``x`` ``[n, 9]``, ``edge_index`` ``[2, E]``, sorted, and ``edge_attr`` ``[E, 3]``, all int64.

    Raises:
        ImportError: If RDKit is not installed.
        UnusableMolecule: If RDKit cannot read the string.

    .. code-block:: python

        >>> graph = ogb_graph("C=O")
        >>> graph.x.tolist()
        [[5, 0, 3, 5, 2, 0, 1, 0, 0], [7, 0, 1, 5, 0, 0, 1, 0, 0]]
        >>> graph.edge_index.tolist(), graph.edge_attr.tolist()
        ([[0, 1], [1, 0]], [[1, 0, 0], [1, 0, 0]])
    """
    chem = require_rdkit("ogb_graph")
    from rdkit.rdBase import BlockLogs

    with BlockLogs():
        mol = chem.MolFromSmiles(smiles)
    if mol is None:
        raise UnusableMolecule(f"'ogb_graph' expected 'smiles' that RDKit can read (got {smiles!r})", "chemistry")
    x = np.array([_row(atom, _ATOM) for atom in mol.GetAtoms()], dtype=np.int64).reshape(-1, len(_ATOM))
    ends = np.array([(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()], dtype=np.int64)
    ends = ends.reshape(-1, 2)
    kinds = np.array([_row(bond, _BOND) for bond in mol.GetBonds()], dtype=np.int64).reshape(-1, len(_BOND))
    arcs = np.concatenate([ends, ends[:, ::-1]])
    order = np.lexsort((arcs[:, 1], arcs[:, 0]))
    return Data(
        x=torch.from_numpy(x),
        edge_index=torch.from_numpy(arcs[order].T.copy()),
        edge_attr=torch.from_numpy(np.concatenate([kinds, kinds])[order]),
    )


def _row(thing: Any, features: tuple[tuple[str, dict[str, int]], ...]) -> list[int]:
    return [table.get(str(getattr(thing, name)()), len(table)) for name, table in features]
