from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.training.diffusion.sources import SOURCES, Source, load_source, molecular_alphabet


def graph(num_nodes: int) -> Data:
    arcs = [(i, i + 1) for i in range(num_nodes - 1)]
    both = torch.tensor([*arcs, *((b, a) for a, b in arcs)], dtype=torch.long).reshape(-1, 2).t()
    return Data(edge_index=both.contiguous(), num_nodes=num_nodes)


def plain() -> Source:
    splits = {"train": [graph(2), graph(4)], "val": [graph(3)], "test": [graph(5)]}
    return Source("paths", splits, {"node_types": ("node",), "edge_types": ("none", "edge")}, kind="tree")


def test_graphs_without_types() -> None:
    source = plain()
    assert not source.molecules
    assert source.max_nodes == 5
    dense = source.dense("train")
    assert dense.x.shape == (2, 4)
    assert sorted(dense.e.sum(1).tolist()) == [1, 3]
    assert source.config(num_layers=2).max_nodes == 5
    with pytest.raises(ValueError, match=r"'Source\.smiles' expected molecules \(got the data set paths\)"):
        source.smiles("train")


def test_molecules_without_a_file() -> None:
    pytest.importorskip("rdkit")
    source = load_source("small")
    assert source.molecules
    assert source.dropped == {}
    config = source.config()
    source.dense("val").validate(len(config.node_types), len(config.edge_types))
    smiles = source.smiles("val")
    assert len(smiles) == len(set(smiles)) == len(source.splits["val"])


def test_the_alphabet_tells_valences_and_orders() -> None:
    pytest.importorskip("rdkit")
    found = molecular_alphabet(("H", "C", "N", "N+", "C-", "O-", "F"), "aromatic")
    assert found["valences"] == (1, 4, 3, 4, 3, 1, 1)
    assert found["edge_types"] == ("none", "single", "double", "triple", "aromatic")
    assert found["bond_orders"] == (0, 1, 2, 3, 1.5)
    assert found["weights"][1] == pytest.approx(12.011)


def test_unknown_names(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'load_source' expected one of qm9, .* or a file .* \(got 'chembl'\)"):
        load_source("chembl")
    assert {"qm9", "small", "planar"} <= set(SOURCES)
    with pytest.raises(FileNotFoundError, match="placed by hand"):
        load_source("qm9", tmp_path)
