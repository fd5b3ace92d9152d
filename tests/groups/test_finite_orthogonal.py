import itertools

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import KINDS, FiniteOrthogonal, PointGroup
from pyg_symbreak.testing import chi_square_uniform

PTR = torch.tensor([0, 2, 2, 5])
C4, D4, D6 = PointGroup.cyclic(4), PointGroup.dihedral(4), PointGroup.dihedral(6)
GROUPS = [getattr(PointGroup, kind)(n) for kind in ("cyclic", "dihedral") for n in range(1, 9)]


def pairs(group):
    """All pairs of elements, each with two nodes."""
    a, b = torch.tensor(list(itertools.product(range(len(group)), repeat=2))).t()
    ptr = 2 * torch.arange(a.numel() + 1)
    return FiniteOrthogonal(a, group, ptr), FiniteOrthogonal(b, group, ptr)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("group", [*GROUPS, PointGroup.tetrahedral(), PointGroup.icosahedral()], ids=lambda g: g.name)
def test_every_action_is_a_homomorphism_for_every_pair(group, dtype):
    a, b = pairs(group)
    tolerance = {"rtol": 0, "atol": 1e-5 if dtype == torch.float32 else 1e-12}
    inputs = {
        "vector": torch.randn(2 * a.num_graphs, 2, group.dim, dtype=dtype),
        "graph_vector": torch.randn(a.num_graphs, group.dim, dtype=dtype),
        "regular": torch.randn(a.num_graphs, len(group), 2, dtype=dtype),
    }
    if group.lattice:
        inputs["dense"] = torch.randn(a.num_graphs, 2, *[3] * group.dim, dtype=dtype)
    for kind, x in inputs.items():
        torch.testing.assert_close((a @ b).act_as(x, kind), a.act_as(b.act_as(x, kind), kind), **tolerance)
        torch.testing.assert_close(a.inverse().act_as(a.act_as(x, kind), kind), x, **tolerance)
        assert torch.equal(a.identity_like().act_as(x, kind), x)
    assert torch.equal((a @ a.inverse()).index, torch.zeros_like(a.index))
    assert torch.equal((a @ b).inverse().index, (b.inverse() @ a.inverse()).index)


def test_the_wrong_order_would_be_noticed():
    a, b = pairs(D4)
    wrong = b @ a
    for kind, x in (("vector", torch.randn(128, 2)), ("dense", torch.randn(64, 3, 3)), ("regular", torch.randn(64, 8))):
        assert not torch.allclose(wrong.act_as(x, kind), a.act_as(b.act_as(x, kind), kind))


@pytest.mark.parametrize("group", GROUPS, ids=lambda g: g.name)
def test_agrees_with_orthogonal(group):
    g = FiniteOrthogonal.all(PTR, group)
    q = g.to_orthogonal(torch.float64)
    assert q.special == group.special
    assert torch.equal(q.ptr, g.ptr)
    x = torch.randn(5 * len(group), 3, 2, dtype=torch.float64)
    torch.testing.assert_close(g.act(x), q.act(x))
    y = torch.randn(3 * len(group), 2, dtype=torch.float64)
    torch.testing.assert_close(g.act_as(y, "graph_point"), q.act_as(y, "graph_point"))
    torch.testing.assert_close((g @ g).to_orthogonal(torch.float64).matrix, (q @ q).matrix)
    assert g.to_orthogonal().matrix.dtype == torch.get_default_dtype()


def test_exact_in_single_precision_and_for_integers():
    g = FiniteOrthogonal.all(torch.tensor([0, 3]), D4)
    x = torch.randn(24, 2)
    assert torch.equal(g.inverse().act(g.act(x)), x)
    whole = torch.randint(-9, 9, (24, 2))
    assert g.act(whole).dtype == torch.int64
    assert torch.equal(g.act(whole), g.act(whole.double()).long())


