from __future__ import annotations

import gzip
import sys

import pytest

from pyg_symbreak.datasets import MoleculesFromSmiles, molecule_graph
from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules

pytest.importorskip("rdkit")
BAD = ["C(", "C(C)(C)(C)(C)C", "C.C", "C$C"]
ALL = {"fractions": (1, 0, 0)}


def content(dataset):
    return [(g.mol_id.item(), g.node_type.tolist(), g.edge_index.tolist(), g.edge_type.tolist()) for g in dataset]


def test_memory_disk_list_and_file_agree(tmp_path):
    molecules = [*enumerate_molecules(3, ("C", "N", "O")), *BAD]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(["id,smi", *(f"{i},{s}" for i, s in enumerate(molecules))]).encode()))
    seen = []
    for split in ("train", "val", "test"):
        memory = MoleculesFromSmiles(molecules, split=split)
        for _ in range(2):
            stored = MoleculesFromSmiles(path, tmp_path, split, column="smi")
            assert content(stored) == content(memory)
            assert stored.dropped == memory.dropped == {"bond": 1, "chemistry": 1, "fragments": 1, "syntax": 1}
            assert stored.node_types == memory.node_types == ("C", "N", "O")
        seen += [graph.mol_id.item() for graph in memory]
        for graph in memory:
            expected = molecule_graph(molecules[graph.mol_id.item()], ("C", "N", "O"))
            assert graph.edge_type.equal(expected.edge_type)
            assert graph.num_nodes == expected.num_nodes
    assert sorted(seen) == list(range(92))


def test_strings_are_parsed_once_for_all_splits(tmp_path, monkeypatch):
    molecules = list(enumerate_molecules(3, ("C", "O")))
    MoleculesFromSmiles(molecules, tmp_path, "val")
    monkeypatch.setattr("pyg_symbreak.datasets.smiles_process.parse_smiles", None)
    for split in ("train", "test"):
        MoleculesFromSmiles(molecules, tmp_path, split)


def test_copies_share_a_split_and_other_lines_do_not_matter():
    molecules = list(enumerate_molecules(3, ("C", "O")))
    last = 2 * len(molecules) - 1
    train = [graph.mol_id.item() for graph in MoleculesFromSmiles(molecules + molecules[::-1])]
    alone = MoleculesFromSmiles(molecules)
    first = [graph.mol_id.item() for graph in alone]
    assert sorted(train) == sorted([*first, *(last - number for number in first)])
    once = MoleculesFromSmiles(molecules + molecules[::-1], duplicates=False)
    assert content(once) == content(alone)
    assert once.dropped == {"duplicate": len(molecules)}


def test_seed_moves_molecules():
    molecules = list(enumerate_molecules(3, ("C", "O")))
    assert content(MoleculesFromSmiles(molecules, seed=1)) != content(MoleculesFromSmiles(molecules))


def test_one_atom_and_size():
    dataset = MoleculesFromSmiles(["C", "CC", "CCC"], max_nodes=2, **ALL)
    assert [graph.num_nodes for graph in dataset] == [1, 2]
    assert dataset.dropped == {"size": 1}
    single = MoleculesFromSmiles(["C"], **ALL)
    assert len(single) == 1
    assert single[0].edge_index.shape == (2, 0)


def test_alphabets():
    molecules = ["CO", "C[NH3+]", "CS"]
    assert MoleculesFromSmiles(molecules, **ALL).node_types == ("C", "N", "O", "S")
    assert MoleculesFromSmiles(molecules, charges=True, **ALL).node_types == ("C", "O", "S", "N+")
    full = MoleculesFromSmiles(molecules, hydrogens=True, bonds="aromatic", **ALL)
    assert full.node_types == ("H", "C", "N", "O", "S")
    assert full.bond_types[-1] == "aromatic"
    given = MoleculesFromSmiles(molecules, elements=["O", "C"], **ALL)
    assert given[0].node_type.tolist() == [1, 0]
    assert given.dropped == {"element": 2}


def test_names_of_files_carry_every_option(tmp_path):
    several = [
        {},
        {"bonds": "aromatic"},
        {"hydrogens": True},
        {"charges": True},
        {"elements": ["C", "O"]},
        {"max_nodes": 3},
        {"duplicates": False},
        {"seed": 1},
        {"fractions": (0, 1, 0), "split": "val"},
    ]
    names = {MoleculesFromSmiles(["CO"], tmp_path, **ALL | kwargs).processed_file_names for kwargs in several}
    names |= {MoleculesFromSmiles(["CO", "C"], tmp_path, **ALL).processed_file_names}
    assert len(names) == len(several) + 1


@pytest.mark.parametrize(
    ("source", "kwargs", "message"),
    [
        ([], ALL, r"'MoleculesFromSmiles' expected at least one molecule in the list \(got 0 lines"),
        (BAD[:2], ALL, r"in the list \(got 2 lines, of which dropped {'chemistry': 1, 'syntax': 1}\)"),
        (["CS"], {**ALL, "elements": ["C"]}, r"\(got 1 lines, of which dropped {'element': 1}\)"),
        (
            ["C"],
            {**ALL, "split": "val"},
            r"'MoleculesFromSmiles' expected molecules for the split 'val' \(got {'train': 1",
        ),
        (
            ["C"],
            {"split": "dev"},
            r"'MoleculesFromSmiles' expected 'split' to be one of train, val, test \(got 'dev'\)",
        ),
        (["C"], {"bonds": "x"}, r"'MoleculesFromSmiles' expected 'bonds' to be 'kekule' or 'aromatic' \(got 'x'\)"),
        (["C"], {"fractions": (1, 0)}, r"expected 'fractions' to be three shares"),
        (["C"], {"elements": ["Q"]}, r"expected 'elements' to be chemical elements \(got 'Q'\)"),
    ],
)
@pytest.mark.parametrize("disk", [False, True])
def test_errors(source, kwargs, message, disk, tmp_path):
    with pytest.raises(ValueError, match=message):
        MoleculesFromSmiles(source, tmp_path if disk else None, **kwargs)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'MoleculesFromSmiles' expected a list of SMILES or a file \(got no"):
        MoleculesFromSmiles(tmp_path / "absent.smi")


def test_missing_rdkit_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"'MoleculesFromSmiles' expected the package 'rdkit' .*pyg_symbreak\[mol\]"):
        MoleculesFromSmiles(["C"])
