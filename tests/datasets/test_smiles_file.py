from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from pyg_symbreak.datasets.smiles_file import chunks, digest, smiles_lines


def archive(path, **files):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize(
    ("name", "text", "column", "expected"),
    [
        ("a.smi", "C methane\n\n# no molecule\nCC\tethane\r\n", None, ["C", "CC"]),
        ("a.txt", "C\nCC", None, ["C", "CC"]),
        ("a.smi", "id1 C\nid2 CC\n", 1, ["C", "CC"]),
        ("a.smi", "name smi\nx C\ny CC\n", "smi", ["C", "CC"]),
        ("a.csv", "id,SMILES\n1,C\n2,CC\n", None, ["C", "CC"]),
        ("a.csv", 'id,name,"my smiles"\n1,"a, b",C\n2,c,CC\n', "my smiles", ["C", "CC"]),
        ("a.csv", "C\nCC\n", None, ["C", "CC"]),
        ("a.csv", "smiles\nC\n\nCC\n", None, ["C", "CC"]),
        ("a.tsv", "1\tC\n2\tCC\n", 1, ["C", "CC"]),
        ("a.csv", "id,smiles\n1,\n2,CC\n", None, ["CC"]),
        ("a.smi", "", None, []),
        ("a.csv", "smiles\n", None, []),
    ],
)
def test_formats(name, text, column, expected, tmp_path):
    plain = tmp_path / name
    plain.write_text(text, newline="")
    assert list(smiles_lines(plain, column)) == expected
    zipped = tmp_path / (name + ".gz")
    zipped.write_bytes(gzip.compress(text.encode()))
    assert list(smiles_lines(str(zipped), column)) == expected
    packed = archive(tmp_path / (name.split(".")[0] + ".tar.gz"), **{name.replace(".", "_"): text})
    assert list(smiles_lines(packed, column)) == expected


def test_digest_sees_every_change(tmp_path):
    path = tmp_path / "a.smi"
    path.write_text("C\nCC\n")
    assert digest(path) == digest(["C", "CC"])
    assert len({digest(source) for source in (path, ["C", "C"], ["CC"], [])}) == 4


def test_chunks():
    assert list(chunks(iter([]), 3)) == []
    assert list(chunks(iter("abcdef"), 3)) == [["a", "b", "c"], ["d", "e", "f"]]


@pytest.mark.parametrize(
    ("name", "text", "column", "message"),
    [
        (
            "a.csv",
            "id,name\n1,C\n",
            None,
            r"expected a column 'smiles', or 'column', in .*a.csv \(got the columns \['id'",
        ),
        ("a.csv", "smiles\nC\n", "smi", r"expected the column 'smi' in .*a.csv \(got the columns \['smiles'\]\)"),
        ("a.smi", "C\n", 1, r"expected more than 1 columns in row 1 of .*a.smi \(got \['C'\]\)"),
        ("a.csv", "id,smiles\n1,C\n2\n", None, r"expected more than 1 columns in row 2 of .*a.csv \(got \['2'\]\)"),
    ],
)
def test_wrong_columns(name, text, column, message, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"'MoleculesFromSmiles' " + message):
        list(smiles_lines(tmp_path / name, column))


@pytest.mark.parametrize("name", ["a.smi", "a.csv"])
def test_damaged_files(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"C\n" * 10_000)[:-12])
    with pytest.raises(ValueError, match=r"'MoleculesFromSmiles' expected .* to be a whole text file \(got: "):
        list(smiles_lines(path, 0))
    path.write_bytes(b"C\n\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"to be a whole text file"):
        list(smiles_lines(path, 0))


def test_archives(tmp_path):
    with pytest.raises(ValueError, match=r"'MoleculesFromSmiles' expected one file in the archive .* \(got 2\)"):
        list(smiles_lines(archive(tmp_path / "b.tgz", a_smi="C", b_smi="C")))
    (tmp_path / "c.tar.gz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"to be a whole text file"):
        list(smiles_lines(tmp_path / "c.tar.gz"))


def test_missing_file(tmp_path):
    for function in (digest, lambda path: next(smiles_lines(path))):
        with pytest.raises(FileNotFoundError, match=r"'MoleculesFromSmiles' expected a list of SMILES or a file"):
            function(tmp_path / "absent.smi")
