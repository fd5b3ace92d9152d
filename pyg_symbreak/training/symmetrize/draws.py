r"""Ways to draw a permutation, and backbones to use it with, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch

from pyg_symbreak.canonicalizers import (
    Canonicalizer,
    ExactCanonicalizer,
    LearnedCanonicalizer,
    RefinementCanonicalizer,
    SpectralCanonicalizer,
    TraversalCanonicalizer,
    UniformCanonicalizer,
)

RELAXATION: Final[dict[str, Any]] = {"temperature": 0.01, "normalize": True}
r"""How learned scores are sorted softly: as the authors of probabilistic symmetrization do on graphs."""

DRAWS: Final[dict[str, str]] = {
    "none": "the nodes as they are numbered: not equivariant",
    "uniform": "a uniformly random order: the sampled group average",
    "exact": "a canonical order, uniform among those that automorphisms make alike",
    "refinement": "colour refinement with random individualization, without a certificate",
    "walk": "a random walk, depth first",
    "walk-exact": "a walk, depth first, that the exact order settles",
    "walk-lps": "a walk, depth first, settled by scores of a noisy input, of a network as it is initialised",
    "spectral": "sorted by eigenspaces of the Laplacian, ties at random",
    "learned": "sorted by learned scores without noise, ties at random: learned canonicalization",
    "lps": "sorted by learned scores of a noisy input: probabilistic symmetrization",
}
r"""The names of the draws of permutations, and what they do."""


def permutation_draw(name: str, in_channels: int, node_attrs: tuple[str, ...] = ("x",)) -> Canonicalizer | None:
    r"""Builds the canonicalizer that a name stands for.

    Args:
        name: One of :data:`DRAWS`.
        in_channels: The number of node features, for those that are learned.
        node_attrs: The node attributes that tell nodes apart, for those that are exact.

    Returns:
        The canonicalizer; :obj:`None` for ``"none"``.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> permutation_draw("spectral", 1)
        SpectralCanonicalizer(...)
    """
    makers: dict[str, Callable[[], Canonicalizer | None]] = {
        "none": lambda: None,
        "uniform": UniformCanonicalizer,
        "exact": lambda: ExactCanonicalizer(node_attrs=node_attrs),
        "refinement": lambda: RefinementCanonicalizer(node_attrs=node_attrs),
        "walk": lambda: TraversalCanonicalizer(strategy="depth"),
        "walk-exact": lambda: TraversalCanonicalizer(ExactCanonicalizer(node_attrs=node_attrs), "depth"),
        "walk-lps": lambda: TraversalCanonicalizer(
            LearnedCanonicalizer(in_channels=in_channels, noise_dim=1, straight_through=False), "depth"
        ).requires_grad_(False),
        "spectral": SpectralCanonicalizer,
        "learned": lambda: LearnedCanonicalizer(in_channels=in_channels, **RELAXATION),
        "lps": lambda: LearnedCanonicalizer(in_channels=in_channels, noise_dim=1, **RELAXATION),
    }
    check_part("draw", name, makers)
    return makers[name]()


def split_method(method: str, draws: Any, backbones: Any) -> tuple[str, str]:
    r"""Takes a method apart.

    Args:
        method: A draw and a backbone, such as ``"lps+mlp"``.
        draws: The names of the draws there are.
        backbones: The names of the backbones there are.

    Raises:
        ValueError: If a part is missing or unknown.

    Example:
        >>> split_method("lps+mlp", ["lps"], ["mlp", "gin-id"])
        ('lps', 'mlp')
    """
    draw, plus, backbone = method.partition("+")
    if not plus:
        raise ValueError(f"'symmetrize' expected a draw and a backbone, as in 'lps+mlp' (got {method!r})")
    check_part("draw", draw, draws)
    check_part("backbone", backbone, backbones)
    return draw, backbone


def check_part(kind: str, name: str, known: Any) -> None:
    r"""Checks the name of a part of a method.

    Raises:
        ValueError: If it is unknown.
    """
    if name not in known:
        raise ValueError(f"'symmetrize' expected a {kind} among {', '.join(known)} (got {name!r})")


def symmetrized(
    backbone: torch.nn.Module, canonicalizer: Canonicalizer | None, draws: int, test_draws: int, output: str
) -> torch.nn.Module:
    r"""Puts backbone and canonicalizer together; without one, the backbone stays as it is.

    Args:
        backbone: The backbone.
        canonicalizer: What draws.
        draws: The number of draws in training.
        test_draws: The number of draws in evaluation.
        output: What the backbone returns, as in :class:`~pyg_symbreak.nn.Symmetrize`.
    """
    from pyg_symbreak.nn import Symmetrize

    if canonicalizer is None:
        return backbone
    return Symmetrize(backbone, canonicalizer, draws, test_draws, output=output)
