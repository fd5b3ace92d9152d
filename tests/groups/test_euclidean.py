import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Euclidean, Orthogonal

PTR = torch.tensor([0, 2, 2, 5])


def test_motions_keep_distances_and_vectors_do_not_see_translations():
    g = Euclidean.random(PTR, 3, dtype=torch.float64)
    x = torch.randn(5, 3, dtype=torch.float64)
    moved = g.act(x)
    for begin, end in ((0, 2), (2, 5)):
        torch.testing.assert_close(
            torch.cdist(moved[begin:end], moved[begin:end]), torch.cdist(x[begin:end], x[begin:end])
        )
    data = Data(pos=x, vel=x, batch=torch.tensor([0, 0, 2, 2, 2]), ptr=PTR)
    out = g.act_data(data)
    assert torch.equal(out.pos, moved)
    assert torch.equal(out.vel, g.rotation.act(x))
    assert torch.equal(data.pos, x)


def test_composition_is_that_of_the_semidirect_product():
    turn = Orthogonal(torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]))
    turn_first = Euclidean(turn.identity_like(), torch.tensor([[1.0, 0.0]])) @ Euclidean(turn)
    shift_first = Euclidean(turn) @ Euclidean(turn.identity_like(), torch.tensor([[1.0, 0.0]]))
    x = torch.tensor([[2.0, 0.0]])
    assert turn_first.act(x).tolist() == [[1.0, 2.0]]
    assert shift_first.act(x).tolist() == [[0.0, 3.0]]


def test_random_law_is_haar_in_rotations_and_normal_in_translations():
    g = Euclidean.random(torch.arange(20_001), 2, special=True, scale=3.0, generator=torch.Generator().manual_seed(0))
    assert g.special
    assert g.rotation.matrix.mean(0).abs().max() < 0.04
    assert g.translation.mean(0).abs().max() < 0.1
    assert (g.translation.var(0) - 9).abs().max() < 0.5


def test_shapes_between_nodes_and_space():
    g = Euclidean.random(PTR, 2, dtype=torch.float64)
    x = torch.randn(5, 4, 3, 2, dtype=torch.float64)
    torch.testing.assert_close(g.act(x)[:, 1, 2], g.act(x[:, 1, 2].contiguous()))
    y = torch.randn(3, 6, 2, dtype=torch.float64)
    torch.testing.assert_close(g.act_dense(y)[:, 5], g.act_dense(y[:, 5].contiguous()))
    assert Euclidean.random(torch.tensor([0, 0]), 2).act(torch.zeros(0, 2)).shape == (0, 2)


def test_repr():
    g = Euclidean.identity(PTR, 3)
    assert repr(g.to("cpu")) == "Euclidean(num_graphs=3, dim=3, special=False)"


def test_errors():
    rotation = Orthogonal.identity(PTR, 2)
    with pytest.raises(TypeError, match=r"'Euclidean' expected 'rotation' as an 'Orthogonal' \(got 'Tensor'\)"):
        Euclidean(rotation.matrix)
    with pytest.raises(ValueError, match=r"'Euclidean' expected 'translation' of shape \[3, 2\] \(got \[3, 3\]\)"):
        Euclidean(rotation, torch.zeros(3, 3))
    with pytest.raises(ValueError, match="expected two elements of the same graphs"):
        _ = Euclidean(rotation) @ Euclidean.identity(PTR, 3)
    with pytest.raises(ValueError, match=r"expected vectors of shape \[5, …, 2\]"):
        Euclidean(rotation).act(torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"'Euclidean.act_data' expected the graphs that it moves"):
        Euclidean(rotation).act_data(Data(pos=torch.zeros(5, 2)))
    with pytest.raises(ValueError, match=r"'Euclidean.act_data' expected the attribute 'pos' \(got \['x'\]\)"):
        Euclidean.identity(torch.tensor([0, 5]), 2).act_data(Data(x=torch.zeros(5, 2)))
