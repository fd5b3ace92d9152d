from __future__ import annotations

import pickle
import sys

import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Constant

from pyg_symbreak.datasets import MoleculesFromSmiles, MoleculesOnDisk
from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules

pytest.importorskip("rdkit")
MOLECULES = [*enumerate_molecules(3, ("C", "N", "O")), "C(", "C.C", "C[NH3+]", "CCl", "OC"]


def content(graphs):
    return [(g.mol_id.item(), g.node_type.tolist(), g.edge_index.tolist(), g.edge_type.tolist()) for g in graphs]


@pytest.mark.parametrize(
    "options", [{}, {"charges": True, "hydrogens": True}, {"elements": ["C", "O"], "duplicates": False}]
)
def test_same_graphs_as_in_memory(options, tmp_path):
    for split in ("train", "val", "test"):
        memory = MoleculesFromSmiles(MOLECULES, split=split, **options)
        for _ in range(2):
            disk = MoleculesOnDisk(MOLECULES, tmp_path, split, chunk_size=10, **options)
            assert content(disk) == content(memory)
            assert (disk.node_types, disk.bond_types) == (memory.node_types, memory.bond_types)
            assert disk.dropped == memory.dropped
    assert (disk.elements, disk.bonds) == (memory.elements, memory.bonds)


def test_parsed_once_for_all_selections(tmp_path, monkeypatch):
    MoleculesOnDisk(MOLECULES, tmp_path)
    monkeypatch.setattr("pyg_symbreak.datasets.smiles_process.parse_smiles", None)
    assert len(MoleculesOnDisk(MOLECULES, tmp_path, "test", elements=("C", "O"), seed=5)) > 0
    with pytest.raises(ValueError, match=r"expected at least one molecule in the list .*'element': 95"):
        MoleculesOnDisk(MOLECULES, tmp_path, elements=("S",))
    MoleculesOnDisk(MOLECULES, tmp_path, charges=True)  # the parsed molecules are still there
    with pytest.raises(TypeError):
        MoleculesOnDisk(MOLECULES, tmp_path, force_reload=True)


def test_batches_slices_and_loaders(tmp_path):
    dataset = MoleculesOnDisk(MOLECULES, tmp_path, fractions=(1, 0, 0))
    part = dataset[10:30:2]
    expected = Batch.from_data_list([dataset[i] for i in (14, 10, 28)])
    for batch in (part.batch([2, 0, 9]), Batch.from_data_list(part.__getitems__([2, 0, 9]))):
        assert torch.equal(batch.edge_index, expected.edge_index)
        assert torch.equal(batch.mol_id, expected.mol_id)
    assert content(dataset.multi_get([3, 1])) == content([dataset[3], dataset[1]])
    alone = [batch.mol_id.tolist() for batch in DataLoader(dataset, batch_size=40)]
    workers = [batch.mol_id.tolist() for batch in DataLoader(dataset, batch_size=40, num_workers=1)]
    assert alone == workers
    assert sum(map(len, alone)) == len(dataset) == 95


def test_transform_and_copies_for_other_processes(tmp_path):
    dataset = MoleculesOnDisk(MOLECULES, tmp_path, transform=Constant(), progress=print)
    assert dataset[0].x.tolist()[0] == [1.0]
    assert dataset.__getitems__([0, 1])[1].x.size(0) == dataset[1].num_nodes
    state = pickle.dumps(dataset)
    assert len(state) < 20_000  # the files are mapped anew
    assert content(pickle.loads(state)) == content(dataset)


def test_workers_and_progress(tmp_path):
    seen = []
    dataset = MoleculesOnDisk(MOLECULES, tmp_path, num_workers=1, chunk_size=40, progress=seen.append)
    assert seen == [40, 40, 17]
    assert content(dataset) == content(MoleculesFromSmiles(MOLECULES))


def test_one_split_for_a_whole_source(tmp_path):
    assert len(MoleculesOnDisk(MOLECULES, tmp_path, "anything", fractions=None)) == 95


def test_names_of_files_carry_every_option(tmp_path):
    several = [{}, {"bonds": "aromatic"}, {"hydrogens": True}, {"max_nodes": 3}, {"charges": True}, {"seed": 1}]
    names = {str(MoleculesOnDisk(["CO", "CN"], tmp_path, fractions=(1, 0, 0), **o).processed_paths) for o in several}
    assert len(names) == len(several)


@pytest.mark.parametrize(
    ("source", "kwargs", "message"),
    [
        ([], {}, r"'MoleculesOnDisk' expected at least one molecule in the list \(got 0 lines, of which dropped {}\)"),
        (["C("], {}, r"in the list \(got 1 lines, of which dropped {'syntax': 1}\)"),
        (
            ["C"],
            {"fractions": (0, 0, 1)},
            r"'MoleculesOnDisk' expected molecules for the split 'train' \(got {'train': 0",
        ),
        (["C"], {"split": "dev"}, r"'MoleculesOnDisk' expected 'split' to be one of train, val, test \(got 'dev'\)"),
        (["C"], {"bonds": "x"}, r"'MoleculesOnDisk' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"),
    ],
)
def test_errors(source, kwargs, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        MoleculesOnDisk(source, tmp_path, **kwargs)


def test_missing_rdkit_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'MoleculesOnDisk' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        MoleculesOnDisk(["C"], tmp_path)
