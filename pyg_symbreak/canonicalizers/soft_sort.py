r"""Soft sorting: the weights of nodes at positions, by potentials and without matrices."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from pyg_symbreak.canonicalizers.sinkhorn import sinkhorn_potentials
from pyg_symbreak.canonicalizers.sorted_kernel import SortedValues, Sums, kernel_sums
from pyg_symbreak.groups.ragged import node_batch


class SoftSort(NamedTuple):
    r"""Doubly stochastic matrices :math:`S_{p q} = e^{r_p + c_q - |v_p - v_q|}`, one for each graph.

    From `"SoftSort" <https://arxiv.org/abs/2006.16038>`_ and `"Learning Latent Permutations with Gumbel-Sinkhorn
    Networks" <https://arxiv.org/abs/1802.08665>`_, with the nodes in the order of their values. It takes a few numbers
    a node; only :meth:`matrix` writes a matrix down.

    Attributes:
        value: The scores divided by the temperature, ascending within each graph, ``[N]`` float64.
        row: The potentials :math:`r`, ``[N]``.
        column: The potentials :math:`c`, ``[N]``.
        nodes: The values, looked at.
        ptr: The offsets of the graphs, ``[B + 1]``.

    .. code-block:: python

        >>> soft = SoftSort.build(torch.tensor([0.0, 9.0]), torch.tensor([0, 2]), temperature=1.0, num_iters=20)
        >>> soft.matrix(0).round()
        tensor([[1., 0.],
                [0., 1.]], dtype=torch.float64)
    """

    value: Tensor
    row: Tensor
    column: Tensor
    nodes: SortedValues
    ptr: Tensor

    @classmethod
    def build(cls, score: Tensor, ptr: Tensor, temperature: float, num_iters: int) -> SoftSort:
        r"""Relax the sorting of scores that ascend within each graph, ``[N]``.

        Args:
            score: The scores; gradients reach them.
            ptr: The offsets of the graphs.
            temperature: The softness.
            num_iters: The number of Sinkhorn sweeps.
        """
        value = score.double() / temperature
        nodes = SortedValues.build(value, ptr)
        return cls(value, *sinkhorn_potentials(value, nodes, num_iters), nodes, ptr)

    def transpose(self) -> SoftSort:
        r"""Return the transposed matrices."""
        return self._replace(row=self.column, column=self.row)

    def repeat(self, num_copies: int, ptr: Tensor) -> SoftSort:
        r"""Return copies one after the other; ``ptr`` is that of the copies."""
        value, row, column = (x.repeat(num_copies) for x in (self.value, self.row, self.column))
        return SoftSort(value, row, column, SortedValues.build(value, ptr), ptr)

    def to(self, device: torch.device | str) -> SoftSort:
        r"""Return the same on another device."""
        value, row, column, ptr = (x.to(device) for x in (self.value, self.row, self.column, self.ptr))
        return SoftSort(value, row, column, SortedValues.build(value, ptr), ptr)

    def matrix(self, graph: int) -> Tensor:
        r"""Write down the matrix of one graph, ``[n, n]`` float64."""
        value, row, column = (x[int(self.ptr[graph]) : int(self.ptr[graph + 1])] for x in self[:3])
        return (row.unsqueeze(1) + column - (value.unsqueeze(1) - value).abs()).exp()

    def log_weight(self, p: Tensor, q: Tensor) -> Tensor:
        r"""Return the logarithms of single entries of the matrices; both nodes of each must be of one graph."""
        return self.row[p] + self.column[q] - (self.value[p] - self.value[q]).abs()

    def sums(self, x: Tensor) -> Sums:
        r"""Multiply with vectors ``[N, C]``; gradients reach everything."""
        return Sums(*_SoftSums.apply(self.value, self.row, self.column, x, self.nodes))  # type: ignore[no-untyped-call]

    def entropy(self) -> Tensor:
        r"""Return the entropies of rows and columns, both added up and averaged over the nodes of a graph, ``[B]``.

        A graph without nodes has zero.
        """
        total = self._row_entropy() + self.transpose()._row_entropy()
        sizes = self.ptr.diff()
        out = total.new_zeros(sizes.numel()).index_add(0, node_batch(self.ptr), total)
        return out / sizes.clamp(min=1)

    def _row_entropy(self) -> Tensor:
        one = torch.ones_like(self.value)
        sums = self.sums(torch.stack([one, self.column, self.value], dim=1))
        mass, column, _ = sums.total.unbind(1)
        distance = self.value * (sums.below - sums.above)[:, 0] - (sums.below - sums.above)[:, 2]
        # Of the rows made to sum to one: after the last sweep the columns do so in the limit only.
        return mass.log() - (self.row * mass + column - distance) / mass


class _SoftSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, row: Tensor, column: Tensor, x: Tensor, nodes: SortedValues) -> Sums:
        ctx.nodes = nodes
        sums = kernel_sums(nodes, row, column, x)
        ctx.save_for_backward(row, column, x, *sums)
        return sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        row, column, x, *sums = ctx.saved_tensors
        # The nodes below a node are those that it lies above of.
        below, level, above = (kernel_sums(ctx.nodes, column, row, grad) for grad in grads)
        grad_x = below.above + level.level + above.below
        weight = [(grad * part).sum(1) for grad, part in zip(grads, sums)]
        grad_row, grad_column = weight[0] + weight[1] + weight[2], (x * grad_x).sum(1)
        grad_value = weight[2] - weight[0] + (x * (below.above - above.below)).sum(1)
        return grad_value, grad_row, grad_column, grad_x, None
