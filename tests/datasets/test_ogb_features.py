from __future__ import annotations

import pytest

pytest.importorskip("rdkit")

from pyg_symbreak.datasets import UnusableMolecule
from pyg_symbreak.datasets.ogb_features import ATOM_DIMS, BOND_DIMS, ogb_graph

MOLECULES = ["CC(=O)[O-]", "Cl[C@H](/C=C/C)Br", "c1ccccc1", "[NH3+]C", "[CH3]", "F[P-](F)(F)(F)(F)F", "N#N", "*C"]


def test_dims():
    assert ATOM_DIMS == (119, 5, 12, 12, 10, 6, 6, 2, 2)
    assert BOND_DIMS == (5, 6, 2)


@pytest.mark.parametrize("smiles", MOLECULES)
def test_ranges_and_both_arcs(smiles):
    graph = ogb_graph(smiles)
    assert graph.is_undirected()
    assert all(int(column.max()) < size for column, size in zip(graph.x.t(), ATOM_DIMS, strict=True))
    assert graph.edge_attr.shape == (graph.num_edges, 3)
    assert graph.x.shape == (graph.num_nodes, 9)


def test_values_by_hand():
    chiral = ogb_graph("Cl[C@H](/C=C/C)Br")
    assert chiral.x[1].tolist() == [5, 2, 4, 5, 1, 0, 2, 0, 0]
    bonds = dict(zip(map(tuple, chiral.edge_index.t().tolist()), chiral.edge_attr.tolist(), strict=True))
    assert bonds[2, 3] == bonds[3, 2] == [1, 2, 0]
    benzene = ogb_graph("c1ccccc1")
    assert benzene.x[0].tolist() == [5, 0, 3, 5, 1, 0, 1, 1, 1]
    assert benzene.edge_attr[0].tolist() == [3, 0, 1]
    assert ogb_graph("[CH3]").x[0].tolist() == [5, 0, 3, 5, 3, 1, 2, 0, 0]
    assert ogb_graph("F[P-](F)(F)(F)(F)F").x[1].tolist() == [14, 0, 6, 4, 0, 0, 4, 0, 0]


def test_a_value_beyond_the_list_is_the_last_class():
    assert ogb_graph("*C").x[0, 0] == ATOM_DIMS[0] - 1


def test_unreadable():
    with pytest.raises(UnusableMolecule, match=r"'ogb_graph' expected 'smiles' that RDKit can read \(got 'C\('\)"):
        ogb_graph("C(")
