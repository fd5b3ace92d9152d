r"""Fréchet ChemNet distance (the extra ``fcd``)."""

from __future__ import annotations

import hashlib
import math
import os
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyg_symbreak.metrics.estimate import Estimate, bootstrap

_LENGTH = 350  # ChemNet saw strings padded to this length


class FrechetChemNetDistance:
    r"""The distance between two sets of molecules in the eyes of ChemNet, a network that predicts bioactivities.

    The Fréchet distance of Gaussians with the mean and covariance of ChemNet's 512 activations (Preuer et al., Journal
    of Chemical Information and Modeling 2018, arXiv 1803.09518):

    .. math::
        \lVert \mu_1 - \mu_2 \rVert^2 + \operatorname{tr}(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2})

    with the weights that the package ``fcd`` ships. It is biased upwards for few molecules: compare it at equal numbers
    (10,000 are usual), and against the distance of two halves of the data.

    Args:
        reference: Canonical SMILES of the molecules to compare with. May be left out if the cache holds them.
        cache: Path of an ``.npz`` file. If it exists, the reference's mean and covariance are read from it, otherwise
            they are computed and written to it, for the next time.
        batch_size: How many molecules ChemNet reads at once.

    Raises:
        ImportError: If the package ``fcd`` is not installed.
        ValueError: If there are less than two molecules, or the cache was made from another reference.

    .. code-block:: python

        >>> import pytest; _ = pytest.importorskip("fcd")
        >>> FrechetChemNetDistance(["CO", "CN", "CC"])(["CO", "CN", "CC"], num_draws=0).value < 1e-6
        True
    """

    def __init__(
        self,
        reference: Sequence[str] | None = None,
        *,
        cache: str | os.PathLike[str] | None = None,
        batch_size: int = 128,
    ) -> None:
        self.batch_size = batch_size
        mark = None if reference is None else _fingerprint(reference)
        path = None if cache is None else Path(cache)
        if path is not None and path.exists():
            self.mean, self.covariance = _read(path, mark)
            return
        if reference is None:
            raise ValueError("'FrechetChemNetDistance' expected a 'reference' or a 'cache' that exists (got neither)")
        self.mean, self.covariance = moments(chemnet_activations(reference, batch_size))
        if path is not None:
            _write(path, self.mean, self.covariance, str(mark))

    def __call__(
        self, smiles: Sequence[str], *, num_draws: int = 50, generator: torch.Generator | None = None
    ) -> Estimate:
        r"""Return the distance of molecules to the reference; NaN for less than two molecules.

        Args:
            smiles: Canonical SMILES of valid molecules.
            num_draws: Number of bootstrap draws for the interval.
            generator: The source of the draws.
        """
        if len(smiles) < 2:
            return Estimate(math.nan, denominator=len(smiles))
        activations = chemnet_activations(smiles, self.batch_size)

        def distance(count: Tensor) -> float:
            return frechet_distance(self.mean, self.covariance, *moments(activations, count))

        return bootstrap(distance, len(smiles), num_draws=num_draws, bounds=(0.0, math.inf), generator=generator)


def chemnet_activations(smiles: Sequence[str], batch_size: int = 128) -> Tensor:
    r"""Return ChemNet's activations of molecules; equal strings are read once.

    Args:
        smiles: Canonical SMILES.
        batch_size: How many molecules are read at once.

    Returns:
        Activations of shape ``[n, 512]``, float32.

    Raises:
        ImportError: If the package ``fcd`` is not installed.

    .. code-block:: python

        >>> import pytest; _ = pytest.importorskip("fcd")
        >>> chemnet_activations(["CO", "CN"]).shape
        torch.Size([2, 512])
    """
    model, one_hot = _chemnet()
    if len(smiles) == 0:
        return torch.zeros(0, 512)
    distinct = list(dict.fromkeys(smiles))
    place = {text: i for i, text in enumerate(distinct)}
    length = max(_LENGTH, 1 + max(len(text) for text in distinct))
    parts = []
    with torch.no_grad():
        for start in range(0, len(distinct), batch_size):
            rows = np.stack([one_hot(text, length) for text in distinct[start : start + batch_size]])
            parts.append(model(torch.from_numpy(rows / rows.shape[2]).transpose(1, 2).float()))
    return torch.cat(parts)[[place[text] for text in smiles]]


def moments(activations: Tensor, count: Tensor | None = None) -> tuple[Tensor, Tensor]:
    r"""Return the mean ``[d]`` and the unbiased covariance ``[d, d]`` of the rows of a matrix, in float64.

    Args:
        activations: Shape ``[n, d]``, two rows or more.
        count: How often each row counts, ``[n]``; without it once.

    Raises:
        ValueError: If there are less than two rows.

    .. code-block:: python

        >>> moments(torch.tensor([[0.0], [2.0]]))
        (tensor([1.], dtype=torch.float64), tensor([[2.]], dtype=torch.float64))
    """
    if activations.size(0) < 2:
        raise ValueError(f"'moments' expected at least two rows (got {activations.size(0)})")
    rows = activations.double()
    weight = rows.new_ones(rows.size(0)) if count is None else count.to(rows)
    mean = weight @ rows / weight.sum()
    centred = (rows - mean) * weight.sqrt()[:, None]
    return mean, centred.t() @ centred / (weight.sum() - 1)


def frechet_distance(mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor) -> float:
    r"""Return the squared Fréchet distance of two Gaussians.

    The trace of :math:`(\Sigma_1 \Sigma_2)^{1/2}` is the sum of the roots of the eigenvalues of the symmetric matrix
    :math:`\Sigma_1^{1/2} \Sigma_2 \Sigma_1^{1/2}`, which holds for singular covariances too.

    .. code-block:: python

        >>> one = torch.eye(1).double()
        >>> frechet_distance(torch.zeros(1).double(), one, torch.full((1,), 3.0).double(), 4 * one)
        10.0
    """
    values, vectors = torch.linalg.eigh(covariance)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.t()
    cross = torch.linalg.eigvalsh(root @ other_covariance @ root).clamp(min=0).sqrt().sum()
    gap = (mean - other_mean).square().sum()
    return max(0.0, float(gap + covariance.trace() + other_covariance.trace() - 2 * cross))


def _chemnet() -> tuple[Any, Any]:
    try:
        network, strings = import_module("fcd.fcd"), import_module("fcd.utils")
    except ImportError as error:
        raise ImportError(
            "'FrechetChemNetDistance' expected the package 'fcd' (got none): install it with"
            " `pip install pyg_symbreak[fcd]`"
        ) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the package leaves a temporary directory to the collector
        return network.load_ref_model(), strings.get_one_hot


def _fingerprint(reference: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(reference)).encode()).hexdigest()


def _read(path: Path, mark: str | None) -> tuple[Tensor, Tensor]:
    with np.load(path, allow_pickle=False) as file:
        if mark is not None and str(file["reference"]) != mark:
            raise ValueError(
                f"'FrechetChemNetDistance' expected a cache of this reference (got one of other molecules, {path})"
            )
        return torch.from_numpy(file["mean"]), torch.from_numpy(file["covariance"])


def _write(path: Path, mean: Tensor, covariance: Tensor, mark: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")  # a killed process leaves no half of a cache
    with open(part, "wb") as file:
        np.savez(file, mean=mean.numpy(), covariance=covariance.numpy(), reference=np.array(mark))
    os.replace(part, path)
