r"""Uniformly random poses."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.points import centroid, point_vectors
from pyg_symbreak.groups import Euclidean, Orthogonal
from pyg_symbreak.groups.ragged import GraphLike, node_ptr


class HaarCanonicalizer(Canonicalizer):
    r"""Turns every point cloud at random, whatever it looks like: the baseline of highest entropy for poses.

    With :class:`~pyg_symbreak.nn.Symmetrize` it is the Monte-Carlo group average over :math:`O(d)` or :math:`SO(d)`.

    *Law.* The Haar measure, independent of the input, as in `"How to Generate Random Matrices from the Classical
    Compact Groups" <https://arxiv.org/abs/math-ph/0609050>`_; with ``translation``, about the centroid, since
    translations have no invariant probability.

    Args:
        dim: The dimension :math:`d` of the space.
        special: Whether to draw rotations only.
        translation: Whether to move the centroid to the origin, and so to draw from :math:`E(d)` or :math:`SE(d)`.

    Raises:
        ValueError: If ``data.pos`` is missing or not of shape ``[N, d]``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> cloud = Data(pos=torch.tensor([[1.0, 0.0], [3.0, 0.0]]))
        >>> moved = HaarCanonicalizer(dim=2, translation=True)(cloud).inverse().act_data(cloud)
        >>> moved.pos.norm(dim=1).round()
        tensor([1., 1.])
    """

    def __init__(self, dim: int = 3, *, special: bool = False, translation: bool = False) -> None:
        super().__init__()
        self.dim, self.special, self.translation = dim, special, translation

    @property
    def noise_kinds(self) -> dict[str, str]:
        return {"frame": "graph_vector"}

    def noise(self, data: GraphLike, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the frames, ``frame`` ``[B, d, d]``, one vector a row."""
        ptr = self._check(data)
        turn = Orthogonal.random(ptr, self.dim, special=self.special, dtype=data.pos.dtype, generator=generator)
        return {"frame": turn.matrix.transpose(1, 2)}

    def forward(
        self,
        data: GraphLike,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> Orthogonal | Euclidean:
        ptr = self._check(data)
        noise = self.noise(data, generator=generator) if noise is None else noise
        turn = Orthogonal(noise["frame"].transpose(1, 2), ptr, special=self.special, validate=False)
        return Euclidean(turn, centroid(data.pos, ptr)) if self.translation else turn

    def _check(self, data: GraphLike) -> Tensor:
        ptr = node_ptr(data)
        point_vectors("HaarCanonicalizer", data, ptr, self.dim)
        return ptr

    def extra_repr(self) -> str:
        return f"dim={self.dim}, special={self.special}, translation={self.translation}"
