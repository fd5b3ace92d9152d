r"""Spins by message passing: the lattice as a graph, its couplings as edge attributes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from torch_geometric.nn import GINEConv
from torch_geometric.utils import scatter

from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.groups.ragged import GraphLike, node_batch, node_ptr
from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.models.spins.graph_draw import GraphDraw, GraphDrawer
from pyg_symbreak.nn.conv import RankConv, SymPEConv

GRAPH_METHODS = ("none", "noise", "uniform", "sympe-exact")
LAYERS = ("sympe", "rank")


class GraphSpinModel(torch.nn.Module):
    r"""Predicts ground states of spins on any graph by message passing with symmetry breaking.

    A graph does not know the directions of its lattice, and its symmetries are all permutations that keep fields and
    couplings. What tells the sites apart is one of

    - ``"none"``: nothing; all sites that are alike get the same mean;
    - ``"noise"``: standard normal numbers on the sites, drawn afresh at every call;
    - ``"uniform"``: learned vectors by rank, in an order drawn uniformly from all orders;
    - ``"sympe-exact"``: the same, in an order drawn from the inversion kernel
      (:class:`~pyg_symbreak.models.spins.graph_draw.GraphDrawer`).

    Args:
        method: One of the above.
        max_nodes: The largest number of sites.
        layer: How layers see the order: ``"sympe"``, sites get learned vectors (:class:`~pyg_symbreak.nn.SymPEConv`
            around :class:`torch_geometric.nn.GINEConv`), or ``"rank"``, messages get vectors of pairs of ranks
            (:class:`~pyg_symbreak.nn.RankConv`).
        width: The number of channels.
        num_layers: The number of rounds of message passing.
        dim: The length of the learned vectors, or the number of noise channels.
        spin_flip: Whether reversing the field reverses the spins. The network then is odd, and in no field and without
            symmetry breaking all means vanish.
        **kwargs: Options of the exact draw, such as ``max_search_nodes``.

    Shapes:
        - **input:** a batch with ``x`` ``[N, 1]`` (the field of the sites), ``edge_index`` ``[2, E]``, ``edge_attr``
          ``[E, 1]`` (the couplings, both ways), as ``LatticeToGraph`` makes it, with ``field`` ``[B, *sizes]``.
        - **output:** a distribution with logits of the shape of ``field``.

    Raises:
        ValueError: If an option is unknown or out of range, a graph has more than ``max_nodes`` sites, or the batch
            lacks one of its parts.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ring = torch.tensor([[0, 1, 1, 2, 2, 0], [1, 0, 2, 1, 0, 2]])
        >>> data = Data(x=torch.zeros(3, 1), edge_index=ring, edge_attr=torch.ones(6, 1), field=torch.zeros(1, 3))
        >>> GraphSpinModel("sympe-exact", 3)(data).logits.shape
        torch.Size([1, 3])
        >>> GraphSpinModel("none", 3)(data).mean
        tensor([[0., 0., 0.]], grad_fn=<TanhBackward0>)
    """

    def __init__(
        self,
        method: str,
        max_nodes: int,
        *,
        layer: str = "sympe",
        width: int = 32,
        num_layers: int = 4,
        dim: int = 8,
        spin_flip: bool = True,
        **kwargs: int | str,
    ) -> None:
        super().__init__()
        for name, value, valid in (("method", method, GRAPH_METHODS), ("layer", layer, LAYERS)):
            if value not in valid:
                raise ValueError(f"'GraphSpinModel' expected '{name}' to be one of {', '.join(valid)} (got {value!r})")
        for name, size in (("width", width), ("num_layers", num_layers), ("dim", dim)):
            if size < 1:
                raise ValueError(f"'GraphSpinModel' expected '{name}' to be at least 1 (got {size})")
        self.method, self.max_nodes, self.layer, self.dim = method, max_nodes, layer, dim
        self.width, self.spin_flip = width, spin_flip
        ordered = method in ("uniform", "sympe-exact")
        self.drawer = GraphDrawer(method == "sympe-exact", spin_flip, **kwargs) if ordered else None
        self.embed = torch.nn.Linear(1 + (dim if method == "noise" else 0), width)
        self.convs = torch.nn.ModuleList(self._conv(ordered) for _ in range(num_layers))
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(width) for _ in range(num_layers))
        self.head = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, 1))

    def _conv(self, ordered: bool) -> torch.nn.Module:
        width = self.width
        if ordered and self.layer == "rank":
            return RankConv(width, width, self.max_nodes, edge_dim=1)
        wide = width + (self.dim if ordered else 0)
        mlp = torch.nn.Sequential(torch.nn.Linear(wide, width), torch.nn.ReLU(), torch.nn.Linear(width, width))
        conv = GINEConv(mlp, edge_dim=1)
        return SymPEConv(conv, None, self.dim, self.max_nodes) if ordered else conv

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for child in self.children():
            reset(child)

    def symmetries(self, batch: GraphLike) -> LatticeGroup:
        r"""Return symmetries under which the model is equivariant: all those of the lattice of a batch.

        Graphs have more symmetries than these where a lattice is small, or its couplings are not those of a lattice.
        """
        return LatticeGroup.full(batch.field.shape[1:], spin_flip=self.spin_flip)

    def draw(self, batch: GraphLike, *, generator: torch.Generator | None = None) -> GraphDraw | None:
        r"""Draw an order of the sites and a direction of the spins; ``None`` for methods without an order.

        Args:
            batch: The graphs.
            generator: The source of randomness; the global one of torch by default.
        """
        return None if self.drawer is None else self.drawer(batch, generator=generator)

    def forward(
        self,
        batch: GraphLike,
        g: GraphDraw | None = None,
        *,
        noise: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> SpinDistribution:
        r"""Predict the spins given one draw.

        Args:
            batch: The graphs.
            g: The element; drawn if not given.
            noise: Noise of the sites, ``[N, dim]``, with the method ``"noise"``; drawn if not given.
            generator: The source of randomness; the global one of torch by default.
        """
        field = self._check(batch)
        x, weight = self._in_units(batch)
        if self.method == "noise":
            if noise is None:
                device = x.device if generator is None else generator.device
                noise = torch.randn(x.size(0), self.dim, dtype=x.dtype, device=device, generator=generator).to(x.device)
            x = torch.cat([x, noise], dim=1)
        if self.drawer is None:
            out = self._run(batch, x, weight, None)
            if self.spin_flip:
                out = (out - self._run(batch, -x, weight, None)) / 2
        else:
            g = self.drawer(batch, generator=generator) if g is None else g
            sign = g.sign[node_batch(node_ptr(batch))].to(x.dtype).unsqueeze(1)
            out = sign * self._run(batch, sign * x, weight, g)
        return SpinDistribution(out.view(field.shape))

    def sample(self, batch: GraphLike, num_samples: int = 1, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw configurations, ``[num_samples, B, *sizes]``, int8, each with an element of its own.

        Args:
            batch: The graphs.
            num_samples: How many for each graph.
            generator: The source of randomness; the global one of torch by default.
        """
        with torch.no_grad():
            draws = [self(batch, generator=generator).sample(generator=generator) for _ in range(num_samples)]
        return torch.cat(draws) if draws else batch.field.new_empty((0, *batch.field.shape), dtype=torch.int8)

    def _in_units(self, batch: GraphLike) -> tuple[Tensor, Tensor]:
        """Fields ``[N, 1]`` and couplings ``[E, 1]`` in the unit of energy of each graph."""
        ptr = node_ptr(batch)
        of_node, x = node_batch(ptr), batch.x.reshape(int(ptr[-1]), 1)
        of_edge, weight = of_node[batch.edge_index[0]], batch.edge_attr.to(x.dtype).reshape(-1, 1)
        count = ptr.numel() - 1
        # Every coupling is there both ways.
        total = scatter(x.abs(), of_node, 0, count) + scatter(weight.abs(), of_edge, 0, count) / 2
        unit = torch.where(total > 0, total / ptr.diff().unsqueeze(1), 1.0)
        return x / unit[of_node], weight / unit[of_edge]

    def _run(self, batch: GraphLike, x: Tensor, weight: Tensor, g: GraphDraw | None) -> Tensor:
        h = self.embed(x)
        for conv, norm in zip(self.convs, self.norms):
            if g is None:
                out = conv(norm(h), batch.edge_index, weight)
            elif self.layer == "rank":
                out = conv(norm(h), batch.edge_index, g.order, weight)
            else:
                out = conv(norm(h), batch.edge_index, edge_attr=weight, g=g.order)
            h = h + F.relu(out)
        result: Tensor = self.head(h)
        return result

    def _check(self, batch: GraphLike) -> Tensor:
        field: Tensor | None = batch.get("field")
        parts = ("x", "edge_index", "edge_attr", "field")
        missing = [name for name in parts if batch.get(name) is None]
        if field is None or missing:
            raise ValueError(
                f"'GraphSpinModel' expected a batch with {', '.join(parts)}, as 'LatticeToGraph' makes it "
                f"(got none of {', '.join(missing)})"
            )
        largest = int(node_ptr(batch).diff().max())
        if self.drawer is not None and largest > self.max_nodes:
            raise ValueError(f"'GraphSpinModel' expected at most {self.max_nodes} sites (got {largest})")
        return field

    def extra_repr(self) -> str:
        return f"method={self.method!r}, max_nodes={self.max_nodes}, layer={self.layer!r}, spin_flip={self.spin_flip}"
