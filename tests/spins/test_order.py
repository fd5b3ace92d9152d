import pytest
import torch

from pyg_symbreak.spins import order_parameters


def signs(size):
    return 1 - 2 * (torch.arange(size) % 2)


def test_each_pure_phase_of_a_plane_has_one_order():
    x, y = signs(6), signs(4)[:, None]
    phases = {"magnetisation": 0 * x * y + 1, "stripe_x": x + 0 * y, "stripe_y": 0 * x + y, "staggered": x * y}
    for name, spins in phases.items():
        for sign in (1, -1):
            found = order_parameters((sign * spins).to(torch.int8)[None])
            assert list(found) == ["magnetisation", "stripe_x", "stripe_y", "staggered"]
            assert {key: float(value) for key, value in found.items()} == {key: sign * (key == name) for key in phases}


def test_each_pure_phase_of_a_cube_has_one_order():
    x, y, z = signs(4), signs(6)[:, None], signs(8)[:, None, None]
    one = torch.ones(8, 6, 4)
    phases = [one, one * x, one * y, one * z, one * x * y, one * x * z, one * y * z, one * x * y * z]
    found = order_parameters(torch.stack(phases))
    names = ["magnetisation", *(f"stripe_{axes}" for axes in ("x", "y", "z", "xy", "xz", "yz")), "staggered"]
    assert list(found) == names
    assert torch.equal(torch.stack(list(found.values())), torch.eye(8))


def test_means_and_gradients():
    spins = torch.rand(3, 4, 4, dtype=torch.float64, requires_grad=True)
    found = order_parameters(spins)
    torch.testing.assert_close(found["magnetisation"], spins.mean((1, 2)))
    found["staggered"].sum().backward()
    assert spins.grad.abs().unique().tolist() == [1 / 16]


def test_odd_sizes():
    spins = torch.ones(2, 5, 4)
    with pytest.raises(
        ValueError, match=r"'order_parameters' expected even sizes, .* \(got \(5, 4\)\); 'defined_only=T"
    ):
        order_parameters(spins)
    assert list(order_parameters(spins, defined_only=True)) == ["magnetisation", "stripe_x"]


def test_shape_error():
    with pytest.raises(ValueError, match=r"expected spins \[B, H, W\] or \[B, D, H, W\] \(got \(4, 4\)\)"):
        order_parameters(torch.ones(4, 4))
