r"""Which free weight stands where in the filters of a group convolution."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups import LatticeGroup


def taps(dim: int, kernel_size: int) -> Tensor:
    r"""The sites of a kernel relative to its centre, ``[T, d]``, int64, in the order :math:`x, y, z`.

    .. code-block:: python

        >>> taps(1, 3).tolist()
        [[-1], [0], [1]]
    """
    return _box([kernel_size] * dim) - kernel_size // 2


def filter_sources(group: LatticeGroup, kernel_size: int, kind: str) -> Tensor:
    r"""Which free weight stands at every place of the filters, ``[K, J * T]``, int64.

    Row :math:`p` holds the filter of output part :math:`p`, which is the filter of the identity moved by :math:`p`; a
    place is the pair of a component :math:`j` of the input and a tap.

    Args:
        group: The group; its parts alone count.
        kernel_size: The odd size of the kernel.
        kind: ``"regular"``, with one component a part; ``"site"`` or ``"spin"``, with one; ``"bond"``, with the
            :math:`2d` components of :func:`~pyg_symbreak.nn.lattice.half_bonds`. The two views of a bond within the
            kernel share a weight, so that all weights are independent.

    .. code-block:: python

        >>> group = LatticeGroup.p4(4)
        >>> filter_sources(group, 3, "site")[1].view(3, 3)  # a quarter turn of the kernel 0 … 8
        tensor([[2, 5, 8],
                [1, 4, 7],
                [0, 3, 6]])
        >>> [int(filter_sources(group, 3, kind).max()) + 1 for kind in ("regular", "bond")]
        [36, 24]
    """
    tap, q = taps(group.dim, kernel_size), group.matrices
    spread = kernel_size ** torch.arange(group.dim)
    # Rows: the inverse of an orthogonal matrix is its transpose.
    back = ((tap @ q + kernel_size // 2) * spread).sum(-1)  # [K, T]
    if kind == "bond":
        return _bond_sources(q, tap)
    if kind == "regular":
        part = group.table[group.inverses]  # [K, K]: the inverse of the output's times the input's
        return (part.unsqueeze(2) * tap.size(0) + back.unsqueeze(1)).flatten(1)
    return back


def direction_sources(group: LatticeGroup) -> Tensor:
    r"""Where the :math:`2d` directions come from when a part moves them, ``[K, 2 * d]``, int64.

    Number :math:`a` is direction :math:`a`, and number :math:`d + a` is its opposite.

    .. code-block:: python

        >>> direction_sources(LatticeGroup.p4m(4))[:2].tolist()
        [[0, 1, 2, 3], [1, 2, 3, 0]]
    """
    steps = _steps(group.dim)
    moved = steps @ group.matrices
    return (moved @ steps.t()).argmax(-1)


def _bond_sources(q: Tensor, tap: Tensor) -> Tensor:
    dim, steps = q.size(-1), _steps(q.size(-1))
    # A bond is named by the sum of its two ends, which no other bond has, however it is turned.
    middle = (2 * tap + steps.unsqueeze(1)).flatten(0, 1)  # [2d * T, d]
    moved = torch.cat([middle.unsqueeze(0), middle @ q])
    reach = int(middle.abs().max())
    name = ((moved + reach) * (2 * reach + 1) ** torch.arange(dim)).sum(-1)
    return torch.searchsorted(torch.unique(name[0]), name[1:])


def _steps(dim: int) -> Tensor:
    eye = torch.eye(dim, dtype=torch.long)
    return torch.cat([eye, -eye])


def _box(sizes: list[int]) -> Tensor:
    axes = [torch.arange(size) for size in sizes]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).view(-1, len(sizes)).flip(-1)
