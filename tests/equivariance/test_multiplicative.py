import math
import random
from fractions import Fraction

import pytest

from pyg_symbreak.equivariance.multiplicative import MultiplicativeGroup, coprime_base

KNOWN = [
    ([], "{1}"),
    ([1, 1], "{1}"),
    ([-1, 1], "{±1}"),
    ([2], "⟨2⟩"),
    ([Fraction(1, 2)], "⟨2⟩"),
    ([-2], "⟨−2⟩"),
    ([Fraction(-1, 2)], "⟨−2⟩"),
    ([2, 3], "ℝ>0"),
    ([2, -3], "ℝ*"),
    ([4, -2], "⟨−2⟩"),
    ([4, -4], "⟨±4⟩"),
    ([8, -2], "⟨±2⟩"),
    ([-8, -2], "⟨−2⟩"),
    ([-8, 4], "⟨−2⟩"),
    ([8, 4], "⟨2⟩"),
    ([-1, 5], "⟨±5⟩"),
    ([Fraction(9, 4), Fraction(8, 27)], "⟨3/2⟩"),
    ([Fraction(9, 4), Fraction(-8, 27)], "⟨−3/2⟩"),
    ([6, 36, Fraction(1, 216)], "⟨6⟩"),
    ([6, 12], "ℝ>0"),
    ([2, 3, Fraction(2, 3), -1], "ℝ*"),
    ([10**40, 10**60], f"⟨{10**20}⟩"),
]


@pytest.mark.parametrize(("values", "expected"), KNOWN)
def test_known_groups(values, expected):
    assert str(MultiplicativeGroup.generated(values)) == expected
    assert not MultiplicativeGroup.generated(values).numerical


@pytest.mark.parametrize(("values", "expected"), [case for case in KNOWN if case[0] and 10**40 not in case[0]])
def test_floats_are_rationalised_and_marked(values, expected):
    group = MultiplicativeGroup.generated([float(value) for value in values])
    assert str(group) == expected
    assert group.numerical


def test_large_coprime_numbers_need_no_factoring():
    p, q = 2**127 - 1, 2**89 - 1
    assert str(MultiplicativeGroup.generated([p * q, (p * q) ** 3])) == f"⟨{p * q}⟩"
    assert MultiplicativeGroup.generated([p * q, p]).dense


@pytest.mark.parametrize(
    ("values", "kind", "base"),
    [
        ([math.sqrt(2), 2.0], "powers", math.sqrt(2)),
        ([math.sqrt(2), -2.0], "signed powers", math.sqrt(2)),
        ([-math.sqrt(2), 2.0], "negative powers", math.sqrt(2)),
        ([math.pi**3, math.pi**-2], "powers", math.pi),
        ([math.pi, math.e], "positive", None),
        ([math.sqrt(2), -3.0], "all", None),
        ([1 + 1e-13, math.pi], "powers", math.pi),
        ([-1 - 1e-13], "sign", None),
    ],
)
def test_irrational_floats(values, kind, base):
    group = MultiplicativeGroup.generated(values)
    assert (group.kind, group.numerical) == (kind, True)
    assert base is None or group.base == pytest.approx(base)


def powers(values, length):
    """All products of at most ``length`` of some numbers and their inverses."""
    found = {Fraction(1)}
    for _ in range(length):
        found |= {x * y for x in found for v in values for y in (Fraction(v), 1 / Fraction(v))}
    return found


def test_discrete_groups_are_what_products_give():
    rng = random.Random(0)
    for _ in range(150):
        base = Fraction(rng.choice([2, 3, 6, Fraction(3, 2)]))
        values = [rng.choice([1, -1]) * base ** rng.randint(-3, 3) for _ in range(rng.randint(1, 3))]
        group = MultiplicativeGroup.generated(values)
        assert not group.dense
        products = powers(values, 5)
        assert all(x in group for x in products)
        # Among the products of bounded length are generators of the group, and so all of its small members.
        assert {Fraction(g) for g in group.generators} <= products
        for n in range(-3, 4):
            for x in (base**n, -(base**n)):
                assert (x in group) == (x in products)


def test_membership():
    powers_of_four = MultiplicativeGroup.generated([4])
    assert Fraction(1, 16) in powers_of_four
    assert 2 not in powers_of_four
    assert -4 not in powers_of_four
    assert 0 not in powers_of_four
    assert 4.0 in powers_of_four
    assert 0.25 in powers_of_four
    assert 4.1 not in powers_of_four
    assert math.pi not in powers_of_four
    minus_two = MultiplicativeGroup.generated([-2])
    assert -8 in minus_two
    assert 8 not in minus_two
    assert -1 not in minus_two
    everything = MultiplicativeGroup.generated([2, -3])
    assert -7.5 in everything
    assert 0 not in everything
    assert -1 not in MultiplicativeGroup.generated([2, 3])


def test_containment():
    names = {text: MultiplicativeGroup.generated(values) for values, text in KNOWN[:12]}
    order = {(a, b) for a in names for b in names if names[a] <= names[b]}
    assert {a for a, b in order if b == "ℝ>0"} == {"{1}", "⟨2⟩", "ℝ>0"}
    assert {a for a, b in order if b == "ℝ*"} == set(names)
    assert {a for a, b in order if b == "⟨−2⟩"} == {"{1}", "⟨−2⟩"}
    assert {a for a, b in order if b == "⟨±4⟩"} == {"{1}", "{±1}", "⟨±4⟩"}
    assert MultiplicativeGroup.generated([4]) <= names["⟨−2⟩"]


def test_coprime_base():
    rng = random.Random(1)
    for _ in range(100):
        values = [rng.randint(1, 400) for _ in range(3)]
        base = coprime_base(values)
        assert all(math.gcd(a, b) == 1 for k, a in enumerate(base) for b in base[:k])
        for value in values:
            for p in base:
                while value % p == 0:
                    value //= p
            assert value == 1


@pytest.mark.parametrize("value", [0, 0.0, math.inf, math.nan, Fraction(0)])
def test_refuses_what_has_no_inverse(value):
    with pytest.raises(ValueError, match=r"'MultiplicativeGroup.generated' expected finite numbers that are not zero"):
        MultiplicativeGroup.generated([2, value])


@pytest.mark.parametrize(
    ("kind", "base", "message"),
    [
        ("powers", None, "expected a base for powers"),
        ("sign", 2, "expected a base for"),
        ("powers", 1, "a base above 1"),
    ],
)
def test_refuses_bases(kind, base, message):
    with pytest.raises(ValueError, match=message):
        MultiplicativeGroup(kind, base)
