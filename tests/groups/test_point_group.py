import math

import pytest
import torch

from pyg_symbreak.groups import PointGroup

PLANAR = [(kind, n) for kind in ("cyclic", "dihedral") for n in range(1, 9)]
SPATIAL = {
    "O": (lambda: PointGroup.hyperoctahedral(3, special=True), 24),
    "Oh": (lambda: PointGroup.hyperoctahedral(3), 48),
    "T": (PointGroup.tetrahedral, 12),
    "I": (PointGroup.icosahedral, 60),
    "D4": (lambda: PointGroup.hyperoctahedral(2), 8),
    "C4": (lambda: PointGroup.hyperoctahedral(2, special=True), 4),
    "B4": (lambda: PointGroup.hyperoctahedral(4), 384),
}


def check_axioms(group):
    q, table, inverses = group.matrices, group.table, group.inverses
    size = torch.arange(len(group))
    # The table is that of the matrices, whatever order they come in.
    torch.testing.assert_close(q[table], q.unsqueeze(1) @ q, rtol=0, atol=1e-12)
    assert torch.equal(table[0], size)
    assert torch.equal(table[:, 0], size)
    assert (table[size, inverses] == 0).all()
    assert (table[inverses, size] == 0).all()
    # Associativity, exhaustively: (a b) c = a (b c).
    assert torch.equal(table[table], table[:, table])
    # Each row and column is a permutation.
    for rows in (table, table.t()):
        assert torch.equal(rows.sort(1)[0], size.expand(len(group), -1))


@pytest.mark.parametrize(("kind", "n"), PLANAR)
def test_axioms_of_the_planar_groups(kind, n):
    group = getattr(PointGroup, kind)(n)
    check_axioms(group)
    assert len(group) == (n if kind == "cyclic" else 2 * n)
    assert group.name == f"{'C' if kind == 'cyclic' else 'D'}{n}"
    assert group.special == (kind == "cyclic")
    assert group.lattice == (n in (1, 2, 4))


@pytest.mark.parametrize("name", [name for name in SPATIAL if name != "B4"])
def test_axioms_of_the_spatial_groups(name):
    make, size = SPATIAL[name]
    group = make()
    check_axioms(group)
    assert len(group) == size
    assert group.name == name
    assert group.special == (name not in ("Oh", "D4"))
    assert group.lattice == (name != "I")


def test_orders_of_the_elements():
    # The conjugacy classes of the polyhedral groups, by the traces of their rotations.
    def traces(group):
        q = group.matrices
        values, counts = q.diagonal(dim1=1, dim2=2).sum(1).mul(1e6).round().div(1e6).unique(return_counts=True)
        return dict(zip(values.tolist(), counts.tolist()))

    assert traces(PointGroup.tetrahedral()) == {-1: 3, 0: 8, 3: 1}
    assert traces(PointGroup.hyperoctahedral(3, special=True)) == {-1: 9, 0: 8, 1: 6, 3: 1}
    golden = (1 + math.sqrt(5)) / 2
    found = traces(PointGroup.icosahedral())
    assert found == {-1: 15, 0: 20, 3: 1, round(golden, 6): 12, round(1 - golden, 6): 12}


def test_a_large_group():
    assert len(PointGroup.hyperoctahedral(4)) == SPATIAL["B4"][1]
    assert PointGroup.hyperoctahedral(4, special=True).name == "SB4"


def test_turns_are_counter_clockwise_and_exact_where_they_can_be():
    c8, c6, c4 = PointGroup.cyclic(8), PointGroup.cyclic(6), PointGroup.cyclic(4)
    angle = torch.atan2(c8.matrices[:, 1, 0], c8.matrices[:, 0, 0]) % (2 * math.pi)
    torch.testing.assert_close(angle, torch.arange(8, dtype=torch.float64) * math.pi / 4)
    assert set(c4.matrices.flatten().tolist()) == {-1.0, 0.0, 1.0}
    assert c6.matrices[1, 0, 0] == 0.5
    d3 = PointGroup.dihedral(3)
    # Element r + n s reflects s times, then turns.
    reflect = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))
    torch.testing.assert_close(d3.matrices[3:], PointGroup.cyclic(3).matrices @ reflect)
    assert d3.table[1, 3] == 4
    assert d3.table[3, 1] == 5


def test_generated_groups():
    turn = PointGroup.cyclic(6).matrices[1:2]
    assert len(PointGroup.generated(turn)) == 6
    both = torch.cat([turn, torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64)).unsqueeze(0)])
    assert len(PointGroup.generated(both, "hexagon")) == 12
    klein = PointGroup.generated([[[-1, 0], [0, 1]], [[1, 0], [0, -1]]])
    check_axioms(klein)
    assert klein.lattice
    one = torch.tensor([[[math.cos(1.0), -math.sin(1.0)], [math.sin(1.0), math.cos(1.0)]]], dtype=torch.float64)
    with pytest.raises(ValueError, match=r"'PointGroup.generated' expected at most 50 elements \(got more\)"):
        PointGroup.generated(one, max_size=50)


