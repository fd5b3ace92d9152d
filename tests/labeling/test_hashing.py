import pytest
import torch

from pyg_symbreak.labeling import hashing


def test_injective_mixing_keeps_the_sign_and_small_numbers_apart():
    x = torch.cat([torch.arange(-1000, 1000), torch.tensor([2**62, -(2**62), -(2**63), 2**63 - 1])])
    assert hashing.mix_injective(x).unique().numel() == x.numel()


def test_sorting_within_groups_agrees_for_few_and_many_groups():
    h, group = torch.randint(-(2**62), 2**62, (200,)), torch.randint(0, 7, (200,))
    h[50:100] = h[:50]
    few = hashing.sort_within(group, 7, h)
    many = hashing.sort_within(group, hashing.MAX_GROUPS + 1, h)
    assert torch.equal(few[1], many[1])
    assert torch.equal(group[few[0]], group[many[0]])
    assert torch.equal(h[few[0]], h[many[0]])


def test_hashes_that_differ_in_their_last_bits_only_are_sorted_too():
    h = (torch.randperm(2000) << 16) + 5
    order, new = hashing.sort_within(torch.zeros(2000, dtype=torch.long), 1 << 12, h)
    assert bool(new.all())
    assert torch.equal(h[order], h.sort().values)


def test_sorting_below_a_bound_is_stable():
    x = torch.randint(0, 10, (500,))
    assert torch.equal(hashing.argsort(x, 10), torch.sort(x, stable=True).indices)
    assert torch.equal(x[hashing.argsort(x)], x.sort().values)


def test_run_lengths():
    assert hashing.run_lengths(hashing.starts(torch.tensor([3, 3, 1, 2, 2, 2]))).tolist() == [2, 1, 3]
    assert hashing.run_lengths(hashing.starts(torch.empty(0, dtype=torch.long))).tolist() == []


def test_a_collision_is_refused():
    with pytest.raises(ArithmeticError, match="same 64-bit hash"):
        hashing.check_injective(torch.tensor([1, 1]), torch.tensor([[0, 1], [1, 0]]))
