import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.models.spins import GraphSpinModel, SpinModel, energy_unit
from pyg_symbreak.transforms import LatticeToGraph
from tests.models.spins.cases import random_batch


def test_the_unit_is_the_energy_of_a_content_magnet_and_has_all_symmetries():
    batch = random_batch(5)
    unit = energy_unit(batch.field, batch.bonds)
    g = LatticeSymmetry.random(5, LatticeGroup.p4m(4, spin_flip=True), torch.Generator().manual_seed(0))
    torch.testing.assert_close(energy_unit(g.act_spins(batch.field), g.act_bonds(batch.bonds)), unit)
    torch.testing.assert_close(energy_unit(3 * batch.field, 3 * batch.bonds), 3 * unit)
    assert energy_unit(torch.zeros(1, 4, 4), torch.zeros(1, 2, 4, 4)).tolist() == [1.0]
    assert energy_unit(torch.zeros(0, 4, 4), torch.zeros(0, 2, 4, 4)).shape == (0,)


@pytest.mark.parametrize("kind", ["torus", "graph"])
def test_models_do_not_depend_on_the_unit(kind):
    torch.manual_seed(0)
    batch = random_batch(4, dtype=torch.float32)
    if kind == "graph":
        batch = LatticeToGraph()(batch)
        model = GraphSpinModel("sympe-exact", 16)
    else:
        model = SpinModel("sympe-exact", LatticeGroup.p4m(4))
    g = model.draw(batch)
    logits = model(batch, g).logits
    assert logits.abs().max() > 0
    for name in ("field", "bonds", "x", "edge_attr"):
        if name in batch:
            batch[name] = 7.5 * batch[name]
    torch.testing.assert_close(model(batch, g).logits, logits, rtol=1e-4, atol=1e-5)
