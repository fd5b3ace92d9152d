from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from pyg_symbreak.training.spins.orders import exact_plane_orders, order_table, orders_by_phase, plane_orders, recovered
from pyg_symbreak.training.spins.plane import Axis, Plane

UP = torch.ones(4, 4, dtype=torch.int8)
COLUMNS = UP * torch.tensor([1, -1, 1, -1], dtype=torch.int8)
NEEL = COLUMNS * COLUMNS.t()


class Fixed(torch.nn.Module):
    """Always draws the same."""

    def __init__(self, spins: Tensor) -> None:
        super().__init__()
        self.spins = spins

    def sample(self, batch: Any, num_samples: int) -> Tensor:
        return self.spins.expand(num_samples, batch.field.size(0), 4, 4)


def test_phases_are_compared_with_those_of_the_ground_states() -> None:
    batch = SimpleNamespace(spins=torch.stack([UP, -UP, COLUMNS, NEEL]))
    drawn = torch.stack([torch.stack([UP, UP, COLUMNS.t(), NEEL]), torch.stack([-UP, COLUMNS, -COLUMNS, -NEEL])])
    table = orders_by_phase([(batch, drawn)])
    assert list(table) == ["magnetisation", "stripe_x", "staggered"]
    assert table["magnetisation"] == {"systems": 2, "exact": 1.0, "drawn": 0.75, "recovered": 75.0}
    assert table["stripe_x"]["recovered"] == 50
    assert table["staggered"]["recovered"] == 100
    assert recovered(table) == 75


def test_disorder_is_in_no_phase() -> None:
    generator = torch.Generator().manual_seed(0)
    batch = SimpleNamespace(spins=UP.expand(50, 4, 4))
    spins = torch.randint(2, (4, 50, 4, 4), generator=generator) * 2 - 1
    row = orders_by_phase([(batch, spins)])["magnetisation"]
    assert row["recovered"] == 0
    assert row["drawn"] < 0.3


def test_odd_lattices_have_fewer_orders() -> None:
    assert order_table(torch.ones(2, 3, 3))[0] == ["magnetisation"]


def test_the_exact_diagram_has_two_phases_in_a_field() -> None:
    plane = Plane(Axis("Jy", -3, 3, 3), Axis("h", 0.5, 1.5, 2), ("Jx", 1.0))
    orders = exact_plane_orders(plane, 4)
    assert orders["stripe_y"].tolist() == [[1, 0, 0], [1, 0, 0]]
    assert orders["magnetisation"].tolist() == [[0, 1, 1], [0, 1, 1]]
    assert torch.equal(orders["stripe_x"], torch.zeros(2, 3, dtype=torch.float64))


def test_the_exact_diagram_without_a_field_has_four() -> None:
    plane = Plane(Axis("Jx", -2, 2, 2), Axis("Jy", -2, 2, 2), ("h", 0.0))
    orders = exact_plane_orders(plane, 4)
    assert orders["staggered"].tolist() == [[1, 0], [0, 0]]
    assert orders["stripe_y"].tolist() == [[0, 1], [0, 0]]
    assert orders["stripe_x"].tolist() == [[0, 0], [1, 0]]
    assert orders["magnetisation"].tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(("spins", "name"), [(UP, "magnetisation"), (NEEL, "staggered")])
def test_the_diagram_of_a_model(spins: Tensor, name: str) -> None:
    plane = Plane(Axis("Jy", -3, 3, 9), Axis("h", 0, 2, 10), ("Jx", 1.0))
    orders = plane_orders(Fixed(spins), plane, 4, 2, seed=0)
    assert orders[name].tolist() == [[1.0] * 9] * 10
    assert sum(float(values.sum()) for values in orders.values()) == 90
