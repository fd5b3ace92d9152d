r"""Shares of atoms and molecules whose valences are those of the textbook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pyg_symbreak.metrics.molecules.chemistry import parse, require_rdkit
from pyg_symbreak.metrics.ratio import Ratio

# The valences that EDM and DiGress allow; S, P, Se and others as in the table of DiGress.
VALENCES: Final[dict[str, tuple[int, ...]]] = {
    "H": (1,), "B": (3,), "C": (4,), "N": (3,), "O": (2,), "F": (1,), "Al": (3,), "Si": (4,), "P": (3, 5), "S": (4,),
    "Cl": (1,), "As": (3,), "Se": (2, 4, 6), "Br": (1,), "I": (1,), "Hg": (1, 2), "Bi": (3, 5),
}  # fmt: skip
_GAINS: Final = frozenset({"N", "O", "F", "P", "S", "Cl", "As", "Se", "Br", "I", "Bi"})


def stability(samples: Iterable[object], hydrogens: bool) -> dict[str, Ratio]:
    r"""Count the stable atoms and molecules among samples as they were generated, valid or not.

    As in EDM (Hoogeboom et al., arXiv 2203.17003) and DiGress (arXiv 2209.14734): an atom is stable if the orders of
    its bonds add up to a valence of its element, and a molecule if all its atoms are. The definition needs every
    hydrogen to be an atom of the graph. Where hydrogens are left out it means nothing, and what is counted instead is
    whether hydrogens could fill up the valences: an atom is stable if its bonds add up to *at most* a valence. The
    names of the two shares then end in ``_heavy``; they are not to be compared with published stabilities.

    Aromatic rings are first written with single and double bonds; where that cannot be done, an aromatic bond counts
    1.5, and a sum that ends in one half is rounded up. A formal charge changes the valence: an atom of groups 15 to 17
    binds one more neighbour for each positive charge and one less for each negative charge, one of boron or aluminium
    the other way round, one of carbon or silicon one less for each charge of either sign. Neither paper has charges.
    Atoms of other elements are not stable.

    Args:
        samples: RDKit molecules as they were generated, or SMILES; ``None``, which has no atoms, is no stable molecule.
        hydrogens: Whether the graphs hold their hydrogens as atoms.

    Returns:
        ``atom_stability`` (stable atoms of all samples out of all atoms) and ``molecule_stability`` (stable samples
        out of all samples), or ``atom_stability_heavy`` and ``molecule_stability_heavy``.

    Raises:
        ImportError: If RDKit is not installed.
        TypeError: If a sample is something else.

    .. code-block:: python

        >>> shares = stability(["[H]O[H]", "[H]O"], hydrogens=True)
        >>> {name: str(share).split(" = ")[0] for name, share in shares.items()}
        {'atom_stability': '4/5', 'molecule_stability': '1/2'}
    """
    atoms = stable_atoms = molecules = stable_molecules = 0
    for sample in samples:
        mol = _kekule(parse(sample, "stability"))
        marks = [] if mol is None else [_stable(atom, hydrogens) for atom in mol.GetAtoms()]
        atoms += len(marks)
        stable_atoms += sum(marks)
        molecules += 1
        stable_molecules += bool(marks) and all(marks)
    end = "" if hydrogens else "_heavy"
    return {
        f"atom_stability{end}": Ratio(stable_atoms, atoms),
        f"molecule_stability{end}": Ratio(stable_molecules, molecules),
    }


def _kekule(mol: Any | None) -> Any | None:
    """The molecule with single and double bonds for aromatic ones, if it has any and that can be done."""
    chem = require_rdkit("stability")
    if mol is None or not any(bond.GetIsAromatic() for bond in mol.GetBonds()):
        return mol
    from rdkit.rdBase import BlockLogs

    kekule = chem.Mol(mol)
    with BlockLogs():
        kekule.UpdatePropertyCache(strict=False)
        try:
            chem.Kekulize(kekule, clearAromaticFlags=True)
        except chem.KekulizeException:
            return mol
    return kekule


def _stable(atom: Any, hydrogens: bool) -> bool:
    symbol, charge = atom.GetSymbol(), atom.GetFormalCharge()
    total = int(sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds()) + 0.5)
    if symbol in _GAINS:
        shift = charge
    elif symbol in ("B", "Al"):
        shift = -charge
    else:
        shift = -abs(charge)
    allowed = [valence + shift for valence in VALENCES.get(symbol, ())]
    return total in allowed if hydrogens else bool(allowed) and total <= max(allowed)
