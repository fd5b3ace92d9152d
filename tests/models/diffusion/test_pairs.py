import pytest
import torch

from pyg_symbreak.models.diffusion.pairs import pair_incidence, pair_index, pair_number


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_numbers_name_the_pairs(n):
    first, second = pair_index(n)
    number = pair_number(n)
    count = n * (n - 1) // 2
    assert first.numel() == count
    assert bool((first < second).all())
    assert torch.equal(number[first, second], torch.arange(count))
    assert torch.equal(number, number.T)
    assert torch.equal(number.diagonal(), torch.full((n,), count))
    incidence = pair_incidence(n, dtype=torch.float64)
    assert incidence.shape == (n, count)
    assert torch.equal(incidence.T @ torch.arange(n, dtype=torch.float64), (first + second).double())


def test_they_are_kept_and_never_inference_tensors():
    with torch.inference_mode():
        index, number = pair_index(11), pair_number(11)
    assert pair_index(11) is index
    assert pair_number(11, "cpu") is number
    assert not index.is_inference()
    assert not number.is_inference()
    with torch.inference_mode():
        assert not pair_incidence(11).is_inference()
    weight = torch.randn(11, requires_grad=True)
    weight[index[0]].square().sum().backward()
    assert weight.grad is not None


def test_they_compile_as_one_graph():
    def rows(x):
        return x[:, pair_index(x.size(1))[1]].sum(1) + pair_number(x.size(1)).sum() + pair_incidence(x.size(1)).sum()

    compiled = torch.compile(rows, fullgraph=True, backend="eager")
    x = torch.randn(2, 5)
    torch.testing.assert_close(compiled(x), rows(x))
