import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.models.spins.start import repeat_cell_


@pytest.mark.parametrize("sizes", [(8,), (4, 6), (4, 4, 6)])
@pytest.mark.parametrize("cell", [1, 2])
def test_a_pattern_that_repeats(sizes, cell):
    field = torch.full((3, *sizes), float("nan"))
    assert repeat_cell_(field, cell, disorder=0.0) is field
    for dim in range(1, field.dim()):
        assert torch.equal(field.roll(cell, dim), field)
        assert cell == 1 or not torch.isclose(field.roll(1, dim), field).any()


def test_an_odd_lattice_has_one_seam():
    field = repeat_cell_(torch.empty(2, 4, 5), disorder=0.0)
    assert torch.equal(field[..., 2:], field[..., :-2])
    assert torch.equal(field[..., 0], field[..., -1])


def test_disorder_leaves_no_symmetry():
    group = LatticeGroup.p4m(4, spin_flip=True)
    field = repeat_cell_(torch.empty(1, 4, 4))
    moved = LatticeSymmetry.all(1, group).act_spins(field.expand(len(group), 4, 4))
    assert (moved - field).abs().flatten(1).amax(1).topk(len(group) - 1, largest=True).values.min() > 1e-3


def test_spread():
    field = repeat_cell_(torch.empty(4000, 4, 4), disorder=0.5)
    assert abs(field.var().item() - 1.25) < 0.05
    difference = field[:, 0, 0] - field[:, 2, 2]
    assert abs(difference.var().item() - 0.5) < 0.05
    assert not torch.equal(field, repeat_cell_(torch.empty(4000, 4, 4), disorder=0.5))


def test_a_parameter_keeps_its_gradient_flag():
    weight = torch.nn.Parameter(torch.empty(1, 4, 4))
    repeat_cell_(weight)
    assert weight.requires_grad
    assert weight.is_leaf


def test_errors():
    with pytest.raises(ValueError, match=r"'repeat_cell_' expected 'cell' to be at least 1 \(got 0\)"):
        repeat_cell_(torch.empty(1, 4), 0)
    with pytest.raises(ValueError, match=r"'repeat_cell_' expected 'disorder' to be at least 0 \(got -0.1\)"):
        repeat_cell_(torch.empty(1, 4), disorder=-0.1)
