r"""Smooth projectors on parts of the spectrum of the Laplacian."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features.base import Parts, StructuralFeature, node_entries, pair_entries

TIMES = (1.0, 4.0, 16.0)
ABOVE_THE_SPECTRUM = 3.0


class SpectralProjectors(StructuralFeature):
    r"""Entries of smooth spectral projectors, eigenvalues and components.

    Eigenvectors are defined up to signs and rotations; a function :math:`f(L) = \sum_m f(\lambda_m) u_m u_m^\top` of
    the Laplacian :math:`L = I - D^{-1/2} A D^{-1/2}` is unique, and for a smooth :math:`f` it moves little when
    eigenvalues meet. Here the functions are bands between heat kernels of the times :math:`t_1 < \dots < t_K`,

    .. math::
        f_k(\lambda) = e^{-t_k \lambda} - e^{-t_{k+1} \lambda} \quad (k < K), \qquad f_K(\lambda) = e^{-t_K \lambda},

    soft projectors on lower and lower parts of the spectrum. With :math:`I - e^{-t_1 L}`, which is left out, they add
    up to the identity.

    A node gets the share of the nodes that lie in its component, then :math:`f_k(L)_{ii}`; a pair, whether its nodes
    share a component, then :math:`f_k(L)_{ij}`; a graph, one over the number of its components, then its ``num_values``
    smallest non-zero eigenvalues (0 where there are fewer). The components are found by the edges, so the number of
    zero eigenvalues is exact and padding adds none. All numbers lie in :math:`[-1, 2]`.

    The batched eigen-decomposition costs :math:`O(n^3)` a graph and is the slowest of the features; see
    :class:`~pyg_symbreak.models.diffusion.features.rrwp.RRWP` for a cheaper one.

    Args:
        num_edge_types: The number of real types of pairs; see
            :class:`~pyg_symbreak.models.diffusion.features.base.StructuralFeature`, also for shapes.
        num_values: The number of eigenvalues.
        times: The times of the heat kernels, ascending and positive.
        dtype: The floating point type of the features.

    Raises:
        ValueError: If an argument is out of range.

    .. code-block:: python

        >>> graph = DenseGraph(torch.zeros(1, 3, dtype=torch.long), torch.tensor([[1, 0, 0]]), torch.ones(1, 3) > 0)
        >>> nodes, pairs, whole = SpectralProjectors(num_edge_types=2, num_values=2, times=(1.0,))(graph)
        >>> nodes[0, :, 0], pairs[0, :, 0], whole
        (tensor([0.6667, 0.6667, 0.3333]), tensor([1., 0., 0.]), tensor([[0.5000, 2.0000, 0.0000]]))
    """

    def __init__(
        self,
        num_edge_types: int,
        num_values: int = 5,
        times: Sequence[float] = TIMES,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(num_edge_types, dtype)
        if num_values < 0:
            raise ValueError(f"'SpectralProjectors' expected 'num_values' of at least 0 (got {num_values})")
        times = tuple(float(time) for time in times)
        if not all(0 < a < b < math.inf for a, b in zip(times, (*times[1:], 1 + times[-1] if times else 0))):
            raise ValueError(f"'SpectralProjectors' expected 'times' ascending, positive and finite (got {times})")
        self.num_values, self.times = num_values, times
        self.node_dim = self.pair_dim = 1 + len(times)
        self.graph_dim = 1 + num_values

    def compute(self, graph: DenseGraph, adjacency: Tensor) -> Parts:
        together = _same_component(adjacency)
        component = together.sum(2)
        components = (graph.mask / component).sum(1).round()
        values, vectors = torch.linalg.eigh(_laplacian(adjacency, graph.mask))
        blocks = torch.cat([together, self._bands(values, vectors)], dim=2)
        nodes = node_entries(blocks, self.node_dim)
        nodes[:, :, 0] = component / graph.mask.sum(1, keepdim=True).clamp(min=1)
        pairs = pair_entries(blocks, self.pair_dim) * graph.pair_mask.unsqueeze(2)
        smallest = self._smallest(values, components, graph.mask.sum(1))
        share = torch.where(components > 0, 1 / components.clamp(min=1), 0)
        return nodes * graph.mask.unsqueeze(2), pairs, torch.cat([share.unsqueeze(1), smallest], dim=1)

    def _bands(self, values: Tensor, vectors: Tensor) -> Tensor:
        """The matrices ``f_k(L)`` side by side, ``[B, n, K * n]``."""
        time = values.new_tensor(self.times)
        heat = torch.exp(-time * values.unsqueeze(2))
        band = heat - torch.nn.functional.pad(heat[:, :, 1:], (0, min(1, len(self.times))))
        return torch.bmm(vectors, (band.unsqueeze(3) * vectors.mT.unsqueeze(2)).flatten(2))

    def _smallest(self, values: Tensor, components: Tensor, num_nodes: Tensor) -> Tensor:
        """The smallest non-zero eigenvalues ``[B, num_values]``."""
        place = components.long().unsqueeze(1) + torch.arange(self.num_values, device=values.device)
        found = torch.nn.functional.pad(values, (0, self.num_values)).gather(1, place)
        return torch.where(place < num_nodes.unsqueeze(1), found.clamp(0, 2), 0)

    def extra_repr(self) -> str:
        return f"num_values={self.num_values}, times={self.times}, num_edge_types={self.num_edge_types}"


def _laplacian(adjacency: Tensor, mask: Tensor) -> Tensor:
    degree = adjacency.sum(2)
    scale = degree.clamp(min=1).rsqrt()
    # Padding goes above the spectrum, so that it neither counts as a component nor meets an eigenvalue.
    diagonal = torch.where(mask, (degree > 0).to(degree.dtype), ABOVE_THE_SPECTRUM)
    return torch.diag_embed(diagonal) - adjacency * scale.unsqueeze(2) * scale.unsqueeze(1)


def _same_component(adjacency: Tensor) -> Tensor:
    n = adjacency.size(1)
    reach = adjacency + torch.eye(n, dtype=adjacency.dtype, device=adjacency.device)
    for _ in range(max(n - 2, 0).bit_length()):  # paths of n - 1 steps, and their number doubles each time
        reach = (torch.bmm(reach, reach) > 0).to(adjacency.dtype)
    return reach
