r"""Molecules as graphs with typed nodes and edges, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import Data

BONDS: Final = {"kekule": ("SINGLE", "DOUBLE", "TRIPLE"), "aromatic": ("SINGLE", "DOUBLE", "TRIPLE", "AROMATIC")}
_ENTRY: Final = re.compile(r"([A-Z][a-z]?)(?:([+-])([1-9]\d*)?)?")


class UnusableMolecule(ValueError):
    r"""A molecule that is left out of a data set; :attr:`reason` is one short word for the statistics.

    Args:
        message: What was expected, and what was got.
        reason: ``"syntax"``, ``"chemistry"``, ``"fragments"``, ``"element"``, ``"charge"`` or ``"bond"``; data sets add
            ``"size"`` and ``"duplicate"``.

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


class MoleculeArrays(NamedTuple):
    r"""A molecule as NumPy arrays of int64.

    Args:
        node_type: ``[n]``, types of the atoms.
        arcs: ``[E, 3]``, source, target and type of both arcs of every bond, sorted.
        formal_charge: ``[n]``, charges of the atoms.
    """

    node_type: npt.NDArray[np.int64]
    arcs: npt.NDArray[np.int64]
    formal_charge: npt.NDArray[np.int64]


def atom_name(symbol: str, charge: int = 0) -> str:
    r"""The name of a kind of atom in an alphabet: its symbol, and its charge if it has one.

    .. code-block:: python

        >>> atom_name("N"), atom_name("N", 1), atom_name("O", -1), atom_name("Fe", 2)
        ('N', 'N+', 'O-', 'Fe+2')
    """
    if charge == 0:
        return symbol
    return f"{symbol}{'+' if charge > 0 else '-'}{abs(charge) if abs(charge) > 1 else ''}"


def parse_atom(name: str) -> tuple[str, int]:
    r"""The symbol and the charge that the name of a kind of atom stands for.

    Raises:
        ValueError: If it is no such name.

    .. code-block:: python

        >>> parse_atom("N"), parse_atom("O-"), parse_atom("Fe+2")
        (('N', 0), ('O', -1), ('Fe', 2))
    """
    match = _ENTRY.fullmatch(name)
    if match is None:
        raise ValueError(
            f"'parse_atom' expected a symbol with or without a charge, such as N, O- or Fe+2 (got {name!r})"
        )
    symbol, sign, size = match.groups()
    return symbol, 0 if sign is None else int(sign + (size or "1"))


@lru_cache(maxsize=64)
def atom_types(elements: tuple[str, ...]) -> dict[tuple[str, int], int]:
    r"""The node type of every symbol and charge of an alphabet.

    Raises:
        ValueError: If the alphabet is empty, an entry is no kind of atom, or two are the same.

    .. code-block:: python

        >>> atom_types(("C", "N", "N+"))
        {('C', 0): 0, ('N', 0): 1, ('N', 1): 2}
    """
    table = {parse_atom(name): t for t, name in enumerate(elements)}
    if not table or len(table) < len(elements):
        raise ValueError(f"'atom_types' expected 'elements' to hold different atoms, at least one (got {elements})")
    return table


