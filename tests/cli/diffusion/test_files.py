from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.cli.diffusion import files


def typed() -> Data:
    return Data(
        edge_index=torch.tensor([[0, 1], [1, 0]]),
        node_type=torch.tensor([0, 1]),
        edge_type=torch.tensor([2, 2]),
        num_nodes=2,
    )


def test_smiles(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.smi"
    files.write_smiles(path, ["CC", None, "CO"])
    assert path.read_text() == "CC\nCO\n"
    assert files.read_smiles(path) == ["CC", "CO"]
    files.write_smiles(path, ["CC", None], keep_invalid=True)
    assert files.read_smiles(path) == ["CC", None]
    path.write_text("CC ethane\n\t\n")
    assert files.read_smiles(path) == ["CC", None]
    path.write_text("")
    assert files.read_smiles(path) == []


def test_graph6_and_pt(tmp_path: Path) -> None:
    graphs = [from_networkx(graph) for graph in (nx.petersen_graph(), nx.empty_graph(1), nx.path_graph(70))]
    for name in ("a.g6", "a.pt"):
        files.write_graphs(tmp_path / name, graphs)
        again = files.read_graph_file(tmp_path / name)
        assert [graph.num_nodes for graph in again] == [10, 1, 70]
        assert [graph.num_edges for graph in again] == [30, 0, 138]
    files.write_graphs(tmp_path / "b.pt", [typed()])
    (again_typed,) = files.read_graph_file(tmp_path / "b.pt")
    assert torch.equal(again_typed.node_type, typed().node_type)
    assert torch.equal(again_typed.edge_type, typed().edge_type)


def test_samples_left_out_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    assert files.left_out(path, 3) == 0
    files.write_account(path, {"generated": 5, "written": 3})
    assert files.left_out(path, 3) == 2
    assert files.left_out(path, 4) == 0, "the file was changed since"
    files.account_path(path).write_text("{")
    assert files.left_out(path, 3) == 0


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'diffusion' expected a file named \*\.smi, .* \(got 'a\.sdf'\)"):
        files.sample_format(Path("a.sdf"))
    (tmp_path / "binary.smi").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ValueError, match="'read_smiles' expected a text file"):
        files.read_smiles(tmp_path / "binary.smi")
    with pytest.raises(ValueError, match=r"'write_graphs' expected graphs of one type .* name a\.pt"):
        files.write_graphs(tmp_path / "a.g6", [typed()])
    (tmp_path / "empty.g6").touch()
    with pytest.raises(ValueError, match="'read_graph_file' expected at least one graph"):
        files.read_graph_file(tmp_path / "empty.g6")
    (tmp_path / "bad.pt").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="'read_graph_file' expected a file of `diffusion sample`"):
        files.read_graph_file(tmp_path / "bad.pt")
    with pytest.raises(FileNotFoundError):
        files.read_graph_file(tmp_path / "none.pt")
