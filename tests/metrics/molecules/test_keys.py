from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets import molecule_graph
from pyg_symbreak.metrics.molecules.check import check_molecules
from pyg_symbreak.metrics.molecules.keys import graph_hashes, molecule_hashes

FIXTURE = Path(__file__).parents[3] / "datasets" / "fixtures" / "molecules.smi"
# Different atoms, charges, bonds, places of hydrogens, rings; the last six are three molecules, each twice.
SMILES = [
    "CO", "CN", "C=O", "C#N", "CC", "C=C", "C[NH3+]", "C[O-]", "[CH3]", "C[CH2]", "[CH2][CH2]", "C1CC1", "C1CCC1",
    "c1cnn[nH]1", "c1nnc[nH]1", "c1nnn[nH]1", "CC1CCCCC1", "Cc1ccccc1", "Oc1ccccn1", "O=c1cccc[nH]1", "C", "[13CH4]",
    "CC1=CC=CC=C1C", "CC1=C(C)C=CC=C1", "C1=CC=C2C=CC=CC2=C1", "C1=CC2=CC=CC=C2C=C1",
]  # fmt: skip


def test_hashes_agree_with_canonical_smiles():
    pytest.importorskip("rdkit")
    text = [*SMILES, *(line.split()[0] for line in FIXTURE.read_text().splitlines())]
    checked = check_molecules(text)
    hashes = molecule_hashes([molecule.mol for molecule in checked])
    names = [molecule.smiles for molecule in checked]
    assert None not in names
    assert len(set(names)) == len(set(hashes)) == len(set(zip(names, hashes, strict=True))) > 30


def test_hashes_do_not_depend_on_the_order_of_atoms_or_on_the_company():
    chem = pytest.importorskip("rdkit.Chem")
    mol = chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    order = list(range(mol.GetNumAtoms()))
    moved = [chem.RenumberAtoms(mol, order[k:] + order[:k]) for k in range(5)]
    assert len(set(molecule_hashes([*moved, chem.MolFromSmiles("C")]))) == 2
    assert molecule_hashes([mol])[0] == molecule_hashes([None, mol, *moved])[1]


def test_kekule_graphs_of_one_molecule_have_different_graph_hashes():
    pytest.importorskip("rdkit")
    # o-xylene with a double or a single bond between the two substituted atoms.
    graphs = [molecule_graph(text, ("C",)) for text in ("CC1=C(C)C=CC=C1", "CC1=C(C)C=CC=C1")]
    assert len(set(graph_hashes(graphs))) == 1
    graphs[1].edge_type = torch.where(graphs[1].edge_type == 1, 2, 1)
    assert len(set(graph_hashes(graphs))) == 2


def test_graph_hashes_see_colours():
    edges = torch.tensor([[0, 1], [1, 0]])
    graphs = [
        Data(edge_index=edges, node_type=torch.tensor([0, 1]), edge_type=torch.tensor([1, 1])),
        Data(edge_index=edges, node_type=torch.tensor([1, 0]), edge_type=torch.tensor([1, 1])),
        Data(edge_index=edges, node_type=torch.tensor([1, 0]), edge_type=torch.tensor([2, 2])),
    ]
    first, second, third = graph_hashes(graphs)
    assert first == second != third
    assert len(set(graph_hashes(graphs, edge_attrs=()))) == 1
    assert graph_hashes([]) == []
    assert graph_hashes([None]) == [None]


def test_chunks_do_not_matter(monkeypatch):
    chem = pytest.importorskip("rdkit.Chem")
    mols = [chem.MolFromSmiles(text) for text in SMILES]
    whole = molecule_hashes(mols)
    monkeypatch.setattr("pyg_symbreak.metrics.molecules.keys._CHUNK", 3)
    assert molecule_hashes(mols) == whole


def test_missing_attribute():
    graph = Data(edge_index=torch.zeros((2, 0), dtype=torch.long), num_nodes=1)
    with pytest.raises(ValueError, match=r"'node_attrs' expected attributes of the data"):
        graph_hashes([graph])


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'molecule_hashes' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        molecule_hashes([])
