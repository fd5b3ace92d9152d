import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Orthogonal

PTR = torch.tensor([0, 2, 2, 5])


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dim", [1, 2, 3, 5])
def test_draws_are_orthogonal_and_special_ones_keep_the_orientation(dim, special):
    g = Orthogonal.random(torch.arange(201), dim, special=special, dtype=torch.float64)
    eye = torch.eye(dim, dtype=torch.float64).expand(200, -1, -1)
    torch.testing.assert_close(g.matrix @ g.matrix.transpose(1, 2), eye)
    signs = torch.linalg.det(g.matrix).round()
    assert (signs == 1).all() if special else set(signs.tolist()) == {-1.0, 1.0}
    Orthogonal(g.matrix, special=special)


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_random_law_has_the_moments_of_haar(dim, special):
    # Under Haar E[Q] = 0, E[Q_ij Q_kl] = δ_ik δ_jl / d, and E[tr(Q)²] = 1 (for SO(2): 2, for d = 4 still 1).
    count = 20_000
    generator = torch.Generator().manual_seed(0)
    q = Orthogonal.random(
        torch.arange(count + 1), dim, special=special, dtype=torch.float64, generator=generator
    ).matrix
    slack = 5 / math.sqrt(count)
    flat = q.reshape(count, -1)
    assert flat.mean(0).abs().max() < slack
    second = flat.T @ flat / count
    expected = torch.eye(dim * dim, dtype=torch.float64) / dim
    if special and dim == 2:  # its entries depend on each other
        assert (second.diagonal() - 0.5).abs().max() < slack
    else:
        assert (second - expected).abs().max() < slack
    fourth = 3 / (dim * (dim + 2))
    if not (special and dim == 2):
        assert (flat.pow(4).mean(0) - fourth).abs().max() < slack
        assert abs(float(q.diagonal(dim1=1, dim2=2).sum(1).pow(2).mean()) - 1) < 3 * slack


def test_random_angles_are_uniform():
    q = Orthogonal.random(torch.arange(8001), 2, special=True, generator=torch.Generator().manual_seed(1)).matrix
    angle = torch.atan2(q[:, 1, 0], q[:, 0, 0])
    counts = torch.histc(angle, 16, min=-math.pi, max=math.pi)
    assert float(((counts - 500) ** 2 / 500).sum()) < 45.1  # chi-square with 15 degrees of freedom: p > 7e-5


def test_half_of_the_draws_are_reflections():
    q = Orthogonal.random(torch.arange(10_001), 3, generator=torch.Generator().manual_seed(2)).matrix
    assert abs(int((torch.linalg.det(q) > 0).sum()) - 5000) < 200


def test_act_moves_each_graph_with_its_own_matrix():
    g = Orthogonal.random(PTR, 3, dtype=torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    for i, graph in enumerate([0, 0, 2, 2, 2]):
        torch.testing.assert_close(g.act(x)[i], x[i] @ g.matrix[graph].T)
    y = torch.randn(3, 4, 3, dtype=torch.float64)
    torch.testing.assert_close(g.act_dense(y), torch.einsum("bij,bkj->bki", g.matrix, y))
    assert torch.equal(Orthogonal(g.matrix).act(y), g.act_dense(y))


def test_act_data_moves_vectors_only():
    pos, other = torch.randn(5, 3), torch.randn(5, 3)
    data = Batch.from_data_list([Data(pos=pos[:2], x=other[:2]), Data(pos=pos[2:], x=other[2:])])
    before = pos.clone()
    g = Orthogonal.random(data.ptr, 3)
    out = g.act_data(data)
    assert isinstance(out, Batch)
    assert torch.equal(out.pos, g.act(pos))
    assert torch.equal(out.x, other)
    assert torch.equal(data.pos, before)
    both = g.act_data(data, {"pos": "point", "x": "vector"})
    assert torch.equal(both.x, g.act(other))


@pytest.mark.parametrize("count", [0, 1])
def test_empty_batches(count):
    g = Orthogonal.random(torch.zeros(count + 1, dtype=torch.long), 3)
    assert g.act(torch.zeros(0, 3)).shape == (0, 3)
    assert (g @ g.inverse()).num_graphs == count
    assert g.act_dense(torch.zeros(count, 2, 3)).shape == (count, 2, 3)
    assert Orthogonal(g.matrix, g.ptr).num_graphs == count


def test_gradients_reach_the_matrix():
    matrix = torch.eye(2).unsqueeze(0).requires_grad_()
    Orthogonal(matrix, torch.tensor([0, 3])).act(torch.ones(3, 2)).sum().backward()
    assert torch.equal(matrix.grad, torch.full((1, 2, 2), 3.0))


def test_repr():
    g = Orthogonal.identity(PTR, 3, special=True)
    assert repr(g) == "Orthogonal(num_graphs=3, dim=3, special=True)"
    assert repr(g.to("cpu")) == repr(g)


def test_errors():
    eye = torch.eye(2).unsqueeze(0)
    flip = torch.tensor([[[0.0, 1.0], [1.0, 0.0]]])
    with pytest.raises(TypeError, match=r"'Orthogonal' expected 'matrix' as a floating-point tensor \(got torch.int64"):
        Orthogonal(eye.long())
    with pytest.raises(ValueError, match=r"'Orthogonal' expected 'matrix' of shape \[B, d, d\] \(got \[2, 2\]\)"):
        Orthogonal(eye[0])
    with pytest.raises(ValueError, match=r"'Orthogonal' expected 'ptr' of shape \[2\] \(got \[3\]\)"):
        Orthogonal(eye, torch.tensor([0, 1, 2]))
    with pytest.raises(ValueError, match=r"'Orthogonal' expected orthogonal matrices \(got one off by 3.0e\+00\)"):
        Orthogonal(2 * eye)
    with pytest.raises(ValueError, match="expected orthogonal matrices"):
        Orthogonal(float("nan") * eye)
    with pytest.raises(ValueError, match="expected determinants of one with special=True"):
        Orthogonal(flip, special=True)
    Orthogonal(flip)
    g = Orthogonal(eye, torch.tensor([0, 3]))
    with pytest.raises(ValueError, match=r"'Orthogonal.act' expected vectors of shape \[3, …, 2\] \(got \[3, 3\]\)"):
        g.act(torch.zeros(3, 3))
    with pytest.raises(ValueError, match=r"'Orthogonal.act_dense' expected vectors of shape \[1, …, 2\]"):
        g.act_dense(torch.zeros(2, 2))
    with pytest.raises(ValueError, match=r"'Orthogonal.compose' expected two elements of the same graphs"):
        _ = g @ Orthogonal.identity(torch.tensor([0, 3]), 3)
    with pytest.raises(ValueError, match=r"'Orthogonal.act_data' expected the graphs that it moves"):
        g.act_data(Data(pos=torch.zeros(2, 2)))
    with pytest.raises(ValueError, match=r"'Orthogonal.act_data' expected the attribute 'vel' \(got \['pos'\]\)"):
        g.act_data(Data(pos=torch.zeros(3, 2)), {"vel": "vector"})
