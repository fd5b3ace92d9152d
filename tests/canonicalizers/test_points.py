import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.canonicalizers.points import centroid, gaussian, point_vectors

PTR = torch.tensor([0, 2, 2, 5, 5])


def test_centroids_of_graphs():
    pos = torch.arange(10.0).view(5, 2)
    assert centroid(pos, PTR).tolist() == [[1.0, 2.0], [0.0, 0.0], [6.0, 7.0], [0.0, 0.0]]
    assert centroid(pos[:0], torch.tensor([0, 0, 0])).tolist() == [[0.0, 0.0]] * 2


def test_coincident_points_lie_at_their_centroid_exactly():
    point = torch.tensor([[0.1, 1e6 / 3, -7.7]])
    pos = point.expand(7, 3)
    assert torch.equal(centroid(pos, torch.tensor([0, 7])), point)


def test_the_centroid_has_its_gradient():
    pos = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: centroid(x, PTR), pos)


def test_vectors_are_stacked_and_points_are_centred():
    data = Data(pos=torch.ones(5, 2), vel=torch.zeros(5, 2), spin=torch.full((5, 2, 2), 3.0))
    out = point_vectors("Test", data, PTR, 2, ("vel", "spin"), torch.arange(4.0).view(4, 1).expand(4, 2))
    assert out.shape == (5, 4, 2)
    assert out[:, 0, 0].tolist() == [1.0, 1.0, -1.0, -1.0, -1.0]
    assert out[:, 1:, 0].unique().tolist() == [0.0, 3.0]
    assert torch.equal(data.pos, torch.ones(5, 2))


def test_noise_has_the_type_of_the_points_and_follows_the_generator():
    like = torch.zeros(1, dtype=torch.float64)
    first, second = (gaussian((4, 2), like, torch.Generator().manual_seed(0)) for _ in range(2))
    assert first.dtype == torch.float64
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("data", "names", "message"),
    [
        (Data(x=torch.ones(5, 1)), (), r"'Test' expected 'data.pos' \(got \['x'\]\)"),
        (Data(pos=torch.ones(5, 3)), (), r"'Test' expected 'data.pos' of shape \[5, 2\] \(got \[5, 3\]\)"),
        (Data(pos=torch.ones(5, 1, 2)), (), r"'Test' expected 'data.pos' of shape \[5, 2\] \(got \[5, 1, 2\]\)"),
        (Data(pos=torch.ones(5, 2)), ("vel",), r"'Test' expected 'data.vel' \(got \['pos'\]\)"),
        (Data(pos=torch.ones(5, 2), vel=torch.ones(4, 2)), ("vel",), r"'data.vel' of shape \[5, 2\] \(got \[4, 2\]\)"),
    ],
)
def test_errors(data, names, message):
    with pytest.raises(ValueError, match=message):
        point_vectors("Test", data, PTR, 2, names)
