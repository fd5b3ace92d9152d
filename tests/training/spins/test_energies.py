from __future__ import annotations

import math

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import IsingGroundStates
from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.models.spins import SpinDistribution, SpinModel
from pyg_symbreak.training.spins.energies import EMPHASIS, ENERGIES, Cooling, SpinEnergies


class Given(torch.nn.Module):
    """Returns the ground states it is shown, with a certainty."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = torch.nn.Parameter(torch.tensor(logit))

    def forward(self, batch: Batch) -> SpinDistribution:
        return SpinDistribution(self.logit * batch.spins)


@pytest.fixture(scope="module")
def batch() -> Batch:
    return Batch.from_data_list(list(IsingGroundStates(split="test", size=4, num_graphs=12)))


def test_ground_states_have_no_gap(batch: Batch) -> None:
    out = SpinEnergies(Given(30.0)).eval()(batch)
    assert out.shape == (12, 3)
    scores = ENERGIES.scores(out, batch.energy)
    assert scores == pytest.approx({"gap": 0, "gap_mode": 0}, abs=1e-4)
    reversed_ = SpinEnergies(Given(-30.0)).eval()(batch)
    assert ENERGIES.scores(reversed_, batch.energy)["gap_mode"] > 1
    assert not ENERGIES.larger


def test_the_loss_is_the_free_energy_and_then_the_energy(batch: Batch) -> None:
    module = SpinEnergies(Given(0.0), cooling=Cooling(1.0, 0.5, 0.1), total_steps=4)
    losses = [module(batch).mean().item() for _ in range(4)]
    assert losses == pytest.approx([-t * math.log(2) for t in (1.0, 0.55, 0.1, 0.1)], rel=1e-5)
    assert module.eval()(batch)[:, 0].mean().item() == pytest.approx(0, abs=1e-7)
    assert module.state_dict()["steps"].item() == 4, "validation is no step"


def test_cooling_goes_on_from_a_checkpoint(batch: Batch) -> None:
    one = SpinEnergies(Given(0.0), cooling=Cooling(1.0, 0.5), total_steps=8)
    for _ in range(3):
        one(batch)
    two = SpinEnergies(Given(0.0), cooling=Cooling(1.0, 0.5), total_steps=8)
    two.load_state_dict(one.state_dict())
    assert torch.equal(one(batch), two(batch))


def test_likelihood_of_one_of_two_ground_states() -> None:
    stripes = [data for data in IsingGroundStates(split="test", size=4, num_graphs=40) if data.degeneracy == 2][:4]
    batch = Batch.from_data_list(stripes)
    group = LatticeGroup.p4m(4)

    class Rows(SpinModel):
        def forward(self, batch: Batch, *args: object, **kwargs: object) -> SpinDistribution:
            return SpinDistribution(30.0 * batch.spins)

    for training in (True, False):
        loss = SpinEnergies(Rows("sympe-exact", group), "likelihood").train(training)(batch)[:, 0]
        assert loss.tolist() == pytest.approx([math.log(2) / 16] * 4, rel=1e-4)


def test_both_losses_are_added_at_temperature_zero(batch: Batch) -> None:
    torch.manual_seed(0)
    model = SpinModel("sympe-exact", LatticeGroup.p4m(4))
    state = torch.get_rng_state()
    losses = {}
    for name in ("energy", "likelihood", "both"):
        torch.set_rng_state(state)
        losses[name] = SpinEnergies(model, name)(batch)
    torch.testing.assert_close(losses["both"], EMPHASIS * losses["energy"] + losses["likelihood"])
    cooled = SpinEnergies(model, "both", Cooling(1.0, 0.5), total_steps=8)
    torch.set_rng_state(state)
    torch.testing.assert_close(cooled(batch), losses["both"])


def test_a_loss_there_is_not() -> None:
    with pytest.raises(ValueError, match="expected 'loss' to be one of both, energy, likelihood"):
        SpinEnergies(Given(0.0), "mse")


@pytest.mark.parametrize("values", [(-1.0, 0.5, 0.0), (1.0, 1.5, 0.0), (1.0, 0.5, 2.0)])
def test_bad_cooling(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="'Cooling' expected 'heat' to be at least 'floor'"):
        Cooling(*values)


def test_no_cooling_at_once() -> None:
    assert Cooling(1.0, 0.0, 0.2).temperature(0, 10) == 0.2
