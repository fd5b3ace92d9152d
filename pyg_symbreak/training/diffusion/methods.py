r"""The methods of the comparison of generators by name: presets of the hyper-parameters of the model."""

from __future__ import annotations

from typing import Any, Final

from pyg_symbreak.models.diffusion.config import RANKED, SYMMETRY_BREAKING

OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "clean": {"draw_from": "clean"},
    "noisy": {"draw_from": "noisy"},
    "no-walk": {"walk": "none"},
    "breadth": {"walk": "breadth"},
    "depth": {"walk": "depth"},
    "time": {"modulation": "time"},
    "nodes": {"pair_vector_dim": 0},
    "drop": {"encoding_dropout": 0.1},
}
r"""What can follow the way to break symmetries, each after an ``@``, and the hyper-parameters it stands for."""

_OF_RANKS: Final = ("clean", "noisy", "no-walk", "breadth", "depth")

METHODS: Final = SYMMETRY_BREAKING
r"""The names without options."""

COMPARED: Final = ("none", "noise", "uniform", "sympe-exact", "sympe-exact@noisy", "sympe-learned")
r"""The methods that are compared by default."""


def method_options(name: str) -> dict[str, Any]:
    r"""Returns the hyper-parameters that a method sets; all others keep their defaults.

    Args:
        name: One of :data:`METHODS`, then any of :data:`OPTIONS` after an ``@`` each: ``"sympe-exact@noisy@time"``.

    Raises:
        ValueError: If the way to break symmetries or an option is unknown, an option is given twice or contradicts
            another, or an option about the order of the nodes is given to a method that does not order them.

    Example:
        >>> method_options("sympe-exact@noisy")
        {'symmetry_breaking': 'sympe-exact', 'draw_from': 'noisy'}
    """
    breaking, *chosen = name.split("@")
    if breaking not in METHODS:
        raise ValueError(f"'method_options' expected a method among {', '.join(METHODS)} (got {name!r})")
    options: dict[str, Any] = {"symmetry_breaking": breaking}
    known = [option for option in OPTIONS if breaking != "none" and (breaking in RANKED or option not in _OF_RANKS)]
    for option in chosen:
        if option not in known:
            allowed = ", ".join(known) or "nothing"
            raise ValueError(f"'method_options' expected {allowed} after {breaking!r} (got {option!r} in {name!r})")
        if options.keys() & OPTIONS[option].keys():
            raise ValueError(f"'method_options' expected options that agree (got {name!r})")
        options.update(OPTIONS[option])
    return options
