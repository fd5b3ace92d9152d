"""The benchmark of lattice networks runs, and its sides are the same networks."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "lattice.py"
SMALL = ["--widths", "2", "--sizes", "4", "--growth", "3", "5", "--batch-size", "2", "--repeats", "1"]


@pytest.fixture(scope="module")
def benchmark():
    if not PATH.exists():
        pytest.skip("no benchmarks beside the tests")
    spec = importlib.util.spec_from_file_location("benchmark_lattice", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_small_run_writes_every_number(benchmark, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "has_escnn", lambda: False)
    monkeypatch.setattr(benchmark, "memory_of", lambda *_: {"memory_mb": 1.0})
    monkeypatch.setattr(benchmark, "tune_allocator", lambda: None)  # it would hold for all tests
    out = tmp_path / "lattice.json"
    assert benchmark.main([*SMALL, "--out", str(out)]) == 0
    record = json.loads(out.read_text())
    runs = {run["key"]: run for run in record["runs"]}
    assert set(runs) == {"layout/2/4", "growth/8/3", "growth/8/5"}
    assert all(run["seed"] == 0 and run["repeats"] == 1 for run in runs.values())
    assert 0 < runs["layout/2/4"]["ours"]["min"] <= runs["layout/2/4"]["ours"]["max"]
    row = runs["growth/8/5"]
    assert row["microseconds per site"]["min"] == pytest.approx(1e6 * row["min"] / 50)
    assert {"machine", "versions", "settings"} < set(record)
    assert "a site" in capsys.readouterr().out


def test_a_process_of_its_own_tells_its_memory(benchmark, capsys):
    benchmark.main(["--worker", "2", "8", "3", "2"])
    assert json.loads(capsys.readouterr().out)["memory_mb"] >= 0


def test_the_plain_convolution_is_the_same_one(benchmark):
    # The comparison itself asserts it.
    record = benchmark.layouts(3, 5, 2, 1)
    assert record["speedup"] > 0


def test_the_defect_is_seen(benchmark):
    _, network = benchmark.ours("blocks", 4, 1)
    x = torch.randn(2, 1, 5, 5)
    assert benchmark.defect(network, x) < 1e-5
    assert benchmark.defect(lambda x: network(x) + x.roll(1, 2), x) > 1e-3


@pytest.mark.parametrize("network", ["blocks", "convolutions"])
def test_the_network_of_escnn(benchmark, network):
    pytest.importorskip("escnn", reason="needs escnn")
    record = benchmark.against_escnn(network, 2, 5, 2, 1)
    assert record["escnn"]["defect"] < 1e-4
    assert record["speedup"]["median"] > 0
