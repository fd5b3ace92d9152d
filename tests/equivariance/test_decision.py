from fractions import Fraction

import numpy as np
import pytest
import torch

from pyg_symbreak.equivariance import (
    Representation,
    admissible,
    cyclic,
    cyclic_plane,
    dihedral_plane,
    euclidean,
    multiplier_of,
    octahedral,
    orthogonal,
    permutation,
    sign,
    signed_permutation,
    special_orthogonal,
    standard,
    tensor_power,
    trivial,
    young_module,
)
from pyg_symbreak.equivariance.matrices import Matrix
from pyg_symbreak.equivariance.multiplier import Multiplier
from tests.equivariance.zoo import BY_NAME, FUNCTIONS, HALF, MODULES, brute_force, random_group

SWAP_TWO = Representation([[[0, 2], [HALF, 0]]])
SWAP_MINUS_TWO = Representation([[[0, -2], [-HALF, 0]]])
ROW_SUMS = Representation([[[HALF, HALF], [Fraction(1, 3), Fraction(2, 3)]]])
ALL = set(BY_NAME)
LINEAR = {"identity", "zero"}
ODD = LINEAR | {"tanh", "sin", "softshrink", "x|x|", "sign", "±2"}
# f(2x) = 2 f(x), f(-2x) = -2 f(x) and f(ax) = a f(x) for positive a.
TWO = LINEAR | {"relu", "leaky", "abs", "2", "±2"}
MINUS_TWO = LINEAR | {"-2", "±2"}
POSITIVE = LINEAR | {"relu", "leaky", "abs"}

KNOWN = [
    ("S4", permutation(4), ALL),
    ("tensor power", tensor_power(3, 2), ALL),
    ("tensor power 3", tensor_power(2, 3), ALL),
    ("young module", young_module([2, 1]), ALL),
    ("C3 cyclic", cyclic(3), ALL),
    ("trivial", trivial(2), ALL),
    ("C4", cyclic_plane(4), ODD),
    ("C2", cyclic_plane(2), ODD),
    ("D4", dihedral_plane(4), ODD),
    ("C3", cyclic_plane(3), LINEAR),
    ("C6", cyclic_plane(6), LINEAR),
    ("D3", dihedral_plane(3), LINEAR),
    ("Oh", octahedral(), ODD),
    ("B2", signed_permutation(2), ODD),
    ("sign", sign(3), ODD),
    ("standard", standard(3), LINEAR),
    ("<2>", SWAP_TWO, TWO),
    ("<-2>", SWAP_MINUS_TWO, MINUS_TWO),
    ("<±2>", Representation([[[0, 2], [-1, 0]]]), LINEAR | {"±2"}),
    ("dense", Representation([[[2, 0], [0, 3]]]), POSITIVE),
    ("dense with signs", Representation([[[2, 0], [0, -3]]]), LINEAR),
    ("row sums", ROW_SUMS, LINEAR | {"2x + 1", "three"}),
    ("SO(2)", special_orthogonal(2), LINEAR),
    ("SO(3)", special_orthogonal(3), LINEAR),
    ("O(3)", orthogonal(3), LINEAR),
    ("E(3) x S2", euclidean(3, 2), LINEAR),
    ("scaling", Representation([], [[[1, 0], [0, 2]]]), POSITIVE),
    ("no motion", Representation([], [[[0, 0], [0, 0]]]), ALL),
    ("nilpotent", Representation([], [[[0, 1], [0, 0]]]), LINEAR),
    ("affine motion", Representation([], [[[1, -1], [0, 0]]]), LINEAR | {"2x + 1", "three"}),
]


@pytest.mark.parametrize(("name", "rho", "expected"), KNOWN, ids=[case[0] for case in KNOWN])
def test_known_answers(name, rho, expected):
    for function in FUNCTIONS:
        report = admissible(function, rho)
        wanted = function.name in expected
        assert report.admissible == bool(report) == wanted, (function.name, str(report))
        if report:
            assert report.verdict == ("proved" if rho.is_exact else "numerical")
            assert report.witness is None
            assert report.repair == ()
        else:
            assert report.verdict == "refuted"
            assert report.repair
            check_witness(report.witness, function, rho, rho)


