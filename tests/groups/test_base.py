"""One contract for every group: axioms, action, batches, values, random law."""

import pytest
import torch

from pyg_symbreak.groups import (
    KINDS,
    Euclidean,
    FiniteOrthogonal,
    GroupElement,
    LatticeGroup,
    LatticeSymmetry,
    Orthogonal,
    Permutation,
    PointGroup,
    Product,
)

PTR = torch.tensor([0, 3, 3, 7, 8])


def permutation(dtype, generator):
    return Permutation.random(PTR, generator), (8, 2), (4, 5, 2)


def lattice(group):
    def make(dtype, generator):
        return LatticeSymmetry.random(4, group, generator), (4, 2, *group.sizes), (4, *group.sizes)

    return make


def linear(group, dim, special):
    def make(dtype, generator):
        g = group.random(PTR, dim, special=special, dtype=dtype, generator=generator)
        return g, (8, 2, dim), (4, 5, dim)

    return make


def finite(group, dense):
    def make(dtype, generator):
        return FiniteOrthogonal.random(PTR, group, generator), (8, 2, group.dim), dense

    return make


def product(dtype, generator):
    turn = Euclidean.random(PTR, 3, dtype=dtype, generator=generator)
    return Product(Permutation.random(PTR, generator), turn), (8, 2, 3), (4, 5, 3)


GROUPS = {
    "Permutation": permutation,
    "p4m": lattice(LatticeGroup.p4m(4, spin_flip=True)),
    "Pm-3m": lattice(LatticeGroup.cubic(3)),
    "O(1)": linear(Orthogonal, 1, False),
    "O(2)": linear(Orthogonal, 2, False),
    "SO(3)": linear(Orthogonal, 3, True),
    "O(4)": linear(Orthogonal, 4, False),
    "E(3)": linear(Euclidean, 3, False),
    "SE(2)": linear(Euclidean, 2, True),
    "C4": finite(PointGroup.cyclic(4), (4, 3, 5, 5)),
    "D4": finite(PointGroup.dihedral(4), (4, 3, 4, 4)),
    "O_h": finite(PointGroup.hyperoctahedral(3), (4, 2, 3, 3, 3)),
    "S_n x E(3)": product,
}


@pytest.fixture(params=list(GROUPS))
def make(request):
    return GROUPS[request.param]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_axioms(make, dtype):
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        a, nodes, dense = make(dtype, generator)
        b, c = a.random_like(generator), a.random_like(generator)
        for shape, act in ((nodes, "act"), (dense, "act_dense")):
            x = torch.randn(shape, dtype=dtype, generator=generator)
            tolerance = {"rtol": 0, "atol": 1e-4 if dtype == torch.float32 else 1e-12}

            def on(g, x, act=act):
                return getattr(g, act)(x)

            identity = a.identity_like()
            assert torch.equal(on(identity, x), x)
            torch.testing.assert_close(on(a @ b, x), on(a, on(b, x)), **tolerance)
            torch.testing.assert_close(on((a @ b) @ c, x), on(a @ (b @ c), x), **tolerance)
            torch.testing.assert_close(on(a.inverse(), on(a, x)), x, **tolerance)
            torch.testing.assert_close(on(a @ a.inverse(), x), x, **tolerance)
            torch.testing.assert_close(on(a @ identity, x), on(a, x), **tolerance)
            torch.testing.assert_close(on((a @ b).inverse(), x), on(b.inverse(), on(a.inverse(), x)), **tolerance)
            assert on(a, x).shape == x.shape
            assert on(a, x).dtype == dtype


def test_a_checker_of_the_axioms_would_notice_the_wrong_order(make):
    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        a, shape, _ = make(torch.float64, generator)
        b = a.random_like(generator)
        x = torch.randn(shape, dtype=torch.float64, generator=generator)
        if not torch.allclose((b @ a).act(x), a.act(b.act(x))):
            return
    assert getattr(a, "dim", 3) < 3, "only an abelian group may commute always"


