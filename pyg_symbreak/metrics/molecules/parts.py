r"""Similarity of the parts that two sets of molecules are made of: scaffolds and fragments."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.metrics.estimate import Estimate, bootstrap
from pyg_symbreak.metrics.molecules.chemistry import require_rdkit


def scaffold(mol: Any, min_rings: int = 2) -> list[str]:
    r"""Return the Bemis–Murcko scaffold of a molecule as SMILES; nothing if it has too few rings.

    Args:
        mol: A sanitised RDKit molecule.
        min_rings: The smallest number of rings of a scaffold that counts; 2 in MOSES.

    Returns:
        A list of one SMILES string, or none.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> scaffold(Chem.MolFromSmiles("Cc1ccc2ccccc2c1")), scaffold(Chem.MolFromSmiles("Cc1ccccc1"))
        (['c1ccc2ccccc2c1'], [])
    """
    chem = require_rdkit("scaffold")
    core = require_rdkit("scaffold", "rdkit.Chem.Scaffolds.MurckoScaffold").GetScaffoldForMol(mol)
    if core.GetNumAtoms() == 0 or len(chem.GetSSSR(core)) < min_rings:
        return []
    return [chem.MolToSmiles(core, isomericSmiles=False)]


def brics_fragments(mol: Any) -> list[str]:
    r"""Return the fragments of a molecule as SMILES, cut at the BRICS bonds.

    Args:
        mol: A sanitised RDKit molecule.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> brics_fragments(Chem.MolFromSmiles("CCOc1ccccc1"))
        ['[16*]c1ccccc1', '[3*]O[3*]', '[4*]CC']
    """
    chem = require_rdkit("brics_fragments")
    cut = require_rdkit("brics_fragments", "rdkit.Chem.BRICS").BreakBRICSBonds(mol)
    return str(chem.MolToSmiles(cut)).split(".")


class PartSimilarity:
    r"""The cosine of the counts of parts in the samples and in a reference: Scaf and Frag of MOSES (arXiv 1811.12823).

    Args:
        reference: Sanitised RDKit molecules.
        parts: Takes a molecule and returns its parts: :func:`scaffold` or :func:`brics_fragments`.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> mols = [Chem.MolFromSmiles(text) for text in ("CCOc1ccccc1", "CO")]
        >>> round(PartSimilarity(mols, brics_fragments)(mols).value, 6)
        1.0
    """

    def __init__(self, reference: Sequence[Any], parts: Callable[[Any], list[str]]) -> None:
        self.parts = parts
        self.counts = Counter(part for mol in reference for part in parts(mol))

    def __call__(
        self, mols: Sequence[Any], *, num_draws: int = 100, generator: torch.Generator | None = None
    ) -> Estimate:
        r"""Return the cosine, in 0 … 1; NaN if the samples or the reference have no part at all.

        Args:
            mols: Sanitised RDKit molecules.
            num_draws: Number of bootstrap draws for the interval.
            generator: The source of the draws.
        """
        number = {part: place for place, part in enumerate(self.counts)}
        owner: list[int] = []
        column: list[int] = []
        for place, mol in enumerate(mols):
            for part in self.parts(mol):
                owner.append(place)
                column.append(number.setdefault(part, len(number)))
        if not column or not self.counts:
            return Estimate(math.nan, denominator=len(mols))
        rows, columns = torch.tensor(owner), torch.tensor(column)
        expected = torch.zeros(len(number), dtype=torch.float64)
        expected[: len(self.counts)] = torch.tensor(list(self.counts.values()), dtype=torch.float64)

        def cosine(count: Tensor) -> float:
            found = torch.bincount(columns, count[rows].double(), minlength=len(number))
            norm = float(found.norm() * expected.norm())
            return float(found @ expected) / norm if norm else 0.0

        return bootstrap(cosine, len(mols), num_draws=num_draws, bounds=(0.0, 1.0), generator=generator)
