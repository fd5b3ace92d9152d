from __future__ import annotations

import itertools

import pytest
import torch

from pyg_symbreak.training.diffusion.buckets import bucket_widths


def cost(sizes: torch.Tensor, widths: tuple[int, ...]) -> int:
    return sum(min(width for width in widths if width >= size) ** 2 for size in sizes.tolist())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("max_buckets", [1, 2, 3])
def test_no_other_paddings_cost_less(seed: int, max_buckets: int) -> None:
    sizes = torch.randint(2, 12, (40,), generator=torch.Generator().manual_seed(seed))
    widths = bucket_widths(sizes, max_buckets, gain=0.0)
    distinct = sizes.unique().tolist()
    choices = [(*c, distinct[-1]) for k in range(max_buckets) for c in itertools.combinations(distinct[:-1], k)]
    assert widths == sorted(widths)
    assert cost(sizes, tuple(widths)) == min(cost(sizes, choice) for choice in choices)


def test_a_bucket_has_to_pay() -> None:
    sizes = torch.tensor([9] * 95 + [8] * 5)
    assert bucket_widths(sizes, 4) == [9]
    assert bucket_widths(sizes, 4, gain=0.0) == [8, 9]
    assert bucket_widths(torch.tensor([5, 5]), 4) == [5]


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"'bucket_widths' expected at least one graph .*got 0 graphs"):
        bucket_widths(torch.empty(0, dtype=torch.long), 1)
    with pytest.raises(ValueError, match=r"'bucket_widths' expected .*max_buckets=0"):
        bucket_widths(torch.tensor([3]), 0)
