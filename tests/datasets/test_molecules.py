from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets import UnusableMolecule, graph_molecule, molecule_graph
from pyg_symbreak.datasets.molecules import atom_name, atom_types, parse_atom

ELEMENTS = ("C", "N", "O", "F")


CHARGED = ("C", "N", "O", "F", "N+", "O-", "C-")


def canonical(mol, chem):
    """The canonical SMILES of an unsanitised molecule without its hydrogens."""
    chem.SanitizeMol(mol)
    return chem.CanonSmiles(chem.MolToSmiles(chem.RemoveHs(mol)))


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
    assert canonical(graph_molecule(graph, ELEMENTS), chem) == chem.CanonSmiles(smiles)


@pytest.mark.parametrize("bonds", ["kekule", "aromatic"])
@pytest.mark.parametrize("hydrogens", [False, True])
@pytest.mark.parametrize("smiles", [*SMILES, "[C-]#[O+]", "[CH3]", "[H][H]", "N", "C[N+](=O)[O-]"])
def test_every_alphabet_without_elements(smiles, hydrogens, bonds):
    chem = pytest.importorskip("rdkit.Chem")
    if (smiles == "[CH3]" and not hydrogens) or (smiles == "c1cnn[nH]1" and bonds == "aromatic" and not hydrogens):
        return  # the graph does not tell where the hydrogens are
    graph = molecule_graph(smiles, bonds=bonds, hydrogens=hydrogens)
    mol = graph_molecule(graph, bonds=bonds, hydrogens=hydrogens)
    assert canonical(mol, chem) == chem.CanonSmiles(smiles)


def test_aromatic_rings_lose_the_place_of_hydrogens():
    chem = pytest.importorskip("rdkit.Chem")
    mol = graph_molecule(molecule_graph("c1cnn[nH]1", ELEMENTS, "aromatic"), ELEMENTS, "aromatic")
    assert chem.SanitizeMol(mol, catchErrors=True) == chem.SanitizeFlags.SANITIZE_KEKULIZE


def test_charged_entries_are_types():
    chem = pytest.importorskip("rdkit.Chem")
    graph = molecule_graph("C[NH2+]CC([O-])=O", CHARGED)
    assert graph.node_type.tolist() == [0, 4, 0, 0, 5, 2]
    assert graph.formal_charge.tolist() == [0, 1, 0, 0, -1, 0]
    graph.formal_charge = torch.full((6,), 9)  # the entries decide
    assert canonical(graph_molecule(graph, CHARGED), chem) == "C[NH2+]CC(=O)[O-]"
    with_hydrogens = ("H", *CHARGED)
    graph = molecule_graph("C[NH3+]", with_hydrogens, hydrogens=True)
    assert graph.node_type.tolist() == [1, 5, 0, 0, 0, 0, 0, 0]
    assert canonical(graph_molecule(graph, with_hydrogens, hydrogens=True), chem) == "C[NH3+]"


def test_hydrogens_as_nodes_are_never_filled_up():
    chem = pytest.importorskip("rdkit.Chem")
    methyl = Data(
        node_type=torch.tensor([1, 0]), edge_index=torch.tensor([[0, 1], [1, 0]]), edge_type=torch.ones(2).long()
    )
    assert canonical(graph_molecule(methyl, ("H", "C"), hydrogens=True), chem) == "[CH]"
    assert canonical(graph_molecule(methyl, ("H", "C")), chem) == "C"


def test_edges_of_type_zero_are_no_bonds():
    pytest.importorskip("rdkit")
    graph = molecule_graph("CO", ELEMENTS)
    graph.edge_type.zero_()
    assert graph_molecule(graph, ELEMENTS).GetNumBonds() == 0


@pytest.mark.parametrize(
    ("node", "edge", "elements", "message"),
    [
        (4, 1, ELEMENTS, r"'graph_molecule' expected node types from 0 to 3 \(got \[4, 0\]\)"),
        (-1, 1, ELEMENTS, r"'graph_molecule' expected node types from 0 to 3 \(got \[-1, 0\]\)"),
        (6, 1, None, r"'graph_molecule' expected atomic numbers from 1 to 118 as node types \(got \[6, 0\]\)"),
        (0, 4, ELEMENTS, r"'graph_molecule' expected edge types from 0 to 3 \(got 4\)"),
    ],
)
def test_types_outside_the_alphabet(node, edge, elements, message):
    pytest.importorskip("rdkit")
    graph = Data(
        node_type=torch.tensor([node, 0]), edge_index=torch.tensor([[0, 1], [1, 0]]), edge_type=torch.tensor([edge] * 2)
    )
    with pytest.raises(ValueError, match=message):
        graph_molecule(graph, elements)


def test_names_of_atoms():
    for name in ("C", "Cl", "N+", "O-", "Fe+2", "S-2"):
        assert atom_name(*parse_atom(name)) == name
    assert parse_atom("N+1") == ("N", 1)


@pytest.mark.parametrize("name", ["", "n", "N2+", "N++", "N+0", "+"])
def test_names_that_are_no_atoms(name):
    with pytest.raises(ValueError, match=r"'parse_atom' expected a symbol with or without a charge"):
        parse_atom(name)


@pytest.mark.parametrize("elements", [(), ("C", "C"), ("N+", "N+1")])
def test_alphabets_that_are_none(elements):
    with pytest.raises(ValueError, match=r"'atom_types' expected 'elements' to hold different atoms, at least one"):
        atom_types(elements)


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


@pytest.mark.parametrize(("elements", "charges"), [(CHARGED, False), (ELEMENTS, True)])
def test_charged_atoms_without_an_entry_are_refused(elements, charges):
    pytest.importorskip("rdkit")
    assert molecule_graph("CO", elements, charges=charges).node_type.tolist() == [0, 2]
    with pytest.raises(UnusableMolecule, match=r"the elements C, N, O, F.* \(got 'C\[NH-\]'\)") as caught:
        molecule_graph("C[NH-]", elements, charges=charges)
    assert caught.value.reason == "charge"


def test_unknown_bonds():
    with pytest.raises(ValueError, match=r"'molecule_graph' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"):
        molecule_graph("C", ELEMENTS, "x")
    with pytest.raises(ValueError, match=r"'graph_molecule' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"):
        graph_molecule(Data(), ELEMENTS, "x")


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'molecule_graph' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        molecule_graph("C", ELEMENTS)
