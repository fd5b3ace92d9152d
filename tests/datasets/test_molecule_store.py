from __future__ import annotations

import numpy as np
import pytest

from pyg_symbreak.datasets.molecule_store import open_store, write_store
from pyg_symbreak.datasets.molecule_table import MoleculeTable, parse_smiles
from pyg_symbreak.datasets.smiles_process import Parsing

pytest.importorskip("rdkit")
SMILES = ["CCO", "C(", "C", "CN", "C.C", "CF", "OC", "("]


def check(folder, smiles=SMILES):
    expected, _ = parse_smiles(smiles, 0, "kekule", False, None)
    table = open_store(folder)
    for name in MoleculeTable._fields:
        np.testing.assert_array_equal(getattr(table, name), getattr(expected, name))
        assert getattr(table, name).dtype == getattr(expected, name).dtype


@pytest.mark.parametrize("size", [1, 3, 100])
def test_same_table_as_in_memory(size, tmp_path):
    seen = []
    account = write_store(tmp_path, Parsing(SMILES, chunk_size=size), seen.append)
    assert account == {"lines": 8, "molecules": 5, "dropped": {"fragments": 1, "syntax": 2}}
    assert sum(seen) == 8
    check(tmp_path)
    assert not list(tmp_path.glob("chunks*"))
    assert write_store(tmp_path, Parsing(["never read"])) == account


class Killed(Exception):
    pass


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_a_killed_run_goes_on(moment, tmp_path, monkeypatch):
    def kill(lines):
        parsed.append(lines)
        if len(parsed) > moment:
            raise Killed

    parsed = []
    with pytest.raises(Killed):
        write_store(tmp_path, Parsing(SMILES, chunk_size=3), kill)
    assert len(list(tmp_path.glob("chunks-3/*.npz"))) == moment + 1
    calls = []
    parse = Parsing.parse
    monkeypatch.setattr(
        Parsing, "parse", lambda self, number, lines: calls.append(number) or parse(self, number, lines)
    )
    write_store(tmp_path, Parsing(SMILES, chunk_size=3))
    assert calls == [0, 1, 2][moment + 1 :]
    check(tmp_path)


def test_damaged_chunks_and_chunks_of_another_size_are_not_used(tmp_path):
    with pytest.raises(Killed):
        write_store(tmp_path, Parsing(SMILES, chunk_size=2), lambda lines: (_ for _ in ()).throw(Killed()))
    for size in (3, 2):
        with pytest.raises(Killed):
            write_store(tmp_path, Parsing(SMILES, chunk_size=size), lambda lines: (_ for _ in ()).throw(Killed()))
    path = tmp_path / "chunks-3" / "000000.npz"
    path.write_bytes(path.read_bytes()[:100])
    write_store(tmp_path, Parsing(SMILES, chunk_size=3))
    check(tmp_path)
    assert not list(tmp_path.glob("chunks*"))


def test_a_killed_join_is_done_again(tmp_path, monkeypatch):
    monkeypatch.setattr("pyg_symbreak.datasets.molecule_store.write_json", lambda *_: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        write_store(tmp_path, Parsing(SMILES, chunk_size=3))
    monkeypatch.undo()
    write_store(tmp_path, Parsing(SMILES, chunk_size=3))
    check(tmp_path)


def test_full_disk_leaves_no_half_chunk(tmp_path, monkeypatch):
    def full(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        write_store(tmp_path, Parsing(SMILES))
    assert not list(tmp_path.rglob("*.npz*"))


@pytest.mark.parametrize("smiles", [[], ["("], ["C"]])
def test_hardly_anything(smiles, tmp_path):
    account = write_store(tmp_path, Parsing(smiles))
    assert account["lines"] == len(smiles)
    if account["molecules"]:
        check(tmp_path, smiles)
