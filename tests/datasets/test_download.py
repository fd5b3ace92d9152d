from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from pyg_symbreak.datasets.download import PublicFile, find_raw


@pytest.fixture
def public(tmp_path):
    """A file behind an address that needs no network."""
    source = tmp_path / "public.bin"
    source.write_bytes(b"content")
    return PublicFile("a.bin", source.as_uri(), hashlib.sha256(b"content").hexdigest())


def test_download_and_what_is_there_already(public, tmp_path):
    raw = tmp_path / "raw"
    assert find_raw("A", raw, public).read_bytes() == b"content"
    (raw / "a.bin").write_bytes(b"by hand")
    assert find_raw("A", raw, public).read_bytes() == b"by hand"
    (raw / "b.bin").write_bytes(b"other")
    assert find_raw("A", raw, public, ("b.bin",)).read_bytes() == b"other"
    assert sorted(path.name for path in raw.iterdir()) == ["a.bin", "b.bin"]


def test_member_of_an_archive(tmp_path):
    archive = tmp_path / "wheel.whl"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("pack/train.csv", "C")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    file = PublicFile("train.csv", archive.as_uri(), digest, "pack/train.csv")
    assert find_raw("A", tmp_path / "raw", file).read_text() == "C"
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["train.csv"]


def test_wrong_digest_leaves_nothing(public, tmp_path):
    wrong = PublicFile("a.bin", public.url, "0" * 64)
    with pytest.raises(ValueError, match=rf"'A' expected .*public.bin to have SHA-256 0{{64}} \(got {public.sha256}\)"):
        find_raw("A", tmp_path / "raw", wrong)
    assert list((tmp_path / "raw").iterdir()) == []


def test_no_network_tells_where_to_place_it(tmp_path):
    file = PublicFile("a.bin", (tmp_path / "absent").as_uri(), "")
    with pytest.raises(OSError, match=r"'A' expected to download file:.*; without a network place the file as .*a.bin"):
        find_raw("A", tmp_path / "raw", file)


def test_a_wheel_comes_by_pip(tmp_path, monkeypatch):
    wheel = tmp_path / "pack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as out:
        out.writestr("pack/train.csv", "C")

    def run(command, **options):
        assert command[1:4] == ["-m", "pip", "download"]
        assert command[-1] == "pack==1.0"
        shutil.copy(wheel, Path(command[command.index("--dest") + 1]) / wheel.name)

    monkeypatch.setattr("pyg_symbreak.datasets.download.subprocess.run", run)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    file = PublicFile("train.csv", "pip:pack==1.0", digest, "pack/train.csv")
    assert find_raw("A", tmp_path / "raw", file).read_text() == "C"
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["train.csv"]


def test_pip_that_finds_nothing_tells_where_to_place_it(tmp_path, monkeypatch):
    def run(command, **options):
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr("pyg_symbreak.datasets.download.subprocess.run", run)
    with pytest.raises(OSError, match=r"'A' expected to download pip:pack==1.0 .*place train.csv as .*a.csv"):
        find_raw("A", tmp_path / "raw", PublicFile("a.csv", "pip:pack==1.0", "", "train.csv"))
