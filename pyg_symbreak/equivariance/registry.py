r"""The multiplier group of whatever a user calls an activation."""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
from collections.abc import Callable
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations

from pyg_symbreak.equivariance.families import FAMILIES, OTHER_NAMES, plain_name
from pyg_symbreak.equivariance.multiplier import Multiplier
from pyg_symbreak.equivariance.probe import check_pointwise
from pyg_symbreak.equivariance.symbolic import is_expression, multiplier_of_expression

MODULES: Final[dict[type[nn.Module], tuple[str, tuple[str, ...]]]] = {
    nn.Threshold: ("threshold", ("threshold", "value")),
    nn.ReLU: ("relu", ()),
    nn.RReLU: ("rrelu", ("lower", "upper", "training")),
    nn.Hardtanh: ("hardtanh", ("min_val", "max_val")),
    nn.ReLU6: ("relu6", ()),
    nn.Sigmoid: ("sigmoid", ()),
    nn.Hardsigmoid: ("hardsigmoid", ()),
    nn.Tanh: ("tanh", ()),
    nn.SiLU: ("silu", ()),
    nn.Mish: ("mish", ()),
    nn.Hardswish: ("hardswish", ()),
    nn.ELU: ("elu", ("alpha",)),
    nn.CELU: ("celu", ("alpha",)),
    nn.SELU: ("selu", ()),
    nn.GLU: ("glu", ()),
    nn.GELU: ("gelu", ("approximate",)),
    nn.Hardshrink: ("hardshrink", ("lambd",)),
    nn.LeakyReLU: ("leaky_relu", ("negative_slope",)),
    nn.LogSigmoid: ("logsigmoid", ()),
    nn.Softplus: ("softplus", ("beta", "threshold")),
    nn.Softshrink: ("softshrink", ("lambd",)),
    nn.MultiheadAttention: ("attention", ()),
    nn.PReLU: ("prelu", ("weight",)),
    nn.Softsign: ("softsign", ()),
    nn.Tanhshrink: ("tanhshrink", ()),
    nn.Softmin: ("softmin", ()),
    nn.Softmax: ("softmax", ()),
    nn.Softmax2d: ("softmax", ()),
    nn.LogSoftmax: ("log_softmax", ()),
    nn.Identity: ("identity", ()),
    nn.LayerNorm: ("normalize", ()),
    nn.GroupNorm: ("normalize", ()),
    **dict.fromkeys((nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d), ("dropout", ("p", "training"))),
    **dict.fromkeys((nn.AlphaDropout, nn.FeatureAlphaDropout), ("alpha_dropout", ("p", "training"))),
}
"""From classes in :mod:`torch.nn` to names in ``FAMILIES`` and the attributes that hold the hyper-parameters."""

if hasattr(nn, "RMSNorm"):
    MODULES[nn.RMSNorm] = ("normalize", ())


def _functions() -> dict[Any, str]:
    spaces = (torch, F, torch.special, torch.Tensor)
    names = {*FAMILIES, *OTHER_NAMES}
    found = {}
    for space in spaces:
        for name in names:
            for variant in (name, f"{name}_"):
                function = getattr(space, variant, None)
                if callable(function):
                    found[function] = OTHER_NAMES.get(name, name)
    return found


FUNCTIONS: Final = _functions()
"""From functions of torch to names in ``FAMILIES``."""

_REGISTERED: dict[Any, Multiplier | Callable[[Any], Multiplier]] = {}


def multiplier_of(activation: Any, **parameters: Any) -> Multiplier:
    r"""The multiplier group of an activation, with its character.

    Args:
        activation: One of

            - a module of :mod:`torch.nn`: exact, for its class, its hyper-parameters and its mode; parameters that
              are learned are read as they are now;
            - a function of :mod:`torch` or :mod:`torch.nn.functional`, also with hyper-parameters bound by
              :func:`functools.partial`: exact;
            - a name: of such a function (``"relu"``) or a module with its arguments (``"LeakyReLU(0.2)"``): exact;
            - a sympy expression in one symbol: exact where sympy can decide, otherwise assumed;
            - whatever :func:`register_activation` knows;
            - any other callable that maps tensors entry by entry or numbers to numbers: a black box, of which values
              on a grid can refute something but prove nothing, so that the rest is assumed;
            - a :class:`Multiplier`, which is returned.
        **parameters: Hyper-parameters, for a function or its name.

    Raises:
        ValueError: If the name is not known; if a hyper-parameter is out of range; if a black box is no function of
            one real variable: it has state, is random, mixes entries, or has no value somewhere.
        TypeError: If it is nothing of all this.

    .. code-block:: python

        >>> print(multiplier_of(nn.LeakyReLU(0.1)))
        leaky_relu: positively homogeneous of degree 1
        >>> print(multiplier_of("LeakyReLU(-1)"))
        leaky_relu: even and homogeneous of degree 1
        >>> print(multiplier_of(torch.clamp, min=-3, max=3))
        clamp: odd, not homogeneous
        >>> mine = multiplier_of(lambda x: x / (1 + x * x))
        >>> str(mine.group), mine.exact
        ('{±1}', False)
    """
    if isinstance(activation, str):
        return _named(activation, parameters)
    if isinstance(activation, functools.partial) and not activation.args:
        return multiplier_of(activation.func, **{**activation.keywords, **parameters})
    if isinstance(activation, Multiplier):
        return activation
    known = _registered(activation)
    if known is not None:
        return known
    if isinstance(activation, nn.Module):
        return _of_module(activation)
    if is_expression(activation):
        return multiplier_of_expression(activation)
    if not callable(activation):
        raise TypeError(
            f"'multiplier_of' expected a module, a function, a name or a sympy expression "
            f"(got {type(activation).__name__})"
        )
    if _hashable(activation) and activation in FUNCTIONS:
        return _family(FUNCTIONS[activation], parameters)
    name = plain_name(activation) or type(activation).__name__
    if parameters:
        activation = functools.partial(activation, **parameters)
    return _black_box("a lambda" if name == "<lambda>" else name, activation)