def check_witness(witness, function, rho_in, rho_out):
    """The witness, computed once more."""
    lie = witness.time is not None
    a, b = ((r.lie_generators if lie else r.generators)[witness.index] for r in (rho_in, rho_out))
    a, b = (torch.tensor(np.array(m, dtype=float)) for m in (a, b))
    if lie:
        a, b = torch.linalg.matrix_exp(witness.time * a), torch.linalg.matrix_exp(witness.time * b)
    x = torch.tensor(witness.x, dtype=torch.float64)
    left, right = function.function(a @ x), b @ function.function(x)
    torch.testing.assert_close(left, torch.tensor(witness.left, dtype=torch.float64))
    torch.testing.assert_close(right, torch.tensor(witness.right, dtype=torch.float64))
    assert witness.verified
    assert float((left - right).abs().max()) > 1e-6 * max(1e-3, float(left.abs().max()))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
@pytest.mark.parametrize(("rho", "scale"), [(SWAP_TWO, (1, 2)), (SWAP_MINUS_TWO, (1, -2))], ids=["2", "-2"])
def test_after_rescaling_any_function_passes(function, rho, scale):
    assert admissible(function, rho.rescaled(scale)).verdict == "proved"
    report = admissible(function, rho)
    if not report:
        assert report.scale == scale
        assert report.repair[0].startswith(f"rescale the basis by y = Dx with D = diag({scale[0]}, {scale[1]})")


@pytest.mark.parametrize("name", ["abs", "square", "cos"])
def test_even_functions_carry_signed_permutations_to_permutations(name):
    rho = signed_permutation(3)
    out = Representation([m.absolute() for m in rho.matrices])
    assert admissible(BY_NAME[name], rho, out).verdict == "proved"
    report = admissible(BY_NAME[name], rho)
    assert report.verdict == "refuted"
    assert any("-1 becomes 1" in text for text in report.repair)
    assert not admissible(BY_NAME["tanh"], rho, out)


def test_powers_change_the_entries():
    rho, squared = SWAP_TWO, Representation([[[0, 4], [Fraction(1, 4), 0]]])
    assert admissible(BY_NAME["square"], rho, squared).verdict == "proved"
    assert admissible(BY_NAME["relu squared"], rho, squared).verdict == "proved"
    assert not admissible(BY_NAME["relu"], rho, squared)
    assert admissible(BY_NAME["sign"], rho, permutation(2).__class__([[[0, 1], [1, 0]]])).verdict == "proved"
    scaling = [Representation([], [np.diag(x).tolist()]) for x in ([1, Fraction(1, 2)], [2, 1])]
    assert admissible(BY_NAME["square"], *scaling).verdict == "proved"
    assert not admissible(BY_NAME["relu"], *scaling)


def test_constants_ask_of_the_output_only():
    mixing = Representation([[[2, 1], [1, 1]]])
    assert admissible(BY_NAME["three"], mixing, ROW_SUMS).verdict == "proved"
    assert admissible(BY_NAME["zero"], ROW_SUMS, mixing).verdict == "proved"
    report = admissible(BY_NAME["three"], ROW_SUMS, mixing)
    assert report.verdict == "refuted"
    assert "value at zero" in report.reason
    assert "leave the value at zero away, f(x) - f(0), or make the output fix it" in report.repair


def test_affine_functions_ask_for_equal_matrices():
    double = Multiplier.straight("2x", lambda x: 2 * x, 2)
    assert admissible(double, ROW_SUMS, ROW_SUMS).verdict == "proved"
    assert admissible(double, ROW_SUMS, Representation([[[HALF, HALF], [HALF, 1]]])).verdict == "refuted"
    assert admissible(double, special_orthogonal(2), special_orthogonal(2)).verdict == "proved"
    assert not admissible(double, special_orthogonal(2), special_orthogonal(2).dual().rescaled([1, 2]))


