r"""Molecules as graphs with typed nodes and edges."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

import numpy as np
import torch
from torch_geometric.data import Data

BONDS: Final = {"kekule": ("SINGLE", "DOUBLE", "TRIPLE"), "aromatic": ("SINGLE", "DOUBLE", "TRIPLE", "AROMATIC")}


class UnusableMolecule(ValueError):
    r"""A molecule that is left out of a data set; :attr:`reason` is one short word for the statistics.

    Args:
        message: What was expected, and what was got.
        reason: ``"syntax"``, ``"chemistry"``, ``"element"``, ``"bond"`` or ``"fragments"``.

    .. code-block:: python

        >>> try:
        ...     molecule_graph("CCl", elements=("C", "O"))
        ... except UnusableMolecule as error:
        ...     error.reason
        'element'
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def molecule_graph(smiles: str, elements: Sequence[str] | None = None, bonds: str = "kekule") -> Data:
    r"""Turn a SMILES string into a graph of its heavy atoms.

    Args:
        smiles: One molecule, read and sanitised by RDKit; hydrogens are left out.
        elements: Symbols of the elements; node type ``t`` is ``elements[t]``. Without it every element is accepted and
            node types are atomic numbers.
        bonds: ``"kekule"`` writes aromatic rings with alternating single and double bonds, so that every bond is 1
            single, 2 double or 3 triple; ``"aromatic"`` gives their bonds the type 4.

    Returns:
        A graph with ``edge_index`` (both arcs of every bond, sorted), ``node_type`` ``[n]``, ``edge_type`` ``[E]`` and
        ``formal_charge`` ``[n]``, all int64. Edge type 0 is kept for "no edge". With the charges and Kekulé bonds
        the molecule can be rebuilt from its graph; with aromatic bonds the place of the hydrogens in rings such as that
        of pyrazole is lost.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If ``bonds`` is unknown. :class:`UnusableMolecule`, a subclass, if the string is no SMILES, RDKit
            rejects its valences, an element or bond is not among the given ones, or there are several fragments.

    .. code-block:: python

        >>> graph = molecule_graph("CC#N", ("C", "N", "O", "F"))
        >>> graph.node_type, graph.edge_type
        (tensor([0, 0, 1]), tensor([1, 1, 3, 3]))
    """
    if bonds not in BONDS:
        raise ValueError(f"'molecule_graph' expected 'bonds' to be 'kekule' or 'aromatic' (got {bonds!r})")
    chem = require_rdkit("molecule_graph")
    mol = _heavy_atoms(chem, smiles)
    if bonds == "kekule":
        chem.Kekulize(mol, clearAromaticFlags=True)
    if len(chem.GetMolFrags(mol)) > 1:
        raise UnusableMolecule(f"'molecule_graph' expected one connected molecule (got {smiles!r})", "fragments")
    type_of = {name: t + 1 for t, name in enumerate(BONDS[bonds])}
    atoms = list(mol.GetAtoms())
    nodes = [atom.GetAtomicNum() for atom in atoms]
    if elements is not None:
        node_of = {symbol: t for t, symbol in enumerate(elements)}
        nodes = [node_of.get(atom.GetSymbol(), -1) for atom in atoms]
        if -1 in nodes:
            text = ", ".join(elements)
            raise UnusableMolecule(f"'molecule_graph' expected the elements {text} (got {smiles!r})", "element")
    edges = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), type_of.get(b.GetBondType().name, -1)) for b in mol.GetBonds()]
    if any(kind == -1 for _, _, kind in edges):
        raise UnusableMolecule(f"'molecule_graph' expected the bonds {', '.join(type_of)} (got {smiles!r})", "bond")
    arcs = np.array(sorted([*edges, *((b, a, kind) for a, b, kind in edges)]), dtype=np.int64).reshape(-1, 3)
    return Data(
        edge_index=torch.from_numpy(np.ascontiguousarray(arcs[:, :2].T)),
        node_type=torch.tensor(nodes),
        edge_type=torch.from_numpy(arcs[:, 2].copy()),
        formal_charge=torch.tensor([atom.GetFormalCharge() for atom in atoms]),
        num_nodes=len(nodes),
    )


def _heavy_atoms(chem: ModuleType, smiles: str) -> Any:
    from rdkit.rdBase import BlockLogs

    with BlockLogs():  # the errors below say it
        mol = chem.MolFromSmiles(smiles, sanitize=False)
        if mol is None or mol.GetNumAtoms() == 0:
            raise UnusableMolecule(
                f"'molecule_graph' expected 'smiles' to be a SMILES string (got {smiles!r})", "syntax"
            )
        if chem.SanitizeMol(mol, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
            raise UnusableMolecule(
                f"'molecule_graph' expected 'smiles' that RDKit can sanitise (got {smiles!r})", "chemistry"
            )
        return chem.RemoveHs(mol)


def require_rdkit(user: str) -> ModuleType:
    r"""Return ``rdkit.Chem``, or say which extra brings it.

    Args:
        user: Name of the class or function that needs it, for the message.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> require_rdkit("molecule_graph").CanonSmiles("C1=CC=CC=C1")
        'c1ccccc1'
    """
    try:
        from rdkit import Chem
    except ImportError as error:
        raise ImportError(
            f"'{user}' expected the package 'rdkit' (got none): install it with `pip install pyg_symbreak[mol]`"
        ) from error
    module: ModuleType = Chem
    return module