def register_activation(target: Any, multiplier: Multiplier | Callable[[Any], Multiplier]) -> None:
    r"""Tell the multiplier group of a function, or of all modules of a class.

    Nothing of it is checked: whoever registers has a proof.

    Args:
        target: The function, or the class of modules (exactly this class, as a subclass may do something else).
        multiplier: The group, or for a class what makes it from a module.

    .. code-block:: python

        >>> def cube(x):
        ...     return x**3
        >>> register_activation(cube, Multiplier.homogeneous("cube", cube, 3, -1))
        >>> multiplier_of(cube).character(2)
        8
    """
    if not callable(target):
        raise TypeError(f"'register_activation' expected a function or a class (got {type(target).__name__})")
    if not isinstance(multiplier, Multiplier) and not callable(multiplier):
        raise TypeError(f"'register_activation' expected a Multiplier or a maker (got {type(multiplier).__name__})")
    _REGISTERED[target] = multiplier


def _registered(activation: Any) -> Multiplier | None:
    for key in (activation, type(activation)):
        if _hashable(key) and key in _REGISTERED:
            made = _REGISTERED[key]
            return made if isinstance(made, Multiplier) else made(activation)
    return None


def _of_module(module: nn.Module) -> Multiplier:
    kind = type_before_parametrizations(module)
    if isinstance(module, nn.modules.batchnorm._NormBase):
        raise ValueError(
            f"'multiplier_of' expected a function without state or chance (got {kind.__name__}, which remembers "
            f"statistics; 'lint' checks its affine parameters)"
        )
    # Hooks may change what a module returns.
    hooked = bool(module._forward_hooks or module._forward_pre_hooks)
    if kind in MODULES and not hooked:
        name, attributes = MODULES[kind]
        return _family(name, {attribute: getattr(module, attribute) for attribute in attributes})
    if kind is nn.Sequential and not hooked:
        acting = [part for part in module.children() if type(part) is not nn.Identity]
        if len(acting) == 1:
            return multiplier_of(acting[0])
    return _black_box(kind.__name__, copy.deepcopy(module).cpu().double())  # as the points are


def _family(name: str, parameters: dict[str, Any]) -> Multiplier:
    wanted = {key: value for key, value in parameters.items() if key != "inplace"}
    try:
        return FAMILIES[name](**wanted)
    except TypeError as error:
        raise ValueError(f"'multiplier_of' expected hyper-parameters of '{name}' (got {wanted}: {error})") from error


def _named(text: str, parameters: dict[str, Any]) -> Multiplier:
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else None
        head = tree if call is None else call.func
        values = [ast.literal_eval(node) for node in (call.args if call else ())]
        keywords = {str(node.arg): ast.literal_eval(node.value) for node in (call.keywords if call else ())}
    except (SyntaxError, ValueError):
        head, values, keywords = ast.Constant(None), [], {}
    name = head.id if isinstance(head, ast.Name) else ""
    short = name.lower().removesuffix("_")
    short = OTHER_NAMES.get(short, short)
    if name not in {kind.__name__ for kind in MODULES} and short in FAMILIES and not values:
        return _family(short, {**keywords, **parameters})
    classes = {kind.__name__.lower(): kind for kind in MODULES}
    if name.lower() in classes:
        try:
            return multiplier_of(classes[name.lower()](*values, **keywords, **parameters))
        except TypeError as error:
            raise ValueError(f"'multiplier_of' expected the arguments of '{name}' (got {text}: {error})") from error
    raise ValueError(
        f"'multiplier_of' expected the name of a function or a module of torch, with its arguments (got '{text}')"
    )


def _black_box(name: str, function: Callable[[Any], Any]) -> Multiplier:
    # A check must not teach the function of the user anything, nor move the stream of random numbers.
    with contextlib.suppress(Exception):
        function = copy.deepcopy(function)
    with torch.random.fork_rng(devices=[]):
        return Multiplier.black_box(name, check_pointwise(function, name))


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def is_known(module: nn.Module) -> bool:
    r"""Whether a module is classified by its class, so that nobody has to look inside.

    .. code-block:: python

        >>> is_known(nn.ReLU()), is_known(nn.Sequential())
        (True, False)
    """
    kind = type_before_parametrizations(module)
    return kind in MODULES or kind in _REGISTERED
