r"""Sort the nodes by what the Laplacian's eigenspaces, not its eigenvectors, say about them."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.canonicalizers.ties import random_rank, tie_cells
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr, segment_arange

MAX_ENTRIES = 2**22


class SpectralCanonicalizer(Canonicalizer):
    r"""Sorts the nodes by the projectors onto the eigenspaces of the graph Laplacian.

    Eigenvectors have arbitrary signs, and arbitrary bases where eigenvalues repeat; the projector :math:`P_\lambda` of
    an eigenspace has neither. In ascending order of :math:`\lambda`, nodes are compared by :math:`(P_\lambda)_{ii}` and
    :math:`(P_\lambda d)_i`, where :math:`d` holds the degrees.

    *Law.* Nodes that agree in all these numbers are ties, broken uniformly at random: uniform on a product of symmetric
    groups, one for each class. Equivariant in law; on a cycle of four nodes it has 24 outcomes where the inversion
    kernel has eight. Only the graph counts: directions and self-loops do not, parallel edges count as often as
    they occur.

    Args:
        resolution: The largest difference of values and, relative to the largest, of eigenvalues that count as equal.

    Raises:
        ValueError: If ``resolution`` is not positive.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> int(SpectralCanonicalizer().rank(path)[1])
        0
    """

    def __init__(self, resolution: float = 1e-6) -> None:
        super().__init__()
        if not resolution > 0:
            raise ValueError(f"'SpectralCanonicalizer' expected 'resolution' to be positive (got {resolution})")
        self.resolution = resolution

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Permutation:
        ptr = node_ptr(data)
        cell = self._cells(data, ptr)
        return self._from_rank(random_rank(cell, ptr, generator), ptr)

    def _cells(self, data: GraphLike, ptr: Tensor) -> Tensor:
        """Number the cells of equal nodes, graphs of similar size at a time."""
        sizes = ptr.diff()
        cell = ptr[:-1][node_batch(ptr)].clone()
        width = 1
        while sizes.numel() > 0 and width < 2 * int(sizes.max()):
            graphs = ((sizes > width // 2) & (sizes <= width)).nonzero().view(-1)
            step = max(1, MAX_ENTRIES // width**2)
            for begin in range(0, graphs.numel(), step):
                chunk = graphs[begin : begin + step]
                nodes = torch.repeat_interleave(ptr[:-1][chunk], sizes[chunk]) + segment_arange(sizes[chunk])
                own = torch.nn.functional.pad(sizes[chunk].cumsum(0), (1, 0))
                values = self._invariants(_adjacency(data.edge_index, nodes, own, ptr[-1]), own)
                inside = tie_cells(values, own, self.resolution)
                lowest = torch.full_like(chunk, nodes.numel()).scatter_reduce_(0, node_batch(own), inside, "amin")
                # Cells of a graph get numbers between its first node and its last, so graphs stay in order.
                cell[nodes] += inside - lowest[node_batch(own)]
            width *= 2
        return cell

    def _invariants(self, adjacency: Tensor, ptr: Tensor) -> Tensor:
        """The columns by which nodes are compared, ``[N, 2 * K]``."""
        degree = adjacency.sum(-1)
        scale = degree.amax(1, keepdim=True).clamp(min=1)
        batch, place = node_batch(ptr), segment_arange(ptr.diff())
        padding = torch.ones_like(degree)
        padding[batch, place] = 0
        # Padding gets eigenvalues beyond all others (those of a Laplacian are at most twice the largest degree).
        laplacian = torch.diag_embed(degree + padding * 4 * scale) - adjacency
        values, vectors = torch.linalg.eigh(laplacian)
        apart = values.diff(dim=1) > self.resolution * scale
        space = torch.nn.functional.pad(apart.long().cumsum(1), (1, 0)).unsqueeze(1).expand_as(vectors)
        diagonal = torch.zeros_like(vectors).scatter_add(2, space, vectors.square())
        along = vectors * ((degree / scale).unsqueeze(1) @ vectors)
        projected = torch.zeros_like(vectors).scatter_add(2, space, along)
        return torch.stack([diagonal, projected], dim=-1)[batch, place].flatten(1)

    def extra_repr(self) -> str:
        return f"resolution={self.resolution}"


def _adjacency(edge_index: Tensor | None, nodes: Tensor, ptr: Tensor, num_nodes: Tensor) -> Tensor:
    """Dense symmetric adjacency of the graphs that own ``nodes``, float64, without self-loops."""
    batch, place = node_batch(ptr), segment_arange(ptr.diff())
    width = int(ptr.diff().max())
    out = torch.zeros(ptr.numel() - 1, width, width, dtype=torch.float64, device=ptr.device)
    if edge_index is None:
        return out
    where = torch.full((int(num_nodes),), -1, device=ptr.device)
    where[nodes] = torch.arange(nodes.numel(), device=ptr.device)
    source, target = where[edge_index[:, (where[edge_index[0]] >= 0) & (edge_index[0] != edge_index[1])]]
    one = torch.ones((), dtype=torch.float64, device=ptr.device)
    out.index_put_((batch[source], place[source], place[target]), one, accumulate=True)
    return (out + out.transpose(1, 2)) / 2
