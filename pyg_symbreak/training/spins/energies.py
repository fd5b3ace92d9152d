r"""What a spin model is trained for and scored by: energies of what it draws, beside those of exact ground states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.metrics.spins import relative_gap
from pyg_symbreak.models.spins import SpinDistribution, free_energy, marginal_log_likelihood
from pyg_symbreak.spins import ising_energy
from pyg_symbreak.training.symmetrize.objective import Objective

LOSSES: Final = ("both", "energy", "likelihood")
r"""The losses: the expected energy, which needs no ground states, the likelihood of given ones, or their sum."""

EMPHASIS: Final = 20.0
r"""How much the energy weighs beside the likelihood; less leaves samples near a boundary of phases in doubt."""


@dataclass(frozen=True)
class Cooling:
    r"""A temperature that falls in a straight line, and then stays.

    Args:
        heat: The temperature of the first step. Independent spins without a field order below 2.
        share: The share of all steps after which the last temperature is reached.
        floor: The last temperature.

    Raises:
        ValueError: If a value is out of its range.

    .. code-block:: python

        >>> cooling = Cooling(heat=1.0, share=0.5, floor=0.0)
        >>> [cooling.temperature(step, 100) for step in (0, 25, 50, 100)]
        [1.0, 0.5, 0.0, 0.0]
    """

    heat: float = 1.0
    share: float = 0.5
    floor: float = 0.0

    def __post_init__(self) -> None:
        if not (self.heat >= self.floor >= 0 and 0 <= self.share <= 1):
            raise ValueError(
                f"'Cooling' expected 'heat' to be at least 'floor', 'floor' at least 0 and 'share' in [0, 1] "
                f"(got {self.heat}, {self.floor} and {self.share})"
            )

    def temperature(self, step: int, total_steps: int) -> float:
        r"""The temperature of a step, counted from 0."""
        last = self.share * total_steps
        left = max(0.0, 1 - step / last) if last > 0 else 0.0
        return self.floor + left * (self.heat - self.floor)


class SpinEnergies(torch.nn.Module):
    r"""A spin model as a module that returns, for every system of a batch, its loss and the energies of two answers.

    The loss ``"energy"`` is the :func:`~pyg_symbreak.models.spins.free_energy` at a temperature that falls in a
    straight line: spins that are certain from the first step on stay in whatever phase they came to. It asks for no
    ground states, and may still get stuck. The loss ``"likelihood"`` is the negative logarithm of the likelihood of
    ``batch.spins`` a site, averaged over the stabiliser (:func:`~pyg_symbreak.models.spins.marginal_log_likelihood`);
    near a boundary of phases it hedges, and samples are of either. ``"both"`` is the likelihood and :data:`EMPHASIS`
    times the energy at temperature zero: ground states show the way, and the energy decides.

    Args:
        model: A model such as :class:`~pyg_symbreak.models.spins.SpinModel`, which returns a
            :class:`~pyg_symbreak.models.spins.SpinDistribution`.
        loss: One of :data:`LOSSES`.
        cooling: How the temperature falls; by default it is zero.
        total_steps: The number of training steps, for the cooling.

    Raises:
        ValueError: If there is no such loss.

    Shapes:
        - **input:** a batch with ``field`` :math:`[B, *\mathrm{sizes}]` and ``bonds`` :math:`[B, d, *\mathrm{sizes}]`.
        - **output:** :math:`[B, 1]` in training: the loss; :math:`[B, 3]` in evaluation: the loss, the energy of a
          sample, and the energy of the most likely spins.
    """

    steps: Tensor

    def __init__(
        self, model: torch.nn.Module, loss: str = "energy", cooling: Cooling | None = None, total_steps: int = 0
    ) -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"'SpinEnergies' expected 'loss' to be one of {', '.join(LOSSES)} (got {loss!r})")
        self.model, self.loss, self.cooling, self.total_steps = model, loss, cooling, total_steps
        # A buffer, so that a run that goes on from a checkpoint goes on cooling where it was.
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, batch: Any) -> Tensor:
        found = self.model(batch)
        loss = self._loss(found, batch)
        if self.training:
            self.steps += 1
            return loss.unsqueeze(1)
        answers = torch.stack([found.sample()[0], found.mode()])
        return torch.stack([loss, *ising_energy(answers, batch.field, batch.bonds)], dim=1)

    def _loss(self, found: SpinDistribution, batch: Any) -> Tensor:
        loss = found.logits.new_zeros(len(found.logits))
        if self.loss != "likelihood":
            temperature = 0.0
            if self.training and self.loss == "energy" and self.cooling is not None:
                temperature = self.cooling.temperature(int(self.steps), self.total_steps)
            emphasis = EMPHASIS if self.loss == "both" else 1.0
            loss = loss + emphasis * free_energy(found, batch.field, batch.bonds, temperature)
        if self.loss != "energy":
            likelihood = marginal_log_likelihood(self.model, batch, batch.spins, law=found)
            loss = loss - likelihood / batch.field[0].numel()
        return loss


def _scores(out: Tensor, exact: Tensor) -> dict[str, float]:
    gaps = 100 * relative_gap(out[:, 1:].t(), exact).mean(1)
    return dict(zip(("gap", "gap_mode"), gaps.tolist()))


ENERGIES: Final = Objective(lambda out, exact: out[:, 0].mean(), _scores, larger=False)
r"""The objective of :class:`SpinEnergies`, whose targets are the energies of the ground states: they are scored with,
not trained with. The scores are the means, in per cent, of the
:func:`~pyg_symbreak.metrics.spins.relative_gap` of samples and of that of the most likely spins."""
