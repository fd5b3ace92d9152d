from __future__ import annotations

from typing import Any

from pyg_symbreak.cli.symmetrize.table import cell, render, render_separation, summarise_draws


def run(method: str, draws: int, seed: int, status: str = "finished", **metrics: float) -> dict[str, Any]:
    record = {"data": "exp", "method": method, "draws": draws, "seed": seed, "status": status, "seconds": 2.0}
    return {**record, "metrics": metrics} if status == "finished" else record


def test_a_column_a_number_of_draws() -> None:
    runs = [run("lps+mlp", k, seed, accuracy=0.9 + 0.01 * seed, loss=0.5) for k in (10, 1) for seed in (0, 2)]
    runs += [run("exact+mlp", 1, 0, accuracy=1.0, loss=0.1), run("none+mlp", 1, 0, "failed")]
    summary = summarise_draws(runs)
    assert summary["exp/lps+mlp k=10"]["draws"] == 10
    assert summary["exp/lps+mlp k=1"]["method"] == "lps+mlp"
    lines = render(summary).splitlines()
    assert lines[0].split() == ["task", "method", "(accuracy", "%)", "k", "=", "1", "k", "=", "10", "runs"]
    assert lines[2].split() == ["exp", "lps+mlp", "91.0", "±", "1.4", "91.0", "±", "1.4", "4"]
    assert lines[3].split() == ["exp", "exact+mlp", "100.0", "–", "1"]
    assert lines[4].split() == ["exp", "none+mlp", "–", "–", "0", "(1", "failed)"]


def test_a_column_a_metric() -> None:
    runs = [run("lps+gnn", 1, seed, mse=0.004 + 0.001 * seed, draw_error=0.1) for seed in (0, 1)]
    lines = render(summarise_draws(runs)).splitlines()
    assert lines[0].split() == ["task", "method", "MSE", "draw", "error", "seconds", "runs"]
    assert "0.00450 ± 0.00071" in lines[2]


def test_runs_that_are_not_finished_do_not_count() -> None:
    assert summarise_draws([run("lps+mlp", 1, 0, "unfinished")]) == {}


def test_what_is_told_apart_and_the_control() -> None:
    counts = {"pairs": 45, "by_distance": 45, "by_distance_isomorphic": 45}
    runs = [run("uniform+mlp", 32, seed, separated=seed, separated_isomorphic=0, **counts) for seed in (0, 1)]
    runs += [run("1-wl", 1, 0, "failed")]
    lines = render_separation(summarise_draws(runs)).splitlines()
    expected = ["exp", "uniform+mlp", "32", "0.5", "±", "0.7", "45", "0.0", "±", "0.0", "45"]
    assert lines[2].split()[:11] == expected
    assert lines[3].endswith("0 (1 failed)")


def test_cells() -> None:
    assert cell("separated", [3.0, None]) == "3.0"
    assert cell("seconds", [3.2, 1.0]) == "3 ± 1"
    assert cell("mse", [None, None]) == "–"
