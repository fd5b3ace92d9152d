r"""What a backbone reads of a graph: node attributes, the adjacency matrix, edge and pair attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.canonical_inputs import canonical_adjacency
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.backbones.padding import Padding


@dataclass(frozen=True)
class GraphInputs:
    r"""Names the attributes that a backbone reads, with their numbers of channels, and reads them.

    Args:
        in_channels: The number of numbers that a node has in all attributes of ``node_attrs`` together; 0 reads none.
        node_attrs: The names of the node attributes, each ``[N, …]``; vectors count number by number.
        edge_channels: The number of channels of ``edge_attr``; 0 reads none.
        edge_attr: The name of the edge attribute, ``[E]`` or ``[E, edge_channels]``.
        pair_channels: The number of channels of ``pair_attr``; 0 reads none.
        pair_attr: The name of a padded attribute of pairs, ``[B, n, n]`` or ``[B, n, n, pair_channels]``. It must be
            moved as one: ``Symmetrize(…, inputs={"NAME": "pair"})``.
        adjacency: Whether the pairs also have the adjacency matrix (number of edges) as a channel.

    Raises:
        ValueError: If a number of channels is negative, or an attribute is missing or has another shape.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.groups.ragged import node_ptr
        >>> data = Data(x=torch.tensor([1, 2]), pos=torch.zeros(2, 3), edge_index=torch.tensor([[0], [1]]))
        >>> inputs = GraphInputs(4, ("x", "pos"))
        >>> inputs.nodes(data, torch.float32).tolist()
        [[1.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]
        >>> inputs.pairs(data, Padding(node_ptr(data)), torch.float32)[..., 0].tolist()
        [[[0.0, 1.0], [0.0, 0.0]]]
    """

    in_channels: int = 0
    node_attrs: Sequence[str] = field(default=("x",))
    edge_channels: int = 0
    edge_attr: str = "edge_attr"
    pair_channels: int = 0
    pair_attr: str = "pair_attr"
    adjacency: bool = True

    def __post_init__(self) -> None:
        for name in ("in_channels", "edge_channels", "pair_channels"):
            count = getattr(self, name)
            if count < 0:
                raise ValueError(f"'GraphInputs' expected '{name}' to be at least 0 (got {count})")
        if isinstance(self.node_attrs, str):
            raise ValueError(f"'GraphInputs' expected 'node_attrs' as a sequence of names (got '{self.node_attrs}')")
        object.__setattr__(self, "node_attrs", tuple(self.node_attrs))

    @property
    def channels(self) -> int:
        r"""The number of channels of a pair."""
        return int(self.adjacency) + self.edge_channels + self.pair_channels

    def nodes(self, data: GraphLike, dtype: torch.dtype) -> Tensor:
        r"""Read the node attributes, ``[N, in_channels]``."""
        num_nodes = int(data.num_nodes or 0)
        columns = []
        for name in self.node_attrs if self.in_channels > 0 else ():
            value = data.get(name)
            if value is None or value.dim() == 0 or value.size(0) != num_nodes:
                got = "none" if value is None else list(value.shape)
                raise ValueError(f"'GraphInputs' expected 'data.{name}' with {num_nodes} rows (got {got})")
            column = (value.flatten(1) if value.dim() > 1 else value.unsqueeze(1)).to(dtype)
            relaxed = data.get("relaxed")
            if relaxed is not None and not value.is_floating_point():
                # Integers moved without a gradient: stay where they are, and pass that of the move.
                column = relaxed.compose(relaxed.detach().inverse()).act(column)
            columns.append(column)
        found = sum(column.size(1) for column in columns)
        if found != self.in_channels:
            names = ", ".join(f"'{name}'" for name in self.node_attrs)
            raise ValueError(f"'GraphInputs' expected {self.in_channels} numbers per node in {names} (got {found})")
        return columns[0] if len(columns) == 1 else torch.cat(columns, 1) if columns else self._none(data, dtype)

    def pairs(self, data: GraphLike, padding: Padding, dtype: torch.dtype, size: int | None = None) -> Tensor:
        r"""Read what belongs to pairs, ``[B, n, n, channels]``, zero on padding; :math:`n` is ``size`` if given."""
        size = padding.width if size is None else size
        shape = (padding.num_graphs, size, size)
        parts = []
        if self.adjacency:
            parts.append(
                self._dense(data, torch.ones(data.num_edges, 1, dtype=dtype, device=padding.ptr.device), padding, size)
            )
        if self.edge_channels > 0:
            # As numbers, not by name: integers would pass no gradient to the draw.
            parts.append(self._dense(data, self.edges(data, dtype), padding, size))
        if self.pair_channels > 0:
            parts.append(self._pair_attr(data, padding, dtype, size))
        if not parts:
            return torch.zeros(*shape, 0, dtype=dtype, device=padding.ptr.device)
        return parts[0] if len(parts) == 1 else torch.cat(parts, -1)

    def edges(self, data: GraphLike, dtype: torch.dtype) -> Tensor:
        r"""Read the edge attribute, ``[E, edge_channels]``."""
        attr = data.get(self.edge_attr)
        shape = [data.num_edges, self.edge_channels]
        if attr is None or list(attr.shape) not in (shape, shape[:1] if self.edge_channels == 1 else shape):
            raise self._wrong(self.edge_attr, attr, shape)
        value: Tensor = attr
        return value.view(shape).to(dtype)

    @staticmethod
    def _dense(data: GraphLike, edges: Tensor, padding: Padding, size: int) -> Tensor:
        if data.edge_index is None or padding.num_nodes == 0:
            return edges.new_zeros(padding.num_graphs, size, size, edges.size(1))
        return canonical_adjacency(data, edges, size)

    def _pair_attr(self, data: GraphLike, padding: Padding, dtype: torch.dtype, size: int) -> Tensor:
        attr, width, channels = data.get(self.pair_attr), padding.width, self.pair_channels
        shape = [padding.num_graphs, width, width, channels]
        fits = attr is not None and attr.dim() in (3, 4) and attr.size(0) == shape[0] and min(attr.shape[1:3]) >= width
        if not fits or (attr.size(3) if attr.dim() == 4 else 1) != channels:
            raise self._wrong(self.pair_attr, attr, shape)
        attr = attr[:, :width, :width].reshape(shape).to(dtype)
        attr = padding.mask_pairs(attr)
        return attr if size == width else torch.nn.functional.pad(attr, (0, 0, 0, size - width, 0, size - width))

    def _none(self, data: GraphLike, dtype: torch.dtype) -> Tensor:
        device = next((v.device for _, v in data.items() if isinstance(v, Tensor)), None)
        return torch.zeros(int(data.num_nodes or 0), 0, dtype=dtype, device=device)

    @staticmethod
    def _wrong(name: str, value: Tensor | None, shape: list[int]) -> ValueError:
        got = "none" if value is None else list(value.shape)
        return ValueError(f"'GraphInputs' expected 'data.{name}' of shape {shape} (got {got})")
