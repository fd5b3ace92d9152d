r"""The share of molecules without structures that medicinal chemists avoid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pyg_symbreak.metrics.molecules.chemistry import require_rdkit
from pyg_symbreak.metrics.ratio import Ratio

MOSES_ELEMENTS: Final = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})


class MoleculeFilters:
    r"""Tells which molecules pass, as Filters of MOSES (arXiv 1811.12823), with RDKit's own lists of structures.

    A molecule passes if it has no ring of 8 or more atoms, no formal charge, no element but C, N, S, O, F, Cl, Br and
    H, and no structure of the lists. RDKit ships the PAINS filters, but not the medicinal chemistry filters (MCF) that
    MOSES adds: without them more molecules pass than in MOSES. Give their SMARTS to get the filters of MOSES.

    Args:
        catalogs: Names of RDKit's ``FilterCatalogs``: ``"PAINS"``, ``"BRENK"``, ``"NIH"``, …
        smarts: More structures, looked for with all hydrogens as atoms, as MOSES does.
        elements: Symbols of the elements that may occur.
        max_ring: The largest number of atoms in a ring.
        charges: Whether formal charges may occur.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If a catalogue is unknown or a string is no SMARTS.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> mols = [Chem.MolFromSmiles(text) for text in ("CCO", "C[N+](C)(C)C", "O=C1C=CC(=O)C=C1", "C1CCCCCCC1")]
        >>> [MoleculeFilters().passes(mol) for mol in mols]
        [True, False, False, False]
    """

    def __init__(
        self,
        catalogs: Sequence[str] = ("PAINS",),
        *,
        smarts: Sequence[str] = (),
        elements: Iterable[str] = MOSES_ELEMENTS,
        max_ring: int = 7,
        charges: bool = False,
    ) -> None:
        self.chem = require_rdkit("MoleculeFilters")
        from rdkit.Chem import FilterCatalog
        from rdkit.rdBase import BlockLogs

        known = FilterCatalog.FilterCatalogParams.FilterCatalogs.names
        parameters = FilterCatalog.FilterCatalogParams()
        for name in catalogs:
            if name not in known:
                raise ValueError(f"'MoleculeFilters' expected catalogues among {', '.join(known)} (got {name!r})")
            parameters.AddCatalog(known[name])
        self.catalog = FilterCatalog.FilterCatalog(parameters)
        with BlockLogs():
            self.patterns = [self.chem.MolFromSmarts(text) for text in smarts]
        if None in self.patterns:
            raise ValueError(f"'MoleculeFilters' expected SMARTS (got {smarts[self.patterns.index(None)]!r})")
        self.elements, self.max_ring, self.charges = frozenset(elements), max_ring, charges

    def passes(self, mol: Any) -> bool:
        r"""Whether a sanitised RDKit molecule passes."""
        if any(len(ring) > self.max_ring for ring in mol.GetRingInfo().AtomRings()):
            return False
        for atom in mol.GetAtoms():
            if atom.GetSymbol() not in self.elements or (atom.GetFormalCharge() != 0 and not self.charges):
                return False
        if self.catalog.HasMatch(mol):
            return False
        if not self.patterns:
            return True
        full = self.chem.AddHs(mol)
        return not any(full.HasSubstructMatch(pattern) for pattern in self.patterns)

    def __call__(self, mols: Iterable[Any]) -> Ratio:
        r"""Return the share of sanitised RDKit molecules that pass."""
        passed = [self.passes(mol) for mol in mols]
        return Ratio(sum(passed), len(passed))
