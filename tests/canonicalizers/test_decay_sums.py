import pytest
import torch

from pyg_symbreak.canonicalizers.decay_sums import DecaySums


def naive(x, up, down):
    low, high = x.clone(), x.clone()
    for p in range(1, len(x)):
        low[p] += up[p] * low[p - 1]
    for p in range(len(x) - 2, -1, -1):
        high[p] += down[p] * high[p + 1]
    return low, high


def decays(sizes):
    up, down = torch.rand(2, sum(sizes), dtype=torch.float64)
    ends = torch.tensor(sizes).cumsum(0)
    up[ends - torch.tensor(sizes)] = 0
    down[ends - 1] = 0
    return up, down


@pytest.mark.parametrize("sizes", [[1], [5], [8], [9], [1, 1, 1], [4, 1, 7, 2], [33, 2]])
def test_sums_are_those_of_a_loop(sizes):
    up, down = decays(sizes)
    sums = DecaySums(up, down, max(sizes))
    for channels in (3, 1, 3):  # buffers are used again
        x = torch.randn(sum(sizes), channels, dtype=torch.float64)
        before = x.clone()
        low, high = naive(x, up, down)
        below, above = sums.sides(x)
        torch.testing.assert_close(below, low - x, atol=1e-12, rtol=1e-12)
        torch.testing.assert_close(above, high - x, atol=1e-12, rtol=1e-12)
        total = sums.total(sums.mirror(x))
        torch.testing.assert_close(total, sums.mirror(low + high - x), atol=1e-12, rtol=1e-12)
        # What was returned is no buffer.
        sums.sides(x + 1)
        torch.testing.assert_close(below, low - x, atol=1e-12, rtol=1e-12)
        torch.testing.assert_close(total, sums.mirror(low + high - x), atol=1e-12, rtol=1e-12)
        assert torch.equal(x, before)


def test_nothing_to_add():
    empty = DecaySums(torch.zeros(0), torch.zeros(0), 0)
    assert [side.shape for side in empty.sides(torch.zeros(0, 2))] == [(0, 2), (0, 2)]
    assert empty.total(torch.zeros(0, 1)).shape == (0, 1)
    alone = DecaySums(torch.zeros(2), torch.zeros(2), 1)
    assert torch.equal(alone.sides(torch.ones(2, 1))[0], torch.zeros(2, 1))
    assert DecaySums(torch.zeros(3), torch.zeros(3), 3).sides(torch.ones(3, 0))[0].shape == (3, 0)
