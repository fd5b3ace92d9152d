r"""Symmetry breaking around any message-passing layer."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.nn.conv import MessagePassing

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.nn.rank_pair import permutation_of
from pyg_symbreak.nn.sympe import SymPE

MODES = ("cat", "add")


class SymPEConv(torch.nn.Module):
    r"""Wraps a message-passing layer so that its nodes, and edges if wanted, carry symmetry-breaking encodings.

    The wrapped layer gets ``[x, SymPE(g)]`` in place of ``x``, and everything else of its own signature as it is given.

    Args:
        conv: The layer; with ``mode="cat"`` it must accept ``dim`` more input channels (and ``edge_dim`` more edge
            attributes).
        canonicalizer: What draws the permutations when none are given; it sees ``x``, ``edge_index``, ``edge_attr`` and
            ``batch``. ``None`` if they are always given.
        dim: The length of the node vectors; with ``mode="add"`` the number of channels of ``x``.
        max_nodes: The largest number of nodes of a graph.
        edge_dim: The length of the edge vectors; no edge part by default.
        mode: ``"cat"`` to append the encodings, ``"add"`` to add them.
        extrapolate: What to do with more than ``max_nodes`` nodes, as in :class:`~pyg_symbreak.nn.SymPE`.

    Raises:
        TypeError: If ``conv`` is no message-passing layer, has no ``edge_attr`` although ``edge_dim`` is given, or the
            input is bipartite.
        ValueError: If ``mode`` is unknown, channels do not match, or there is neither ``g`` nor a canonicalizer.

    .. code-block:: python

        >>> from torch_geometric.nn import GCNConv
        >>> from pyg_symbreak.canonicalizers import SpectralCanonicalizer
        >>> conv = SymPEConv(GCNConv(8 + 4, 16), SpectralCanonicalizer(), dim=4, max_nodes=10)
        >>> conv(torch.randn(3, 8), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])).shape
        torch.Size([3, 16])
    """

    def __init__(
        self,
        conv: MessagePassing,
        canonicalizer: Canonicalizer | None,
        dim: int,
        max_nodes: int,
        edge_dim: int | None = None,
        *,
        mode: str = "cat",
        extrapolate: str = "error",
    ) -> None:
        super().__init__()
        if not isinstance(conv, MessagePassing):
            raise TypeError(f"'SymPEConv' expected 'conv' as a 'MessagePassing' layer (got '{type(conv).__name__}')")
        if mode not in MODES:
            raise ValueError(f"'SymPEConv' expected 'mode' in {MODES} (got '{mode}')")
        if edge_dim is not None and "edge_attr" not in inspect.signature(conv.forward).parameters:
            raise TypeError(
                f"'SymPEConv' expected 'conv' to take 'edge_attr' when 'edge_dim' is set (got '{type(conv).__name__}')"
            )
        self.conv, self.canonicalizer, self.mode = conv, canonicalizer, mode
        self.sympe = SymPE(dim, max_nodes, edge_dim, extrapolate=extrapolate)

    def reset_parameters(self) -> None:
        r"""Reset the layer, the encodings and the canonicalizer."""
        for module in (self.conv, self.sympe, self.canonicalizer):
            if module is not None:
                reset(module)

    def forward(
        self,
        x: Tensor,
        edge_index: Tensor,
        *args: Any,
        g: GroupElement | Tensor | None = None,
        batch: Tensor | None = None,
        generator: torch.Generator | None = None,
        **kwargs: Any,
    ) -> Any:
        r"""Encode and run the layer.

        Args:
            x: Node features, ``[N, channels]``.
            edge_index: The edges, ``[2, E]``.
            *args: Further arguments of the layer.
            g: The permutations, or the ranks of the nodes; drawn by the canonicalizer if not given. Draw once and pass
                the same to all layers of a network.
            batch: The graph of every node, ``[N]``, for the draw; one graph by default.
            generator: The source of randomness of the draw.
            **kwargs: Further arguments of the layer.
        """
        if not isinstance(x, Tensor):
            raise TypeError(f"'SymPEConv' expected 'x' as one tensor (got '{type(x).__name__}'), not a bipartite input")
        if self.mode == "add" and x.size(-1) != self.sympe.dim:
            raise ValueError(f"'SymPEConv' expected 'x' with {self.sympe.dim} channels to add to (got {x.size(-1)})")
        call = inspect.signature(self.conv.forward).bind(x, edge_index, *args, **kwargs)
        edge_attr = call.arguments.get("edge_attr")
        if g is None:
            g = self._draw(x, edge_index, edge_attr, batch, generator)
        call.arguments["x"] = self._join(x, self.sympe(g))
        if self.sympe.edge_dim is not None:
            vectors = self.sympe.edge(g, edge_index)
            call.arguments["edge_attr"] = vectors if edge_attr is None else self._join(edge_attr, vectors)
        return self.conv(*call.args, **call.kwargs)

    def _draw(
        self,
        x: Tensor,
        edge_index: Tensor,
        edge_attr: Tensor | None,
        batch: Tensor | None,
        generator: torch.Generator | None,
    ) -> Permutation:
        if self.canonicalizer is None:
            raise ValueError("'SymPEConv' expected 'g' (got None, and there is no canonicalizer to draw it)")
        optional = {"edge_attr": edge_attr, "batch": batch}
        data = Data(x=x, edge_index=edge_index, **{k: v for k, v in optional.items() if v is not None})
        return permutation_of("SymPEConv", self.canonicalizer(data, generator=generator))

    def _join(self, values: Tensor, vectors: Tensor) -> Tensor:
        vectors = vectors.to(values.dtype) if values.is_floating_point() else vectors
        if self.mode == "add":
            if values.shape != vectors.shape:
                got, want = list(values.shape), list(vectors.shape)
                raise ValueError(f"'SymPEConv' expected 'edge_attr' of shape {want} to add to (got {got})")
            return values + vectors
        columns = values.unsqueeze(-1) if values.dim() == 1 else values
        return torch.cat([columns.to(vectors.dtype), vectors], dim=-1)

    def extra_repr(self) -> str:
        return f"mode={self.mode!r}"
