r"""Makes a graph of a lattice."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.spins import bonds_to_edges, check_lattice, lattice_edges
from pyg_symbreak.transforms.base import GraphTransform


@functional_transform("lattice_to_graph")
class LatticeToGraph(GraphTransform):
    r"""Makes a graph of a lattice of spins: sites are nodes, bonds are edges (functional name:
    :obj:`lattice_to_graph`).

    Adds ``x`` ``[n, 1]``, the field of each site, the sites row by row; ``edge_index`` ``[2, 2dn]``, every bond in both
    directions, fewer where ``periodic`` says that the lattice is open; and ``edge_attr`` ``[2dn, 1]``, the couplings.
    What the lattice had stays as it is.

    Raises:
        TypeError: If the field or the bonds are no floating point numbers.
        ValueError: If there is no ``field`` or no ``bonds``, they do not fit, the number of nodes is not the number of
            sites, or open and periodic lattices are in one batch.

    .. code-block:: python

        >>> LatticeToGraph()(Data(field=torch.zeros(1, 4, 4), bonds=torch.ones(1, 2, 4, 4), num_nodes=16))
        Data(field=[1, 4, 4], bonds=[1, 2, 4, 4], num_nodes=16, x=[16, 1], edge_index=[2, 64], edge_attr=[64, 1])
    """

    def __init__(self) -> None:
        pass

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        field, bonds, periodic = (data.get(name) for name in ("field", "bonds", "periodic"))
        if not isinstance(field, Tensor) or not isinstance(bonds, Tensor):
            raise ValueError(f"'LatticeToGraph' expected a lattice with 'field' and 'bonds' (got {list(data.keys())})")
        closed = True if periodic is None else bool(torch.as_tensor(periodic).all())
        sizes = check_lattice(field, bonds, True if periodic is None else periodic, "LatticeToGraph")
        if not closed and bool(torch.as_tensor(periodic).any()):
            raise ValueError("'LatticeToGraph' expected lattices that are all periodic or all open (got some of each)")
        num, n = len(field), field[0].numel()
        if ptr.tolist() != list(range(0, num * n + 1, n)):
            raise ValueError(
                f"'LatticeToGraph' expected {num} graphs of {n} nodes, one for each site (got {ptr.diff().tolist()})"
            )
        edges = lattice_edges(sizes, closed).to(ptr.device)
        data.x = field.reshape(-1, 1)
        data.edge_index = (edges[:, None, :] + ptr[None, :-1, None]).flatten(1)
        data.edge_attr = bonds_to_edges(bonds, closed).unsqueeze(-1)
        slices = getattr(data, "_slice_dict", None)
        if slices is not None:
            start, zeros = torch.arange(num + 1), torch.zeros(num, dtype=torch.long)
            per_edge = {name: start * edges.size(1) for name in ("edge_index", "edge_attr")}
            data._slice_dict = {**slices, "x": ptr.cpu(), **per_edge}
            data._inc_dict = {**data._inc_dict, "x": zeros, "edge_index": ptr[:-1].cpu(), "edge_attr": zeros}
        return data
