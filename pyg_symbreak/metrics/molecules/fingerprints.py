r"""Similarity of fingerprints: to the nearest molecule of the reference, and among the samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyg_symbreak.metrics.estimate import Estimate, bootstrap
from pyg_symbreak.metrics.molecules.chemistry import require_rdkit

_BLOCK = 4096


def morgan_fingerprints(mols: Sequence[Any], radius: int = 2, bits: int = 1024) -> Tensor:
    r"""Return the Morgan fingerprints of molecules as bits.

    Args:
        mols: Sanitised RDKit molecules.
        radius: Radius of the neighbourhoods; 2 in MOSES.
        bits: Length of the fingerprint; 1024 in MOSES.

    Returns:
        Bits of shape ``[n, bits]``, uint8.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> morgan_fingerprints([Chem.MolFromSmiles("C"), Chem.MolFromSmiles("CO")]).sum(1)
        tensor([1, 3])
    """
    fingerprints = require_rdkit("morgan_fingerprints", "rdkit.Chem.rdFingerprintGenerator")
    generator = fingerprints.GetMorganGenerator(radius=radius, fpSize=bits)
    rows = [generator.GetFingerprintAsNumPy(mol) for mol in mols]
    return torch.from_numpy(np.stack(rows)) if rows else torch.zeros((0, bits), dtype=torch.uint8)


def tanimoto(first: Tensor, second: Tensor) -> Tensor:
    r"""Return the Tanimoto similarity of all pairs of bit vectors, ``[n, m]``, float32; 1 for two empty ones.

    .. code-block:: python

        >>> tanimoto(torch.tensor([[1, 1, 0]]), torch.tensor([[1, 0, 0], [1, 1, 0]]))
        tensor([[0.5000, 1.0000]])
    """
    a, b = first.float(), second.float()
    common = a @ b.t()
    either = a.sum(1)[:, None] + b.sum(1)[None, :] - common
    return torch.where(either > 0, common / either.clamp(min=1), 1.0)


class NearestNeighbourSimilarity:
    r"""The mean similarity of the samples to the nearest molecule of a reference: SNN of MOSES (arXiv 1811.12823).

    Near 1 for samples that copy the reference, and low for samples far from it.

    Args:
        reference: Sanitised RDKit molecules.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If there is no molecule.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> mols = [Chem.MolFromSmiles(text) for text in ("CO", "c1ccccc1")]
        >>> NearestNeighbourSimilarity(mols)(mols).value
        1.0
    """

    def __init__(self, reference: Sequence[Any]) -> None:
        self.reference = morgan_fingerprints(reference)
        if len(self.reference) == 0:
            raise ValueError("'NearestNeighbourSimilarity' expected at least one reference molecule (got 0)")

    def __call__(
        self, mols: Sequence[Any], *, num_draws: int = 100, generator: torch.Generator | None = None
    ) -> Estimate:
        r"""Return the mean similarity; NaN without a molecule.

        Args:
            mols: Sanitised RDKit molecules.
            num_draws: Number of bootstrap draws for the interval.
            generator: The source of the draws.
        """
        bits = morgan_fingerprints(mols)
        nearest = torch.zeros(len(mols))
        for block in torch.split(self.reference, _BLOCK):
            for start in range(0, len(mols), _BLOCK):
                best = tanimoto(bits[start : start + _BLOCK], block).amax(1)
                nearest[start : start + _BLOCK] = torch.maximum(nearest[start : start + _BLOCK], best)
        return _mean(nearest.double(), num_draws, generator)


def internal_diversity(
    mols: Sequence[Any], *, power: int = 1, num_draws: int = 100, generator: torch.Generator | None = None
) -> Estimate:
    r"""Return one minus the mean similarity of all pairs of samples, as IntDiv of MOSES (arXiv 1811.12823).

    All :math:`n^2` pairs are taken, each molecule with itself included. The interval is that of the statistic's linear
    part.

    Args:
        mols: Sanitised RDKit molecules.
        power: Power of the similarities under the mean; as in MOSES the power is taken back molecule by molecule, with
            ``2`` for IntDiv2.
        num_draws: Number of bootstrap draws for the interval.
        generator: The source of the draws.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> internal_diversity([Chem.MolFromSmiles("C"), Chem.MolFromSmiles("O")]).value
        0.5
    """
    bits = morgan_fingerprints(mols)
    rows = torch.zeros(len(mols), dtype=torch.float64)
    for start in range(0, len(mols), _BLOCK):
        for block in torch.split(bits, _BLOCK):
            rows[start : start + _BLOCK] += tanimoto(bits[start : start + _BLOCK], block).double().pow(power).sum(1)
    if len(mols):
        rows = (rows / len(mols)).pow(1 / power)
    spread = _mean(1 - rows, num_draws, generator)
    # Each sample enters a mean over pairs twice: as row and as column.
    low, high = (spread.value + 2 * (end - spread.value) for end in (spread.low, spread.high))
    if math.isnan(low):
        return spread
    return Estimate(spread.value, max(0.0, low), min(1.0, high), spread.denominator)


def _mean(values: Tensor, num_draws: int, generator: torch.Generator | None) -> Estimate:
    def mean(count: Tensor) -> float:
        return float(count.double() @ values) / values.numel()

    return bootstrap(mean, values.numel(), num_draws=num_draws, bounds=(0.0, 1.0), generator=generator)
