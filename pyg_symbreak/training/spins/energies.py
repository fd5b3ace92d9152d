r"""What a spin model is trained for and scored by: energies of what it draws, beside those of exact ground states."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.metrics.spins import relative_gap
from pyg_symbreak.models.spins import marginal_log_likelihood
from pyg_symbreak.spins import ising_energy
from pyg_symbreak.training.symmetrize.objective import Objective

LOSSES: Final = ("energy", "likelihood")
r"""The losses: the expected energy, which needs no ground states, and the likelihood of given ones."""


class SpinEnergies(torch.nn.Module):
    r"""A spin model as a module that returns, for every system of a batch, its loss and the energies of two answers.

    The energy loss is the expected energy

    .. math::
        \frac{\mathbb{E}_{g, s} H(s)}{\sum_{u, a} |J_{a, u}| + \sum_u |h_u|}

    relative to that of a system without frustration, which is known without solving anything, so that strong and weak
    couplings weigh the same. The likelihood loss is the negative logarithm of the likelihood of ``batch.spins``, a
    site, averaged over the stabiliser (:func:`~pyg_symbreak.models.spins.marginal_log_likelihood`).

    Args:
        model: A model such as :class:`~pyg_symbreak.models.spins.SpinModel`, which returns a
            :class:`~pyg_symbreak.models.spins.SpinDistribution`.
        loss: One of :data:`LOSSES`.

    Raises:
        ValueError: If there is no such loss.

    Shapes:
        - **input:** a batch with ``field`` :math:`[B, *\mathrm{sizes}]` and ``bonds`` :math:`[B, d, *\mathrm{sizes}]`.
        - **output:** :math:`[B, 1]` in training: the loss; :math:`[B, 3]` in evaluation: the loss, the energy of a
          sample, and the energy of the most likely spins.
    """

    def __init__(self, model: torch.nn.Module, loss: str = "energy") -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"'SpinEnergies' expected 'loss' to be one of {', '.join(LOSSES)} (got {loss!r})")
        self.model, self.loss = model, loss

    def forward(self, batch: Any) -> Tensor:
        loss = self._likelihood(batch) if self.loss == "likelihood" else None
        if self.training and loss is not None:
            return loss.unsqueeze(1)
        found = self.model(batch)
        if loss is None:
            largest = batch.bonds.abs().flatten(1).sum(1) + batch.field.abs().flatten(1).sum(1)
            loss = found.expected_energy(batch.field, batch.bonds) / largest
        if self.training:
            return loss.unsqueeze(1)
        answers = torch.stack([found.sample()[0], found.mode()])
        return torch.stack([loss, *ising_energy(answers, batch.field, batch.bonds)], dim=1)

    def _likelihood(self, batch: Any) -> Tensor:
        return -marginal_log_likelihood(self.model, batch, batch.spins) / batch.field[0].numel()


def _scores(out: Tensor, exact: Tensor) -> dict[str, float]:
    gaps = 100 * relative_gap(out[:, 1:].t(), exact).mean(1)
    return dict(zip(("gap", "gap_mode"), gaps.tolist()))


ENERGIES: Final = Objective(lambda out, exact: out[:, 0].mean(), _scores, larger=False)
r"""The objective of :class:`SpinEnergies`, whose targets are the energies of the ground states: they are scored with,
not trained with. The scores are the means, in per cent, of the
:func:`~pyg_symbreak.metrics.spins.relative_gap` of samples and of that of the most likely spins."""
