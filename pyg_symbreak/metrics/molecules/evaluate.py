r"""All metrics of generated molecules behind one class: fit once, compute many times."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

import torch

from pyg_symbreak.labeling.form import VERSION
from pyg_symbreak.metrics.estimate import Estimate
from pyg_symbreak.metrics.molecules.check import CheckedMolecule, check_molecules
from pyg_symbreak.metrics.molecules.fcd import FrechetChemNetDistance
from pyg_symbreak.metrics.molecules.filters import MoleculeFilters
from pyg_symbreak.metrics.molecules.fingerprints import NearestNeighbourSimilarity, internal_diversity
from pyg_symbreak.metrics.molecules.keys import molecule_hashes
from pyg_symbreak.metrics.molecules.nspdk import NSPDKDistance, molecule_graphs
from pyg_symbreak.metrics.molecules.parts import PartSimilarity, brics_fragments, scaffold
from pyg_symbreak.metrics.molecules.properties import PropertyDistances
from pyg_symbreak.metrics.molecules.sets import relaxed_shares, unique_novel
from pyg_symbreak.metrics.molecules.stability import stability
from pyg_symbreak.metrics.ratio import Ratio

# The groups of metrics, and whether they compare with a reference.
METRICS: Final = {
    "validity": False,
    "stability": False,
    "fcd": True,
    "nspdk": True,
    "snn": True,
    "scaffolds": True,
    "fragments": True,
    "diversity": False,
    "filters": False,
    "properties": True,
}
KEYS: Final = ("smiles", "hash")


class MoleculeMetrics:
    r"""Scores generated molecules; what depends on the reference alone is computed once.

    ==============  ===================================================================================================
    group           scores
    ==============  ===================================================================================================
    ``validity``    ``validity``, ``uniqueness``, ``novelty``, ``vun`` and the shares of DiGress: see
                    :mod:`pyg_symbreak.metrics.molecules.sets`
    ``stability``   see :func:`~pyg_symbreak.metrics.molecules.stability.stability`
    ``fcd``         ``fcd``, the Fréchet ChemNet distance (extra ``fcd``)
    ``nspdk``       ``nspdk``, the kernel distance as the papers after GDSS compute it
    ``snn``         ``snn``, similarity to the nearest molecule of the reference
    ``scaffolds``   ``scaffolds``, similarity of the Bemis–Murcko scaffolds
    ``fragments``   ``fragments``, similarity of the BRICS fragments
    ``diversity``   ``diversity``, one minus the mean similarity among the samples
    ``filters``     ``filters``, the share that passes :class:`~pyg_symbreak.metrics.molecules.filters.MoleculeFilters`
    ``properties``  distances of ``logp``, ``qed``, ``sa`` and ``weight``
    ==============  ===================================================================================================

    All groups but the first two look at the strictly valid samples, with repeats, and their denominators tell how many
    these are: they say nothing about the others, so read them beside the validity.

    Args:
        reference: RDKit molecules or SMILES to compare with. Those that are not strictly valid are left out and counted
            in :attr:`skipped`; only the novelty of DiGress compares relaxed forms with relaxed forms. A ``set`` or
            ``frozenset`` is taken as keys that are already made, canonical SMILES or hashes of
            :func:`~pyg_symbreak.metrics.molecules.keys.molecule_hashes`, in agreement with ``key``.
        train: The training molecules, for novelty, if they are others than the reference.
        metrics: The groups of metrics.
        hydrogens: Whether the generated graphs hold their hydrogens as atoms, for the stability.
        key: What tells molecules apart: ``"smiles"`` or ``"hash"``.
        num_draws: Number of bootstrap draws for the intervals of scores that are no shares.
        fcd_cache: Path of an ``.npz`` file that keeps what the FCD needs of the reference.
        filters: The filters, if not those of the class.

    Raises:
        ImportError: If RDKit, or for the FCD the package ``fcd``, is not installed.
        ValueError: If a group or the kind of key is unknown, a group lacks the molecules of a reference, or keys are
            not of the kind that ``key`` says.

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
        train: Iterable[object] | None = None,
        metrics: Sequence[str] = ("validity",),
        hydrogens: bool = False,
        key: str = "smiles",
        num_draws: int = 50,
        fcd_cache: str | os.PathLike[str] | None = None,
        filters: MoleculeFilters | None = None,
    ) -> None:
        if isinstance(metrics, str) or any(name not in METRICS for name in metrics):
            raise ValueError(f"'MoleculeMetrics' expected 'metrics' among {', '.join(METRICS)} (got {metrics!r})")
        if key not in KEYS:
            raise ValueError(f"'MoleculeMetrics' expected 'key' to be 'smiles' or 'hash' (got {key!r})")
        self.metrics, self.hydrogens, self.key = tuple(metrics), hydrogens, key
        self.num_draws = num_draws
        self.skipped = 0
        self.known: Collection[str] | None = None
        self.known_relaxed: Collection[str] | None = None
        checked: list[CheckedMolecule] | None = None
        if isinstance(reference, (set, frozenset)):
            self.known = self.known_relaxed = self._ready(reference)
            if any(METRICS[name] for name in metrics) and key == "smiles":
                checked = check_molecules(sorted(reference))
        elif reference is not None:
            checked = check_molecules(reference)
            self.skipped = sum(molecule.mol is None for molecule in checked)
            if train is None and "validity" in metrics:
                self._know(checked)
        if isinstance(train, (set, frozenset)):
            self.known = self.known_relaxed = self._ready(train)
        elif train is not None:
            self._know(check_molecules(train))
        self.filters = MoleculeFilters() if filters is None and "filters" in metrics else filters
        self._fit(checked, fcd_cache)

    def _fit(self, checked: Sequence[CheckedMolecule] | None, fcd_cache: str | os.PathLike[str] | None) -> None:
        kept = [molecule for molecule in checked or () if molecule.mol is not None]
        mols = [molecule.mol for molecule in kept]
        cached = fcd_cache is not None and os.path.exists(fcd_cache)
        for name in self.metrics:
            if METRICS[name] and not mols and not (name == "fcd" and checked is None and cached):
                raise ValueError(f"'MoleculeMetrics' expected molecules in 'reference' for {name!r} (got none)")
        makers: dict[str, Callable[[], Any]] = {
            "fcd": lambda: FrechetChemNetDistance([str(m.smiles) for m in kept] or None, cache=fcd_cache),
            "nspdk": lambda: NSPDKDistance(molecule_graphs(mols, truncate=True), neighbourhood="layers"),
            "snn": lambda: NearestNeighbourSimilarity(mols),
            "scaffolds": lambda: PartSimilarity(mols, scaffold),
            "fragments": lambda: PartSimilarity(mols, brics_fragments),
            "properties": lambda: PropertyDistances(mols),
        }
        self._fitted = {name: make() for name, make in makers.items() if name in self.metrics}

    def _ready(self, keys: Collection[str]) -> Collection[str]:
        wrong = next((name for name in keys if name.startswith(f"{VERSION}:") != (self.key == "hash")), None)
        if wrong is not None:
            raise ValueError(f"'MoleculeMetrics' expected {self.key} keys, as 'key' says (got {wrong!r})")
        return keys

    def _know(self, checked: Sequence[CheckedMolecule]) -> None:
        self.known, self.known_relaxed = (
            frozenset(name for name in self._keys(checked, relaxed) if name is not None) for relaxed in (False, True)
        )

    def _keys(self, checked: Sequence[CheckedMolecule], relaxed: bool = False) -> list[str | None]:
        if self.key == "hash":
            return molecule_hashes([molecule.relaxed if relaxed else molecule.mol for molecule in checked])
        return [molecule.relaxed_smiles if relaxed else molecule.smiles for molecule in checked]

    def __call__(
        self, samples: Iterable[object], *, generator: torch.Generator | None = None
    ) -> dict[str, Ratio | Estimate]:
        r"""Score samples.

        Args:
            samples: RDKit molecules, not sanitised if they come from a generator, SMILES, or ``None`` for no molecule.
            generator: The source of the bootstrap draws; without it they are the same every time.

        Returns:
            Scores by name; each has ``value``, ``low``, ``high``, ``numerator``, ``denominator`` and ``to_dict()``. A
            score without a denominator is NaN.

        Raises:
            TypeError: If a sample is something else.
            ValueError: If there is no sample.
        """
        samples = list(samples)
        if not samples:
            raise ValueError("'MoleculeMetrics' expected at least one sample (got 0)")
        checked = check_molecules(samples)
        valid = [molecule for molecule in checked if molecule.mol is not None]
        mols = [molecule.mol for molecule in valid]
        options: dict[str, Any] = {"num_draws": self.num_draws, "generator": generator}
        scores: dict[str, Ratio | Estimate] = {}
        for name in self.metrics:
            if name == "validity":
                scores.update(unique_novel(self._keys(checked), self.known))
                scores.update(relaxed_shares(checked, self.known_relaxed, self._keys(checked, relaxed=True)))
            elif name == "stability":
                scores.update(stability(samples, self.hydrogens))
            elif name == "fcd":
                scores[name] = self._fitted[name]([str(molecule.smiles) for molecule in valid], **options)
            elif name == "nspdk":
                scores[name] = self._fitted[name](molecule_graphs(mols, truncate=True), **options)
            elif name == "diversity":
                scores[name] = internal_diversity(mols, **options)
            elif name == "filters" and self.filters is not None:
                scores[name] = self.filters(mols)
            elif name == "properties":
                scores.update(self._fitted[name](mols, **options))
            else:
                scores[name] = self._fitted[name](mols, **options)
        return scores


def evaluate_molecules(
    samples: Iterable[object], reference: Iterable[object] | None = None, **options: Any
) -> dict[str, Ratio | Estimate]:
    r"""Score samples once; the arguments, and the errors, are those of :class:`MoleculeMetrics`.

    .. code-block:: python

        >>> evaluate_molecules(["CO", "CC"], reference=["CO"])["novelty"].value
        0.5
    """
    return MoleculeMetrics(reference, **options)(samples)
