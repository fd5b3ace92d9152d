from __future__ import annotations

import sys
from itertools import chain

import pytest

from pyg_symbreak.datasets import SmallMolecules, graph_molecule
from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules

chem = pytest.importorskip("rdkit.Chem")


def smiles(dataset):
    found = []
    for graph in dataset:
        mol = graph_molecule(graph, dataset.node_types, dataset.bonds, dataset.hydrogens)
        chem.SanitizeMol(mol)
        found.append(chem.CanonSmiles(chem.MolToSmiles(chem.RemoveHs(mol))))
    return found


@pytest.mark.parametrize("hydrogens", [False, True])
def test_splits_are_a_partition_of_all(hydrogens):
    parts = [smiles(SmallMolecules(split=s, max_heavy_atoms=4, hydrogens=hydrogens)) for s in ("train", "val", "test")]
    assert [len(part) for part in parts] == [457, 57, 57]
    assert sorted(chain(*parts)) == sorted(enumerate_molecules(4))


def test_memory_and_disk_agree(tmp_path):
    for _ in range(2):
        memory, disk = SmallMolecules(max_heavy_atoms=3), SmallMolecules(tmp_path, max_heavy_atoms=3)
        assert [g.mol_id.item() for g in memory] == [g.mol_id.item() for g in disk]
        assert smiles(memory) == smiles(disk)
        assert memory.dropped == disk.dropped == {}
    assert smiles(SmallMolecules(max_heavy_atoms=3, seed=1)) != smiles(memory)


def test_names():
    dataset = SmallMolecules(max_heavy_atoms=2, elements=("C", "F"), hydrogens=True, bonds="aromatic")
    assert dataset.node_types == ("H", "C", "F")
    assert dataset.bond_types == ("single", "double", "triple", "aromatic")
    assert dataset.processed_file_names == (
        "SmallMolecules-v1-train-heavy=2-elements=C_F-bonds=aromatic-hydrogens=yes-seed=0.pt"
    )


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"max_heavy_atoms": 0}, r"'SmallMolecules' expected 'max_heavy_atoms' to be at least 1 \(got 0\)"),
        ({"seed": -1}, r"'SmallMolecules' expected 'seed' to be non-negative \(got -1\)"),
        ({"elements": ["X"]}, r"expected 'elements' to hold different elements"),
        ({"max_heavy_atoms": 1, "elements": ["C"], "split": "val"}, r"'SmallMolecules' expected at least one graph"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        SmallMolecules(**kwargs)


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'SmallMolecules' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        SmallMolecules()