def molecule_graph(
    smiles: str,
    elements: Sequence[str] | None = None,
    bonds: str = "kekule",
    hydrogens: bool = False,
    charges: bool = False,
) -> Data:
    r"""Turn a SMILES string into a graph of its atoms.

    Args:
        smiles: One molecule, read and sanitised by RDKit. Stereochemistry, isotopes and radicals are no part of graphs.
        elements: The alphabet of atoms; node type ``t`` is ``elements[t]``. Entries may carry a charge, such as
            ``"N+"`` or ``"O-"``: then a charged atom has the type of its own entry, and is refused if there is none.
            Without an alphabet every element is accepted and node types are atomic numbers.
        bonds: ``"kekule"`` writes aromatic rings with alternating single and double bonds, so that every bond is 1
            single, 2 double or 3 triple; ``"aromatic"`` gives their bonds the type 4.
        hydrogens: Whether hydrogens are nodes, after all others; by default they are left out.
        charges: Whether a charged atom needs an entry of its own even if no entry carries a charge.

    Returns:
        A graph with ``edge_index`` (both arcs of every bond, sorted), ``node_type`` ``[n]``, ``edge_type`` ``[E]`` and
        ``formal_charge`` ``[n]``, all int64. Edge type 0 is kept for "no edge". With the charges and Kekulé bonds
        the molecule can be rebuilt from its graph by :func:`graph_molecule`; with aromatic bonds and no hydrogens the
        place of the hydrogens in rings such as that of pyrazole is lost.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If ``bonds`` is unknown, or the alphabet is wrong. :class:`UnusableMolecule`, a subclass, if the
            string is no SMILES, RDKit rejects its valences, an atom or bond is not among the given ones, or there are
            several fragments.

    .. code-block:: python

        >>> graph = molecule_graph("CC#N", ("C", "N", "O", "F"))
        >>> graph.node_type, graph.edge_type
        (tensor([0, 0, 1]), tensor([1, 1, 3, 3]))
        >>> molecule_graph("C[NH3+]", ("H", "C", "N+"), hydrogens=True).node_type
        tensor([1, 2, 0, 0, 0, 0, 0, 0])
    """
    node_type, arcs, formal_charge = molecule_arrays(smiles, elements, bonds, hydrogens, charges)
    return Data(
        edge_index=torch.from_numpy(np.ascontiguousarray(arcs[:, :2].T)),
        node_type=torch.from_numpy(node_type),
        edge_type=torch.from_numpy(arcs[:, 2].copy()),
        formal_charge=torch.from_numpy(formal_charge),
        num_nodes=len(node_type),
    )


def molecule_arrays(
    smiles: str,
    elements: Sequence[str] | None = None,
    bonds: str = "kekule",
    hydrogens: bool = False,
    charges: bool = False,
) -> MoleculeArrays:
    r"""The content of :func:`molecule_graph` as NumPy arrays; same arguments and errors.

    .. code-block:: python

        >>> molecule_arrays("C=O").arcs.tolist()
        [[0, 1, 2], [1, 0, 2]]
    """
    return molecule_content(read_molecule(smiles), smiles, elements, bonds, hydrogens, charges)


def molecule_content(
    mol: Any, smiles: str, elements: Sequence[str] | None, bonds: str, hydrogens: bool, charges: bool
) -> MoleculeArrays:
    r"""The second half of :func:`molecule_arrays`, after :func:`read_molecule`; the molecule is used up."""
    check_bonds("molecule_graph", bonds)
    chem = require_rdkit("molecule_graph")
    if hydrogens:
        mol = chem.AddHs(mol)
    if bonds == "kekule":
        chem.Kekulize(mol, clearAromaticFlags=True)
    if len(chem.GetMolFrags(mol)) > 1:
        raise UnusableMolecule(f"'molecule_graph' expected one connected molecule (got {smiles!r})", "fragments")
    atoms = list(mol.GetAtoms())
    formal = [atom.GetFormalCharge() for atom in atoms]
    if elements is None:
        nodes = [atom.GetAtomicNum() for atom in atoms]
    else:
        nodes = _node_types(atoms, formal, tuple(elements), charges, smiles)
    kinds = {name: t + 1 for t, name in enumerate(BONDS[bonds])}
    edges = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), kinds.get(b.GetBondType().name, -1)) for b in mol.GetBonds()]
    if any(kind == -1 for _, _, kind in edges):
        raise UnusableMolecule(f"'molecule_graph' expected the bonds {', '.join(kinds)} (got {smiles!r})", "bond")
    arcs = sorted([*edges, *((b, a, kind) for a, b, kind in edges)])
    return MoleculeArrays(
        np.array(nodes, dtype=np.int64),
        np.array(arcs, dtype=np.int64).reshape(-1, 3),
        np.array(formal, dtype=np.int64),
    )


