r"""All metrics of generated molecules behind one class: fit once, compute many times."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from pyg_symbreak.labeling.form import VERSION
from pyg_symbreak.metrics.estimate import Estimate
from pyg_symbreak.metrics.molecules.check import CheckedMolecule, check_molecules
from pyg_symbreak.metrics.molecules.keys import molecule_hashes
from pyg_symbreak.metrics.molecules.sets import relaxed_shares, unique_novel
from pyg_symbreak.metrics.molecules.stability import stability
from pyg_symbreak.metrics.ratio import Ratio

METRICS = ("validity", "stability")
KEYS = ("smiles", "hash")


class MoleculeMetrics:
    r"""Scores generated molecules; what depends on the reference alone is computed once.

    Args:
        reference: RDKit molecules or SMILES of the training molecules, for novelty. A ``set`` or ``frozenset`` of
            strings is taken as keys that are already made: canonical SMILES as in
            :class:`~pyg_symbreak.metrics.molecules.check.CheckedMolecule`, or hashes of
            :func:`~pyg_symbreak.metrics.molecules.keys.molecule_hashes`, in agreement with ``key``. Molecules that are
            not strictly valid are left out and counted in :attr:`skipped`.
        metrics: The groups of metrics.
        hydrogens: Whether the generated graphs hold their hydrogens as atoms, for the stability.
        key: What tells molecules apart: ``"smiles"`` or ``"hash"``.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If a group or the kind of key is unknown, or the reference has hashes where SMILES are due.

    .. code-block:: python

        >>> metrics = MoleculeMetrics(["CO", "CC"])
        >>> for name, value in metrics(["CO", "CN", "C.N", None]).items():
        ...     print(name, value)
        validity 2/4 = 0.5000 [0.1500, 0.8500]
        uniqueness 2/2 = 1.0000 [0.3424, 1.0000]
        novelty 1/2 = 0.5000 [0.0945, 0.9055]
        vun 1/4 = 0.2500 [0.0456, 0.6994]
        digress_validity 3/4 = 0.7500 [0.3006, 0.9544]
        relaxed_validity 3/4 = 0.7500 [0.3006, 0.9544]
        digress_uniqueness 3/3 = 1.0000 [0.4385, 1.0000]
        digress_novelty 2/3 = 0.6667 [0.2077, 0.9385]
    """

    def __init__(
        self,
        reference: Iterable[object] | None = None,
        *,
        metrics: Sequence[str] = ("validity",),
        hydrogens: bool = False,
        key: str = "smiles",
    ) -> None:
        unknown = [name for name in metrics if name not in METRICS]
        if unknown or isinstance(metrics, str):
            raise ValueError(f"'MoleculeMetrics' expected 'metrics' among {', '.join(METRICS)} (got {metrics!r})")
        if key not in KEYS:
            raise ValueError(f"'MoleculeMetrics' expected 'key' to be 'smiles' or 'hash' (got {key!r})")
        self.metrics, self.hydrogens, self.key = tuple(metrics), hydrogens, key
        self.skipped = 0
        self.known = None if reference is None else self._known(reference)

    def _known(self, reference: Iterable[object]) -> Collection[str]:
        if isinstance(reference, (set, frozenset)):
            wrong = next((name for name in reference if name.startswith(f"{VERSION}:") != (self.key == "hash")), None)
            if wrong is not None:
                raise ValueError(
                    f"'MoleculeMetrics' expected a 'reference' of {self.key} keys, as 'key' says (got {wrong!r})"
                )
            return reference
        checked = check_molecules(reference)
        keys = self._keys([molecule.mol for molecule in checked], [molecule.smiles for molecule in checked])
        self.skipped = keys.count(None)
        return frozenset(name for name in keys if name is not None)

    def _keys(self, mols: Sequence[Any | None], smiles: list[str | None]) -> list[str | None]:
        return smiles if self.key == "smiles" else molecule_hashes(mols)

    def __call__(self, samples: Sequence[object]) -> dict[str, Ratio | Estimate]:
        r"""Score samples: RDKit molecules, not sanitised if they come from a generator, SMILES, or ``None``.

        Raises:
            TypeError: If a sample is something else.
            ValueError: If there is no sample.
        """
        samples = list(samples)
        if not samples:
            raise ValueError("'MoleculeMetrics' expected at least one sample (got 0)")
        checked = check_molecules(samples)
        scores: dict[str, Ratio | Estimate] = {}
        if "validity" in self.metrics:
            scores.update(self._shares(checked))
        if "stability" in self.metrics:
            scores.update(stability(samples, self.hydrogens))
        return scores

    def _shares(self, checked: Sequence[CheckedMolecule]) -> dict[str, Ratio]:
        strict = self._keys([molecule.mol for molecule in checked], [molecule.smiles for molecule in checked])
        relaxed = self._keys(
            [molecule.relaxed for molecule in checked], [molecule.relaxed_smiles for molecule in checked]
        )
        return {**unique_novel(strict, self.known), **relaxed_shares(checked, self.known, relaxed)}


def evaluate_molecules(
    samples: Sequence[object], reference: Iterable[object] | None = None, **options: Any
) -> dict[str, Ratio | Estimate]:
    r"""Score samples once; the arguments, and the errors, are those of :class:`MoleculeMetrics`.

    .. code-block:: python

        >>> evaluate_molecules(["CO", "CC"], reference=["CO"])["novelty"].value
        0.5
    """
    return MoleculeMetrics(reference, **options)(samples)
