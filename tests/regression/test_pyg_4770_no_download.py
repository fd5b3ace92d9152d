"""pyg#4770: the download of QM9 times out, and nothing can be tried without it."""

import socket

import pytest

pytest.importorskip("rdkit")

from pyg_symbreak.datasets import QM9Graphs, SmallMolecules


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_built_in_set_needs_no_network(no_network):
    assert len(SmallMolecules(max_heavy_atoms=3)) > 5


def test_a_file_placed_by_hand_needs_no_network(no_network, tmp_path):
    path = tmp_path / "qm9_smiles.tsv"
    path.write_text("".join(f"{i}\tCCO\n" for i in range(1, 40)), encoding="utf-8")
    assert len(QM9Graphs(path=path, split="train")) > 10
