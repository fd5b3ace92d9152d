r"""Models of charged particles by name, and how they are trained well in minutes on a CPU core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch

from pyg_symbreak.models.nbody.draws import NBODY_DRAWS, nbody_draw
from pyg_symbreak.models.nbody.egnn import ParticleEGNN
from pyg_symbreak.models.nbody.gnn import ParticleGNN
from pyg_symbreak.models.nbody.transformer import ParticleTransformer
from pyg_symbreak.nn import Symmetrize

NBODY_BACKBONES: Final[dict[str, str]] = {
    "transformer": "a transformer over the particles, which sees their order and coordinates",
    "gnn": "message passing on coordinates, equivariant to the order only",
    "egnn": "an E(n)-equivariant graph network, the reference, which needs no draw",
    "transformer-plain": "the transformer on the inputs of the papers: no inverse distances, particles that stay",
    "gnn-plain": "the graph network on the inputs of the papers: no inverse distances, particles that stay",
    "egnn-plain": "the E(n)-equivariant graph network on the inputs of its paper: no inverse distances",
}
r"""The names of the backbones, and what they are."""


@dataclass(frozen=True)
class NBodySettings:
    r"""How a model of charged particles is trained; one annotated line each."""

    epochs: int = 130  # passes over the training set
    batch_size: int = 100  # simulations a step
    learning_rate: float = 2e-3  # the largest rate of AdamW, after a warm-up; down to zero by a cosine
    warmup: float = 0.05  # share of all steps on the way up
    beta2: float = 0.99  # decay of AdamW's mean of squares
    weight_decay: float = 1e-4  # decoupled
    gradient_clip: float = 1.0  # largest norm of the gradient
    ema_decay: float = 0.999  # decay of the running mean of the weights, which is validated and tested
    entropy: float = 0.1  # weight of the entropy of relaxed permutations
    draws: int = 1  # draws of each simulation in training
    test_draws: int = 20  # draws of each simulation in testing


def nbody_settings(draw: str, backbone: str) -> NBodySettings:
    r"""The recommended settings of a method.

    Args:
        draw: One of :data:`~pyg_symbreak.models.nbody.draws.NBODY_DRAWS`.
        backbone: One of :data:`NBODY_BACKBONES`.

    Raises:
        ValueError: If a name is unknown.

    .. code-block:: python

        >>> nbody_settings("learned", "gnn").test_draws
        1
    """
    _check(draw, backbone)
    one = draw in ("none", "learned")
    return NBodySettings(test_draws=1 if one else 20)


def build_nbody(
    draw: str, backbone: str, num_draws: int = 1, num_draws_eval: int | str | None = None, **options: Any
) -> torch.nn.Module:
    r"""Builds a module that maps a batch of :class:`~pyg_symbreak.datasets.nbody.NBody` to the positions one unit of
    time later, ``[N, 3]``.

    The transformer is symmetrized over :math:`S_n \times E(3)`, the graph network over :math:`E(3)`.

    Args:
        draw: One of :data:`~pyg_symbreak.models.nbody.draws.NBODY_DRAWS`.
        backbone: One of :data:`NBODY_BACKBONES`.
        num_draws: The number of draws in training.
        num_draws_eval: The number of draws in testing; ``"all"`` for all signs of principal axes.
        **options: More arguments of the backbone, such as ``radial=False``.

    Raises:
        ValueError: If a name is unknown.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(pos=torch.randn(5, 3), vel=torch.randn(5, 3), charge=torch.ones(5))
        >>> build_nbody("lps", "transformer", num_draws_eval=20).eval()(data).shape
        torch.Size([5, 3])
    """
    make, settings = _check(draw, backbone)
    network = make(**(settings | options))
    canonicalizer = nbody_draw(draw, order=isinstance(network, ParticleTransformer))
    if canonicalizer is None:
        return network
    return Symmetrize(network, canonicalizer, num_draws, num_draws_eval, output="point")


def _check(draw: str, backbone: str) -> tuple[Callable[..., torch.nn.Module], dict[str, Any]]:
    """The class of a backbone and its arguments, after a check of both names."""
    for kind, name, known in (("draw", draw, NBODY_DRAWS), ("backbone", backbone, NBODY_BACKBONES)):
        if name not in known:
            raise ValueError(f"'build_nbody' expected '{kind}' among {', '.join(known)} (got {name!r})")
    plain: dict[str, Any] = {"radial": False, "moving": False}
    makers: dict[str, tuple[Callable[..., torch.nn.Module], dict[str, Any]]] = {
        "transformer": (ParticleTransformer, {}),
        "gnn": (ParticleGNN, {}),
        "egnn": (ParticleEGNN, {}),
        "transformer-plain": (ParticleTransformer, plain),
        "gnn-plain": (ParticleGNN, plain),
        "egnn-plain": (ParticleEGNN, {"radial": False}),
    }
    return makers[backbone]