def test_different_activations_on_different_orbits():
    rho = permutation(3) + sign(3) + (sign(3) * permutation(3))
    gelu, tanh, sine = (BY_NAME[name] for name in ("gelu", "tanh", "sin"))
    assert admissible({0: gelu, 1: tanh, 2: sine}, rho).verdict == "proved"
    assert admissible([gelu] * 3 + [tanh] + [sine] * 3, rho).verdict == "proved"
    report = admissible({0: gelu, 1: gelu, 2: tanh}, rho)
    assert [orbit.admissible for orbit in report.orbits] == [True, False, True]
    assert [orbit.activation for orbit in report.orbits] == ["gelu", "gelu", "tanh"]
    assert "  orbit 1 [3]: gelu fails" in str(report)
    # <2> on one orbit and <-3> on another have more functions than their sum has.
    mixed = Representation([[[2, 0], [0, -1]]])
    assert admissible({0: BY_NAME["2"], 1: tanh}, mixed).verdict == "proved"
    # Two activations on one orbit: the lists of layers with one slope for every channel.
    report = admissible([gelu, tanh, gelu], permutation(3))
    assert report.verdict == "refuted"
    assert report.witness.verified
    leaky = [Multiplier.homogeneous("leaky", lambda x, s=s: torch.where(x > 0, x, s * x)) for s in (0.1, 0.1, 0.3)]
    assert admissible(leaky[:2] * 2, tensor_power(2, 2)).verdict == "proved"
    assert admissible([leaky[0], leaky[2], leaky[1]], permutation(3)).verdict == "refuted"
    assert admissible([leaky[0], leaky[2], leaky[2], leaky[1]], tensor_power(2, 2)).verdict == "proved"


def test_mirror_images_on_one_orbit_pass_by_probing():
    up, down = (
        Multiplier.generic("up", torch.nn.functional.elu),
        Multiplier.generic("down", lambda x: -torch.nn.functional.elu(-x)),
    )
    rho = Representation([[[0, -1], [-1, 0]]])
    report = admissible([up, down], rho)
    assert (report.verdict, report.admissible) == ("assumed", True)
    assert report.reason.endswith("as far as values on a grid tell.")
    assert not admissible([up, up], rho)


def test_a_constant_beside_makes_up_for_the_value_at_zero():
    # sigmoid(-x) = 1 - sigmoid(x): a function with f(0) = 1/2 passes -1 if a constant one stands by.
    a, b = Representation([[[-1, 0], [0, 1]]]), Representation([[[-1, 1], [0, 1]]])
    one = Multiplier.fixed("one", torch.ones_like, 1)
    report = admissible([BY_NAME["sigmoid"], one], a, b)
    assert (report.verdict, report.admissible) == ("assumed", True)
    assert admissible([BY_NAME["sigmoid"], one], a, a).verdict == "refuted"


def test_black_boxes_are_assumed_or_refuted():
    box = Multiplier.black_box("box", lambda x: torch.tanh(x) + x)
    report = admissible(box, octahedral())
    assert (report.verdict, report.admissible) == ("assumed", True)
    assert admissible(box, SWAP_TWO).verdict == "refuted"
    assert admissible(box, special_orthogonal(3)).verdict == "refuted"
    assert admissible(Multiplier.black_box("box", torch.relu), Representation([], [[[1]]])).verdict == "assumed"
    assert admissible(
        Multiplier.black_box("box", torch.square), Representation([], [[[1]]]), Representation([], [[[2]]])
    )


def test_reads_modules_and_functions():
    assert admissible(torch.nn.ReLU(), permutation(3)).verdict == "proved"
    assert admissible(torch.nn.ReLU(), cyclic_plane(4)).verdict == "refuted"
    assert admissible(torch.nn.Tanh(), cyclic_plane(4)).verdict == "proved"
    assert admissible(lambda x: x**3 + x, cyclic_plane(4)).verdict == "assumed"


