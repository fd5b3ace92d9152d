r"""An order and a frame from one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.frame import FrameCanonicalizer
from pyg_symbreak.canonicalizers.learned import LearnedCanonicalizer
from pyg_symbreak.canonicalizers.ties import tie_keys
from pyg_symbreak.groups import GroupElement, Product
from pyg_symbreak.groups.ragged import GraphLike, node_ptr


class ProductCanonicalizer(Canonicalizer):
    r"""Orders the nodes of point clouds and turns them, with one network for both: :math:`S_n \times O(d)` and its
    kin, as on particles in `"Learning Probabilistic Symmetrization for Architecture Agnostic Equivariance"
    <https://arxiv.org/abs/2306.02866>`_.

    The network has two heads: scores of the nodes, sorted as by a
    :class:`~pyg_symbreak.canonicalizers.LearnedCanonicalizer`, and vectors of the graphs, orthonormalised as by a
    :class:`~pyg_symbreak.canonicalizers.FrameCanonicalizer`. Both see the same noise.

    *Law.* Given the noise vectors, the product of the laws of the two: nodes with tied scores in uniformly random
    order, and what the vectors leave open of the frame by chance (Haar). With noise the two parts depend on each other.

    Args:
        network: A module called as ``network(data, vectors)`` with vectors of the nodes ``[N, C, d]`` that returns
            invariant scores ``[N]`` or ``[N, 1]``, and equivariant vectors of the graphs ``[B, k, d]``, such as a
            :class:`~pyg_symbreak.nn.vector.ScoreAndFrame`. Of ``data`` it must only read invariants.
        dim: The dimension :math:`d` of the space, at least two.
        special: Whether to draw rotations only.
        translation: Whether to move the centroid to the origin.
        vectors: Attributes of ``data`` that hold further vectors of the nodes, such as velocities.
        noise_dim: The number of noise vectors of a node.
        noise_scale: The standard deviation of their entries.
        resolution: How short a vector is taken for zero, see :func:`~pyg_symbreak.canonicalizers.gram_schmidt`.
        tie_resolution: The largest relative difference of tied scores.
        temperature: The softness of the relaxed sort.
        num_iters: The number of Sinkhorn sweeps of the relaxed sort.
        straight_through: Whether to relax the sort at all; without it no gradient reaches the scores.
        normalize: Whether the relaxed sort sees the scores of each graph scaled to a vector of length one.

    Raises:
        ValueError: If an argument is out of range, ``data`` lacks an attribute, or the network returns other shapes or
            numbers that are not finite.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.nn.vector import ScoreAndFrame
        >>> cloud = Data(pos=torch.randn(5, 3))
        >>> g = ProductCanonicalizer(ScoreAndFrame(2), noise_dim=1, translation=True)(cloud)
        >>> [type(part).__name__ for part in g.parts]
        ['RelaxedPermutation', 'Euclidean']
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
        tie_resolution: float = 1e-5,
        temperature: float = 0.1,
        num_iters: int = 20,
        straight_through: bool = True,
        normalize: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        # The two halves without networks of their own.
        self.frame = FrameCanonicalizer(
            torch.nn.Identity(),
            dim,
            special=special,
            translation=translation,
            vectors=vectors,
            noise_dim=noise_dim,
            noise_scale=noise_scale,
            resolution=resolution,
        )
        self.order = LearnedCanonicalizer(
            torch.nn.Identity(),
            resolution=tie_resolution,
            temperature=temperature,
            num_iters=num_iters,
            straight_through=straight_through,
            normalize=normalize,
        )

    @property
    def noise_kinds(self) -> dict[str, str]:
        return {**self.frame.noise_kinds, "ties": "node"}

    def noise(self, data: GraphLike, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the noise of a :class:`~pyg_symbreak.canonicalizers.FrameCanonicalizer`, ``vectors`` (if there are any)
        and ``completion``, and the keys that break ties, ``ties`` ``[N]`` int64.
        """
        noise = self.frame.noise(data, generator=generator)
        ptr = node_ptr(data)
        return {**noise, "ties": tie_keys(int(ptr[-1]), ptr.device, generator)}

    def forward(
        self,
        data: GraphLike,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> Product:
        r"""Draw one element for every graph of ``data``: a permutation and a pose.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            noise: The randomness of the draw, as from :meth:`noise`; drawn if not given.
            generator: The source of randomness; the global one of torch by default.
        """
        noise = self.noise(data, generator=generator) if noise is None else noise
        ptr = node_ptr(data)
        vectors, center = self.frame.inputs(data, noise)
        score, frame = self.network(data, vectors)
        return Product(
            self.order.from_scores(score, ptr, noise["ties"]),
            self.frame.from_vectors(frame, noise["completion"], ptr, center),
        )

    def entropy(self, g: GroupElement) -> Tensor:
        r"""The entropy of the soft matrices of the permutations, as
        :meth:`LearnedCanonicalizer.entropy <pyg_symbreak.canonicalizers.LearnedCanonicalizer.entropy>`.

        Raises:
            TypeError: If ``g`` is no draw with soft matrices.
        """
        return self.order.entropy(self._parts(g)[0])

    def prior_loss(self, g: GroupElement) -> Tensor:
        r"""The sum of the prior losses of both parts.

        Raises:
            TypeError: If ``g`` is no draw with soft matrices.
        """
        permutation, pose = self._parts(g)
        return self.order.prior_loss(permutation) + self.frame.prior_loss(pose)

    def _parts(self, g: GroupElement) -> tuple[GroupElement, GroupElement]:
        if not isinstance(g, Product) or len(g.parts) != 2:
            raise TypeError(f"'ProductCanonicalizer' expected a permutation and a pose (got '{type(g).__name__}')")
        return g.parts[0], g.parts[1]
