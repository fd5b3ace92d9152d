r"""Draws of a pose, or of an order and a pose, from charged particles."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import (
    Canonicalizer,
    CombinedCanonicalizer,
    FrameCanonicalizer,
    HaarCanonicalizer,
    PrincipalAxesCanonicalizer,
    ProductCanonicalizer,
    UniformCanonicalizer,
)
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.nn.vector import ScoreAndFrame, VectorFrame

NBODY_DRAWS: Final[dict[str, str]] = {
    "none": "the particles as they are given: not equivariant, unless the backbone is",
    "uniform": "a uniformly random pose (and order): the sampled group average",
    "frame-averaging": "the principal axes with random signs; all of them in testing (a random order)",
    "learned": "a learned frame (and scores) without noise: learned canonicalization",
    "lps": "a learned frame (and scores) of a noisy input: probabilistic symmetrization",
}
r"""The names of the draws, and what they do."""

_NETWORK: Final = {"in_channels": 1, "channels": 32, "vectors": 8, "num_layers": 2}
_NOISE: Final = 2  # noise vectors of a particle, as many as it has vectors


class WithCharges(torch.nn.Module):
    r"""Lets a vector network see the charges as node features.

    Args:
        network: A module called as ``network(data, vectors)`` that reads ``data.x`` ``[N, 1]``.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, data: GraphLike, vectors: Tensor) -> Any:
        seen = copy.copy(data)
        seen.x = data.charge.view(-1, 1)
        return self.network(seen, vectors)


def nbody_draw(name: str, order: bool) -> Canonicalizer | None:
    r"""Builds the canonicalizer that a name stands for; its poses are rigid motions, :math:`E(3)`.

    Args:
        name: One of :data:`NBODY_DRAWS`.
        order: Whether to draw from :math:`S_n \times E(3)`, for backbones that see the order of the particles.

    Returns:
        The canonicalizer; :obj:`None` for ``"none"``.

    Raises:
        ValueError: If the name is unknown.

    .. code-block:: python

        >>> nbody_draw("frame-averaging", order=False)
        PrincipalAxesCanonicalizer(...)
    """

    def mixed(pose: Canonicalizer) -> Canonicalizer:
        return CombinedCanonicalizer(UniformCanonicalizer(), pose) if order else pose

    def learned(noise_dim: int) -> Canonicalizer:
        head: Callable[..., torch.nn.Module] = ScoreAndFrame if order else VectorFrame
        network = WithCharges(head(2 + noise_dim, 3, **_NETWORK))
        options: dict[str, Any] = {"translation": True, "vectors": ("vel",), "noise_dim": noise_dim}
        if order:
            return ProductCanonicalizer(network, 3, normalize=True, **options)
        return FrameCanonicalizer(network, 3, **options)

    makers: dict[str, Callable[[], Canonicalizer | None]] = {
        "none": lambda: None,
        "uniform": lambda: mixed(HaarCanonicalizer(3, translation=True)),
        "frame-averaging": lambda: mixed(PrincipalAxesCanonicalizer(3, translation=True)),
        "learned": lambda: learned(0),
        "lps": lambda: learned(_NOISE),
    }
    if name not in makers:
        raise ValueError(f"'nbody_draw' expected 'name' among {', '.join(makers)} (got {name!r})")
    return makers[name]()
