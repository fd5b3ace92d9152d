r"""How much of a set of molecules survives the way to graphs and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pyg_symbreak.datasets.molecules import UnusableMolecule, graph_molecule, molecule_graph, require_rdkit


def round_trip(
    smiles: Iterable[str],
    elements: Sequence[str],
    bonds: str = "kekule",
    hydrogens: bool = False,
    charges: bool = False,
) -> dict[str, int]:
    r"""Count the molecules that can be rebuilt from the types of the nodes and edges of their graphs alone.

    No generator of such graphs can score better than its training molecules do here: an alphabet without charges makes
    some of them invalid, and turns others into different molecules.

    Args:
        smiles: The molecules.
        elements: The alphabet of atoms, as for :func:`~pyg_symbreak.datasets.molecules.molecule_graph`.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes.
        charges: Whether a charged atom needs an entry of its own.

    Returns:
        ``"molecules"``, how many were given; ``"dropped"``, those that have no graph; ``"invalid"``, those whose graph
        RDKit cannot sanitise; ``"changed"``, those that become another molecule; ``"same"``, those with the same
        canonical SMILES before and after, stereochemistry and isotopes aside.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> round_trip(["CCO", "C[NH3+]", "C[N+](=O)[O-]", "CS"], ("C", "N", "O"))
        {'molecules': 4, 'dropped': 1, 'invalid': 1, 'changed': 1, 'same': 1}
    """
    chem = require_rdkit("round_trip")
    from rdkit.rdBase import BlockLogs

    counts = Counter[str]()
    for text in smiles:
        counts["molecules"] += 1
        try:
            graph = molecule_graph(text, elements, bonds, hydrogens, charges)
        except UnusableMolecule:
            counts["dropped"] += 1
            continue
        del graph.formal_charge
        with BlockLogs():
            mol = graph_molecule(graph, elements, bonds, hydrogens)
            if chem.SanitizeMol(mol, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
                counts["invalid"] += 1
                continue
            before = chem.MolToSmiles(chem.RemoveHs(chem.MolFromSmiles(text)), isomericSmiles=False)
            after = chem.MolToSmiles(chem.RemoveHs(mol), isomericSmiles=False)
            counts["same" if chem.CanonSmiles(after) == chem.CanonSmiles(before) else "changed"] += 1
    return {name: counts[name] for name in ("molecules", "dropped", "invalid", "changed", "same")}
