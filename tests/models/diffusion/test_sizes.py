import pytest
import torch

from pyg_symbreak.models.diffusion.sizes import SizeHistogram


def test_samples_follow_the_histogram():
    sizes = SizeHistogram(torch.tensor([0.0, 1.0, 0.0, 3.0]))
    drawn = sizes.sample(20000, torch.Generator().manual_seed(0))
    counts = torch.bincount(drawn, minlength=4)
    assert counts[[0, 2]].tolist() == [0, 0]
    assert abs(int(counts[1]) - 5000) < 5 * (20000 * 0.25 * 0.75) ** 0.5


def test_sizes_that_never_occurred_have_no_probability():
    sizes = SizeHistogram.of(torch.tensor([2, 2, 4]), max_nodes=5)
    assert sizes.log_prob(torch.tensor([3, 5, 99])).tolist() == [float("-inf")] * 3
    assert float(sizes.log_prob(torch.arange(6)).exp().sum()) == pytest.approx(1)


def test_the_histogram_travels_with_the_state():
    sizes, other = SizeHistogram(torch.tensor([0, 1, 1])), SizeHistogram(torch.tensor([0, 0, 1]))
    other.load_state_dict(sizes.state_dict())
    assert other.probability.tolist() == [0, 0.5, 0.5]


@pytest.mark.parametrize("counts", [[0, 0], [1, -1], [float("nan")], [float("inf")]])
def test_errors(counts):
    with pytest.raises(ValueError, match=r"'SizeHistogram' expected counts that are not all zero \(got"):
        SizeHistogram(torch.tensor(counts))


def test_a_graph_that_is_too_large():
    with pytest.raises(ValueError, match=r"'SizeHistogram' expected graphs of at most 3 nodes \(got one of 4\)"):
        SizeHistogram.of(torch.tensor([4]), max_nodes=3)
