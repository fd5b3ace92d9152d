import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.testing import ks_two_sample
from pyg_symbreak.transforms import AddRandomNodeFeatures


def test_the_law_is_the_one_that_is_named():
    data = Data(num_nodes=4000)
    normal = AddRandomNodeFeatures(dim=1)(data).random_features
    uniform = AddRandomNodeFeatures(dim=1, distribution="uniform")(data).random_features
    grid = (torch.arange(4000, dtype=torch.double) + 0.5) / 4000
    assert ks_two_sample(uniform, grid) > 1e-4
    assert ks_two_sample(normal, torch.special.ndtri(grid)) > 1e-4
    assert ks_two_sample(uniform, torch.special.ndtri(grid)) < 1e-10


def test_entries_are_independent():
    noise = AddRandomNodeFeatures(dim=3)(Data(num_nodes=4000)).random_features
    assert torch.corrcoef(noise.T).fill_diagonal_(0).abs().max() < 0.08


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dim": -1}, r"'AddRandomNodeFeatures' expected 'dim' as a positive integer \(got -1\)"),
        ({"dim": 1, "distribution": "cauchy"}, r"'distribution' as 'normal' or 'uniform' \(got 'cauchy'\)"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        AddRandomNodeFeatures(**arguments)
