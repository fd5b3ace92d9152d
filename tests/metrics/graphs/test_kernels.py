import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from pyg_symbreak.metrics.graphs.kernels import GaussianKernel, earth_mover, euclidean, total_variation

DISTANCES = [total_variation, earth_mover, euclidean]


def rows(count, width, dtype=torch.float64, seed=0):
    values = torch.rand(count, width, dtype=dtype, generator=torch.Generator().manual_seed(seed))
    return values / values.sum(dim=1, keepdim=True)


def transport(x, y):
    """The earth mover's distance by its linear program."""
    n = len(x)
    cost = np.abs(np.subtract.outer(np.arange(n), np.arange(n))).ravel()
    ones = np.ones((1, n))
    marginals = np.vstack([np.kron(np.eye(n), ones), np.kron(ones, np.eye(n))])
    return linprog(cost, A_eq=marginals, b_eq=np.concatenate([x, y])).fun


def test_earth_mover_against_the_linear_program():
    x, y = rows(3, 6), rows(4, 6, seed=1)
    expected = [[transport(one.numpy(), other.numpy()) for other in y] for one in x]
    assert torch.allclose(earth_mover(x, y), torch.tensor(expected, dtype=torch.float64), atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("distance", DISTANCES)
def test_metrics(distance, dtype):
    x = rows(8, 5, dtype)
    d = distance(x, x)
    assert d.dtype == dtype
    assert torch.equal(d.diagonal(), torch.zeros(8, dtype=dtype))
    assert torch.allclose(d, d.T)
    sides = d[:, :, None] + d[None, :, :] - d[:, None, :]
    assert float(sides.min()) > -1e-5


@pytest.mark.parametrize("distance", DISTANCES)
def test_the_narrower_histogram_is_filled_up(distance):
    x, y = rows(3, 4), rows(2, 7, seed=1)
    wide = torch.cat([x, torch.zeros(3, 3, dtype=torch.float64)], dim=1)
    assert torch.allclose(distance(x, y), distance(wide, y))
    assert torch.allclose(distance(y, x), distance(x, y).T)


def test_values_by_hand():
    x, y = torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.0, 0.0, 1.0]])
    assert total_variation(x, y).item() == 1.0
    assert earth_mover(x, y).item() == 1.5
    assert euclidean(x, y).item() == pytest.approx(math.sqrt(1.5))
    assert GaussianKernel(earth_mover, 0.5)(x, y).item() == pytest.approx(math.exp(-(1.5**2) / (2 * 0.25)))


@pytest.mark.parametrize("sigma", [0.0, -1.0, float("nan")])
def test_bad_bandwidth(sigma):
    with pytest.raises(ValueError, match=r"'GaussianKernel' expected 'sigma' > 0 \(got"):
        GaussianKernel(euclidean, sigma)