def test_floats_that_are_rotations():
    angle = 2 * np.pi / 4
    turn = Representation([[[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]])
    assert admissible(BY_NAME["tanh"], turn).verdict == "numerical"
    assert admissible(BY_NAME["relu"], turn).verdict == "refuted"


def test_a_difference_below_double_precision_is_refuted_by_proof():
    near = Fraction(1, 10**30)
    report = admissible(BY_NAME["tanh"], Representation([[[1 + near]]]))
    assert report.verdict == "refuted"
    assert not report.witness.verified
    report = admissible(BY_NAME["tanh"], permutation(2), Representation([[[0, 1 + near], [1, 0]]] * 2))
    assert report.verdict == "refuted"


@pytest.mark.parametrize(
    ("activation", "rho", "out", "error", "message"),
    [
        ("tanh", permutation(3), permutation(4), ValueError, "representations of one group on spaces of one dimension"),
        ("tanh", permutation(3), cyclic(3), ValueError, r"got dimensions 3 and 3, 2 \+ 0 and 1 \+ 0 generators"),
        ({0: "tanh"}, tensor_power(2, 2), None, ValueError, r"one activation for every orbit, 0 to 1 \(got \[0\]\)"),
        (["tanh"], permutation(2), None, ValueError, r"one activation for each of 2 coordinates \(got 1\)"),
        ("softmax", permutation(2), None, ValueError, r"a point-wise activation \(got softmax: mixes entries\)"),
    ],
)
def test_refuses(activation, rho, out, error, message):
    known = {**BY_NAME, "softmax": Multiplier.not_pointwise("softmax", "mixes entries")}
    if isinstance(activation, dict):
        activation = {key: known[name] for key, name in activation.items()}
    elif isinstance(activation, list):
        activation = [known[name] for name in activation]
    else:
        activation = known[activation]
    with pytest.raises(error, match=message):
        admissible(activation, rho, out)


def compare(cases, seed):
    rng = np.random.default_rng(seed)
    functions = [*FUNCTIONS, *(multiplier_of(module) for module in MODULES)]
    yes = 0
    for _ in range(cases):
        rho = random_group(rng)
        function = functions[int(rng.integers(len(functions)))]
        out = rho
        if rng.random() < 0.3 and rho.is_monomial:
            power = int(rng.integers(0, 3))
            out = Representation(
                [
                    Matrix.monomial([c[0][0] for c in m.columns], [abs(c[0][1]) ** power for c in m.columns])
                    for m in rho.matrices
                ]
            )
        report = admissible(function, rho, out)
        assert report.admissible == brute_force(function.function, rho, out), (
            function.name,
            rho.generators,
            str(report),
        )
        assert report.verdict == ("proved" if report else "refuted")
        if report:
            yes += 1
        else:
            check_witness(report.witness, function, rho, out)
    return yes / cases


def test_agrees_with_brute_force_on_random_groups():
    # Both answers are common, or else agreement would mean little.
    assert 0.2 < compare(500, seed=0) < 0.8


@pytest.mark.slow
def test_agrees_with_brute_force_on_ten_thousand_random_groups():
    assert 0.2 < compare(10_000, seed=1) < 0.8


def test_floats_get_the_same_answers_as_fractions():
    rng = np.random.default_rng(2)
    for _ in range(150):
        rho = random_group(rng)
        floats = Representation([np.array(m, dtype=float) for m in rho.generators])
        function = FUNCTIONS[int(rng.integers(len(FUNCTIONS)))]
        exact, rounded = admissible(function, rho), admissible(function, floats)
        assert exact.admissible == rounded.admissible
        assert rounded.verdict == ("numerical" if exact else "refuted")
        assert (exact.scale is None) == (rounded.scale is None)
