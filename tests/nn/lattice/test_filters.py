import pytest
import torch

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.nn.lattice.filters import direction_sources, filter_sources, taps


def test_taps_are_those_of_a_kernel():
    found = taps(2, 3).tolist()
    assert found[0] == [-1, -1]
    assert found[1] == [0, -1]  # x runs along the last dimension
    assert found[4] == [0, 0]
    assert taps(3, 1).tolist() == [[0, 0, 0]]
    assert taps(3, 5).shape == (125, 3)


@pytest.mark.parametrize("kind", ["site", "spin", "regular", "bond"])
def test_the_identity_has_the_weights_in_order(group, kind):
    sources = filter_sources(group, 3, kind)
    count = int(sources.max()) + 1
    for row in sources:
        assert torch.equal(row.unique(), torch.arange(count))
    if kind != "bond":
        assert torch.equal(sources[0], torch.arange(count))
        assert count == 3**group.dim * (group.num_parts if kind == "regular" else 1)


@pytest.mark.parametrize(("group", "count"), [(LatticeGroup.p1(5), 4), (LatticeGroup.p4m(4), 24)])
def test_the_number_of_bonds_of_a_kernel(group, count):
    # Bonds with an end in the kernel: all that begin in it, and those that end on its near sides.
    assert int(filter_sources(group, 3, "bond").max()) + 1 == count
    assert int(filter_sources(group, 1, "bond").max()) + 1 == 2 * group.dim


@pytest.mark.parametrize("kind", ["site", "regular", "bond"])
def test_filters_are_moved_by_the_group(group, kind):
    # Moving the filter of the identity by q and the result by p is to move it by p q, place for place.
    sources = filter_sources(group, 3, kind)
    if kind == "bond":  # places that show the same bond hold the same weight: compare places of the identity
        first = torch.stack([(sources[0] == weight).nonzero().min() for weight in range(int(sources.max()) + 1)])
        sources, places = sources[:, first], first.numel()
        name = sources[0].argsort()
        moves = name[sources]
    else:
        moves, places = sources, sources.size(1)
    assert moves.size(1) == places
    for p in range(group.num_parts):
        for q in range(group.num_parts):
            assert torch.equal(moves[q][moves[p]], moves[group.table[p, q]])


def test_directions():
    sources = direction_sources(LatticeGroup.p4m(4))
    assert sources[0].tolist() == [0, 1, 2, 3]
    assert sources[2].tolist() == [2, 3, 0, 1]  # half a turn
    assert all(sorted(row) == [0, 1, 2, 3] for row in sources.tolist())
    assert direction_sources(LatticeGroup.p2mm(3, 4))[:, 0].unique().tolist() == [0, 2]
