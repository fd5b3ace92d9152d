r"""Permutations with a soft shadow: exact going forward, differentiable going backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.canonicalizers.soft_sort import SoftSort
from pyg_symbreak.canonicalizers.straight_through import SoftMove, straight_through
from pyg_symbreak.groups import Permutation

AnyData = TypeVar("AnyData", bound=Data)


class RelaxedPermutation(Permutation):
    r"""A permutation that passes gradients to doubly stochastic matrices beside it (straight-through estimation).

    Forward it acts on floating-point values exactly as the permutation, by an index map. Backward the gradient flows to
    soft matrices as if

    .. math::
        (\pi \cdot x)_p = \sum_i S_{p i} \, x_i

    had been computed. Each graph has its own matrix, so graphs never mix; none of them is ever written down
    (see :class:`~pyg_symbreak.canonicalizers.soft_sort.SoftSort`), so the memory grows with the number of nodes.
    Products are differentiated by the product rule, with the other factor hard. Integers move without gradient.

    :meth:`sort` makes one out of scores.

    Args:
        rank: The position of every node within its own graph, ``[N]``, int64.
        ptr: The offsets of the graphs, ``[B + 1]``.
        moves: The soft matrices, whose gradients add up; several in a product.

    .. code-block:: python

        >>> score = torch.tensor([0.7, 0.1], requires_grad=True)
        >>> g = RelaxedPermutation.sort(score, Permutation(torch.tensor([1, 0])), temperature=1.0)
        >>> out = g.act(torch.tensor([1.0, 3.0]))
        >>> out.tolist()
        [3.0, 1.0]
        >>> out[0].backward()
        >>> bool(score.grad[1] < 0 < score.grad[0])  # scores further apart give the node with 3 more of the first place
        True
    """

    def __init__(self, rank: Tensor, ptr: Tensor, moves: Sequence[SoftMove]) -> None:
        super().__init__(rank, ptr, validate=False)
        self._moves = tuple(moves)

    @classmethod
    def sort(
        cls, score: Tensor, canonical: Permutation, temperature: float = 0.1, num_iters: int = 20
    ) -> RelaxedPermutation:
        r"""Relax a permutation that sorts scores, ascending, graph by graph.

        Args:
            score: The scores of the nodes, ``[N]``; gradients reach them.
            canonical: The permutation. Where scores are (nearly) tied it may have them in any order.
            temperature: The softness :math:`\tau`; the weights of node ``i`` and position ``p`` come from
                :math:`e^{-|s_i - s_{(p)}| / \tau}`, as in `"SoftSort" <https://arxiv.org/abs/2006.16038>`_.
            num_iters: The number of sweeps that make the weights doubly stochastic. Those at a position sum to one
                after the last.

        Raises:
            ValueError: If there is not one score a node.
        """
        if score.shape != canonical.rank.shape:
            raise ValueError(
                f"'RelaxedPermutation.sort' expected {canonical.rank.numel()} scores (got {list(score.shape)})"
            )
        order = torch.argsort(score.detach(), stable=True)
        order = order[torch.argsort(canonical.batch[order], stable=True)]
        soft = SoftSort.build(score[order], canonical.ptr, temperature, num_iters)
        move = SoftMove(soft, canonical.act_edge_index(order), order)
        return cls(canonical.rank, canonical.ptr, (move,))

    @property
    def moves(self) -> tuple[SoftMove, ...]:
        r"""The soft matrices: one, or several for a product of relaxed permutations."""
        return self._moves

    def soft(self, graph: int) -> Tensor:
        r"""Write down the soft matrix of one graph, ``[n, n]`` float64: the weights of nodes (columns) at positions.

        Raises:
            ValueError: If this is a product of several relaxed permutations.
        """
        move = self.single_move("soft")
        begin, end = int(self._ptr[graph]), int(self._ptr[graph + 1])
        rows, columns = (index[begin:end] - begin for index in (move.rows, move.columns))
        matrix = move.soft.matrix(graph)
        return matrix[rows.argsort()][:, columns.argsort()]

    def single_move(self, owner: str) -> SoftMove:
        r"""Return the one soft matrix.

        Raises:
            ValueError: If this is a product of several relaxed permutations.
        """
        if len(self._moves) != 1:
            raise ValueError(f"'{owner}' expected a single relaxed permutation (got a product of {len(self._moves)})")
        return self._moves[0]

    def detach(self) -> Permutation:
        r"""Return the permutation alone."""
        return Permutation(self._rank, self._ptr, validate=False)

    def matrix(self, dtype: torch.dtype = torch.float32) -> Tensor:
        r"""Return the permutation matrices, with the gradient of the soft ones."""
        width = int(self._ptr.diff().max()) if self.num_graphs > 0 else 0
        eye = torch.eye(width, dtype=dtype, device=self._rank.device)
        inside = torch.arange(width, device=eye.device) < self._ptr.diff().unsqueeze(1)
        return self.act_dense(eye * inside.unsqueeze(1))

    def inverse(self) -> RelaxedPermutation:
        moves = [SoftMove(soft.transpose(), columns, rows) for soft, rows, columns in self._moves]
        return RelaxedPermutation(self.order, self._ptr, moves)

    def compose(self, other: Permutation) -> RelaxedPermutation:
        return _product(self, other)

    def __rmatmul__(self, other: Permutation) -> RelaxedPermutation:
        return _product(other, self)

    def repeat(self, num_copies: int) -> RelaxedPermutation:
        hard = super().repeat(num_copies)
        steps = torch.arange(num_copies, device=hard.ptr.device).view(-1, 1) * self._rank.numel()
        moves = [
            SoftMove(soft.repeat(num_copies, hard.ptr), (rows + steps).view(-1), (columns + steps).view(-1))
            for soft, rows, columns in self._moves
        ]
        return RelaxedPermutation(hard.rank, hard.ptr, moves)

    def act(self, x: Tensor) -> Tensor:
        out = super().act(x)
        if x.is_floating_point() and x.numel() > 0:
            for move in self._moves:
                out = straight_through(out, x, move)
        return out

    def act_dense(self, x: Tensor, dims: Sequence[int] = (1,)) -> Tensor:
        if not x.is_floating_point() or x.numel() == 0:
            return super().act_dense(x, dims)
        for dim in dims:
            out, flat = (t.movedim(dim, 1) for t in (super().act_dense(x, (dim,)), x.detach()))
            shape, out, flat = out.shape, out.flatten(0, 1), flat.flatten(0, 1)
            # Where the nodes stand among the rows of all graphs, padding included.
            place = torch.arange(self._rank.numel(), device=x.device)
            place = place + (self.batch * x.size(dim) - self._ptr[:-1][self.batch])
            for soft, rows, columns in self._moves:
                out = straight_through(out, flat, SoftMove(soft, place[rows], place[columns]))
            x = out.view(shape).movedim(1, dim)
        return x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Renumber the nodes of a ``Data`` or ``Batch``, and leave this element on it as ``relaxed``.

        What reads the moved graphs as matrices can so pass gradients to the draw; see
        :func:`~pyg_symbreak.canonicalizers.canonical_adjacency`.
        """
        out = super().act_data(data, kinds)
        if data.get("relaxed") is None:  # or else the move is on top of the earlier ones already
            out.relaxed = self
        return out

    def to(self, device: torch.device | str) -> RelaxedPermutation:
        moves = [SoftMove(soft.to(device), rows.to(device), columns.to(device)) for soft, rows, columns in self._moves]
        return RelaxedPermutation(self._rank.to(device), self._ptr.to(device), moves)


def _product(a: Permutation, b: Permutation) -> RelaxedPermutation:
    hard = Permutation.compose(a, b)
    moves: list[SoftMove] = []
    if isinstance(a, RelaxedPermutation):
        back = Permutation.inverse(b)  # the nodes that b brings to the places that a reads
        moves += [SoftMove(soft, rows, back.act_edge_index(columns)) for soft, rows, columns in a.moves]
    if isinstance(b, RelaxedPermutation):
        moves += [SoftMove(soft, a.act_edge_index(rows), columns) for soft, rows, columns in b.moves]
    return RelaxedPermutation(hard.rank, hard.ptr, moves)
