r"""Adds Laplacian eigenvectors that depend neither on the solver nor on the order of the nodes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.utils import coalesce

from pyg_symbreak.transforms.base import (
    RankTransform,
    check_attr_name,
    check_positive,
    feature_dtype,
    write_node_attr,
)
from pyg_symbreak.transforms.eigenspaces import build_laplacian, canonical_basis, smallest_eigenspaces


@functional_transform("add_canonical_laplacian_pe")
class AddCanonicalLaplacianPE(RankTransform):
    r"""Adds eigenvectors of the ``k`` smallest non-zero eigenvalues of the graph Laplacian, with signs and bases chosen
    by eigenspace projectors and a canonical rank (functional name: :obj:`add_canonical_laplacian_pe`).

    An eigenvector is defined up to its sign, and up to a rotation where the eigenvalue repeats; solvers return any, and
    not the same one on every machine. The projector :math:`P` on an eigenspace is unique. The basis written here is
    :math:`P e_c / \lVert P e_c \rVert` for the node :math:`c` that maximises the norm, of the lowest canonical rank
    among equals, then the same with that direction taken out, and so on; compare `"Laplacian Canonization"
    <https://arxiv.org/abs/2310.18716>`_.

    Edges are made undirected; parallel edges count once and self-loops not at all. Isolated nodes and further
    components only add to the eigenvalue zero, which is left out as a whole. A ``Batch`` is treated graph by graph.

    *Law.* With ``randomize`` equivariant in law: only nodes that an automorphism exchanges are told apart at random.
    Without, the choice among those depends on how they stand in the array. Where the maximum is attained once, nothing
    is random in either case. The law is the same in training and evaluation.

    Args:
        k: The number of eigenvectors.
        normalization: ``"sym"`` for :math:`I - D^{-1/2} A D^{-1/2}`, ``None`` for :math:`D - A`.
        pad: Whether a graph with fewer than ``k`` non-zero eigenvalues gets columns of zeros; an error otherwise.
        weight_attr: The name of an edge attribute of non-negative weights; parallel edges add up, and the two
            directions are averaged. It colours the edges, too.
        dense_threshold: The largest graph for the dense solver. Above it, a sparse one with a fixed start is used, and
            the dense one where that does not converge.
        randomize: Whether to draw a random canonical rank.
        attr_name: The name of the node attribute, ``[N, k]``; ``None`` appends it to ``x``.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.
        max_search_nodes: The budget of the search on hard graphs; that of :func:`~pyg_symbreak.labeling.canonical_rank`
            by default.
        on_budget: What to do beyond the budget: ``"raise"``, or ``"uncertified"`` to accept an order without a proof.

    Raises:
        TypeError: If names are no names.
        ValueError: If an option is unknown, a weight is negative or no number, or a graph is too small without ``pad``.

    .. code-block:: python

        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> AddCanonicalLaplacianPE(k=3)(path).laplacian_pe.abs().round(decimals=4)
        tensor([[0.7071, 0.5000, 0.0000],
                [0.0000, 0.7071, 0.0000],
                [0.7071, 0.5000, 0.0000]])
    """

    def __init__(
        self,
        k: int,
        normalization: str | None = "sym",
        pad: bool = True,
        weight_attr: str | None = None,
        dense_threshold: int = 500,
        randomize: bool = True,
        attr_name: str | None = "laplacian_pe",
        node_attrs: Sequence[str] = (),
        edge_attrs: Sequence[str] = (),
        max_search_nodes: int | None = None,
        on_budget: str = "raise",
    ) -> None:
        self.k = check_positive(self, "k", k)
        if normalization not in ("sym", None):
            raise ValueError(
                f"'AddCanonicalLaplacianPE' expected 'normalization' as 'sym' or None (got {normalization!r})"
            )
        self.normalization = normalization
        self.pad = pad
        self.weight_attr = weight_attr
        self.dense_threshold = dense_threshold
        self.attr_name = check_attr_name(self, attr_name)
        self._set_labelling(randomize, node_attrs, edge_attrs, max_search_nodes, on_budget)

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        weights = () if self.weight_attr is None else (self.weight_attr,)
        rank = self._rank(data, generator, weights).cpu()
        edge_index, weight = self._undirected(data, int(ptr[-1]))
        offsets = ptr.tolist()
        # Undirected edges come sorted, so those of a graph are one slice.
        cuts = torch.searchsorted(edge_index[0].contiguous(), ptr.cpu()).tolist()
        out = torch.zeros(offsets[-1], self.k, dtype=torch.double)
        for start, stop, first, last in zip(offsets, offsets[1:], cuts, cuts[1:]):
            if stop > start:
                local = edge_index[:, first:last] - start
                out[start:stop] = self._encode(local, weight[first:last], rank[start:stop])
        return write_node_attr(data, self.attr_name, out.to(ptr.device, feature_dtype(data)), ptr)

    def _encode(self, edge_index: Tensor, weight: Tensor, rank: Tensor) -> Tensor:
        """The padded encoding of one graph."""
        n = rank.numel()
        laplacian = build_laplacian(edge_index, weight, n, self.normalization == "sym")
        available = n - laplacian.nullity
        if available < self.k and not self.pad:
            raise ValueError(
                f"'AddCanonicalLaplacianPE' expected graphs with at least 'k' = {self.k} non-zero eigenvalues (got "
                f"{available} on {n} nodes; pass 'pad=True' to fill up with zeros)"
            )
        out = torch.zeros(n, self.k, dtype=torch.double)
        filled = 0
        for space in smallest_eigenspaces(laplacian, self.k, self.dense_threshold):
            basis = torch.from_numpy(canonical_basis(space, rank.numpy(), self.k - filled))
            out[:, filled : filled + basis.size(1)] = basis
            filled += basis.size(1)
        return out

    def _undirected(self, data: Data, num_nodes: int) -> tuple[Tensor, Tensor]:
        """Every pair of adjacent nodes once in each direction, sorted, with its weight."""
        if data.edge_index is None:
            return torch.empty(2, 0, dtype=torch.long), torch.empty(0, dtype=torch.double)
        edge_index = data.edge_index.cpu().long()
        if self.weight_attr is None:
            weight = torch.full((edge_index.size(1),), 2.0, dtype=torch.double)
        else:
            weight = self._weight(data)
        keep = (edge_index[0] != edge_index[1]) & (weight > 0)
        edge_index, weight = edge_index[:, keep], weight[keep] / 2
        both = torch.cat([edge_index, edge_index.flip(0)], dim=1)
        reduce = "max" if self.weight_attr is None else "sum"
        merged: tuple[Tensor, Tensor] = coalesce(both, torch.cat([weight, weight]), num_nodes=num_nodes, reduce=reduce)
        return merged

    def _weight(self, data: Data) -> Tensor:
        weight = data.get(self.weight_attr)
        if not isinstance(weight, Tensor) or weight.numel() != data.edge_index.size(1):
            raise ValueError(
                f"'AddCanonicalLaplacianPE' expected 'weight_attr' to name one number for each of "
                f"{data.edge_index.size(1)} edges (got '{self.weight_attr}')"
            )
        weight = weight.detach().cpu().double().view(-1)
        if not bool((weight >= 0).all()) or bool(weight.isinf().any()):
            raise ValueError(
                f"'AddCanonicalLaplacianPE' expected finite and non-negative weights in '{self.weight_attr}' "
                f"(got {weight[~(weight >= 0) | weight.isinf()][0].item()})"
            )
        return weight
