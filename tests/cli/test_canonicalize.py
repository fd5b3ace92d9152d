from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from pyg_symbreak.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> list[dict[str, Any]]:
    assert main(["canonicalize", "--json", *map(str, words)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def shuffled(graph: nx.Graph, seed: int) -> nx.Graph:
    nodes = list(graph)
    random.Random(seed).shuffle(nodes)
    return nx.relabel_nodes(graph, dict(zip(graph, nodes)))


def graph6(*graphs: nx.Graph) -> str:
    return "".join(
        nx.to_graph6_bytes(nx.convert_node_labels_to_integers(g, ordering="sorted"), header=False).decode()
        for g in graphs
    )


def test_isomorphic_graphs_have_one_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graphs = [nx.petersen_graph(), nx.cycle_graph(6), nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3))]
    path = tmp_path / "a.g6"
    path.write_text(graph6(*graphs, *(shuffled(graph, 1) for graph in graphs)))
    records = run(capsys, path)
    assert [record["automorphisms"] for record in records] == 2 * [120, 12, 72]
    for first, second in zip(records[:3], records[3:]):
        assert first["canonical"] == second["canonical"]
        assert first["hash"] == second["hash"]
    assert len({record["hash"] for record in records}) == 3
    for record, graph in zip(records, graphs):
        found = nx.from_graph6_bytes(record["canonical"].encode())
        relabelled = nx.relabel_nodes(graph, dict(enumerate(record["rank"])))
        assert set(map(frozenset, found.edges())) == set(map(frozenset, relabelled.edges()))
        assert [len(orbit) for orbit in record["orbits"]] == [graph.number_of_nodes()]


def test_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.edges"
    path.write_text("a b\nb c\n")
    assert main(["canonicalize", str(path)]) == 0
    header, row = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    record = dict(zip(header, row, strict=True))
    assert (record["line"], record["nodes"], record["edges"], record["automorphisms"]) == ("1", "3", "2", "2")
    assert record["orbits"] == "{a,c} {b}"
    assert record["hash"].startswith("v1:")
    assert record["canonical"].startswith("3; ")
    assert record["canonical"].count("-") == 2


def test_directed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.edges"
    path.write_text("a b\nb c\nc a\n")
    assert run(capsys, path)[0]["automorphisms"] == 6
    record = run(capsys, path, "--directed")[0]
    assert record["automorphisms"] == 3
    assert record["edges"] == 3
    assert record["canonical"].count(">") == 3


def test_a_relabelled_edge_list_has_the_same_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = nx.gnp_random_graph(12, 0.3, seed=0)
    forms = set()
    for seed in range(3):
        path = tmp_path / f"{seed}.edges"
        path.write_text(
            "\n".join(map(str, graph)) + "\n" + "".join(f"{u} {v}\n" for u, v in shuffled(graph, seed).edges())
        )
        forms.add(run(capsys, path)[0]["canonical"])
    assert len(forms) == 1


def test_smiles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rdkit")
    path = tmp_path / "a.smi"
    path.write_text("c1ccccc1\nOCC\nCCO\nC=C\nCC\n[NH3+]C\nNC\n")
    records = run(capsys, path)
    assert [record["automorphisms"] for record in records] == [12, 1, 1, 2, 2, 1, 1]
    assert records[1]["canonical"] == records[2]["canonical"]
    assert records[1]["hash"] == records[2]["hash"]
    assert len({record["hash"] for record in records}) == 6
    assert records[0]["canonical"].count(":") == 6
    assert sorted(records[1]["canonical"].split(";")[0].split()) == ["C", "C", "O"]
    assert "0=1" in records[3]["canonical"]


def test_graphs_without_nodes_and_without_edges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.g6"
    path.write_text(graph6(nx.empty_graph(0), nx.empty_graph(1), nx.empty_graph(20)))
    records = run(capsys, path)
    assert [record["nodes"] for record in records] == [0, 1, 20]
    assert records[2]["automorphisms"] == 2432902008176640000


def test_an_empty_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.g6").write_text("")
    assert run(capsys, tmp_path / "a.g6") == []


def test_errors_exit_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.g6").write_text("A_\nA?extra\n")
    assert main(["canonicalize", str(tmp_path / "a.g6")]) == 2
    assert "line 2 of" in capsys.readouterr().err
    assert main(["canonicalize", str(tmp_path / "none.g6")]) == 2
    assert "none.g6" in capsys.readouterr().err
