from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.training.spins.methods import SPIN_METHODS, SpinSettings, build_spin_model, is_graph
from pyg_symbreak.training.spins.plane import uniform_lattices
from pyg_symbreak.transforms import LatticeToGraph

SETTINGS = SpinSettings(width=2, num_layers=1, graph_width=4, graph_layers=1)


@pytest.mark.parametrize("method", SPIN_METHODS)
@pytest.mark.parametrize("spin_flip", [False, True])
def test_every_method_draws_spins(method: str, spin_flip: bool) -> None:
    model = build_spin_model(method, LatticeGroup.p4m(4, spin_flip=spin_flip), SETTINGS)
    batch = Batch.from_data_list(uniform_lattices(torch.tensor([[1.0, -1.0, 0.0]] * 3), 4))
    if is_graph(method):
        batch = LatticeToGraph()(batch)
    spins = model.sample(batch, 2)
    assert spins.shape == (2, 3, 4, 4)
    assert spins.unique().tolist() == [-1, 1]


def test_what_matters_to_a_method() -> None:
    assert is_graph("graph-rank")
    assert not is_graph("noise")
    assert set(SETTINGS.of("noise")) == {"width", "num_layers"}
    assert set(SETTINGS.of("recurrent")) == {"recurrent_width", "recurrent_rounds"}
    assert set(SETTINGS.of("graph-none")) == {"graph_width", "graph_layers"}


def test_unknown_methods() -> None:
    with pytest.raises(ValueError, match=r"'spins' expected a method among none, noise, .* \(got 'exact'\)"):
        is_graph("exact")