def graph_molecule(
    data: Data, elements: Sequence[str] | None = None, bonds: str = "kekule", hydrogens: bool = False
) -> Any:
    r"""Turn a graph into an RDKit molecule that is not sanitised yet: the inverse of :func:`molecule_graph`.

    Args:
        data: A graph with ``node_type``, ``edge_type`` and both arcs of every edge; edges of type 0 are no bonds.
            Charges come from the entries of the alphabet; if none carries a charge, and the graph has
            ``formal_charge``, from there.
        elements: The alphabet of atoms, as for :func:`molecule_graph`; without it node types are atomic numbers.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes of the graph. Then RDKit may add none, and an atom with bonds missing is
            a radical; otherwise RDKit fills the free valences with hydrogens.

    Returns:
        An ``rdkit.Chem.RWMol`` with the atoms in the order of the nodes. ``rdkit.Chem.SanitizeMol`` tells whether it
        is a valid molecule.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If ``bonds`` is unknown, the alphabet is wrong, or a type is not among those it has.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> elements = ("C", "N", "O", "N+", "O-")
        >>> mol = graph_molecule(molecule_graph("C[N+](=O)[O-]", elements), elements)
        >>> Chem.MolToSmiles(mol)
        'C[N+](=O)[O-]'
    """
    check_bonds("graph_molecule", bonds)
    chem = require_rdkit("graph_molecule")
    nodes: list[int] = data.node_type.tolist()
    atoms = _atoms(nodes, elements, data.get("formal_charge"))
    mol = chem.RWMol()
    for kind, charge in atoms:
        atom = chem.Atom(kind)
        if charge:
            atom.SetFormalCharge(charge)
        if hydrogens:
            atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    kinds = [getattr(chem.BondType, name) for name in BONDS[bonds]]
    source, target = data.edge_index.tolist()
    for i, j, kind in zip(source, target, data.edge_type.tolist(), strict=True):
        if not 0 <= kind <= len(kinds):
            raise ValueError(f"'graph_molecule' expected edge types from 0 to {len(kinds)} (got {kind})")
        if i < j and kind:
            mol.AddBond(i, j, kinds[kind - 1])
    if bonds == "aromatic":
        _mark_aromatic(mol, kinds[3])
    return mol


def _atoms(nodes: list[int], elements: Sequence[str] | None, formal_charge: Any) -> list[tuple[str | int, int]]:
    given = [0] * len(nodes) if formal_charge is None else formal_charge.tolist()
    if elements is None:
        if nodes and not 1 <= min(nodes) <= max(nodes) <= 118:
            raise ValueError(f"'graph_molecule' expected atomic numbers from 1 to 118 as node types (got {nodes})")
        return list(zip(nodes, given, strict=True))
    entries = list(atom_types(tuple(elements)))
    if nodes and not 0 <= min(nodes) <= max(nodes) < len(entries):
        raise ValueError(f"'graph_molecule' expected node types from 0 to {len(entries) - 1} (got {nodes})")
    if any(charge for _, charge in entries):
        return [entries[node] for node in nodes]
    return [(entries[node][0], charge) for node, charge in zip(nodes, given, strict=True)]


def _mark_aromatic(mol: Any, aromatic: Any) -> None:
    for bond in mol.GetBonds():
        if bond.GetBondType() == aromatic:
            bond.SetIsAromatic(True)
            bond.GetBeginAtom().SetIsAromatic(True)
            bond.GetEndAtom().SetIsAromatic(True)


def _node_types(
    atoms: list[Any], formal: list[int], elements: tuple[str, ...], charges: bool, smiles: str
) -> list[int]:
    table = atom_types(elements)
    charged = charges or any(charge for _, charge in table)
    keys = [(atom.GetSymbol(), charge if charged else 0) for atom, charge in zip(atoms, formal)]
    nodes = [table.get(key, -1) for key in keys]
    if -1 in nodes:
        symbols = {symbol for symbol, _ in table}
        reason = "charge" if all(symbol in symbols for symbol, _ in keys) else "element"
        text = ", ".join(elements)
        raise UnusableMolecule(f"'molecule_graph' expected the elements {text} (got {smiles!r})", reason)
    return nodes


def read_molecule(smiles: str) -> Any:
    r"""Read a SMILES string into a sanitised RDKit molecule without hydrogens, or raise :class:`UnusableMolecule`."""
    chem = require_rdkit("molecule_graph")
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


def check_bonds(user: str, bonds: str) -> None:
    r"""Raise the error of an unknown ``bonds``, in the name of the class or function that was given it."""
    if bonds not in BONDS:
        raise ValueError(f"'{user}' expected 'bonds' to be 'kekule' or 'aromatic' (got {bonds!r})")


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
