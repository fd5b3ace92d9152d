import pytest
import torch

from pyg_symbreak.canonicalizers.decay_scan import decay_powers, decay_scan


def naive(x, ratio, reverse):
    out = x.clone()
    places = range(len(x) - 2, -1, -1) if reverse else range(1, len(x))
    for p in places:
        out[p] += ratio[p] * out[p + 1 if reverse else p - 1]
    return out


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sizes", [[1], [5], [8], [9], [1, 1, 1], [4, 1, 7, 2], [33, 2]])
def test_running_sums_are_those_of_a_loop(sizes, reverse):
    ratio = torch.rand(sum(sizes), dtype=torch.float64)
    ends = torch.tensor(sizes).cumsum(0)
    ratio[(ends - 1) if reverse else (ends - torch.tensor(sizes))] = 0
    x = torch.randn(sum(sizes), 3, dtype=torch.float64)
    before = x.clone()
    out = decay_scan(x, decay_powers(ratio, max(sizes), reverse), reverse)
    torch.testing.assert_close(out, naive(x, ratio, reverse), atol=1e-12, rtol=1e-12)
    assert torch.equal(x, before)


def test_nothing_to_add():
    assert decay_powers(torch.zeros(0), 0) == []
    assert decay_scan(torch.zeros(0, 2), []).shape == (0, 2)
    assert torch.equal(decay_scan(torch.ones(2, 1), decay_powers(torch.zeros(2), 1)), torch.ones(2, 1))
    assert decay_scan(torch.ones(3, 0), decay_powers(torch.zeros(3), 3)).shape == (3, 0)
