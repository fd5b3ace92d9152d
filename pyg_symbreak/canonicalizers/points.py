r"""The vectors that a graph in space holds."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pyg_symbreak.groups.ragged import GraphLike, node_batch, segment_mean


def centroid(pos: Tensor, ptr: Tensor) -> Tensor:
    r"""Average the points of each graph; zero for a graph without nodes.

    The mean is taken of the differences to one of the points, so that the centroid of coincident points is that very
    point, without rounding error.

    Args:
        pos: Points, ``[N, d]``.
        ptr: The offsets of the graphs, ``[B + 1]``.

    Returns:
        Centroids, ``[B, d]``.

    .. code-block:: python

        >>> centroid(torch.tensor([[0.1], [0.1], [0.1], [5.0]]), torch.tensor([0, 3, 3, 4])).flatten().tolist()
        [0.10000000149011612, 0.0, 5.0]
    """
    if pos.size(0) == 0:
        return pos.new_zeros(ptr.numel() - 1, pos.size(1))
    # A graph without nodes reads a point of its neighbour, and drops it.
    first = pos.detach()[ptr[:-1].clamp(max=pos.size(0) - 1)] * (ptr.diff() > 0).unsqueeze(-1)
    return first + segment_mean(pos - first[node_batch(ptr)], ptr)


def point_vectors(
    owner: str, data: GraphLike, ptr: Tensor, dim: int, names: Sequence[str] = (), center: Tensor | None = None
) -> Tensor:
    r"""Stack the points of the nodes, less their centre, and vectors of the nodes, as channels.

    Args:
        owner: The class to name in errors.
        data: One graph or a batch of graphs; ``data.pos`` and the attributes ``names`` are read.
        ptr: The offsets of the graphs, ``[B + 1]``.
        dim: The dimension :math:`d` of the space.
        names: Attributes that hold vectors, ``[N, d]`` or ``[N, c, d]``.
        center: What to subtract from the points, ``[B, d]``; nothing by default.

    Returns:
        Vectors ``[N, C, d]``.

    Raises:
        ValueError: If an attribute is missing or of another shape.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> data = Data(pos=torch.randn(4, 3), vel=torch.randn(4, 3))
        >>> point_vectors("Example", data, torch.tensor([0, 4]), 3, ("vel",)).shape
        torch.Size([4, 2, 3])
    """
    num_nodes = int(ptr[-1])
    channels = []
    for name in ("pos", *names):
        value = data.get(name)
        if not isinstance(value, Tensor):
            raise ValueError(f"'{owner}' expected 'data.{name}' (got {sorted(data.keys())})")
        dims = (2,) if name == "pos" else (2, 3)
        if value.dim() not in dims or value.size(0) != num_nodes or value.size(-1) != dim:
            want = f"[{num_nodes}, {dim}]"
            raise ValueError(f"'{owner}' expected 'data.{name}' of shape {want} (got {list(value.shape)})")
        if name == "pos" and center is not None:
            value = value - center[node_batch(ptr)]
        channels.append(value if value.dim() == 3 else value.unsqueeze(1))
    return torch.cat(channels, dim=1)


def gaussian(shape: Sequence[int], like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    r"""Draw standard normal numbers with the dtype and device of ``like``, from a generator on any device.

    .. code-block:: python

        >>> gaussian((2, 3), torch.zeros(1, dtype=torch.float64)).dtype
        torch.float64
    """
    device = like.device if generator is None else generator.device
    return torch.randn(*shape, dtype=like.dtype, device=device, generator=generator).to(like.device)
