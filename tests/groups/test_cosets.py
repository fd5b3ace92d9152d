import pytest

from pyg_symbreak.groups.cosets import coset_images

TURN, FLIP = (1, 2, 3, 0), (0, 3, 2, 1)


def test_cosets_are_numbered_from_the_subgroup_and_acted_on():
    images = coset_images([TURN, FLIP], [FLIP], owner="f", limit=8)
    assert images == ((1, 2, 3, 0), (0, 3, 2, 1))
    regular = coset_images([TURN], [], owner="f", limit=4)
    assert regular == ((1, 2, 3, 0),)
    assert coset_images([TURN, FLIP], [TURN, FLIP], owner="f", limit=8) == ((0,), (0,))


def test_products_act_as_products():
    swap = (1, 0, 2, 3)
    turn, other = coset_images([TURN, swap], [FLIP], owner="f", limit=24)
    assert sorted(turn) == sorted(other) == list(range(12))
    four = range(12)
    for _ in range(4):
        four = [turn[i] for i in four]
    assert list(four) == list(range(12))
    assert [other[other[i]] for i in range(12)] == list(range(12))


def test_what_is_no_subgroup_and_what_is_too_large():
    assert coset_images([(1, 2, 0)], [(1, 0, 2)], owner="f", limit=10) is None
    with pytest.raises(ValueError, match=r"'f' expected a group of at most 7 elements \(got more\)"):
        coset_images([TURN, FLIP], [], owner="f", limit=7)