def test_equality():
    assert PointGroup.cyclic(4) == PointGroup(PointGroup.cyclic(4).matrices, "quarter turns")
    assert hash(PointGroup.cyclic(4)) == hash(PointGroup(PointGroup.cyclic(4).matrices))
    assert PointGroup.cyclic(4) != PointGroup.cyclic(2)
    assert PointGroup.cyclic(4) != PointGroup.hyperoctahedral(2)
    assert PointGroup.cyclic(4) != 4
    assert repr(PointGroup.cyclic(4)) == "PointGroup('C4')"


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2), (3, 3), (5, 5), (16, 16)])
def test_grids_turn_as_torch_turns_them(sizes):
    x = torch.arange(math.prod(sizes)).view(sizes)
    source = PointGroup.dihedral(4).grid_sources(sizes)
    for s in range(2):
        for r in range(4):
            # The reflection y → −y turns the rows upside down.
            expected = torch.rot90(x.flip(0) if s else x, r, (0, 1))
            assert torch.equal(x.flatten()[source[r + 4 * s]].view(sizes), expected)


@pytest.mark.parametrize(
    ("group", "sizes"),
    [
        (PointGroup.dihedral(2), (3, 4)),
        (PointGroup.hyperoctahedral(3), (3, 3, 3)),
        (PointGroup.tetrahedral(), (2,) * 3),
    ],
    ids=str,
)
def test_grids_move_as_the_centres_of_their_cells(group, sizes):
    steps = [torch.arange(s, dtype=torch.float64) - (s - 1) / 2 for s in sizes]
    if len(steps) > 1:
        steps[-2] = -steps[-2]  # rows run down
    centres = torch.stack(torch.meshgrid(*steps, indexing="ij"), -1).flip(-1).view(-1, group.dim)
    for q, source in zip(group.matrices, group.grid_sources(sizes)):
        # The cell that comes from `source` lies where the matrix takes that centre.
        assert torch.equal(centres[source] @ q.t(), centres)


def test_a_group_made_in_inference_mode_serves_training():
    with torch.inference_mode():
        group = PointGroup(PointGroup.cyclic(3).matrices.clone())
        square = PointGroup(PointGroup.cyclic(4).matrices.clone())
        source = square.grid_sources((7, 7))
    assert not any(t.is_inference() for t in (group.matrices, group.table, group.inverses, source))
    weight = torch.ones(3, 1, 1, dtype=torch.float64, requires_grad=True)
    (weight * group.matrices).sum().backward()


def test_errors():
    eye = torch.eye(2, dtype=torch.float64).unsqueeze(0)
    c4, c3 = PointGroup.cyclic(4), PointGroup.cyclic(3)
    with pytest.raises(ValueError, match=r"'PointGroup' expected 'matrices' of shape \[K, d, d\] \(got \[2, 2\]\)"):
        PointGroup(eye[0])
    with pytest.raises(ValueError, match=r"expected orthogonal matrices in double precision \(got one off by 3.0e\+00"):
        PointGroup(torch.cat([eye, 2 * eye]))
    with pytest.raises(ValueError, match=r"expected orthogonal matrices in double precision \(got one off by .*e-08"):
        PointGroup(c3.matrices.float())
    with pytest.raises(ValueError, match="expected orthogonal matrices"):
        PointGroup(float("nan") * eye)
    with pytest.raises(ValueError, match="expected the identity as the first matrix"):
        PointGroup(c4.matrices[1:])
    with pytest.raises(ValueError, match="expected matrices closed under products"):
        PointGroup(c4.matrices[:3])
    with pytest.raises(ValueError, match="expected every matrix once"):
        PointGroup(torch.cat([eye, eye]))
    with pytest.raises(ValueError, match=r"'PointGroup.cyclic' expected a positive number \(got 0\)"):
        PointGroup.cyclic(0)
    with pytest.raises(ValueError, match=r"'PointGroup.dihedral' expected a positive number \(got -1\)"):
        PointGroup.dihedral(-1)
    with pytest.raises(ValueError, match=r"'PointGroup.hyperoctahedral' expected a positive number \(got 0\)"):
        PointGroup.hyperoctahedral(0)
    with pytest.raises(ValueError, match=r"such as C4 or D4 \(got C3, which would need interpolation\)"):
        c3.grid_sources((4, 4))
    with pytest.raises(ValueError, match=r"expected axes of equal size for C4 \(got \[3, 4\]\)"):
        c4.grid_sources((3, 4))
    with pytest.raises(ValueError, match=r"'PointGroup.grid_sources' expected 2 sizes \(got \[4\]\)"):
        c4.grid_sources((4,))
