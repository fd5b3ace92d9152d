from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import pytest
import torch
from PIL import Image
from torch_geometric.data import Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.cli.diffusion.grid import CELL, draw_graphs, draw_molecules


@pytest.mark.parametrize(("count", "columns", "shape"), [(1, None, (1, 1)), (5, None, (2, 3)), (5, 2, (3, 2))])
def test_molecules_stand_in_rows(tmp_path: Path, count: int, columns: int | None, shape: tuple[int, int]) -> None:
    pytest.importorskip("rdkit")
    draw_molecules(tmp_path / "new" / "a.png", ["CCO"] * count, columns)
    with Image.open(tmp_path / "new" / "a.png") as image:
        assert image.size == (shape[1] * CELL, shape[0] * CELL)
        assert len(set(image.convert("L").tobytes())) > 5


def test_graphs_stand_in_rows(tmp_path: Path) -> None:
    typed = from_networkx(nx.path_graph(3))
    typed.node_type, typed.edge_type = torch.tensor([0, 1, 2]), torch.tensor([1, 1, 2, 2])
    empty = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0)
    graphs = [from_networkx(nx.petersen_graph()), typed, Data(edge_index=empty.edge_index, num_nodes=1), empty]
    draw_graphs(tmp_path / "a.png", graphs)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (2 * CELL, 2 * CELL)
        assert len(set(image.convert("L").tobytes())) > 5


def test_the_same_graphs_give_the_same_picture(tmp_path: Path) -> None:
    graphs = [from_networkx(nx.cycle_graph(6))]
    for name in ("a.png", "b.png"):
        draw_graphs(tmp_path / name, graphs)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"'draw_graphs' expected something to draw \(got nothing\)"):
        draw_graphs(tmp_path / "a.png", [])
    with pytest.raises(ValueError, match=r"'draw_molecules' expected something to draw \(got nothing\)"):
        draw_molecules(tmp_path / "a.png", [])
    with pytest.raises(ValueError, match=r"'draw_molecules' expected 'smiles' to be molecules \(got 'C1'\)"):
        draw_molecules(tmp_path / "a.png", ["C1"])
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"'draw_graphs' expected .*pip install pyg_symbreak\[train\]"):
        draw_graphs(tmp_path / "a.png", [from_networkx(nx.path_graph(2))])
