from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyg_symbreak.datasets import UnusableMolecule, molecule_graph

ELEMENTS = ("C", "N", "O", "F")


def rebuilt(graph, chem, bonds):
    """The canonical SMILES of a graph, from its types and charges."""
    mol = chem.RWMol()
    for node, charge in zip(graph.node_type.tolist(), graph.formal_charge.tolist(), strict=True):
        atom = chem.Atom(ELEMENTS[node])
        atom.SetFormalCharge(charge)
        mol.AddAtom(atom)
    kinds = [chem.BondType.SINGLE, chem.BondType.DOUBLE, chem.BondType.TRIPLE, chem.BondType.AROMATIC]
    for (i, j), kind in zip(graph.edge_index.t().tolist(), graph.edge_type.tolist(), strict=True):
        if i < j:
            mol.AddBond(i, j, kinds[kind - 1])
    return chem.MolToSmiles(chem.MolFromSmiles(chem.MolToSmiles(mol)))


SMILES = [
    "C",
    "CC#N",
    "O=CC1=CC=CO1",
    "c1ccccc1",
    "C[NH2+]CC([O-])=O",
    "FC(F)(F)C#C",
    "C1CC2CC1O2",
    "N#CC#CC#N",
    "c1cnn[nH]1",
]


@pytest.mark.parametrize("smiles", SMILES)
def test_molecules_can_be_rebuilt(smiles):
    chem = pytest.importorskip("rdkit.Chem")
    graph = molecule_graph(smiles, ELEMENTS)
    assert graph.is_undirected()
    assert graph.is_coalesced()
    assert rebuilt(graph, chem, "kekule") == chem.CanonSmiles(smiles)


def test_fixture():
    pytest.importorskip("rdkit")
    lines = (Path(__file__).parents[2] / "datasets" / "fixtures" / "molecules.smi").read_text().splitlines()
    graphs = [molecule_graph(line.split()[0]) for line in lines]
    assert len(graphs) == 20
    assert max(graph.num_nodes for graph in graphs) == 18


def test_aromatic_and_kekule_bonds():
    pytest.importorskip("rdkit")
    assert molecule_graph("c1ccccc1", ELEMENTS, "aromatic").edge_type.tolist() == [4] * 12
    kekule = molecule_graph("c1ccccc1", ELEMENTS, "kekule").edge_type
    assert kekule.bincount().tolist() == [0, 6, 6]
    assert molecule_graph("C1=CC=CC=C1", ELEMENTS, "aromatic").edge_type.tolist() == [4] * 12


def test_attributes_by_hand():
    pytest.importorskip("rdkit")
    graph = molecule_graph("[O-]C=[NH2+]", ELEMENTS)
    assert graph.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert graph.node_type.tolist() == [2, 0, 1]
    assert graph.edge_type.tolist() == [1, 1, 2, 2]
    assert graph.formal_charge.tolist() == [-1, 0, 1]
    assert molecule_graph("C", ELEMENTS).edge_index.shape == (2, 0)
    assert molecule_graph("[H]OBr").node_type.tolist() == [8, 35]


@pytest.mark.parametrize(
    ("smiles", "reason", "message"),
    [
        ("C(", "syntax", r"'smiles' to be a SMILES string \(got 'C\('\)"),
        ("", "syntax", r"'smiles' to be a SMILES string \(got ''\)"),
        ("C(C)(C)(C)(C)C", "chemistry", r"'smiles' that RDKit can sanitise"),
        ("CCl", "element", r"the elements C, N, O, F \(got 'CCl'\)"),
        ("C.O", "fragments", r"one connected molecule \(got 'C.O'\)"),
        ("C$C", "bond", r"the bonds SINGLE, DOUBLE, TRIPLE \(got 'C\$C'\)"),
    ],
)
def test_unusable(smiles, reason, message, capfd):
    pytest.importorskip("rdkit")
    with pytest.raises(UnusableMolecule, match=message) as caught:
        molecule_graph(smiles, ELEMENTS)
    assert caught.value.reason == reason
    assert capfd.readouterr() == ("", "")  # RDKit does not write its own account of the error


def test_unknown_bonds():
    with pytest.raises(ValueError, match=r"'molecule_graph' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"):
        molecule_graph("C", ELEMENTS, "x")


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'molecule_graph' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        molecule_graph("C", ELEMENTS)
