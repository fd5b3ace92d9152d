r"""Distances between the distributions of molecular properties."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.metrics.estimate import Estimate, bootstrap
from pyg_symbreak.metrics.molecules.chemistry import require_rdkit

PROPERTIES = ("logp", "qed", "sa", "weight")


def property_functions() -> dict[str, Callable[[Any], float]]:
    r"""Return functions of a sanitised RDKit molecule by name.

    ``logp``: Crippen's logP. ``qed``: drug-likeness, 0 … 1. ``sa``: the synthetic accessibility score of Ertl and
    Schuffenhauer, 1 (easy) … 10, from the ``Contrib`` folder that RDKit ships; left out where a build has none.
    ``weight``: the molecular weight in g/mol.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> round(property_functions()["weight"](Chem.MolFromSmiles("O")), 3)
        18.015
    """
    crippen, qed, descriptors = (
        require_rdkit("property_functions", f"rdkit.Chem.{name}") for name in ("Crippen", "QED", "Descriptors")
    )
    functions = {"logp": crippen.MolLogP, "qed": qed.qed, "sa": _accessibility(), "weight": descriptors.MolWt}
    return {name: function for name, function in functions.items() if function is not None}


def wasserstein(first: Tensor, second: Tensor) -> float:
    r"""Return the 1-Wasserstein distance of two samples of numbers: the area between their distribution functions.

    Args:
        first: Numbers of shape ``[n]``.
        second: Numbers of shape ``[m]``.

    Raises:
        ValueError: If a sample is empty.

    .. code-block:: python

        >>> wasserstein(torch.tensor([0.0, 1.0]), torch.tensor([3.0]))
        2.5
    """
    if first.numel() == 0 or second.numel() == 0:
        raise ValueError(f"'wasserstein' expected two samples (got {first.numel()} and {second.numel()} numbers)")
    a, b = first.double().sort().values, second.double().sort().values
    steps = torch.cat([a, b]).sort().values
    below = [torch.searchsorted(x, steps[:-1], right=True).double() / x.numel() for x in (a, b)]
    return float((below[0] - below[1]).abs() @ steps.diff())


class PropertyDistances:
    r"""The 1-Wasserstein distances of molecular properties between samples and a reference.

    MOSES reports the Fréchet distance of normal distributions instead, which sees means and variances only.

    Args:
        reference: Sanitised RDKit molecules.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If there is no molecule.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> distances = PropertyDistances([Chem.MolFromSmiles("O")])([Chem.MolFromSmiles("C")])
        >>> round(distances["weight"].value, 3)
        1.972
    """

    def __init__(self, reference: Sequence[Any]) -> None:
        self.functions = property_functions()
        if len(reference) == 0:
            raise ValueError("'PropertyDistances' expected at least one reference molecule (got 0)")
        self.reference = self._values(reference)

    def _values(self, mols: Sequence[Any]) -> dict[str, Tensor]:
        table = {name: [function(mol) for mol in mols] for name, function in self.functions.items()}
        return {name: torch.tensor(values, dtype=torch.float64) for name, values in table.items()}

    def __call__(
        self, mols: Sequence[Any], *, num_draws: int = 100, generator: torch.Generator | None = None
    ) -> dict[str, Estimate]:
        r"""Return a distance for every property, each in its own unit; NaN without a molecule.

        Args:
            mols: Sanitised RDKit molecules.
            num_draws: Number of bootstrap draws for the intervals.
            generator: The source of the draws.
        """
        return {
            name: _distance(values, self.reference[name], num_draws, generator)
            for name, values in self._values(mols).items()
        }


def _distance(values: Tensor, reference: Tensor, num_draws: int, generator: torch.Generator | None) -> Estimate:
    def statistic(count: Tensor) -> float:
        return wasserstein(values.repeat_interleave(count), reference)

    return bootstrap(statistic, values.numel(), num_draws=num_draws, bounds=(0.0, math.inf), generator=generator)


def _accessibility() -> Callable[[Any], float] | None:
    from rdkit import RDConfig

    folder = os.path.join(RDConfig.RDContribDir, "SA_Score")
    if not os.path.isfile(os.path.join(folder, "sascorer.py")):
        return None
    sys.path.insert(0, folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function: Callable[[Any], float] = import_module("sascorer").calculateScore
    finally:
        sys.path.remove(folder)
    return function
