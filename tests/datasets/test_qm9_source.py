from __future__ import annotations

import sys

import numpy as np
import pytest

from pyg_symbreak.datasets.qm9_source import (
    PROPERTIES,
    PROPERTIES_NAME,
    columns,
    qm9pack_folder,
    read_files,
    read_qm9pack,
    source_name,
)


@pytest.fixture
def path(tmp_path):
    """Three molecules, not in the order of their numbers, and their properties."""
    file = tmp_path / "qm9.tsv"
    file.write_text("5\tC#N\n1\tC\n3\tO\n")
    values = np.arange(45, dtype=np.float32).reshape(15, 3)
    np.savez(tmp_path / PROPERTIES_NAME, names=np.array(list(PROPERTIES.values())), props=values)
    return file


@pytest.fixture
def qm9pack(tmp_path, monkeypatch):
    """A package with the layout of qm9pack that cannot be imported, only found."""
    data = tmp_path / "site" / "qm9pack" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise RuntimeError('not to be imported')")
    header = "XYZ_file,Index,SMILES,Elements,Dipole_debye,HOMO_LUMO_gap_au\n"
    (data / "qm9_part1.csv").write_text(header + '"a",1,"C","[\'C\',\'H\']",0.,0.5\n')
    (data / "qm9_part2.csv").write_text(header + '"b",5,"C#N","[\'C\',\'N\']",2.5,0.25\n')
    about = tmp_path / "site" / "qm9pack-1.0.3.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: qm9pack\nVersion: 1.0.3\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield data
    sys.modules.pop("qm9pack", None)


def test_properties_follow_the_molecules_of_the_file(path):
    records = read_files(path, ["mu", "A"])
    assert records.smiles == {5: "C#N", 1: "C", 3: "O"}
    assert {number: row.tolist() for number, row in records.properties.items()} == {5: [9, 0], 1: [10, 1], 3: [11, 2]}
    assert read_files(path, []).properties == {}


def test_qm9pack_is_read_without_importing_it(qm9pack):
    assert qm9pack_folder() == qm9pack
    records = read_qm9pack(qm9pack, ["gap", "mu"])
    assert records.smiles == {1: "C", 5: "C#N"}
    assert {number: row.tolist() for number, row in records.properties.items()} == {1: [0.5, 0.0], 5: [0.25, 2.5]}
    assert read_qm9pack(qm9pack, []).properties == {}
    assert source_name(None, False) == "qm9pack1.0.3"
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected the columns Index, SMILES, ZPVE_au in .*qm9_part1.csv"):
        read_qm9pack(qm9pack, ["zpve"])


def test_names_change_with_the_files(path):
    plain, both = source_name(path, False), source_name(path, True)
    assert both.startswith(plain + "_")
    path.write_text("5\tC#N\n1\tC\n3\tN\n")
    assert source_name(path, False) != plain


def test_unknown_property():
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected 'properties' among A, B, .*, cv \(got 'x'\)"):
        columns(["mu", "x"])


def test_files_that_do_not_fit(path):
    properties = path.with_name(PROPERTIES_NAME)
    path.write_text("5\tC#N\n")
    with pytest.raises(ValueError, match=r"as many molecules in qm9_props.npz as in .* \(got 3 and 1\)"):
        read_files(path, ["mu"])
    np.savez(properties, names=np.array(["Dipole_debye"]), props=np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected a row for each of \['Dipole_debye'\]"):
        read_files(path, ["mu"])
    properties.write_bytes(properties.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"'QM9Graphs' expected .*qm9_props.npz to hold 'names' and 'props'"):
        read_files(path, ["mu"])
    np.savez(properties, names=np.array([object()]), props=np.zeros(1))
    with pytest.raises(ValueError, match=r"to hold 'names' and 'props'"):  # pickles are never opened
        read_files(path, ["mu"])
    properties.unlink()
    with pytest.raises(FileNotFoundError, match=r"'QM9Graphs' expected the file qm9_props.npz for 'properties'"):
        read_files(path, ["mu"])
