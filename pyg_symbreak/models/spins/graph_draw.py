r"""Breaks the symmetries of a lattice seen as a graph: an order of the sites and a direction of the spins."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.canonicalizers import ExactCanonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr


@dataclass(frozen=True)
class GraphDraw:
    r"""An element of :math:`S_n \times \mathbb{Z}_2` for every graph of a batch.

    Args:
        order: The drawn permutations.
        sign: Whether spins are reversed, ±1, ``[B]``.
    """

    order: Permutation
    sign: Tensor


class GraphDrawer(torch.nn.Module):
    r"""Draws an order of the sites, and a direction of the spins, from fields on the nodes and couplings on the edges.

    *Law.* With ``exact``, the order is from the inversion kernel: uniform on the orders that differ by an automorphism
    which keeps fields and couplings. Values enter by their order within the graph only, so that lattices of the same
    pattern have the same canonical form, whatever their numbers, and learned vectors mean the same on all of them. Else
    it is uniform on all orders. The direction is that of the total field; where that vanishes, a fair coin. Both
    together are from the inversion kernel of :math:`S_n \times \mathbb{Z}_2` if the total field does not vanish or no
    site has a field, and equivariant in law in any case.

    Args:
        exact: Whether to draw from the inversion kernel.
        spin_flip: Whether spins may be reversed; otherwise the sign is always 1.
        **kwargs: Options of :func:`pyg_symbreak.labeling.random_canonical_rank`, such as ``max_search_nodes``.

    .. code-block:: python

        >>> ring = torch.tensor([[0, 1, 1, 2, 2, 0], [1, 0, 2, 1, 0, 2]])
        >>> couplings = torch.tensor([[1.0], [1.0], [1.0], [1.0], [-1.0], [-1.0]])
        >>> draw = GraphDrawer()(Data(x=torch.full((3, 1), -0.5), edge_index=ring, edge_attr=couplings))
        >>> int(draw.order.order[1]), draw.sign  # the only site without a negative coupling; the spins point down
        (0, tensor([-1.]))
    """

    def __init__(self, exact: bool = True, spin_flip: bool = True, **kwargs: int | str) -> None:
        super().__init__()
        self.exact, self.spin_flip = exact, spin_flip
        self.canonicalizer = (
            ExactCanonicalizer(("site_color",), ("bond_color",), **kwargs) if exact else UniformCanonicalizer()
        )

    @torch.no_grad()
    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> GraphDraw:
        ptr = node_ptr(data)
        batch = node_batch(ptr)
        field = data.x.reshape(batch.numel(), -1)[:, 0]
        sign = self._sign(field, batch, ptr.numel() - 1, generator)
        graph = Data(edge_index=data.edge_index, num_nodes=batch.numel(), batch=batch, ptr=ptr)
        if self.exact:
            graph.site_color = value_order(field * sign[batch], batch)
            coupling = data.edge_attr.reshape(data.edge_index.size(1), -1)[:, 0]
            graph.bond_color = value_order(coupling, batch[data.edge_index[0]])
        order = self.canonicalizer(graph, generator=generator)
        return GraphDraw(order, sign)

    def _sign(self, field: Tensor, batch: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
        if not self.spin_flip:
            return field.new_ones(count)
        total, size = (field.new_zeros(count).index_add(0, batch, value) for value in (field, field.abs()))
        device = field.device if generator is None else generator.device
        coin = torch.randint(2, (count,), generator=generator, device=device).to(field) * 2 - 1
        # What is left of a sum that should vanish is rounding, which must not choose a direction.
        return torch.where(total.abs() <= 1e-5 * size, coin, total.sign())

    def extra_repr(self) -> str:
        return f"exact={self.exact}, spin_flip={self.spin_flip}"


def value_order(values: Tensor, batch: Tensor) -> Tensor:
    r"""Number the different values of every graph in ascending order, ``[N]``, int64.

    Args:
        values: The values, ``[N]``.
        batch: The graph of each, ``[N]``.

    .. code-block:: python

        >>> value_order(torch.tensor([0.5, -1.0, 0.5, 7.0, 7.0]), torch.tensor([0, 0, 0, 1, 1]))
        tensor([1, 0, 1, 0, 0])
    """
    if values.numel() == 0:
        return batch
    kinds, kind = torch.unique(values, return_inverse=True)
    cells, cell = torch.unique(batch * kinds.numel() + kind, return_inverse=True)
    owner = torch.div(cells, kinds.numel(), rounding_mode="floor")
    first = torch.searchsorted(owner, owner)  # of each cell, the first cell of its graph
    rank: Tensor = cell - first[cell]
    return rank
