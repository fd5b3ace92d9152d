r"""The neighbourhood subgraph pairwise distance kernel, and the distance between sets of graphs by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.hashing import hash_rows
from pyg_symbreak.metrics.estimate import Estimate, bootstrap
from pyg_symbreak.metrics.molecules.chemistry import require_rdkit
from pyg_symbreak.metrics.molecules.neighbourhoods import balls, canonical_names, layer_names

NEIGHBOURHOODS = ("exact", "layers")
_CHUNK = 512


class Features(NamedTuple):
    r"""Sparse rows.

    Attributes:
        row: The graph of each entry, ``[F]``.
        key: The feature, a 64-bit integer that is the same in every process, ``[F]``.
        value: Its value, ``[F]``, float64.
    """

    row: Tensor
    key: Tensor
    value: Tensor


def nspdk_features(
    graphs: Sequence[Data],
    *,
    neighbourhood: str = "exact",
    max_radius: int = 4,
    max_distance: int = 4,
    node_attrs: Sequence[str] = ("node_type",),
    edge_attrs: Sequence[str] = ("edge_type",),
) -> Features:
    r"""Return the feature vectors of graphs whose inner products are the kernel of Costa and De Grave (ICML 2010).

    A feature counts the pairs of nodes at distance :math:`d` whose neighbourhoods of radius :math:`r` are two given
    ones. The counts of each :math:`(r, d)` are scaled to norm 1, and then the whole vector is. Nodes without a node at
    distance :math:`r` have no neighbourhood of that radius.

    Args:
        graphs: Undirected graphs. One without nodes has no features.
        neighbourhood: ``"exact"``: two neighbourhoods are equal if they are isomorphic with their roots.
            ``"layers"``: as the package EDeN has it, which GDSS and papers after it use; equal if as many nodes of each
            colour and degree, and edges of each colour, are as far from the root. EDeN also counts the single
            neighbourhoods at each distance, and so does this choice.
        max_radius: The largest radius.
        max_distance: The largest distance.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.

    Raises:
        ValueError: If ``neighbourhood`` is unknown, a bound is negative, or an attribute is missing or misshapen.

    .. code-block:: python

        >>> edge = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        >>> nspdk_features([edge], max_radius=0, node_attrs=(), edge_attrs=()).value  # d = 0 and d = 1
        tensor([0.7071, 0.7071], dtype=torch.float64)
    """
    if neighbourhood not in NEIGHBOURHOODS:
        raise ValueError(f"'nspdk_features' expected 'neighbourhood' to be 'exact' or 'layers' (got {neighbourhood!r})")
    if max_radius < 0 or max_distance < 0:
        raise ValueError(
            f"'nspdk_features' expected bounds of at least 0 (got radius {max_radius}, distance {max_distance})"
        )
    parts = [
        _features(Batch.from_data_list(list(graphs[start : start + _CHUNK])), neighbourhood == "exact", max_radius,
                  max_distance, node_attrs, edge_attrs)
        for start in range(0, len(graphs), _CHUNK)
    ]  # fmt: skip
    if not parts:
        return Features(torch.zeros(0, dtype=torch.long), torch.zeros(0, dtype=torch.long), torch.zeros(0).double())
    row = torch.cat([part.row + _CHUNK * place for place, part in enumerate(parts)])
    return Features(row, torch.cat([part.key for part in parts]), torch.cat([part.value for part in parts]))


class NSPDKDistance:
    r"""The squared maximum mean discrepancy between samples and a reference under the NSPDK kernel.

    All pairs are averaged, each graph with itself included, as in the evaluation of GDSS (arXiv 2202.02514); the kernel
    is linear in its features, so this is the squared distance of two mean vectors, and needs no kernel matrix. It is
    biased upwards for few graphs.

    GDSS and the papers after it compute the kernel with the package EDeN, which tells neighbourhoods apart by their
    layers and hashes features into 65,536 slots. The default here is the exact kernel, whose values are *not* to be put
    beside theirs. ``neighbourhood="layers"`` on graphs of :func:`molecule_graphs` with ``truncate=True`` is EDeN's
    kernel without collisions: on QM9 and MOSES its values were those of EDeN 0.3.1350 with 4 million slots to 0.03 %,
    and those with 65,536 slots, which change with Python's hash seed, to 2 %.

    Args:
        reference: Undirected graphs.
        **options: As for :func:`nspdk_features`.

    Raises:
        ValueError: If there is no graph, or as :func:`nspdk_features`.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> graphs = molecule_graphs([Chem.MolFromSmiles(text) for text in ("CO", "CC", "c1ccccc1")])
        >>> distance = NSPDKDistance(graphs)
        >>> round(distance(graphs).value, 9), round(distance(graphs[:1]).value, 3)
        (0.0, 0.604)
    """

    def __init__(self, reference: Sequence[Data], **options: Any) -> None:
        if len(reference) == 0:
            raise ValueError("'NSPDKDistance' expected at least one reference graph (got 0)")
        self.options = options
        features = nspdk_features(reference, **options)
        self.key, column = torch.unique(features.key, return_inverse=True)
        self.mean = torch.bincount(column, features.value, minlength=self.key.numel()) / len(reference)

    def __call__(
        self, graphs: Sequence[Data], *, num_draws: int = 50, generator: torch.Generator | None = None
    ) -> Estimate:
        r"""Return the discrepancy; NaN without a graph.

        Args:
            graphs: Undirected graphs.
            num_draws: Number of bootstrap draws for the interval.
            generator: The source of the draws.
        """
        features = nspdk_features(graphs, **self.options)
        keys, column = torch.unique(torch.cat([self.key, features.key]), return_inverse=True)
        known, column = column[: self.key.numel()], column[self.key.numel() :]
        expected = torch.zeros(keys.numel(), dtype=torch.float64)
        expected[known] = self.mean

        def discrepancy(count: Tensor) -> float:
            weight = features.value * count[features.row]
            mean = torch.bincount(column, weight, minlength=keys.numel()) / len(graphs)
            return float((mean - expected).square().sum())

        return bootstrap(discrepancy, len(graphs), num_draws=num_draws, bounds=(0.0, math.inf), generator=generator)


def molecule_graphs(mols: Sequence[Any], truncate: bool = False) -> list[Data]:
    r"""Return the graphs of molecules for the kernel: ``node_type`` is the atomic number, ``edge_type`` the bond.

    Args:
        mols: Sanitised RDKit molecules.
        truncate: Whether an edge has the whole part of the bond's order for its type, as in GDSS, so that aromatic
            bonds are single ones, or RDKit's number of the bond's type, where they are bonds of their own.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> molecule_graphs([Chem.MolFromSmiles("C=O")])[0].edge_type
        tensor([2, 2])
    """
    require_rdkit("molecule_graphs")
    graphs = []
    for mol in mols:
        kinds = [int(b.GetBondTypeAsDouble()) if truncate else int(b.GetBondType()) for b in mol.GetBonds()]
        ends = torch.tensor([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()], dtype=torch.long)
        ends = ends.reshape(-1, 2).t()
        graphs.append(
            Data(
                edge_index=torch.cat([ends, ends.flip(0)], dim=1),
                node_type=torch.tensor([atom.GetAtomicNum() for atom in mol.GetAtoms()]),
                edge_type=torch.tensor(kinds, dtype=torch.long).repeat(2),
                num_nodes=mol.GetNumAtoms(),
            )
        )
    return graphs


def _features(
    batch: Batch, exact: bool, max_radius: int, max_distance: int, node_attrs: Sequence[str], edge_attrs: Sequence[str]
) -> Features:
    graphs = color_graphs(batch, node_attrs, edge_attrs)
    pairs = balls(graphs, max(max_radius, max_distance))
    names, exists = (canonical_names if exact else layer_names)(graphs, pairs, max_radius)
    near = pairs.distance <= max_distance
    root, node, distance = (part[near] for part in pairs)
    rows, blocks = [], []
    for radius in range(max_radius + 1):
        both = exists[radius, root] & exists[radius, node]
        first, second, gap = names[radius, root[both]], names[radius, node[both]], distance[both]
        ends = torch.stack([torch.minimum(first, second), torch.maximum(first, second)], 1)
        block = torch.stack([torch.full_like(gap, radius), gap], 1)
        owner = (graphs.batch[root[both]] * (max_radius + 1) + radius) * (max_distance + 1) + gap
        rows.append(torch.cat([torch.full_like(block[:, :1], 2), block, ends], 1))
        blocks.append(owner)
        if not exact:
            single = torch.stack([second, torch.zeros_like(second)], 1)
            rows.append(torch.cat([torch.ones_like(block[:, :1]), block, single], 1))
            blocks.append(owner)
    # The first column tells pairs of neighbourhoods from single ones.
    key, feature = torch.unique(hash_rows(torch.cat(rows)), return_inverse=True)
    code, counts = torch.unique(torch.cat(blocks) * max(key.numel(), 1) + feature, return_counts=True)
    block, feature = code // max(key.numel(), 1), code % max(key.numel(), 1)
    count = counts.double()
    size = graphs.num_graphs * (max_radius + 1) * (max_distance + 1)
    square = torch.bincount(block, count.square(), minlength=size)
    row = block // ((max_radius + 1) * (max_distance + 1))
    present = (square > 0).reshape(graphs.num_graphs, -1).sum(1)
    return Features(row, key[feature], count / (square[block] * present[row]).sqrt())