def test_methods_return_new_values_and_leave_the_operands_alone(make):
    generator = torch.Generator().manual_seed(2)
    a, nodes, dense = make(torch.float64, generator)
    x, y = (torch.randn(shape, dtype=torch.float64, generator=generator) for shape in (nodes, dense))
    before, copy = a.act(x), x.clone()
    _ = a.inverse(), a @ a, a.identity_like(), a.random_like(generator), a.repeat(2), a.act_dense(y)
    assert torch.equal(a.act(x), before)
    assert torch.equal(x, copy)


def test_repeat_is_the_batch_again_and_again(make):
    generator = torch.Generator().manual_seed(3)
    a, shape, dense = make(torch.float64, generator)
    x, y = (torch.randn(s, dtype=torch.float64, generator=generator) for s in (shape, dense))
    many = a.repeat(3)
    assert many.num_graphs == 3 * a.num_graphs == 12
    torch.testing.assert_close(many.act(torch.cat([x] * 3)), torch.cat([a.act(x)] * 3))
    torch.testing.assert_close(many.act_dense(torch.cat([y] * 3)), torch.cat([a.act_dense(y)] * 3))


def test_random_like_repeats_under_a_generator_and_varies_without(make):
    a, shape, _ = make(torch.float64, torch.Generator().manual_seed(4))
    x = torch.randn(shape, dtype=torch.float64)
    draws = [a.random_like(torch.Generator().manual_seed(7)).act(x) for _ in range(2)]
    assert torch.equal(*draws)
    assert any(not torch.equal(a.random_like().act(x), draws[0]) for _ in range(20))


def test_the_abstract_class_cannot_be_instantiated():
    with pytest.raises(TypeError, match="abstract"):
        GroupElement()


SHAPES = {
    "node": (8, 2),
    "edge": (6, 2),
    "pair": (4, 5, 5),
    "graph": (4, 2),
    "vector": (8, 2, 3),
    "point": (8, 3),
    "graph_vector": (4, 2, 3),
    "graph_point": (4, 3),
    "dense": (4, 5, 3),
    "regular": (4, 8),
    "bond": (4, 2, 5, 5),
    "spin": (4, 5, 5),
}
MOVED = {
    "Permutation": {"node", "pair", "vector", "point", "dense"},
    "SO(3)": {"vector", "point", "graph_vector", "graph_point", "dense"},
    "E(3)": {"vector", "point", "graph_vector", "graph_point", "dense"},
    "S_n x E(3)": set(KINDS) - {"edge", "graph", "regular", "bond", "spin"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MOVED)
def test_kinds_are_homomorphisms_and_leave_the_rest_alone(name, kind):
    generator = torch.Generator().manual_seed(7)
    a, _, _ = GROUPS[name](torch.float64, generator)
    b = a.random_like(generator)
    x = torch.randn(SHAPES[kind], dtype=torch.float64, generator=generator)
    torch.testing.assert_close((a @ b).act_as(x, kind), a.act_as(b.act_as(x, kind), kind))
    torch.testing.assert_close(a.inverse().act_as(a.act_as(x, kind), kind), x)
    moved = not torch.equal(a.act_as(x, kind), x)
    assert moved == (kind in MOVED[name])


def test_vectors_are_turned_and_points_moved():
    g = Euclidean.random(PTR, 3, dtype=torch.float64)
    x = torch.zeros(8, 3, dtype=torch.float64)
    assert torch.equal(g.act_as(x, "vector"), x)
    assert torch.equal(g.act_as(x, "point")[0], g.translation[0])
    assert torch.equal(g.act_as(x[:4], "graph_vector"), x[:4])


@pytest.mark.parametrize("name", MOVED)
def test_an_unknown_kind_is_refused(name):
    g, shape, _ = GROUPS[name](torch.float64, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=r"'act_as' expected 'kind' to be one of node, .* \(got 'scalar'\)"):
        g.act_as(torch.zeros(shape), "scalar")
