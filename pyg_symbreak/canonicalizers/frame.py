r"""An equivariant network gives each graph a frame of vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.gram_schmidt import gram_schmidt
from pyg_symbreak.canonicalizers.points import centroid, gaussian, point_vectors
from pyg_symbreak.groups import Euclidean, GroupElement, Orthogonal
from pyg_symbreak.groups.ragged import GraphLike, node_ptr


class FrameCanonicalizer(Canonicalizer):
    r"""Turns every point cloud into a frame that an equivariant network gives it, from `"Equivariance with Learned
    Canonicalization Functions" <https://arxiv.org/abs/2211.06489>`_ and, with noise, `"Learning Probabilistic
    Symmetrization for Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_.

    The network sees the points (less their centroid, with ``translation``), further vectors of the nodes and Gaussian
    noise vectors, and returns up to :math:`d` vectors of each graph. Gram–Schmidt makes an orthonormal frame of them,
    the columns of the matrix of the drawn element, so that the canonical form has its coordinates in that frame.

    *Law.* Given the noise, the frame is that of the network, as far as its vectors determine one. A vector whose part
    that is orthogonal to those before it is at most ``resolution`` long (relative to the longest, and to one) is
    replaced by a Gaussian one, so the frame is uniform (Haar) on what the others leave open: on all of :math:`O(d)` for
    a single point, on the two sides of the plane for a plane figure without noise. With ``noise_dim=0`` the law of a
    configuration in general position is a point mass. It is the same in training and in evaluation, if the network has
    no dropout.

    Args:
        network: A module called as ``network(data, vectors)`` with vectors of the nodes ``[N, C, d]`` that returns
            vectors of the graphs ``[B, k, d]``, :math:`k \leq d`, equivariantly to :math:`O(d)` (or :math:`SO(d)`, if
            ``special``) and invariantly to permutations, such as a :class:`~pyg_symbreak.nn.vector.VectorFrame`. Of
            ``data`` it must only read invariants.
        dim: The dimension :math:`d` of the space, at least two.
        special: Whether to draw rotations only; :math:`d - 1` vectors are read then, and the last one follows.
        translation: Whether to move the centroid to the origin, and so to draw from :math:`E(d)` or :math:`SE(d)`. A
            graph without nodes has none and gets the zero translation.
        vectors: Attributes of ``data`` that hold further vectors of the nodes, such as velocities.
        noise_dim: The number of noise vectors of a node, appended to the others.
        noise_scale: The standard deviation of their entries.
        resolution: How short a vector is taken for zero, see :func:`~pyg_symbreak.canonicalizers.gram_schmidt`.

    Raises:
        ValueError: If an argument is out of range, ``data`` lacks an attribute, or the network returns other shapes or
            numbers that are not finite.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.nn.vector import VectorFrame
        >>> _ = torch.manual_seed(0)
        >>> cloud = Data(pos=torch.eye(5)[:, :3] * torch.arange(1.0, 6.0).view(-1, 1))
        >>> canonicalizer = FrameCanonicalizer(VectorFrame(1), dim=3, translation=True)
        >>> moved = Euclidean.random(torch.tensor([0, 5]), dim=3).act_data(cloud)
        >>> first, second = (canonicalizer(x).inverse().act_data(x).pos for x in (cloud, moved))
        >>> torch.allclose(first, second, atol=1e-3)
        True
    """

    def __init__(
        self,
        network: torch.nn.Module,
        dim: int = 3,
        *,
        special: bool = False,
        translation: bool = False,
        vectors: Sequence[str] = (),
        noise_dim: int = 0,
        noise_scale: float = 1.0,
        resolution: float = 1e-3,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        for name, value, least in (("dim", dim, 2), ("noise_dim", noise_dim, 0)):
            if value < least:
                raise ValueError(f"'{owner}' expected '{name}' to be at least {least} (got {value})")
        for name, scale in (("noise_scale", noise_scale), ("resolution", resolution)):
            if not scale > 0:
                raise ValueError(f"'{owner}' expected '{name}' to be positive (got {scale})")
        self.network, self.dim, self.special, self.translation = network, dim, special, translation
        self.vectors, self.noise_dim, self.noise_scale = tuple(vectors), noise_dim, noise_scale
        self.resolution = resolution

    @property
    def noise_kinds(self) -> dict[str, str]:
        kinds = {"completion": "graph_vector"}
        return {"vectors": "vector", **kinds} if self.noise_dim > 0 else kinds

    def noise(self, data: GraphLike, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the noise vectors of the nodes, ``vectors`` ``[N, noise_dim, d]`` (if there are any), and those of the
        graphs that complete a frame, ``completion`` ``[B, d, d]``.
        """
        ptr = node_ptr(data)
        like = data.pos if isinstance(data.pos, Tensor) else torch.empty(0)
        noise = {}
        if self.noise_dim > 0:
            noise["vectors"] = gaussian((int(ptr[-1]), self.noise_dim, self.dim), like, generator) * self.noise_scale
        noise["completion"] = gaussian((ptr.numel() - 1, self.dim, self.dim), like, generator)
        return noise

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
        vectors, center = self.inputs(data, noise)
        return self.from_vectors(self.network(data, vectors), noise["completion"], node_ptr(data), center)

    def prior_loss(self, g: GroupElement) -> Tensor:
        r"""The mean squared Frobenius distance of the matrices to the identity,
        :math:`\|Q - 1\|^2 = 2 d - 2 \operatorname{tr} Q`; translations do not count.

        No gradient leads from reflections to rotations, so it is best used with ``special``.

        Raises:
            TypeError: If ``g`` is neither orthogonal nor Euclidean.
        """
        turn = g.rotation if isinstance(g, Euclidean) else g
        if not isinstance(turn, Orthogonal):
            raise TypeError(
                f"'FrameCanonicalizer.prior_loss' expected an orthogonal or Euclidean draw (got '{type(g).__name__}')"
            )
        return 2 * (self.dim - turn.matrix.diagonal(dim1=1, dim2=2).sum(-1)).mean()

    def inputs(self, data: GraphLike, noise: Mapping[str, Tensor]) -> tuple[Tensor, Tensor | None]:
        r"""Return the vectors that the network sees, ``[N, C, d]``: points, further attributes, noise; and the
        centroids, ``[B, d]``, if they are taken off the points.
        """
        owner, ptr = type(self).__name__, node_ptr(data)
        center = None
        if self.translation:
            center = centroid(point_vectors(owner, data, ptr, self.dim)[:, 0], ptr)
        vectors = point_vectors(owner, data, ptr, self.dim, self.vectors, center)
        if self.noise_dim > 0:
            vectors = torch.cat([vectors, noise["vectors"].to(vectors)], dim=1)
        return vectors, center

    def from_vectors(
        self, vectors: Tensor, completion: Tensor, ptr: Tensor, center: Tensor | None = None
    ) -> Orthogonal | Euclidean:
        r"""Make elements of vectors of the graphs, as the call does with those of its network.

        Args:
            vectors: The vectors, ``[B, k, d]``, one a row.
            completion: Gaussian vectors for where they do not determine a frame, ``[B, d, d]``.
            ptr: The offsets of the graphs, ``[B + 1]``.
            center: The centroids, ``[B, d]``; without them no translation is part of the elements.
        """
        owner = type(self).__name__
        shape = (ptr.numel() - 1, vectors.size(1) if vectors.dim() == 3 else -1, self.dim)
        if vectors.shape != shape or not 0 < vectors.size(1) <= self.dim:
            want = f"[{ptr.numel() - 1}, k, {self.dim}] with 0 < k <= {self.dim}"
            raise ValueError(f"'{owner}' expected 'network' to return vectors {want} (got {list(vectors.shape)})")
        if not bool(torch.isfinite(vectors).all()):
            raise ValueError(f"'{owner}' expected 'network' to return finite vectors (got NaN or infinity)")
        largest = vectors.detach().square().sum(-1).amax(1).sqrt().clamp(min=1)
        rows = gram_schmidt(
            vectors, completion.to(vectors.device), special=self.special, resolution=self.resolution, scale=largest
        )
        turn = Orthogonal(rows.transpose(1, 2), ptr, special=self.special, validate=False)
        return turn if center is None else Euclidean(turn, center.to(rows.dtype))

    def extra_repr(self) -> str:
        return (
            f"dim={self.dim}, special={self.special}, translation={self.translation}, vectors={self.vectors}, "
            f"noise_dim={self.noise_dim}, noise_scale={self.noise_scale}, resolution={self.resolution}"
        )
