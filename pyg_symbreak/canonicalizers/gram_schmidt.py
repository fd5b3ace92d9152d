r"""Orthonormal frames from a few vectors, whatever their configuration."""

from __future__ import annotations

import torch
from torch import Tensor


def gram_schmidt(
    vectors: Tensor,
    completion: Tensor,
    *,
    special: bool = False,
    resolution: float = 1e-3,
    scale: Tensor | float | None = None,
) -> Tensor:
    r"""Orthonormalise vectors, one after the other; where they do not determine a direction, take it from
    ``completion``.

    Row ``c`` of the result is the normalised part of row ``c`` of ``vectors`` that is orthogonal to the rows before it,

    .. math::
        e_c = \frac{r_c}{\|r_c\|}, \qquad r_c = v_c - \sum_{c' < c} \langle v_c, e_{c'} \rangle \, e_{c'}

    unless :math:`\|r_c\|` is at most ``resolution * scale`` or there is no such row: then that of row ``c`` of
    ``completion``. The decision rests on lengths alone, so turning ``vectors`` and ``completion`` turns the result.
    With Gaussian rows in ``completion`` it is therefore equivariant in law, for collinear, coincident, zero or missing
    vectors as well. It has finite gradients everywhere.

    Rows are projected twice, so that they are orthogonal to the last digits even when they are nearly dependent.

    Args:
        vectors: The vectors, ``[B, k, d]`` with :math:`k \leq d`, one a row.
        completion: Vectors in general position, ``[B, d, d]``, such as independent Gaussian ones.
        special: Whether to complete the first :math:`d - 1` rows to determinant one (a generalised cross product),
            which is equivariant to rotations, not to reflections. Row ``d`` of both inputs is not read.
        resolution: The relative length up to which a remainder counts as zero. It bounds how much the result
            amplifies rounding errors and gradients, by ``1 / resolution``.
        scale: The length that remainders are compared with, a number or ``[B]``; by default the largest length
            among the ``vectors`` of the same graph.

    Returns:
        Orthogonal matrices ``[B, d, d]`` with orthonormal rows; determinant one if ``special``.

    Raises:
        ValueError: If the shapes disagree.

    .. code-block:: python

        >>> vectors = torch.tensor([[[0.0, 2.0, 0.0], [1.0, 5.0, 0.0]]])
        >>> gram_schmidt(vectors, torch.randn(1, 3, 3), special=True)
        tensor([[[ 0.,  1.,  0.],
                 [ 1.,  0.,  0.],
                 [ 0.,  0., -1.]]])
    """
    dim = completion.size(-1)
    if completion.dim() != 3 or completion.size(1) != dim or dim < 2:
        raise ValueError(f"'gram_schmidt' expected 'completion' of shape [B, d, d] (got {list(completion.shape)})")
    num_graphs, count = completion.size(0), vectors.size(1) if vectors.dim() == 3 else dim + 1
    if count > dim or vectors.shape != (num_graphs, count, dim):
        want = f"[{num_graphs}, k, {dim}] with k <= {dim}"
        raise ValueError(f"'gram_schmidt' expected 'vectors' of shape {want} (got {list(vectors.shape)})")
    completion = completion.to(vectors.dtype)
    if scale is None:
        lengths = vectors.detach().square().sum(-1)
        scale = lengths.amax(1).sqrt() if count > 0 else lengths.new_zeros(num_graphs)
    floor = torch.as_tensor(scale, dtype=vectors.dtype, device=vectors.device).detach().square() * resolution**2
    floor = floor.expand(num_graphs).unsqueeze(-1)
    rows: list[Tensor] = []
    for c in range(dim - 1):
        spare = _remainder(completion[:, c], rows)
        if c < count:
            rest = _remainder(vectors[:, c], rows)
            spare = torch.where(rest.detach().square().sum(-1, keepdim=True) > floor, rest, spare)
        unit = torch.nn.functional.normalize(spare, dim=-1)
        rows.append(torch.nn.functional.normalize(_remainder(unit, rows), dim=-1) if rows else unit)
    last = _cross(rows)
    if not special:  # one line is left, so only the side of the last row is open
        side = (completion[:, -1] * last).sum(-1, keepdim=True).detach()
        if count == dim:
            along = (vectors[:, -1] * last).sum(-1, keepdim=True).detach()
            side = torch.where(along.square() > floor, along, side)
        last = torch.where(side < 0, -last, last)
    return torch.stack([*rows, last], dim=1)


def _remainder(v: Tensor, rows: list[Tensor]) -> Tensor:
    """The part of ``v`` that is orthogonal to all rows."""
    if len(rows) == 1:
        return v - (v * rows[0]).sum(-1, keepdim=True) * rows[0]
    if rows:
        basis = torch.stack(rows, dim=1)
        return v - ((basis @ v.unsqueeze(-1)) * basis).sum(1)
    return v


def _cross(rows: list[Tensor]) -> Tensor:
    """The unit vector orthogonal to :math:`d - 1` orthonormal rows that makes the determinant one."""
    dim = len(rows) + 1
    if dim == 2:
        return torch.stack([-rows[0][:, 1], rows[0][:, 0]], dim=-1)
    if dim == 3:
        third: Tensor = torch.linalg.cross(rows[0], rows[1])
        return third
    # The line is the same from whatever start; the unit vector that is farthest from the rows loses no digits.
    basis = torch.stack(rows, dim=1)
    far = basis.detach().square().sum(1).argmin(-1)
    last = torch.nn.functional.one_hot(far, dim).to(basis.dtype)
    for _ in range(2):
        last = torch.nn.functional.normalize(_remainder(last, rows), dim=-1)
    full = torch.cat([basis, last.unsqueeze(1)], dim=1).detach()
    return torch.where(torch.linalg.det(full).unsqueeze(-1) < 0, -last, last)