def test_grids_and_points_agree():
    # A point in the middle of a lit pixel moves to the middle of the pixel that is lit afterwards.
    size = 5
    for index in range(8):
        g = FiniteOrthogonal(torch.tensor([index]), D4)
        for row, column in itertools.product(range(size), repeat=2):
            image = torch.zeros(1, size, size)
            image[0, row, column] = 1
            point = torch.tensor([[column - 2.0, 2.0 - row]])
            x, y = g.act(point)[0].tolist()
            assert g.act_dense(image)[0, round(2 - y), round(x + 2)] == 1


def test_grids_of_any_rank_move_without_a_loop():
    g = FiniteOrthogonal.random(torch.arange(8), C4, torch.Generator().manual_seed(0))
    x = torch.randn(7, 2, 3, 6, 6)
    expected = torch.stack([torch.rot90(y, int(k), (-2, -1)) for y, k in zip(x, g.index)])
    assert torch.equal(g.act_dense(x), expected)
    assert torch.equal(g.act_dense(x[:, 0, 0]), expected[:, 0, 0])
    assert torch.equal(g.act_as(x.transpose(-1, -2), "dense"), g.act_dense(x.transpose(-1, -2).contiguous()))
    oblong = FiniteOrthogonal(torch.tensor([1]), PointGroup.cyclic(2))
    assert oblong.act_dense(torch.arange(6).view(1, 2, 3)).tolist() == [[[5, 4, 3], [2, 1, 0]]]


def test_gradients_pass_to_what_is_moved():
    g = FiniteOrthogonal(torch.tensor([1, 3]), C4)
    for kind, shape in (("dense", (2, 1, 3, 3)), ("vector", (2, 2)), ("regular", (2, 4))):
        x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x, kind=kind: g.act_as(x, kind), x)


def test_regular_representation_moves_what_it_should():
    # (g·f)(k) = f(g⁻¹k): a mark on k comes to gk.
    for group in (C4, D6):
        for a, b in itertools.product(range(len(group)), repeat=2):
            mark = torch.zeros(1, len(group))
            mark[0, b] = 1
            moved = FiniteOrthogonal(torch.tensor([a]), group).act_regular(mark)
            assert int(moved.argmax()) == int(group.table[a, b])


def test_random_is_uniform():
    g = FiniteOrthogonal.random(torch.arange(12_001), D6, torch.Generator().manual_seed(0))
    assert chi_square_uniform(g.index.bincount(minlength=12)) > 1e-4
    again = g.random_like(torch.Generator().manual_seed(0))
    assert torch.equal(again.index, g.index)


def test_all_elements_come_copy_after_copy():
    g = FiniteOrthogonal.all(PTR, PointGroup.cyclic(3))
    assert g.index.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert g.ptr.tolist() == [0, 2, 2, 5, 7, 7, 10, 12, 12, 15]
    assert torch.equal(g.repeat(2).index, torch.cat([g.index] * 2))


def test_kinds():
    g = FiniteOrthogonal(torch.tensor([1, 2, 3]), C4, PTR)
    shapes = {"dense": (3, 4, 4), "regular": (3, 4), "vector": (5, 2), "point": (5, 2)}
    shapes |= {"graph_vector": (3, 2), "graph_point": (3, 2)}
    for kind in KINDS:
        x = torch.randn(shapes.get(kind, (3, 4)))
        assert (g.act_as(x, kind) is x) == (kind not in shapes)
    with pytest.raises(ValueError, match=r"'act_as' expected 'kind' to be one of node, .* \(got 'image'\)"):
        g.act_as(torch.zeros(3, 2), "image")


