r"""Adds a fixed positional encoding of the canonical rank."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.transforms.base import (
    RankTransform,
    check_attr_name,
    check_positive,
    feature_dtype,
    write_node_attr,
)


@functional_transform("add_sym_pe")
class AddSymPE(RankTransform):
    r"""Adds the symmetry-breaking positional encoding of `"Improving Equivariant Networks with Probabilistic Symmetry
    Breaking" <https://arxiv.org/abs/2503.21985>`_ with a fixed code in place of the learned vectors (functional name:
    :obj:`add_sym_pe`).

    A canonical rank :math:`r_i` is drawn for every node (see :class:`~pyg_symbreak.transforms.AddCanonicalRank` for the
    law) and the row :math:`v_{r_i}` of a fixed matrix is written. Rows are distinct, which is all the theory asks for:
    the stabiliser of :math:`v` is trivial. :class:`pyg_symbreak.nn.SymPE` learns the matrix instead.

    .. math::
        v_{r, 2j} = \sin(r \, \omega_j), \quad v_{r, 2j+1} = \cos(r \, \omega_j), \quad \omega_j = 10000^{-2j/d}
        \qquad \text{or} \qquad v_{r, j} = \sqrt{\tfrac{2}{n}} \cos\bigl(\pi (j + 1) (r + \tfrac12) / n\bigr)

    Args:
        dim: The width :math:`d` of the encoding.
        encoding: ``"sinusoidal"`` (any size; ``dim`` must be even) or ``"cosine"`` (orthonormal columns, the discrete
            cosine transform over :math:`n` = ``max_nodes`` positions without its constant column).
        max_nodes: The size of the largest graph, for ``"cosine"`` only.
        randomize: Whether to draw a random canonical rank.
        attr_name: The name of the node attribute, ``[N, dim]``; ``None`` appends it to ``x``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The budget of the search on hard graphs; that of :func:`~pyg_symbreak.labeling.canonical_rank`
            by default.
        on_budget: What to do beyond the budget: ``"raise"``, or ``"uncertified"`` to accept an order without a proof.

    Raises:
        TypeError: If names are no names.
        ValueError: If an option is unknown or does not fit another, or a graph has more than ``max_nodes`` nodes.

    .. code-block:: python

        >>> cycle = Data(edge_index=torch.tensor([[0, 1, 2, 1, 2, 0], [1, 2, 0, 0, 1, 2]]), num_nodes=3)
        >>> AddSymPE(dim=4)(cycle).sympe.shape
        torch.Size([3, 4])
    """

    def __init__(
        self,
        dim: int,
        encoding: str = "sinusoidal",
        max_nodes: int | None = None,
        randomize: bool = True,
        attr_name: str | None = "sympe",
        node_attrs: Sequence[str] = (),
        edge_attrs: Sequence[str] = (),
        max_search_nodes: int | None = None,
        on_budget: str = "raise",
    ) -> None:
        self.dim = check_positive(self, "dim", dim)
        if encoding not in ("sinusoidal", "cosine"):
            raise ValueError(f"'AddSymPE' expected 'encoding' as 'sinusoidal' or 'cosine' (got '{encoding}')")
        if encoding == "sinusoidal" and dim % 2 == 1:
            raise ValueError(f"'AddSymPE' expected an even 'dim' for 'sinusoidal' (got {dim})")
        if encoding == "cosine" and (max_nodes is None or max_nodes <= dim):
            raise ValueError(f"'AddSymPE' expected 'max_nodes' above 'dim' = {dim} for 'cosine' (got {max_nodes})")
        if encoding == "sinusoidal" and max_nodes is not None:
            raise ValueError(f"'AddSymPE' expected no 'max_nodes' for 'sinusoidal' (got {max_nodes})")
        self.encoding = encoding
        self.max_nodes = max_nodes
        self.attr_name = check_attr_name(self, attr_name)
        self._set_labelling(randomize, node_attrs, edge_attrs, max_search_nodes, on_budget)

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        largest = int(ptr.diff().max()) if ptr.numel() > 1 else 0
        if self.max_nodes is not None and largest > self.max_nodes:
            raise ValueError(f"'AddSymPE' expected graphs of at most 'max_nodes' = {self.max_nodes} (got {largest})")
        code = self._code(self._rank(data, generator)).to(feature_dtype(data))
        return write_node_attr(data, self.attr_name, code, ptr)

    def _code(self, rank: Tensor) -> Tensor:
        position = rank.double().view(-1, 1)
        if self.encoding == "cosine":
            assert self.max_nodes is not None
            column = torch.arange(1, self.dim + 1, device=rank.device, dtype=torch.double)
            return torch.cos(math.pi * column * (position + 0.5) / self.max_nodes) * math.sqrt(2 / self.max_nodes)
        steps = torch.arange(0, self.dim, 2, device=rank.device, dtype=torch.double)
        angle = position * torch.exp(steps * (-math.log(10000.0) / self.dim))
        return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)
