from itertools import permutations

import pytest
import torch

from pyg_symbreak.nn.ign import CosetLinear, coset_action
from pyg_symbreak.nn.ign.coset import orbit_numbers

ROTATION, FLIP = [1, 2, 3, 0], [0, 3, 2, 1]
SQUARE = [ROTATION, FLIP]
# Generators of the symmetric group on four points, of subgroups of it, and the orders of these.
SYMMETRIC = [[1, 2, 3, 0], [1, 0, 2, 3]]
SUBGROUPS = {
    "trivial": ([], 1),
    "swap": ([[1, 0, 2, 3]], 2),
    "turn": ([[1, 2, 3, 0]], 4),
    "point": ([[0, 2, 1, 3], [0, 1, 3, 2]], 6),
    "even": ([[1, 2, 0, 3], [0, 2, 3, 1]], 12),
    "all": (SYMMETRIC, 24),
}


def whole_group(*actions):
    """All elements of a group, as tuples of permutations of the sets on which it acts."""
    identity = tuple(tuple(range(len(action[0]))) for action in actions)
    found, seen = [identity], {identity}
    for element in found:
        for number in range(len(actions[0])):
            product = tuple(tuple(action[number][point] for point in part) for action, part in zip(actions, element))
            if product not in seen:
                seen.add(product)
                found.append(product)
    return found


@pytest.mark.parametrize("name", SUBGROUPS)
def test_cosets_are_a_transitive_action(name):
    subgroup, order = SUBGROUPS[name]
    action = coset_action(SYMMETRIC, subgroup)
    assert len(action) == 2
    assert len(action[0]) == 24 // order
    group = whole_group(SYMMETRIC, action)
    # As many elements as the group: the action is a homomorphism; the stabiliser of coset 0 is the subgroup.
    assert len(group) == 24
    stabiliser = {element for element, moved in group if moved[0] == 0}
    assert len(stabiliser) == order
    assert {tuple(images) for images in subgroup} <= stabiliser
    assert {moved[0] for _, moved in group} == set(range(24 // order))


@pytest.mark.parametrize("first", SUBGROUPS)
@pytest.mark.parametrize("second", SUBGROUPS)
def test_equivariant_and_complete(first, second):
    source, target = (coset_action(SYMMETRIC, SUBGROUPS[name][0]) for name in (first, second))
    layer = CosetLinear(source, target, 2, 3).double()
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(5, len(source[0]), 2, dtype=torch.double)
    group = whole_group(source, target, SYMMETRIC)
    assert len(group) == 24
    fixed = 0
    for here, there, _ in group:
        moved = layer(x[:, torch.tensor(here).argsort()])
        torch.testing.assert_close(moved, layer(x)[:, torch.tensor(there).argsort()], atol=1e-10, rtol=0)
        fixed += sum(a == b for a, b in enumerate(here)) * sum(a == b for a, b in enumerate(there))
    # Burnside: the dimension of the space of equivariant maps.
    assert layer.num_orbits == fixed // 24


def test_orbits_of_known_groups():
    assert orbit_numbers(SYMMETRIC, SYMMETRIC).tolist() == [[0 if i == j else 1 for j in range(4)] for i in range(4)]
    distance = orbit_numbers(SQUARE, SQUARE)
    assert distance.tolist() == [[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]]
    assert orbit_numbers([[0, 1]], [[0, 1]]).tolist() == [[0, 1], [2, 3]]
    all_of_them = [list(p) for p in permutations(range(3))]
    assert orbit_numbers(all_of_them, all_of_them).max() == 1


def test_a_convolution_and_an_intransitive_set():
    cyclic = [[1, 2, 3, 4, 0]]
    layer = CosetLinear(cyclic, cyclic, 1, 1, bias=False)
    matrix = layer(torch.eye(5).unsqueeze(-1)).squeeze(-1)
    assert layer.weight.shape == (5, 1, 1)
    torch.testing.assert_close(matrix.roll((1, 1), (0, 1)), matrix)
    two_sets = [[1, 0, 3, 4, 2]]
    layer = CosetLinear(two_sets, two_sets, 1, 1)
    assert layer.bias.shape == (2, 1)
    assert layer.num_orbits == 2 + 1 + 1 + 3


def test_scale_parameters_and_repr():
    regular = coset_action(SYMMETRIC, [])
    layer = CosetLinear(regular, regular, 8, 64)
    out = layer(torch.randn(200, 24, 8))
    assert 0.8 < float(out.detach().var()) < 1.2
    before = layer.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.weight)
    assert repr(layer) == "CosetLinear(24 → 24 points, 8, 64, num_orbits=24, bias=True)"
    assert set(layer.state_dict()) == {"weight", "bias"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coset_action([], []), r"'coset_action' expected 'generators' to hold at least one permutation"),
        (lambda: coset_action([[0, 0]], []), r"'coset_action' expected 'generators' .* of 0 … 1 \(got \[0, 0\]\)"),
        (lambda: coset_action([[1, 0]], [[1, 0, 2]]), r"expected 'subgroup' .* of 0 … 1 \(got \[1, 0, 2\]\)"),
        (lambda: coset_action([[1, 2, 0]], [[1, 0, 2]]), r"'coset_action' expected the subgroup inside the group"),
        (lambda: coset_action(SYMMETRIC, [], max_order=10), r"'coset_action' expected a group of at most 10 elements"),
        (lambda: CosetLinear([[1, 0]], [[0], [0]], 1, 1), r"expected actions of the same generators \(got 1 and 2\)"),
        (lambda: CosetLinear([[1, 1]], [[0]], 1, 1), r"'CosetLinear' expected 'in_action' to hold permutations"),
        (
            lambda: CosetLinear([[1, 0]], [[0]], 0, 1),
            r"'CosetLinear' expected 'in_channels' to be at least 1 \(got 0\)",
        ),
        (
            lambda: CosetLinear([[1, 0]], [[0]], 3, 1)(torch.zeros(2, 3, 3)),
            r"'CosetLinear' expected an input of shape \[\*, 2, 3\] \(got \[2, 3, 3\]\)",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
