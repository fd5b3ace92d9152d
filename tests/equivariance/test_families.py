import functools
import math

import pytest
import torch
import torch.nn.functional as F

from pyg_symbreak.equivariance.families import FAMILIES, clamp, plain_name, rectifier
from tests.equivariance.probing import agrees

NEEDED = {
    "threshold": {"threshold": 0.3, "value": 2.0},
    "prelu": {"weight": torch.tensor([0.3])},
    "pow": {"exponent": 3},
}


def cases():
    for name, family in FAMILIES.items():
        yield name, functools.partial(family, **NEEDED.get(name, {}))
    for name, parameters in [
        ("leaky_relu", {"negative_slope": 1.0}),
        ("leaky_relu", {"negative_slope": -1.0}),
        ("leaky_relu", {"negative_slope": 0.0}),
        ("leaky_relu", {"negative_slope": -0.5}),
        ("leaky_relu", {"negative_slope": 2.0}),
        ("rrelu", {"lower": 1.0, "upper": 1.0, "training": True}),
        ("rrelu", {"lower": -1.5, "upper": -0.5}),
        ("threshold", {"threshold": 0.0, "value": 0.0}),
        ("threshold", {"threshold": 0.0, "value": 1.0}),
        ("threshold", {"threshold": 1.0, "value": 0.0}),
        ("threshold", {"threshold": -1.0, "value": -1.0}),
        ("threshold", {"threshold": -math.inf, "value": -1.0}),
        ("threshold", {"threshold": math.inf, "value": -1.0}),
        ("hardtanh", {"min_val": -2.0, "max_val": 2.0}),
        ("hardtanh", {"min_val": -2.0, "max_val": 1.0}),
        ("hardtanh", {"min_val": 1.0, "max_val": 2.0}),
        ("clamp", {"min": 0}),
        ("clamp", {"max": 0}),
        ("clamp", {"min": 0.5}),
        ("clamp", {"min": 3, "max": 2}),
        ("elu", {"alpha": 0.0}),
        ("elu", {"alpha": 3.0}),
        ("elu", {"alpha": -1.0}),
        ("celu", {"alpha": 0.5}),
        ("celu", {"alpha": -0.5}),
        ("gelu", {"approximate": "tanh"}),
        ("softplus", {"beta": 2.0, "threshold": 5.0}),
        ("softplus", {"beta": -1.0}),
        ("softplus", {"threshold": -math.inf}),
        ("hardshrink", {"lambd": 0.0}),
        ("hardshrink", {"lambd": -1.0}),
        ("hardshrink", {"lambd": math.inf}),
        ("softshrink", {"lambd": 0.0}),
        ("softshrink", {"lambd": 2.0}),
        ("prelu", {"weight": torch.tensor([0.5, 0.5])}),
        ("prelu", {"weight": torch.tensor([-1.0])}),
        ("dropout", {"training": False}),
        ("dropout", {"p": 1.0}),
        ("dropout", {"p": 0.0}),
        ("alpha_dropout", {"training": True, "p": 0.0}),
        ("pow", {"exponent": 0}),
        ("pow", {"exponent": 1}),
        ("pow", {"exponent": 2}),
    ]:
        yield f"{name}{sorted(parameters.items())}", functools.partial(FAMILIES[name], **parameters)


CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_every_family_agrees_with_its_numbers(name):
    made = CASES[name]()
    assert made.exact
    assert made.reason
    if made.pointwise:
        assert agrees(made, made.function)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("leaky_relu", {"negative_slope": 0.3}),
        ("threshold", {"threshold": 0.3, "value": 2.0}),
        ("hardtanh", {"min_val": -2.0, "max_val": 1.0}),
        ("elu", {"alpha": 2.0}),
        ("celu", {"alpha": 2.0}),
        ("gelu", {"approximate": "tanh"}),
        ("softplus", {"beta": 2.0, "threshold": 3.0}),
        ("hardshrink", {"lambd": 0.7}),
        ("softshrink", {"lambd": 0.7}),
        ("rrelu", {"lower": 0.1, "upper": 0.5}),
        ("prelu", {"weight": torch.tensor([0.3], dtype=torch.float64)}),
        ("dropout", {"training": False}),
    ],
)
def test_hyper_parameters_mean_what_they_mean_in_torch(name, parameters):
    x = 4 * torch.randn(500, dtype=torch.float64)
    torch.testing.assert_close(FAMILIES[name](**parameters).function(x), getattr(F, name)(x, **parameters))


def test_not_pointwise():
    for name in ("softmax", "glu", "normalize", "maxout"):
        assert not FAMILIES[name]().pointwise
    assert not FAMILIES["rrelu"](training=True).pointwise
    assert not FAMILIES["dropout"](training=True).pointwise
    assert not FAMILIES["alpha_dropout"](training=True).pointwise


def test_prelu_reads_its_slopes():
    several = FAMILIES["prelu"](weight=torch.tensor([0.1, 1.0, -1.0]))
    assert [part.group.kind for part in several.parts] == ["positive", "all", "all"]
    assert [part.affine for part in several.parts] == [None, (1, 0), None]
    x = torch.tensor([-2.0, 3.0], dtype=torch.float64)
    assert [part.function(x).tolist() for part in several.parts] == [
        [pytest.approx(-0.2), 3.0],
        [-2.0, 3.0],
        [2.0, 3.0],
    ]
    assert FAMILIES["prelu"](weight=torch.tensor([0.1, 0.1])).parts == ()


def test_names():
    assert plain_name(torch.special.i0e) == "i0e"
    assert plain_name(F.leaky_relu_) == "leaky_relu"
    assert rectifier("mine", torch.relu, 0.0).name == "mine"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: FAMILIES["softplus"](beta=0.0), "'softplus' expected a finite beta"),
        (lambda: FAMILIES["celu"](alpha=0.0), "'celu' expected a finite alpha"),
        (lambda: FAMILIES["elu"](alpha=math.nan), "'elu' expected a finite parameter"),
        (
            lambda: FAMILIES["leaky_relu"](negative_slope=math.nan),
            r"'leaky_relu' expected a finite parameter \(got nan",
        ),
        (lambda: FAMILIES["softshrink"](lambd=-1.0), "'softshrink' expected a finite lambda"),
        (lambda: FAMILIES["pow"](exponent=0.5), "'pow' expected an exponent"),
        (lambda: FAMILIES["pow"](exponent=-1), "'pow' expected an exponent"),
        (lambda: FAMILIES["pow"](exponent=float("inf")), "'pow' expected an exponent"),
        (lambda: clamp(math.nan, 1), "'clamp' expected numbers as ends"),
    ],
)
def test_bad_hyper_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()
