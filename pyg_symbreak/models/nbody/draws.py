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
_VECTORS: Final = 2  # position and velocity


class NoisyCharges(torch.nn.Module):
    r"""Lets a vector network see the charges as node features, and the vectors only through the noise.

    Noise beside the vectors can be learned to be ignored, and a draw that is no longer random is no longer new in every
    step: the backbone then learns three thousand poses by heart. Noise that is added, as in `"Learning Probabilistic
    Symmetrization for Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_, stays.

    Args:
        network: A module called as ``network(data, vectors)`` that reads ``data.x`` ``[N, 1]``.
        num_vectors: The number :math:`C` of vectors of a particle; as many noise vectors may follow them.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(charge=torch.ones(5), num_nodes=5)
        >>> NoisyCharges(VectorFrame(2, 3, in_channels=1), 2)(data, torch.randn(5, 4, 3)).shape
        torch.Size([1, 3, 3])
    """

    def __init__(self, network: torch.nn.Module, num_vectors: int) -> None:
        super().__init__()
        self.network, self.num_vectors = network, num_vectors

    def forward(self, data: GraphLike, vectors: Tensor) -> Any:
        seen = copy.copy(data)
        seen.x = data.charge.view(-1, 1)
        vectors, noise = vectors[:, : self.num_vectors], vectors[:, self.num_vectors :]
        return self.network(seen, vectors + noise if noise.size(1) > 0 else vectors)


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
        network = NoisyCharges(head(_VECTORS, 3, **_NETWORK), _VECTORS)
        options: dict[str, Any] = {"translation": True, "vectors": ("vel",), "noise_dim": noise_dim}
        if order:
            return ProductCanonicalizer(network, 3, normalize=True, **options)
        return FrameCanonicalizer(network, 3, **options)

    makers: dict[str, Callable[[], Canonicalizer | None]] = {
        "none": lambda: None,
        "uniform": lambda: mixed(HaarCanonicalizer(3, translation=True)),
        "frame-averaging": lambda: mixed(PrincipalAxesCanonicalizer(3, translation=True)),
        "learned": lambda: learned(0),
        "lps": lambda: learned(_VECTORS),
    }
    if name not in makers:
        raise ValueError(f"'nbody_draw' expected 'name' among {', '.join(makers)} (got {name!r})")
    return makers[name]()
