r"""Names of molecules and of coloured graphs that are equal exactly for equal ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import canonical_hash
from pyg_symbreak.metrics.molecules.chemistry import require_rdkit

_CHUNK = 4096
_NODE_ATTRS, _EDGE_ATTRS = ("atom",), ("bond",)


def graph_hashes(
    graphs: Sequence[Data | None],
    node_attrs: Sequence[str] = ("node_type",),
    edge_attrs: Sequence[str] = ("edge_type",),
) -> list[str | None]:
    r"""Hash coloured graphs; equal exactly for isomorphic graphs, in every process and on every machine.

    A molecule with Kekulé bonds can have several graphs, one for each way to place the double bonds of its rings, and
    these have different hashes. Use :func:`molecule_hashes` or canonical SMILES to count molecules.

    Args:
        graphs: The graphs, and ``None`` for samples to be left out; the result has ``None`` at their places.
        node_attrs: Names of the node attributes that colour the nodes.
        edge_attrs: Names of the edge attributes that colour the edges.

    Raises:
        ValueError: If an attribute is missing, misshapen or holds NaN.

    .. code-block:: python

        >>> edges = torch.tensor([[0, 1], [1, 0]])
        >>> a = Data(edge_index=edges, node_type=torch.tensor([0, 1]), edge_type=torch.tensor([1, 1]))
        >>> b = Data(edge_index=edges, node_type=torch.tensor([1, 0]), edge_type=torch.tensor([1, 1]))
        >>> first, second, third = graph_hashes([a, b, None])
        >>> first == second, third
        (True, None)
    """
    hashes: list[str | None] = [None] * len(graphs)
    places = [place for place, graph in enumerate(graphs) if graph is not None]
    for start in range(0, len(places), _CHUNK):
        chunk = places[start : start + _CHUNK]
        batch = Batch.from_data_list([graphs[place] for place in chunk])
        for place, name in zip(chunk, canonical_hash(batch, node_attrs=node_attrs, edge_attrs=edge_attrs)):
            hashes[place] = name
    return hashes


def molecule_hashes(mols: Sequence[Any | None]) -> list[str | None]:
    r"""Hash molecules by their coloured graph; equal exactly for molecules with the same canonical SMILES.

    Stereochemistry and isotopes, which graphs do not hold, are left out, as in :class:`CheckedMolecule`.

    The colour of an atom is its element, charge and number of hydrogens; that of a bond is its type, where
    aromatic bonds are one type. It does not rest on RDKit's numbering of the atoms, only on its view of aromaticity.

    Args:
        mols: Sanitised RDKit molecules with implicit hydrogens; ``None`` stays ``None``.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> from rdkit import Chem
        >>> first, second = molecule_hashes([Chem.MolFromSmiles(s) for s in ("CC1=CC=CC=C1C", "CC1=C(C)C=CC=C1")])
        >>> first == second
        True
    """
    require_rdkit("molecule_hashes")
    return graph_hashes([None if mol is None else _graph(mol) for mol in mols], _NODE_ATTRS, _EDGE_ATTRS)


def _graph(mol: Any) -> Data:
    atoms = [(a.GetAtomicNum(), a.GetFormalCharge(), a.GetTotalNumHs()) for a in mol.GetAtoms()]
    bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondType())) for b in mol.GetBonds()]
    ends = torch.tensor(bonds, dtype=torch.long).reshape(-1, 3)
    return Data(
        edge_index=torch.cat([ends[:, :2].t(), ends[:, :2].flip(1).t()], dim=1),
        atom=torch.tensor(atoms, dtype=torch.long),
        bond=ends[:, 2].repeat(2),
        num_nodes=len(atoms),
    )
