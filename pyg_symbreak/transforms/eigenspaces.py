r"""The eigenspaces of graph Laplacians, and bases of them that depend on nothing but the graph and an order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

GAP = 1e-6
TIE = 1e-5
RESIDUAL = 1e-10
LARGEST_DENSE = 20_000


class Laplacian(NamedTuple):
    r"""The Laplacian of one undirected weighted graph, by its edges.

    ``diagonal`` and ``weight`` hold the matrix, ``kernel`` a vector whose restrictions to the components span the null
    space, ``component`` the number of the component of every node, ``bound`` an upper bound of the spectrum.
    """

    row: Tensor
    col: Tensor
    weight: Tensor
    diagonal: Tensor
    kernel: Tensor
    component: Tensor
    bound: float

    @property
    def num_nodes(self) -> int:
        r"""The number of nodes."""
        return self.diagonal.numel()

    @property
    def nullity(self) -> int:
        r"""The multiplicity of the eigenvalue zero: the number of components."""
        return int(self.component.max()) + 1 if self.num_nodes > 0 else 0

    def dense(self) -> Array:
        r"""The matrix."""
        out = torch.diag(self.diagonal)
        out[self.row, self.col] = self.weight
        return out.numpy()

    def apply(self, x: Tensor) -> Tensor:
        r"""The matrix times ``[n, b]``."""
        out = self.diagonal.view(-1, 1) * x
        return out.index_add_(0, self.row, self.weight.view(-1, 1) * x[self.col])

    def without_kernel(self, x: Tensor) -> Tensor:
        r"""Take out of ``[n, b]`` what lies in the null space."""
        kernel = self.kernel.view(-1, 1)
        shape = (self.nullity, x.size(1))
        inner = x.new_zeros(shape).index_add_(0, self.component, kernel * x)
        norm = x.new_zeros(self.nullity, 1).index_add_(0, self.component, kernel**2)
        return x - kernel * (inner / norm)[self.component]


def build_laplacian(edge_index: Tensor, weight: Tensor, num_nodes: int, normalized: bool) -> Laplacian:
    r"""Build the Laplacian of the symmetrised graph.

    Args:
        edge_index: Edges of one graph, ``[2, E]``, each pair of nodes once in each direction, without self-loops.
        weight: Positive weights ``[E]``, the same in both directions.
        num_nodes: The number of nodes.
        normalized: Whether to build :math:`I - D^{-1/2} A D^{-1/2}` instead of :math:`D - A`.
    """
    row, col = edge_index.cpu()
    weight = weight.detach().cpu().double()
    degree = torch.zeros(num_nodes, dtype=torch.double).index_add_(0, row, weight)
    component = _components(row, col, num_nodes)
    if normalized:
        scale = torch.where(degree > 0, degree, 1.0).rsqrt()
        diagonal = (degree > 0).double()
        kernel = torch.where(degree > 0, degree, 1.0).sqrt()
        return Laplacian(row, col, -weight * scale[row] * scale[col], diagonal, kernel, component, 2.0)
    bound = 2 * float(degree.max()) if num_nodes > 0 else 0.0
    return Laplacian(row, col, -weight, degree, torch.ones_like(degree), component, bound)


def _components(row: Tensor, col: Tensor, num_nodes: int) -> Tensor:
    label = torch.arange(num_nodes)
    while True:
        new = label.scatter_reduce(0, row, label[col], "amin")
        new = torch.minimum(new, new[new])
        if torch.equal(new, label):
            numbers: Tensor = torch.unique(label, return_inverse=True)[1]
            return numbers
        label = new


def smallest_eigenspaces(laplacian: Laplacian, k: int, dense_threshold: int) -> list[Array]:
    r"""Return the eigenspaces of the smallest non-zero eigenvalues, as many as hold ``k`` dimensions.

    Eigenvalues closer than ``1e-6`` (relative to the bound of the spectrum) count as one. Above ``dense_threshold``
    nodes a filtered subspace iteration with a fixed start is used, and the dense solver where that does not converge.

    Returns:
        Matrices with orthonormal columns ``[n, m]``, by ascending eigenvalue; the basis inside each is arbitrary.

    Raises:
        RuntimeError: If a graph too large for the dense solver does not converge.
    """
    n = laplacian.num_nodes
    k = min(k, n - laplacian.nullity)
    if k <= 0:
        return []
    if n > dense_threshold:
        found = _filtered_iteration(laplacian, k)
        if found is not None:
            return found
        if n > LARGEST_DENSE:
            raise RuntimeError(
                f"'AddCanonicalLaplacianPE' expected the sparse eigen-solver to converge (it did not, on {n} nodes; "
                f"pass 'dense_threshold' >= {n} for the dense one)"
            )
    values, vectors = np.linalg.eigh(laplacian.dense())
    values, vectors = values[laplacian.nullity :], vectors[:, laplacian.nullity :]
    spaces = _split(values, vectors, GAP * laplacian.bound)
    dimensions = np.cumsum([space.shape[1] for space in spaces])
    return spaces[: int(np.searchsorted(dimensions, k)) + 1]


def _split(values: Array, vectors: Array, gap: float) -> list[Array]:
    return np.split(vectors, np.flatnonzero(np.diff(values) > gap) + 1, axis=1)


def _filtered_iteration(laplacian: Laplacian, k: int) -> list[Array] | None:
    """Chebyshev-filtered subspace iteration (Zhou and Saad), from a start that depends on the size only."""
    n = laplacian.num_nodes
    available = n - laplacian.nullity
    width = k + max(8, k // 2)
    generator = torch.Generator().manual_seed(0)
    block = torch.randn(n, width, generator=generator, dtype=torch.double)
    gap = GAP * laplacian.bound
    degree = 20
    for _ in range(60):
        if 2 * block.size(1) > available:
            return None
        block = torch.linalg.qr(laplacian.without_kernel(block))[0]
        image = laplacian.apply(block)
        values, turn = torch.linalg.eigh(block.t() @ image)
        block, image = block @ turn, image @ turn
        good = (image - values * block).norm(dim=0) <= RESIDUAL * laplacian.bound
        closed = torch.nonzero((values.diff() > gap)[k - 1 :]).view(-1)
        count = k + int(closed[0]) if closed.numel() > 0 else block.size(1)
        if bool(good[:count].all()):
            # The block may be invariant without being lowest, and its last eigenspace may go on beyond the block.
            cut = float(values[count - 1 : count + 1].mean()) if closed.numel() > 0 else float(values[-1]) + gap
            missed = _missed(laplacian, block[:, :count], cut, 2 * degree, generator)
            if missed is None and closed.numel() > 0:
                return _split(values[:count].numpy(), block[:, :count].numpy(), gap)
            more = torch.randn(n, block.size(1), generator=generator, dtype=torch.double)
            block = torch.cat([block, more if missed is None else missed], dim=1)
            continue
        block = _chebyshev(laplacian, block, float(values[-1]), degree)
        degree = min(2 * degree, 320)
    return None


def _missed(laplacian: Laplacian, found: Tensor, cut: float, degree: int, generator: torch.Generator) -> Tensor | None:
    """Directions outside ``found`` that belong to eigenvalues below ``cut``, if there are any."""
    probe = torch.randn(found.size(0), 8, generator=generator, dtype=torch.double)
    probe = torch.linalg.qr(_chebyshev(laplacian, probe, cut, degree, found))[0]
    lowest = torch.linalg.eigvalsh(probe.t() @ _lifted(laplacian, probe, found))[0]
    return probe if float(lowest) < cut else None


def _lifted(laplacian: Laplacian, x: Tensor, found: Tensor | None) -> Tensor:
    """The operator with the null space and what was found moved to the upper end of the spectrum."""
    rest = laplacian.without_kernel(x)
    out = laplacian.apply(rest) + laplacian.bound * (x - rest)
    return out if found is None else out + laplacian.bound * (found @ (found.t() @ x))


def _chebyshev(laplacian: Laplacian, x: Tensor, cut: float, degree: int, found: Tensor | None = None) -> Tensor:
    """Damp what belongs to eigenvalues between ``cut`` and the upper end of the spectrum."""
    top = laplacian.bound * (1 if found is None else 2)
    half, centre = max((top - cut) / 2, 1e-12 * top), (top + cut) / 2
    before, now = x, (_lifted(laplacian, x, found) - centre * x) / half
    for _ in range(degree - 1):
        before, now = now, 2 * (_lifted(laplacian, now, found) - centre * now) / half - before
        scale = now.abs().max()
        before, now = before / scale, now / scale
    return now


def canonical_basis(space: Array, rank: NDArray[np.int64], count: int) -> Array:
    r"""Choose an orthonormal basis of an eigenspace by its projector :math:`P` and an order of the nodes.

    The next vector is :math:`P e_c / \lVert P e_c \rVert` for the node :math:`c` where :math:`\lVert P e_c \rVert` is
    largest (the node of the lowest rank among equals), and :math:`P` then loses that direction. Nothing depends on the
    basis in which the eigenspace came.

    Args:
        space: Orthonormal columns ``[n, m]``.
        rank: The rank of every node, ``[n]``.
        count: How many vectors to choose.

    Returns:
        ``[n, min(count, m)]``.
    """
    rest = space.copy()
    chosen = []
    for _ in range(min(count, space.shape[1])):
        size = np.einsum("nm,nm->n", rest, rest)
        candidates = np.flatnonzero(size >= size.max() * (1 - TIE))
        node = candidates[np.argmin(rank[candidates])]
        direction = rest[node] / np.sqrt(size[node])
        vector = rest @ direction
        chosen.append(vector)
        rest -= np.outer(vector, direction)
    return np.stack(chosen, axis=1) if chosen else space[:, :0]
