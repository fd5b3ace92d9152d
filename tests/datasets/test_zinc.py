from __future__ import annotations

import json
import lzma

import pytest

from pyg_symbreak.datasets import ZINC250k
from pyg_symbreak.datasets.enumerate_molecules import enumerate_molecules

pytest.importorskip("rdkit")


@pytest.fixture
def root(tmp_path):
    """Files in the format of the real ones: 92 molecules, of which every seventh is for testing, and two unusable."""
    (tmp_path / "raw").mkdir()
    lines = [*enumerate_molecules(3), "C(", "C[Si]"]
    (tmp_path / "raw" / "zinc250k_zinc.txt.tar.gz").write_bytes(_archive("\n".join(lines)))
    (tmp_path / "raw" / "valid_idx_zinc.json").write_text(json.dumps(list(range(0, 92, 7))))
    return tmp_path


def _archive(text):
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("zinc.txt")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def test_splits_and_types(root):
    parts = {split: ZINC250k(root, split) for split in ("train", "val", "test")}
    ids = {split: {graph.mol_id.item() for graph in part} for split, part in parts.items()}
    assert ids["test"] == set(range(0, 92, 7))
    assert {split: len(members) for split, members in ids.items()} == {"train": 71, "val": 7, "test": 14}
    assert set.union(*ids.values()) == set(range(92))
    assert parts["test"].dropped == {"element": 1, "syntax": 1}
    assert parts["train"].node_types == ("C", "N", "O", "F", "P", "S", "Cl", "Br", "I")
    assert ZINC250k(root, hydrogens=True, charges=True).node_types[:2] == ("H", "C")


def test_compressed_numbers_and_damaged_ones(root):
    plain = root / "raw" / "valid_idx_zinc.json"
    (root / "raw" / "zinc250k_valid_idx.json.xz").write_bytes(lzma.compress(plain.read_bytes()))
    plain.unlink()
    assert len(ZINC250k(root, "test")) == 14
    (root / "raw" / "zinc250k_valid_idx.json.xz").write_bytes(b"?")
    with pytest.raises(ValueError, match=r"'ZINC250k' expected .* to hold a list of numbers \(got: "):
        ZINC250k(root, "test")
