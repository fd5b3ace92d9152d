r"""The class of every activation of torch, by name and hyper-parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import torch
import torch.nn.functional as F

from pyg_symbreak.equivariance.multiplier import Function, Multiplier

Family = Callable[..., Multiplier]


OTHER_NAMES: Final = {
    **{
        "arctan": "atan",
        "arcsinh": "asinh",
        "absolute": "abs",
        "sgn": "sign",
        "negative": "neg",
        "positive": "identity",
    },
    **{"expit": "sigmoid", "clip": "clamp", "log_sigmoid": "logsigmoid", "fix": "trunc", "swish": "silu"},
    **{"clone": "identity", "scaled_dot_product_attention": "attention"},
}


def plain_name(function: Any) -> str:
    r"""The name under which :data:`FAMILIES` has a function of torch: without suffixes for in-place variants and such.

    .. code-block:: python

        >>> plain_name(torch.relu_), plain_name(torch.special.expit), plain_name(torch.arctan)
        ('relu', 'sigmoid', 'atan')
    """
    name = str(getattr(function, "__name__", "")).rstrip("_").removeprefix("special_")
    return OTHER_NAMES.get(name, name)


def rectifier(name: str, function: Function, slope: float) -> Multiplier:
    r"""The function :math:`x` for positive and ``slope`` :math:`\cdot x` for other :math:`x`.

    With slope 1 that is the identity, with slope -1 the absolute value; any other slope is positively homogeneous.

    .. code-block:: python

        >>> print(rectifier("leaky_relu", F.leaky_relu, 0.01), "|", rectifier("leaky_relu", torch.abs, -1.0))
        leaky_relu: positively homogeneous of degree 1 | leaky_relu: even and homogeneous of degree 1
    """
    _finite(name, slope)
    if slope == 1:
        return Multiplier.straight(name, function)
    return Multiplier.homogeneous(name, function, 1, 1 if slope == -1 else None)


def clamp(min: float | None = None, max: float | None = None, name: str = "clamp") -> Multiplier:
    r"""Values cut to an interval, one of whose ends may be missing.

    .. code-block:: python

        >>> [clamp(*ends).reason for ends in ((-2, 2), (0, None), (0, 6), (None, None))]
        ['odd, not homogeneous', 'positively homogeneous of degree 1', 'neither odd, even nor homogeneous', 'linear']
    """
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"'{name}' expected numbers as ends (got {low}, {high})")

    def function(x: torch.Tensor) -> torch.Tensor:
        return torch.clamp(x, low, high)

    if low >= high:  # torch gives the upper end then
        return Multiplier.fixed(name, function, high)
    if (low, high) == (-math.inf, math.inf):
        return Multiplier.straight(name, function)
    if low == -high:
        return Multiplier.odd(name, function)
    if (low, high) in ((0, math.inf), (-math.inf, 0)):
        return Multiplier.homogeneous(name, function)
    return Multiplier.generic(name, function)


def _leaky_relu(negative_slope: float = 0.01) -> Multiplier:
    return rectifier("leaky_relu", lambda x: F.leaky_relu(x, negative_slope), negative_slope)


def _rrelu(lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Multiplier:
    if training and lower != upper:
        return Multiplier.not_pointwise("rrelu", "random slopes in training; in evaluation, a leaky ReLU")
    middle = (lower + upper) / 2
    return rectifier("rrelu", lambda x: F.leaky_relu(x, middle), middle)


def _threshold(threshold: float, value: float) -> Multiplier:
    def function(x: torch.Tensor) -> torch.Tensor:
        return F.threshold(x, threshold, value)

    if threshold == -math.inf:
        return Multiplier.straight("threshold", function)
    if threshold == math.inf:
        return Multiplier.fixed("threshold", function, value)
    if threshold == value == 0:
        return Multiplier.homogeneous("threshold", function)
    return Multiplier.generic("threshold", function)


def _hardtanh(min_val: float = -1.0, max_val: float = 1.0) -> Multiplier:
    return clamp(min_val, max_val, "hardtanh")


def _elu(alpha: float = 1.0) -> Multiplier:
    def function(x: torch.Tensor) -> torch.Tensor:
        return F.elu(x, alpha)

    _finite("elu", alpha)
    return Multiplier.homogeneous("elu", function) if alpha == 0 else Multiplier.generic("elu", function)


def _celu(alpha: float = 1.0) -> Multiplier:
    if alpha == 0 or not math.isfinite(alpha):
        raise ValueError(f"'celu' expected a finite alpha that is not zero (got {alpha})")
    return Multiplier.generic("celu", lambda x: F.celu(x, alpha))


def _gelu(approximate: str = "none") -> Multiplier:
    return Multiplier.generic("gelu", lambda x: F.gelu(x, approximate=approximate))


def _softplus(beta: float = 1.0, threshold: float = 20.0) -> Multiplier:
    def function(x: torch.Tensor) -> torch.Tensor:
        return F.softplus(x, beta, threshold)

    if beta == 0 or not math.isfinite(beta):
        raise ValueError(f"'softplus' expected a finite beta that is not zero (got {beta})")
    made = Multiplier.straight if threshold == -math.inf else Multiplier.generic
    return made("softplus", function)


def _hardshrink(lambd: float = 0.5) -> Multiplier:
    def function(x: torch.Tensor) -> torch.Tensor:
        return F.hardshrink(x, lambd)

    if lambd <= 0:  # no number lies between, or zero alone does, which stays zero
        return Multiplier.straight("hardshrink", function)
    return Multiplier.fixed("hardshrink", function, 0) if lambd == math.inf else Multiplier.odd("hardshrink", function)


def _softshrink(lambd: float = 0.5) -> Multiplier:
    def function(x: torch.Tensor) -> torch.Tensor:
        return F.softshrink(x, lambd)

    if lambd < 0 or not math.isfinite(lambd):
        raise ValueError(f"'softshrink' expected a finite lambda that is not negative (got {lambd})")
    return Multiplier.straight("softshrink", function) if lambd == 0 else Multiplier.odd("softshrink", function)


def _prelu(weight: torch.Tensor) -> Multiplier:
    slopes = [float(slope) for slope in weight.detach().flatten()]

    def function(x: torch.Tensor) -> torch.Tensor:
        return F.prelu(x, weight.detach().to(x))

    parts = tuple(
        rectifier(f"prelu[{k}]", lambda x, slope=slope: F.leaky_relu(x, slope), slope)  # type: ignore[misc]
        for k, slope in enumerate(slopes)
    )
    if len(set(slopes)) > 1:
        return Multiplier.by_channel("prelu", function, parts)
    return rectifier("prelu", lambda x: F.leaky_relu(x, slopes[0]), slopes[0])


def _dropout(p: float = 0.5, training: bool = True) -> Multiplier:
    if training and p == 1:
        return Multiplier.fixed("dropout", torch.zeros_like, 0)
    if training and p > 0:
        return Multiplier.not_pointwise("dropout", "random in training; in evaluation, the identity")
    return Multiplier.straight("dropout", torch.clone)


def _alpha_dropout(p: float = 0.5, training: bool = False) -> Multiplier:
    if training and p > 0:
        return Multiplier.not_pointwise("alpha_dropout", "random in training; in evaluation, the identity")
    return Multiplier.straight("alpha_dropout", torch.clone)


def _pow(exponent: float) -> Multiplier:
    if not math.isfinite(exponent) or exponent != int(exponent) or exponent < 0:
        raise ValueError(f"'pow' expected an exponent with values on all real numbers (got {exponent})")
    return _monomial("pow", lambda x: torch.pow(x, exponent), int(exponent))


def _monomial(name: str, function: Function, degree: int) -> Multiplier:
    if degree == 0:
        return Multiplier.fixed(name, function, 1)
    if degree == 1:
        return Multiplier.straight(name, function)
    return Multiplier.homogeneous(name, function, degree, (-1) ** degree)


def _finite(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"'{name}' expected a finite parameter (got {value})")


def _plain(made: Callable[..., Multiplier], *functions: Any) -> dict[str, Family]:
    def family(name: str, function: Function) -> Family:
        return lambda: made(name, function)

    return {plain_name(function): family(plain_name(function), function) for function in functions}


def _mixing(*names: str) -> dict[str, Family]:
    def family(name: str) -> Family:
        return lambda **_: Multiplier.not_pointwise(name, "its output depends on other entries")

    return {name: family(name) for name in names}


FAMILIES: Final[dict[str, Family]] = {
    **_plain(
        Multiplier.generic,
        *(F.relu6, F.selu, F.silu, F.mish, F.hardswish, F.hardsigmoid, F.logsigmoid, torch.sigmoid),
        *(torch.exp, torch.expm1, torch.exp2, torch.erfc, torch.floor, torch.ceil),
        *(torch.special.ndtr, torch.special.log_ndtr, torch.special.erfcx),
    ),
    **_plain(
        Multiplier.odd,
        *(F.softsign, F.tanhshrink, torch.tanh, torch.sin, torch.sinh, torch.tan, torch.atan, torch.asinh, torch.erf),
        *(torch.trunc, torch.round, torch.frac, torch.special.i1, torch.special.i1e, torch.special.bessel_j1),
    ),
    **_plain(
        Multiplier.even,
        *(torch.cos, torch.cosh, torch.sinc, torch.i0, torch.special.i0e, torch.special.bessel_j0),
    ),
    **_plain(Multiplier.homogeneous, torch.relu),
    "abs": lambda: Multiplier.homogeneous("abs", torch.abs, 1, 1),
    "square": lambda: Multiplier.homogeneous("square", torch.square, 2, 1),
    "sign": lambda: Multiplier.homogeneous("sign", torch.sign, 0, -1),
    "identity": lambda: Multiplier.straight("identity", torch.clone),
    "neg": lambda: Multiplier.straight("neg", torch.neg, -1),
    "deg2rad": lambda: Multiplier.straight("deg2rad", torch.deg2rad, math.pi / 180),
    "rad2deg": lambda: Multiplier.straight("rad2deg", torch.rad2deg, 180 / math.pi),
    "zeros_like": lambda: Multiplier.fixed("zeros_like", torch.zeros_like, 0),
    "ones_like": lambda: Multiplier.fixed("ones_like", torch.ones_like, 1),
    "leaky_relu": _leaky_relu,
    "rrelu": _rrelu,
    "threshold": _threshold,
    "hardtanh": _hardtanh,
    "clamp": clamp,
    "elu": _elu,
    "celu": _celu,
    "gelu": _gelu,
    "softplus": _softplus,
    "hardshrink": _hardshrink,
    "softshrink": _softshrink,
    "prelu": _prelu,
    "dropout": _dropout,
    "alpha_dropout": _alpha_dropout,
    "feature_alpha_dropout": _alpha_dropout,
    "pow": _pow,
    **_mixing(
        "softmax", "softmin", "log_softmax", "glu", "gumbel_softmax", "normalize", "attention", "maxout", "crelu"
    ),
}
r"""From the name of a function, as in :mod:`torch` or :mod:`torch.nn.functional`, to what classifies it.

Each takes the hyper-parameters of that function by their names in torch, with the same defaults.

.. code-block:: python

    >>> FAMILIES["leaky_relu"](negative_slope=0.2).reason
    'positively homogeneous of degree 1'
"""