def test_act_data():
    graphs = [Data(pos=torch.randn(n, 2), vel=torch.randn(n, 2), x=torch.randn(n, 2)) for n in (2, 0, 3)]
    data = Batch.from_data_list(graphs)
    data.image = torch.randn(3, 1, 4, 4)
    g = FiniteOrthogonal(torch.tensor([1, 2, 3]), C4, data.ptr)
    out = g.act_data(data)
    assert torch.equal(out.pos, g.act(data.pos))
    assert torch.equal(out.vel, g.act(data.vel))
    assert torch.equal(out.x, data.x)
    assert torch.equal(out.image, data.image)
    out = g.act_data(data, {"image": "dense", "x": "vector"})
    assert torch.equal(out.image, g.act_dense(data.image))
    assert torch.equal(out.x, g.act(data.x))
    assert torch.equal(out.pos, data.pos)


@pytest.mark.parametrize("count", [0, 1])
def test_empty_batches(count):
    g = FiniteOrthogonal.random(torch.zeros(count + 1, dtype=torch.long), D4)
    assert g.act(torch.zeros(0, 2)).shape == (0, 2)
    assert g.act_dense(torch.zeros(count, 1, 3, 3)).shape == (count, 1, 3, 3)
    assert g.act_regular(torch.zeros(count, 8)).shape == (count, 8)
    assert (g @ g.inverse()).num_graphs == count
    assert g.all_like().num_graphs == 8 * count


def test_repr():
    g = FiniteOrthogonal.identity(PTR, D4)
    assert repr(g) == "FiniteOrthogonal(num_graphs=3, group=D4)"
    assert repr(g.to("cpu")) == repr(g)
    assert (g.dim, g.group) == (2, D4)


def test_errors():
    index = torch.tensor([0, 1, 2])
    g = FiniteOrthogonal(index, PointGroup.cyclic(3), PTR)
    square = FiniteOrthogonal(index, C4, PTR)
    with pytest.raises(TypeError, match=r"'FiniteOrthogonal' expected 'group' as a 'PointGroup' \(got 'int'\)"):
        FiniteOrthogonal(index, 4)
    with pytest.raises(
        TypeError, match=r"'FiniteOrthogonal' expected 'index' as an integer tensor \(got torch.float32"
    ):
        FiniteOrthogonal(index.float(), C4)
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal' expected 'index' of shape \[B\] \(got \[1, 3\]\)"):
        FiniteOrthogonal(index.unsqueeze(0), C4)
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal' expected 'ptr' of shape \[4\] \(got \[3\]\)"):
        FiniteOrthogonal(index, C4, PTR[:3])
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal' expected 'index' in 0 … 1 \(got \[0, 1, 2\]\)"):
        FiniteOrthogonal(index, PointGroup.cyclic(2))
    with pytest.raises(
        ValueError, match=r"'FiniteOrthogonal.act' expected vectors of shape \[5, …, 2\] \(got \[5, 3\]"
    ):
        g.act(torch.zeros(5, 3))
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal.act_graph_vectors' expected vectors of shape \[3, …, 2\]"):
        g.act_graph_vectors(torch.zeros(5, 2))
    with pytest.raises(TypeError, match=r"'FiniteOrthogonal.act' expected floating-point vectors \(got torch.int64\)"):
        g.act(torch.zeros(5, 2, dtype=torch.long))
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal.act_dense' expected grids of shape \[3, …, size, size\]"):
        square.act_dense(torch.zeros(2, 1, 4, 4))
    with pytest.raises(ValueError, match=r"expected axes of equal size for C4 \(got \[3, 4\]\)"):
        square.act_dense(torch.zeros(3, 1, 3, 4))
    with pytest.raises(ValueError, match=r"got C3, which would need interpolation"):
        g.act_dense(torch.zeros(3, 1, 4, 4))
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal.act_regular' expected functions of shape \[3, 3, …\]"):
        g.act_regular(torch.zeros(3, 4))
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal.compose' expected two elements of one group .*group=C4"):
        _ = g @ square
    with pytest.raises(ValueError, match=r"'FiniteOrthogonal.act_data' expected the graphs that it moves"):
        g.act_data(Data(pos=torch.zeros(5, 2)))
