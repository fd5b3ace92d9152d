from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from pyg_symbreak.cli.graph_files import FORMATS, SUFFIXES, read_graphs


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_graph6(tmp_path: Path) -> None:
    graphs = [nx.petersen_graph(), nx.path_graph(3), nx.empty_graph(0), nx.empty_graph(2)]
    text = "\n".join(nx.to_graph6_bytes(g, header=i == 0).decode().strip() for i, g in enumerate(graphs)) + "\n\n"
    found = list(read_graphs(write(tmp_path, "a.g6", text)))
    assert [graph.line for graph in found] == [1, 2, 3, 4]
    for graph, wanted in zip(found, graphs, strict=True):
        assert graph.data.num_nodes == wanted.number_of_nodes()
        assert {tuple(arc) for arc in graph.data.edge_index.t().tolist()} == set(wanted.to_directed().edges())
        assert graph.data.edge_index.shape == (2, 2 * wanted.number_of_edges())


def test_sparse6_with_a_self_loop(tmp_path: Path) -> None:
    graph = nx.path_graph(3)
    graph.add_edge(1, 1)
    found = list(read_graphs(write(tmp_path, "a.s6", nx.to_sparse6_bytes(graph).decode())))
    assert sorted(found[0].data.edge_index.t().tolist()) == [[0, 1], [1, 0], [1, 1], [1, 2], [2, 1]]


def test_edge_list(tmp_path: Path) -> None:
    path = write(tmp_path, "a.edges", "# a comment\nanna bert\nbert carl # and another\n\ndora\nanna anna\n")
    (graph,) = read_graphs(path)
    assert graph.labels == ["anna", "bert", "carl", "dora"]
    assert graph.data.num_nodes == 4
    assert graph.data.edge_index.t().tolist() == [[0, 1], [1, 0], [1, 2], [2, 1], [0, 0]]
    (graph,) = read_graphs(path, directed=True)
    assert graph.data.edge_index.t().tolist() == [[0, 1], [1, 2], [0, 0]]


def test_an_empty_edge_list_is_the_graph_without_nodes(tmp_path: Path) -> None:
    (graph,) = read_graphs(write(tmp_path, "a.txt", "\n"))
    assert graph.data.num_nodes == 0
    assert graph.data.edge_index.shape == (2, 0)


def test_smiles(tmp_path: Path) -> None:
    pytest.importorskip("rdkit")
    found = list(read_graphs(write(tmp_path, "a.smi", "# molecules\nc1ccccc1 benzene\nC[NH3+]\n")))
    assert [graph.line for graph in found] == [2, 3]
    assert found[0].labels == ["C0", "C1", "C2", "C3", "C4", "C5"]
    assert set(found[0].data.edge_type.tolist()) == {4}
    assert found[1].data.node_type.tolist() == [6, 7]
    assert found[1].data.formal_charge.tolist() == [0, 1]


def test_smiles_without_rdkit_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("rdkit"):
            raise ImportError("No module named 'rdkit'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"'read_graphs' expected the package 'rdkit'.*pyg_symbreak\[mol\]"):
        list(read_graphs(write(tmp_path, "a.smi", "CC\n")))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.g6", "A_\nzzz\n", r"expected line 2 of .*a\.g6' to be graph6 \(got 'zzz': Expected 1711 bits"),
        ("a.g6", "A_\n\u00e9\n", r"expected line 2 of .* to be graph6 \(got '\u00e9'"),
        ("a.g6", "\n~\n", r"expected line 2 of .* to be graph6 \(got '~'"),
        ("a.s6", "A_\n", r"expected line 1 of .* to be sparse6 \(got 'A_'"),
        ("a.edges", "1 2\n1 2 3\n", r"expected line 2 of .* to be an edge list \(got '1 2 3': 3 labels instead of"),
        ("a.smi", "CC\nC(C\n", r"expected line 2 of .* to be smiles \(got 'C\(C'"),
        ("a.g6", "x" * 100, r"\(got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\.\.\.'"),
    ],
)
def test_a_malformed_line_is_told(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match="'read_graphs' " + message if message.startswith("exp") else message):
        list(read_graphs(write(tmp_path, name, text)))


def test_the_format_overrides_the_suffix(tmp_path: Path) -> None:
    (graph,) = read_graphs(write(tmp_path, "a.txt", "A_\n"), "graph6")
    assert graph.data.num_nodes == 2
    assert set(SUFFIXES.values()) == set(FORMATS)


def test_unknown_suffix_format_and_encoding(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'read_graphs' expected a suffix among \.g6, .*\(got 'a.xyz' and no form\)"):
        list(read_graphs(write(tmp_path, "a.xyz", "")))
    with pytest.raises(ValueError, match=r"'read_graphs' expected 'form' to be one of graph6, .*\(got 'dot'\)"):
        list(read_graphs(write(tmp_path, "a.xyz", ""), "dot"))
    with pytest.raises(ValueError, match=r"expected 'directed' only with the form edges \(got the form graph6\)"):
        list(read_graphs(write(tmp_path, "a.g6", "A_"), directed=True))
    (tmp_path / "b.g6").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"'read_graphs' expected 'path' to name a text file"):
        list(read_graphs(tmp_path / "b.g6"))
    with pytest.raises(FileNotFoundError):
        list(read_graphs(tmp_path / "c.g6"))
