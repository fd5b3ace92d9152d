r"""Is a generated graph a molecule? Strictly, and as the papers on graph diffusion count it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from pyg_symbreak.metrics.molecules.chemistry import parse, require_rdkit

# Valences above which DiGress and GDSS try a positive charge.
_CHARGEABLE: Final = {7: 3, 8: 2, 16: 2}


@dataclass(frozen=True)
class CheckedMolecule:
    r"""What RDKit makes of one sample.

    Attributes:
        mol: The sanitised molecule without hydrogen atoms, if the sample is valid in the strict sense.
        smiles: Its canonical SMILES, without stereochemistry and isotopes, which graphs do not hold.
        relaxed: The sanitised largest fragment, if the sample is valid in the relaxed sense.
        relaxed_smiles: Its canonical SMILES.
        fragments: The number of connected fragments of the sample as it is; 0 if there is no molecule.
        reason: Why it is not strictly valid: ``"empty"`` (no molecule at all), ``"valence"``, ``"kekulization"``,
            ``"chemistry"`` (something else that RDKit rejects), ``"fragments"`` (all is well but that there are
            several); empty if it is valid.
    """

    mol: Any | None
    smiles: str | None
    relaxed: Any | None
    relaxed_smiles: str | None
    fragments: int
    reason: str

    @property
    def sanitised(self) -> bool:
        r"""Whether RDKit accepts the sample as it is, in one fragment or several."""
        return self.reason in ("", "fragments")


def check_molecule(sample: object) -> CheckedMolecule:
    r"""Check one sample.

    *Strict*: RDKit sanitises the molecule as it was generated, and it is one connected fragment.

    *Relaxed*, after GDSS (Jo et al., arXiv 2202.02514) and DiGress (Vignac et al., arXiv 2209.14734): an atom of
    nitrogen, oxygen or sulphur with one bond too many gets the charge +1, and of the fragments the one with the most
    atoms is taken. What is strictly valid stays as it is. The published code sets charges while it adds one bond after
    the other, so that its answer can depend on the order of the bonds (a nitro group written with two double bonds),
    and takes the first of several largest fragments; here the order of the atoms never matters: charges are set on the
    whole graph after RDKit's own clean-up, and of the largest fragments the one whose SMILES sorts first is taken.

    Hydrogens that are atoms of the graph are counted in the check, and then made implicit.

    Args:
        sample: An RDKit molecule, sanitised or not (it is not changed), a SMILES string, or ``None`` for no molecule.

    Raises:
        ImportError: If RDKit is not installed.
        TypeError: If the sample is something else.

    .. code-block:: python

        >>> check_molecule("OC").smiles
        'CO'
        >>> check_molecule("CN(C)(C)C").reason, check_molecule("CN(C)(C)C").relaxed_smiles
        ('valence', 'C[N+](C)(C)C')
        >>> check_molecule("O.CC").reason, check_molecule("O.CC").relaxed_smiles
        ('fragments', 'CC')
    """
    mol = parse(sample, "check_molecule")
    if mol is None:
        return CheckedMolecule(None, None, None, None, 0, "empty")
    chem = require_rdkit("check_molecule")
    from rdkit.rdBase import BlockLogs

    with BlockLogs():
        fragments = len(chem.GetMolFrags(mol))
        relaxed = chem.RWMol(mol)
        reason = _sanitise(chem, mol)
        if reason == "" and fragments == 1:
            mol, smiles = _finish(chem, mol)
            return CheckedMolecule(mol, smiles, mol, smiles, 1, "")
        if reason == "":
            relaxed, reason = mol, "fragments"
        elif not _add_charges(chem, relaxed) or _sanitise(chem, relaxed):
            return CheckedMolecule(None, None, None, None, fragments, reason)
        relaxed, smiles = _largest(chem, relaxed)
    return CheckedMolecule(None, None, relaxed, smiles, fragments, reason)


def check_molecules(samples: Iterable[object]) -> list[CheckedMolecule]:
    r"""Check every sample; see :func:`check_molecule`.

    .. code-block:: python

        >>> [checked.smiles for checked in check_molecules(["OC", None, "C(C)(C)(C)(C)C"])]
        ['CO', None, None]
    """
    return [check_molecule(sample) for sample in samples]


def _sanitise(chem: ModuleType, mol: Any) -> str:
    """Sanitise in place; the reason why it failed, if it did."""
    failed = chem.SanitizeMol(mol, catchErrors=True)
    flags = chem.SanitizeFlags
    if failed == flags.SANITIZE_NONE:
        return ""
    return {flags.SANITIZE_PROPERTIES: "valence", flags.SANITIZE_KEKULIZE: "kekulization"}.get(failed, "chemistry")


def _add_charges(chem: ModuleType, mol: Any) -> bool:
    """Charge the atoms that have one bond too many; whether that makes all valences right."""
    chem.Cleanup(mol)
    for problem in chem.DetectChemistryProblems(mol, chem.SanitizeFlags.SANITIZE_PROPERTIES):
        if problem.GetType() != "AtomValenceException":
            return False
        atom = mol.GetAtomWithIdx(problem.GetAtomIdx())
        valence = int(sum(bond.GetValenceContrib(atom) for bond in atom.GetBonds()) + atom.GetNumExplicitHs() + 0.5)
        if valence - _CHARGEABLE.get(atom.GetAtomicNum(), valence) != 1 or atom.GetFormalCharge() != 0:
            return False
        atom.SetFormalCharge(1)
    return not chem.DetectChemistryProblems(mol, chem.SanitizeFlags.SANITIZE_PROPERTIES)


def _finish(chem: ModuleType, mol: Any) -> tuple[Any, str]:
    """Make hydrogens implicit, and name the molecule."""
    bare = chem.RemoveHs(mol)
    return bare, chem.MolToSmiles(bare, isomericSmiles=False)


def _largest(chem: ModuleType, mol: Any) -> tuple[Any, str]:
    parts = chem.GetMolFrags(mol, asMols=True)
    size = max(part.GetNumAtoms() for part in parts)
    finished = [_finish(chem, part) for part in parts if part.GetNumAtoms() == size]
    return min(finished, key=lambda pair: pair[1])
