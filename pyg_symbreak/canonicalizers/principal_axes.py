r"""The principal axes of the points of each graph."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.gram_schmidt import gram_schmidt
from pyg_symbreak.canonicalizers.points import centroid, gaussian, point_vectors
from pyg_symbreak.canonicalizers.ties import tie_cells
from pyg_symbreak.groups import Euclidean, Orthogonal
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, repeat_ptr, segment_mean


class PrincipalAxesCanonicalizer(Canonicalizer):
    r"""Turns every point cloud into its principal axes, the frames of `"Frame Averaging for Invariant and Equivariant
    Network Design" <https://arxiv.org/abs/2110.03336>`_.

    The axes are the eigenvectors of the covariance of the points, the largest variance first, and are the columns of
    the matrix of the drawn element. They are taken about the centroid, with or without ``translation``.

    *Law.* Eigenvectors are determined up to sign: uniform on the :math:`2^d` choices of signs, or on the
    :math:`2^{d-1}` of them with determinant one if ``special``. Variances that differ by at most ``resolution``
    (relative to the largest) belong to one eigenspace, and the axes within it are uniform (Haar). For such a graph (a
    square, a straight line in space, a single point) the support is not finite, and :meth:`elements` lists the sign
    choices of one random draw; the mean over them is then equivariant in law, and exactly so only for a graph with
    separate variances.

    No gradient passes from the axes to the points.

    Args:
        dim: The dimension :math:`d` of the space, at least two.
        special: Whether to draw rotations only.
        translation: Whether to move the centroid to the origin, and so to draw from :math:`E(d)` or :math:`SE(d)`.
        resolution: The largest relative difference of variances that belong together.

    Raises:
        ValueError: If an argument is out of range, or ``data.pos`` is not of shape ``[N, d]``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> cloud = Data(pos=torch.tensor([[0.0, 1.0], [0.0, 5.0], [1.0, 3.0], [-1.0, 3.0]]))
        >>> PrincipalAxesCanonicalizer(dim=2, translation=True)(cloud).inverse().act_data(cloud).pos.abs()
        tensor([[2., 0.],
                [2., 0.],
                [0., 1.],
                [0., 1.]])
    """

    def __init__(
        self, dim: int = 3, *, special: bool = False, translation: bool = False, resolution: float = 1e-4
    ) -> None:
        super().__init__()
        if dim < 2:
            raise ValueError(f"'PrincipalAxesCanonicalizer' expected 'dim' to be at least 2 (got {dim})")
        if not resolution > 0:
            raise ValueError(f"'PrincipalAxesCanonicalizer' expected 'resolution' to be positive (got {resolution})")
        self.dim, self.special, self.translation, self.resolution = dim, special, translation, resolution

    @property
    def noise_kinds(self) -> dict[str, str]:
        return {"axes": "graph_vector"}

    def noise(self, data: GraphLike, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the directions that the axes turn to, ``axes`` ``[B, d, d]``, independent and Gaussian."""
        like = data.pos if isinstance(data.pos, Tensor) else torch.empty(0)
        return {"axes": gaussian((node_ptr(data).numel() - 1, self.dim, self.dim), like, generator)}

    def forward(
        self,
        data: GraphLike,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> Orthogonal | Euclidean:
        r"""Draw one element for every graph of ``data``.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            noise: The randomness of the draw, as from :meth:`noise`; drawn if not given.
            generator: The source of randomness; the global one of torch by default.
        """
        noise = self.noise(data, generator=generator) if noise is None else noise
        ptr = node_ptr(data)
        axes, cell, center = self._axes(data, ptr)
        return self._element(self._turn(axes, cell, noise["axes"]), center, ptr)

    @property
    def num_elements(self) -> int:
        return int(2 ** (self.dim - 1 if self.special else self.dim))

    def elements(self, data: GraphLike) -> Orthogonal | Euclidean:
        r"""All sign choices, as one element for each of :attr:`num_elements` copies of the whole batch."""
        ptr = node_ptr(data)
        axes, cell, center = self._axes(data, ptr)
        simple = bool((cell.diff(dim=1) > 0).all())
        axes = self._turn(axes, cell, axes if simple else self.noise(data)["axes"])
        signs = torch.tensor(list(product((1.0, -1.0), repeat=self.dim)), dtype=axes.dtype, device=axes.device)
        if self.special:
            signs = signs[signs.prod(1) > 0]
        every = (signs.view(-1, 1, self.dim, 1) * axes).flatten(0, 1)
        return self._element(every, center.repeat(len(signs), 1), repeat_ptr(ptr, len(signs)))

    @torch.no_grad()
    def _axes(self, data: GraphLike, ptr: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The axes, one a row, the numbers of their eigenspaces, and the centroids."""
        owner = type(self).__name__
        points = point_vectors(owner, data, ptr, self.dim)[:, 0]
        center = centroid(points, ptr)
        # Differences between points that are rounding errors of the points are none.
        rounding = 4 * torch.finfo(points.dtype).eps * points.norm(dim=-1)
        floor = points.new_zeros(ptr.numel() - 1).scatter_reduce(0, node_batch(ptr), rounding, "amax").double()
        points = point_vectors(owner, data, ptr, self.dim, center=center)[:, 0].double()
        variances, vectors = torch.linalg.eigh(segment_mean(points.unsqueeze(2) * points.unsqueeze(1), ptr))
        axes, variances = vectors.mT.flip(1), variances.flip(1)
        least = (floor.square() / self.resolution).clamp(min=torch.finfo(variances.dtype).tiny)
        relative = variances / torch.maximum(variances[:, 0], least).unsqueeze(1)
        offsets = torch.arange(len(variances) + 1, device=variances.device) * self.dim
        return axes, tie_cells(-relative.flatten(), offsets, self.resolution).view_as(variances), center

    def _turn(self, axes: Tensor, cell: Tensor, noise: Tensor) -> Tensor:
        """The axes turned to the noise, projected to each eigenspace: signs of lines, Haar frames of larger ones."""
        inside = cell.unsqueeze(2) == cell.unsqueeze(1)
        coordinates = (noise.to(axes) @ axes.mT) * inside
        rows = gram_schmidt(coordinates, torch.zeros_like(coordinates), special=self.special, resolution=1e-12) @ axes
        if self.special:
            rows = torch.cat([rows[:, :-1], rows[:, -1:] * torch.linalg.det(rows).sign().view(-1, 1, 1)], dim=1)
        return rows

    def _element(self, axes: Tensor, center: Tensor, ptr: Tensor) -> Orthogonal | Euclidean:
        turn = Orthogonal(axes.mT.to(center.dtype), ptr, special=self.special, validate=False)
        return Euclidean(turn, center) if self.translation else turn

    def extra_repr(self) -> str:
        return f"dim={self.dim}, special={self.special}, translation={self.translation}, resolution={self.resolution}"
