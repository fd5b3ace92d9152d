"""The benchmark of spin glasses runs, keeps its training, and compares at equal time."""

import importlib.util
import json
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "spin_glass.py"


@pytest.fixture(scope="module")
def benchmark():
    if not PATH.exists():
        pytest.skip("no benchmarks beside the tests")
    spec = importlib.util.spec_from_file_location("benchmark_spin_glass", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SIZE = 4
    return module


def test_a_small_run_writes_both_curves(benchmark, tmp_path, capsys):
    out = tmp_path / "glass.json"
    small = ["--steps", "2", "--lattices", "8", "--width", "2", "--rounds", "2", "--tests", "6", "--repeats", "1"]
    grid = ["--samples", "1", "4", "--sweeps", "10", "100", "--replicas", "8"]
    where = ["--runs", str(tmp_path / "runs"), "--out", str(out)]
    assert benchmark.main([*small, *grid, *where]) == 0
    (record,) = json.loads(out.read_text())["runs"]
    assert record["steps"] == 2
    curves = {(row["side"], row["budget"]): row for row in record["curves"]}
    assert len(curves) == 6
    assert curves["annealing", "100 sweeps x 8"]["solved"] == 1
    assert curves["network and descent", "k=4"]["gap_percent"] <= curves["network", "k=1"]["gap_percent"]
    assert all(row["ms_a_lattice"] > 0 for row in curves.values())
    assert "annealing" in capsys.readouterr().out


def test_equal_time_takes_the_best_that_fits(benchmark):
    rows = [
        {"side": "network", "ms_a_lattice": 2.0, "solved": 0.5},
        {"side": "network", "ms_a_lattice": 0.5, "solved": 0.2},
        {"side": "annealing", "ms_a_lattice": 1.0, "solved": 0.9},
        {"side": "annealing", "ms_a_lattice": 2.0, "solved": 0.8},
        {"side": "annealing", "ms_a_lattice": 3.0, "solved": 1.0},
    ]
    found = benchmark.at_equal_time(rows)
    assert [row.get("annealing_at_equal_time") for row in found] == [0.9, 0.0, None, None, None]
