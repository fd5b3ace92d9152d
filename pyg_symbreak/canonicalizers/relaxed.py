r"""Permutations with a soft shadow: exact going forward, differentiable going backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import segment_arange

AnyData = TypeVar("AnyData", bound=Data)


class RelaxedPermutation(Permutation):
    r"""A permutation that passes gradients to a doubly stochastic matrix beside it (straight-through estimation).

    Forward it acts on floating-point values exactly as the permutation; backward the gradient flows to ``soft`` as if

    .. math::
        (\pi \cdot x)_p = \sum_i S_{p i} \, x_i

    had been computed. Each graph has its own block, so graphs never mix. Integers move without gradient.

    Args:
        rank: The position of every node within its own graph, ``[N]``, int64.
        ptr: The offsets of the graphs, ``[B + 1]``.
        soft: The soft matrices ``[B, n_max, n_max]``, zero on padding.

    Raises:
        ValueError: If ``soft`` has another shape.

    .. code-block:: python

        >>> soft = torch.full((1, 2, 2), 0.5, requires_grad=True)
        >>> g = RelaxedPermutation(torch.tensor([1, 0]), torch.tensor([0, 2]), soft)
        >>> out = g.act(torch.tensor([1.0, 3.0]))
        >>> out.tolist()
        [3.0, 1.0]
        >>> out[0].backward()
        >>> soft.grad
        tensor([[[1., 3.],
                 [0., 0.]]])
    """

    def __init__(self, rank: Tensor, ptr: Tensor, soft: Tensor) -> None:
        super().__init__(rank, ptr, validate=False)
        shape = (self.num_graphs, _widest(ptr), _widest(ptr))
        if soft.shape != shape:
            raise ValueError(f"'RelaxedPermutation' expected 'soft' of shape {list(shape)} (got {list(soft.shape)})")
        self._soft = soft

    @property
    def soft(self) -> Tensor:
        r"""The soft matrices, ``[B, n_max, n_max]``."""
        return self._soft

    def detach(self) -> Permutation:
        r"""Return the permutation alone."""
        return Permutation(self._rank, self._ptr, validate=False)

    def matrix(self, dtype: torch.dtype = torch.float32) -> Tensor:
        r"""Return the permutation matrices, with the gradient of the soft ones."""
        soft = self._soft.to(dtype)
        return super().matrix(dtype) + (soft - soft.detach())

    def inverse(self) -> RelaxedPermutation:
        return RelaxedPermutation(self.order, self._ptr, self._soft.transpose(1, 2))

    def compose(self, other: Permutation) -> RelaxedPermutation:
        return _product(self, other)

    def __rmatmul__(self, other: Permutation) -> RelaxedPermutation:
        return _product(other, self)

    def repeat(self, num_copies: int) -> RelaxedPermutation:
        hard = super().repeat(num_copies)
        return RelaxedPermutation(hard.rank, hard.ptr, self._soft.repeat(num_copies, 1, 1))

    def act(self, x: Tensor) -> Tensor:
        hard = super().act(x)
        if not x.is_floating_point() or x.numel() == 0:
            return hard
        place = (self.batch, segment_arange(self._ptr.diff()))
        dense = x.new_zeros(self.num_graphs, self._soft.size(-1), x[0].numel())
        dense[place] = x.detach().reshape(x.size(0), -1)
        shadow = (self._soft.to(x.dtype) @ dense)[place].view(x.shape)
        return hard + (shadow - shadow.detach())

    def act_dense(self, x: Tensor, dims: Sequence[int] = (1,)) -> Tensor:
        if not x.is_floating_point() or x.numel() == 0:
            return super().act_dense(x, dims)
        for dim in dims:
            hard = super().act_dense(x, (dim,))
            body = x.detach().narrow(dim, 0, self._soft.size(-1)).movedim(dim, 1)
            shadow = (self._soft.to(x.dtype) @ body.reshape(*body.shape[:2], -1)).view(body.shape)
            shadow = (shadow - shadow.detach()).movedim(1, dim)
            padding = [0, 0] * (x.dim() - dim - 1) + [0, x.size(dim) - shadow.size(dim)]
            x = hard + torch.nn.functional.pad(shadow, padding)
        return x

    def act_data(self, data: AnyData, kinds: Mapping[str, str] | None = None) -> AnyData:
        r"""Renumber the nodes of a ``Data`` or ``Batch``, and leave this element on it as ``relaxed``.

        What reads the moved graphs as matrices can so pass gradients to the draw; see
        :func:`~pyg_symbreak.canonicalizers.canonical_adjacency`.
        """
        out = super().act_data(data, kinds)
        earlier = data.get("relaxed")
        out.relaxed = self @ earlier if isinstance(earlier, RelaxedPermutation) else self
        return out

    def to(self, device: torch.device | str) -> RelaxedPermutation:
        return RelaxedPermutation(self._rank.to(device), self._ptr.to(device), self._soft.to(device))


def soft_permutation(score: Tensor, canonical: Permutation, temperature: float, num_iters: int) -> Tensor:
    r"""Relax the sorting of scores: SoftSort, made doubly stochastic by Sinkhorn sweeps in log space.

    From `"SoftSort" <https://arxiv.org/abs/2006.16038>`_ and `"Learning Latent Permutations with Gumbel-Sinkhorn
    Networks" <https://arxiv.org/abs/1802.08665>`_, graph by graph:

    .. math::
        S = \mathrm{Sinkhorn}\bigl(-|s_{(p)} - s_i| / \tau\bigr)

    Args:
        score: The scores of the nodes, ``[N]``.
        canonical: The permutation that sorts them.
        temperature: The softness :math:`\tau`.
        num_iters: The number of sweeps.

    Returns:
        Matrices ``[B, n_max, n_max]``, zero on padding; ``[b, p, i]`` is the weight of node ``i`` at position ``p``.

    .. code-block:: python

        >>> score = torch.tensor([0.7, 0.1])
        >>> soft_permutation(score, Permutation(torch.tensor([1, 0])), 0.1, 20).round()
        tensor([[[0., 1.],
                 [1., 0.]]])
    """
    ptr = canonical.ptr
    width = _widest(ptr)
    place = (canonical.batch, segment_arange(ptr.diff()))
    dense, ordered = score.new_zeros(2, canonical.num_graphs, width).unbind(0)
    dense, ordered = dense.index_put(place, score), ordered.index_put(place, canonical.act(score))
    real = torch.zeros(dense.shape, dtype=torch.bool, device=score.device).index_put(
        place, torch.ones((), dtype=torch.bool, device=score.device)
    )
    logits = -(ordered.unsqueeze(2) - dense.unsqueeze(1)).abs() / temperature
    block = real.unsqueeze(2) & real.unsqueeze(1)
    # Padding is an identity block of its own: every row and column has mass, and none of it leaks into a graph.
    logits = logits.masked_fill(~block, float("-inf"))
    diagonal = torch.diag_embed(~real)
    logits = log_sinkhorn(logits.masked_fill(diagonal, 0.0), num_iters)
    return logits.exp() * block


def log_sinkhorn(logits: Tensor, num_iters: int) -> Tensor:
    r"""Scale rows and columns of ``exp(logits)`` in turn until both sum to one, rows last.

    Args:
        logits: Square matrices ``[..., n, n]``; every row and column needs a finite entry.
        num_iters: The number of sweeps.

    Returns:
        The logarithms of nearly doubly stochastic matrices, ``[..., n, n]``.

    .. code-block:: python

        >>> log_sinkhorn(torch.tensor([[0.0, 1.0], [2.0, 0.0]]), 50).exp().sum(1).round()
        tensor([1., 1.])
    """
    for _ in range(num_iters):
        logits = logits - logits.logsumexp(-2, keepdim=True)
        logits = logits - logits.logsumexp(-1, keepdim=True)
    return logits


def _product(a: Permutation, b: Permutation) -> RelaxedPermutation:
    hard = Permutation.compose(a, b)
    dtype = a.soft.dtype if isinstance(a, RelaxedPermutation) else b.soft.dtype  # type: ignore[attr-defined]
    left, right = (g.soft if isinstance(g, RelaxedPermutation) else g.matrix(dtype) for g in (a, b))
    return RelaxedPermutation(hard.rank, hard.ptr, left @ right)


def _widest(ptr: Tensor) -> int:
    return int(ptr.diff().max()) if ptr.numel() > 1 else 0
