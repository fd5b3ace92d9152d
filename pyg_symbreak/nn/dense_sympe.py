r"""Symmetry-breaking encodings of padded graphs and of other groups."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups import KINDS, GroupElement
from pyg_symbreak.nn.rank_pair import positive


class DenseSymPE(torch.nn.Module):
    r"""The encodings of :class:`~pyg_symbreak.nn.SymPE` for padded batches, as dense graph transformers use them.

    Nothing in it depends on values, so it compiles as one graph (``torch.compile(fullgraph=True)``).

    Args:
        dim: The length of the node vectors.
        max_nodes: The largest padded size.
        edge_dim: The length of the vectors of pairs; none by default.

    Shapes:
        - **input:** ranks ``[B, n]`` int64 (anything below ``max_nodes`` on padding), mask ``[B, n]`` bool or ``None``.
        - **output:** node vectors ``[B, n, dim]``, vectors of pairs ``[B, n, n, edge_dim]`` or ``None``; zero on
          padding.

    Raises:
        ValueError: If a size is not positive or the padded size exceeds ``max_nodes``.

    .. code-block:: python

        >>> nodes, pairs = DenseSymPE(4, max_nodes=5, edge_dim=2)(torch.tensor([[1, 0, 2]]))
        >>> nodes.shape, pairs.shape
        (torch.Size([1, 3, 4]), torch.Size([1, 3, 3, 2]))
    """

    def __init__(self, dim: int, max_nodes: int, edge_dim: int | None = None) -> None:
        super().__init__()
        positive("DenseSymPE", dim=dim, max_nodes=max_nodes, edge_dim=1 if edge_dim is None else edge_dim)
        self.dim, self.max_nodes, self.edge_dim = dim, max_nodes, edge_dim
        self.weight = torch.nn.Parameter(torch.empty(max_nodes, dim))
        self.pair = None if edge_dim is None else torch.nn.Parameter(torch.empty(max_nodes**2, edge_dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the vectors afresh, standard normal."""
        torch.nn.init.normal_(self.weight)
        if self.pair is not None:
            torch.nn.init.normal_(self.pair)

    def forward(self, rank: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        if rank.size(1) > self.max_nodes:
            raise ValueError(
                f"'DenseSymPE' expected graphs padded to at most 'max_nodes' = {self.max_nodes} nodes "
                f"(got {rank.size(1)})"
            )
        nodes = torch.nn.functional.embedding(rank, self.weight)
        pairs = None
        if self.pair is not None:
            entry = rank.unsqueeze(2) * self.max_nodes + rank.unsqueeze(1)
            pairs = torch.nn.functional.embedding(entry, self.pair)
        if mask is not None:
            nodes = nodes * mask.unsqueeze(-1)
            if pairs is not None:
                pairs = pairs * (mask.unsqueeze(2) & mask.unsqueeze(1)).unsqueeze(-1)
        return nodes, pairs

    def extra_repr(self) -> str:
        return f"{self.dim}, max_nodes={self.max_nodes}, edge_dim={self.edge_dim}"


class GroupSymPE(torch.nn.Module):
    r"""A learned object :math:`v`, moved by an element of any group: the input :math:`\tilde g \cdot v` of SymPE.

    For :math:`O(d)` take ``GroupSymPE(k, d)``, ``k`` learned vectors in space; for permutations of at most ``n`` nodes
    ``GroupSymPE(n, dim)`` gives padded node vectors; for a lattice ``GroupSymPE(channels, height, width)``, a learned
    field, or with ``kind="spin"`` one that changes its sign with the spins.

    Args:
        *shape: The shape of :math:`v`.
        kind: What :math:`v` holds, one of :data:`~pyg_symbreak.groups.KINDS` of which every graph has ``[*shape]``.

    Shapes:
        - **input:** a batch of :math:`B` group elements.
        - **output:** ``[B, *shape]``.

    Raises:
        ValueError: If a size is not positive, none is given, or the kind is unknown.

    .. code-block:: python

        >>> from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry, Orthogonal
        >>> GroupSymPE(2, 3)(Orthogonal.random(torch.tensor([0, 4, 9]), dim=3)).shape
        torch.Size([2, 2, 3])
        >>> GroupSymPE(4, 8, 8, kind="spin")(LatticeSymmetry.random(5, LatticeGroup.p4m(8, spin_flip=True))).shape
        torch.Size([5, 4, 8, 8])
    """

    def __init__(self, *shape: int, kind: str = "dense") -> None:
        super().__init__()
        if not shape or min(shape) < 1:
            raise ValueError(f"'GroupSymPE' expected a shape of positive sizes (got {shape})")
        if kind not in KINDS:
            raise ValueError(f"'GroupSymPE' expected 'kind' to be one of {', '.join(KINDS)} (got {kind!r})")
        self.kind = kind
        self.weight = torch.nn.Parameter(torch.empty(shape))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the object afresh, standard normal."""
        torch.nn.init.normal_(self.weight)

    def forward(self, g: GroupElement) -> Tensor:
        return g.act_as(self.weight.expand(g.num_graphs, *self.weight.shape), self.kind)

    def extra_repr(self) -> str:
        return ", ".join(str(size) for size in self.weight.shape) + f", kind={self.kind!r}"
