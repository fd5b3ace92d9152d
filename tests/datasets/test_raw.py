from __future__ import annotations

import gzip
import lzma
import pickle

import numpy as np
import pytest

from pyg_symbreak.datasets.raw import NUMPY_NAMES, placed_by_hand, raw_digest, read_raw, restricted_load


def test_compressed_or_not(tmp_path):
    for name, content in (("a", b"text"), ("a.xz", lzma.compress(b"text")), ("a.gz", gzip.compress(b"text"))):
        (tmp_path / name).write_bytes(content)
        assert read_raw(tmp_path / name) == b"text"


@pytest.mark.parametrize("name", ["a.xz", "a.gz"])
def test_not_what_the_name_says(name, tmp_path):
    (tmp_path / name).write_bytes(b"text")
    with pytest.raises(ValueError, match=rf"'read_raw' expected .*{name} to be compressed as its name says"):
        read_raw(tmp_path / name)


def test_digest_tells_contents_and_order(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    a, b = tmp_path / "a", tmp_path / "b"
    assert raw_digest(a) == "7692c3ad"  # the first digits of the SHA-256 of "one"
    assert len({raw_digest(a), raw_digest(b), raw_digest(a, b), raw_digest(b, a)}) == 4


def test_placed_by_hand(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'A' expected the file .*x.zip, to be placed by hand from there"):
        placed_by_hand("A", tmp_path, ("x.zip", "x.pt"), "there")
    (tmp_path / "x.pt").touch()
    assert placed_by_hand("A", tmp_path, ("x.zip", "x.pt"), "there").name == "x.pt"


@pytest.mark.parametrize("protocol", range(3, pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_are_let_through(protocol):
    out = restricted_load(pickle.dumps({"a": np.arange(3), "b": np.float64(1.5)}, protocol), NUMPY_NAMES)
    assert out["a"].tolist() == [0, 1, 2]
    assert out["b"] == 1.5


@pytest.mark.parametrize("thing", [print, pickle.Unpickler, ValueError("x")])
def test_nothing_else_is(thing):
    with pytest.raises(pickle.UnpicklingError, match=r"'restricted_load' expected allowed names only \(got .*\)"):
        restricted_load(pickle.dumps(thing), NUMPY_NAMES)
