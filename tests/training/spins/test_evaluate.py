from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.spins import ising_energy, uniform_ground_states
from pyg_symbreak.training.spins.energies import SpinEnergies
from pyg_symbreak.training.spins.evaluate import QUICK, Effort, best_of, measure, packed, unpacked
from pyg_symbreak.training.spins.methods import build_spin_model
from pyg_symbreak.training.spins.tasks import SpinTask, spin_examples

EFFORT = Effort(samples=2, degenerate=2, degenerate_samples=40, plane_samples=2)


class Oracle(torch.nn.Module):
    """Draws exact ground states."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def sample(self, batch: Any, num_samples: int) -> Tensor:
        states = [uniform_ground_states((4, 4), (jx, jy), h) for jx, jy, h in batch.parameters.tolist()]
        return torch.stack([one.sample(num_samples) for one in states], dim=1)

    def forward(self, batch: Any) -> Any:
        from pyg_symbreak.models.spins import SpinDistribution

        return SpinDistribution(30.0 * self.sample(batch, 1)[0])


def test_an_oracle_is_perfect(tiny: SpinTask) -> None:
    found = measure(SpinEnergies(Oracle()), tiny, 4, tiny.train, EFFORT)
    metrics = found["metrics"]
    assert metrics.pop("uniform_p") > 1e-3
    perfect = {"rotated_gap": 0, "rotated_gap_mode": 0, "recovered": 100, "exact": 100, "found": 100}
    assert metrics == pytest.approx(perfect, abs=1e-4)
    assert {row["recovered"] for row in found["phases"].values()} == {100}
    assert unpacked(found["plane"]["magnetisation"]).shape == (3, 4)
    assert unpacked(found["plane"]["stripe_y"])[1, 0] == 1


def test_a_network_that_breaks_no_symmetry_finds_no_stripes(tiny: SpinTask) -> None:
    model = SpinEnergies(build_spin_model("none", LatticeGroup.p4m(4), tiny.settings))
    found = measure(model, tiny, 4, tiny.train, EFFORT)
    again = measure(model, tiny, 4, tiny.train, EFFORT)
    assert found["metrics"]["exact"] < 20
    assert float(unpacked(found["plane"]["stripe_y"]).max()) < 0.9
    assert str(found) == str(again), "the seed decides"


def test_the_best_of_several_samples(tiny: SpinTask) -> None:
    systems = list(tiny.systems("test", 4))

    class Alternating(Oracle):
        def sample(self, batch: Any, num_samples: int) -> Tensor:
            spins = super().sample(batch, num_samples)
            spins[::2, :, 0, 0] *= -1  # no ground state
            return spins

    model = SpinEnergies(Alternating())
    assert best_of(model, spin_examples(systems), (1, 2), seed=0) == {"solved_1": 0, "solved_2": 100}
    batch, energy = spin_examples(systems).batch(torch.arange(len(systems)))
    assert torch.allclose(ising_energy(batch.spins, batch.field, batch.bonds).double(), energy, atol=1e-4)


def test_packed_grids_round_to_per_cents() -> None:
    values = torch.rand(5, 3, generator=torch.Generator().manual_seed(0))
    assert float((unpacked(packed(values)) - values).abs().max()) <= 0.00501


def test_effort(tiny: SpinTask) -> None:
    assert tiny.plane is not None
    assert Effort().plane(tiny.plane) == tiny.plane
    assert QUICK.plane(tiny.plane).shape == (9, 13)
    assert QUICK.plain()["plane_columns"] == 13
