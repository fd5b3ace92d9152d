from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from PIL import Image

from pyg_symbreak.cli.autoencoder_picture import draw, reconstructed_edges, symmetric_graphs
from pyg_symbreak.models.autoencoder import AutoencoderConfig, GraphAutoencoder
from pyg_symbreak.training.checkpoint import save_checkpoint
from pyg_symbreak.training.fit import load_autoencoder

FLOORS = {"trees": {"pair": {"error_percent": 3.0}}}


def summary(*datasets: str) -> dict[str, dict[str, Any]]:
    errors: list[Any] = [[10.0, 1.0], [0.5, None], [0.0, 0.0], [None, None]]
    methods = ("none", "noise", "sympe-exact", "egnn")
    return {
        f"{data}/{method}": {"data": data, "method": method, "error_percent": error}
        for data in datasets
        for method, error in zip(methods, errors)
    }


def checkpoint(path: Path, method: str) -> Path:
    config = {"symmetry_breaking": method, "decoder": "inner", "hidden_dim": 8, "decoder_dim": 8, "max_nodes": 16}
    weights = {
        f"model.{name}": value for name, value in GraphAutoencoder(AutoencoderConfig(**config)).state_dict().items()
    }  # type: ignore[arg-type]
    save_checkpoint({"model_config": config, "state_dict": weights}, path)
    return path


def test_errors_and_reconstructions(tmp_path: Path) -> None:
    pair = (checkpoint(tmp_path / "none.ckpt", "none"), checkpoint(tmp_path / "uniform.ckpt", "uniform"))
    draw(tmp_path / "a.png", summary("er-0.25", "trees"), FLOORS, pair)
    draw(tmp_path / "b.png", summary("er-0.25", "trees"), FLOORS, None)
    with Image.open(tmp_path / "a.png") as both, Image.open(tmp_path / "b.png") as errors:
        assert both.width > errors.width + 500
        assert len(set(both.convert("L").tobytes())) > 10
        assert both.getpixel((0, 0)) == (255, 255, 255, 255)


def test_many_data_sets_fit(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", summary("er-0.25", "er-0.20", "er-0.10", "trees"), FLOORS, None)
    with Image.open(tmp_path / "a.png") as image:
        assert image.width < 2500


def test_a_model_that_cannot_tell_nodes_apart_gets_all_pairs_or_none(tmp_path: Path) -> None:
    model = load_autoencoder(checkpoint(tmp_path / "none.ckpt", "none"))
    for graph, _ in symmetric_graphs().values():
        assert len(reconstructed_edges(model, graph)) in (
            0,
            graph.number_of_nodes() * (graph.number_of_nodes() - 1) // 2,
        )


def test_the_graphs_are_symmetric_and_placed() -> None:
    for graph, places in symmetric_graphs().values():
        assert len({degree for _, degree in graph.degree()}) == 1
        assert len({tuple(map(float, places[node])) for node in graph}) == graph.number_of_nodes()
        assert nx.number_of_selfloops(graph) == 0


def test_a_full_disk_leaves_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        draw(tmp_path / "a.png", summary("trees"), FLOORS, None)
    assert (tmp_path / "a.png").read_bytes() == b"old"
