import pytest
import torch

from pyg_symbreak.canonicalizers.ties import random_rank, tie_cells
from pyg_symbreak.testing import chi_square_uniform

PTR = torch.tensor([0, 3, 3, 7])


def test_close_values_tie_wherever_they_lie():
    # Rounding to a grid would part some of these pairs: a grid line lies between the two values.
    base = torch.linspace(0.1, 1.0, 9973, dtype=torch.float64)
    values = torch.stack([base, base + 1e-7], dim=1).view(-1)
    cell = tie_cells(values, torch.arange(0, values.numel() + 1, 2), 1e-5)
    assert torch.equal(cell.view(-1, 2)[:, 0], cell.view(-1, 2)[:, 1])
    grid = (values / 1e-5).round().view(-1, 2)
    assert not torch.equal(grid[:, 0], grid[:, 1])


def test_distant_values_and_other_graphs_do_not_tie():
    values = torch.tensor([1.0, 0.0, 1.0, 1.0, 1.0, -2.0, 1.001])
    assert tie_cells(values, PTR, 1e-5).tolist() == [1, 0, 1, 3, 3, 2, 4]
    assert tie_cells(values, PTR, 1e-2).tolist() == [1, 0, 1, 3, 3, 2, 3]


def test_tolerance_grows_with_the_values_of_the_graph():
    values = torch.tensor([1000.0, 1000.05, 0.0, 1.0, 1.05])
    assert tie_cells(values, torch.tensor([0, 3, 5]), 1e-4).tolist() == [1, 1, 0, 2, 3]


def test_columns_refine_each_other():
    values = torch.tensor([[1.0, 0.0], [0.0, 5.0], [1.0, -1.0], [0.0, 5.0]])
    assert tie_cells(values, torch.tensor([0, 4]), 1e-5).tolist() == [2, 0, 1, 0]


def test_cells_do_not_depend_on_the_order_of_the_nodes():
    values = torch.randint(0, 4, (7, 2), generator=torch.Generator().manual_seed(0)).double()
    moved = values.clone()
    moved[3:] = values[3:].flip(0)
    assert torch.equal(tie_cells(moved, PTR, 1e-6)[3:].flip(0), tie_cells(values, PTR, 1e-6)[3:])


def test_random_rank_is_uniform_inside_cells():
    ptr = torch.arange(0, 4 * 3000 + 1, 4)
    cell = (torch.tensor([1, 0, 1, 1]) + 2 * torch.arange(3000).unsqueeze(1)).view(-1)
    rank = random_rank(cell, ptr, torch.Generator().manual_seed(0)).view(-1, 4)
    assert (rank[:, 1] == 0).all()
    counts = (rank @ torch.tensor([16, 0, 4, 1])).bincount()
    assert chi_square_uniform(counts[counts > 0]) > 1e-4
    assert int((counts > 0).sum()) == 6


def test_nothing_to_sort():
    empty = torch.zeros(3, dtype=torch.long)
    assert tie_cells(torch.empty(0), empty, 1e-5).shape == (0,)
    assert tie_cells(torch.empty(0, 3), torch.tensor([0]), 1e-5).shape == (0,)
    assert tie_cells(torch.empty(2, 0), torch.tensor([0, 2]), 1e-5).tolist() == [0, 0]
    assert random_rank(torch.empty(0, dtype=torch.long), empty).shape == (0,)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_errors(bad):
    with pytest.raises(ValueError, match=r"'tie_cells' expected finite values \(got an infinite one or NaN\)"):
        tie_cells(torch.tensor([0.0, bad]), torch.tensor([0, 2]), 1e-5)
