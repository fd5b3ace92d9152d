from __future__ import annotations

from typing import Any

from pyg_symbreak.cli.spins.table import NOTES, cell, render, summarise_spins


def run(method: str, seed: int, status: str = "finished", **metrics: float | None) -> dict[str, Any]:
    record = {"data": "phases 8x8", "method": method, "seed": seed, "status": status, "seconds": 2.0}
    return {**record, "metrics": metrics} if status == "finished" else record


def test_a_row_a_method() -> None:
    runs = [run("sympe-exact", seed, gap=0.05, steps_to_target=100.0 + 100 * seed) for seed in (0, 1)]
    runs += [run("none", seed, gap=30.0 + seed, steps_to_target=None) for seed in (0, 1)]
    runs += [run("noise", 0, "failed"), run("uniform", 0, "unfinished")]
    lines = render(summarise_spins(runs)).splitlines()
    assert lines[2].split() == [
        "phases",
        "8x8",
        "sympe-exact",
        "0.050",
        "±",
        "0.000",
        "150",
        "±",
        "71",
        "2",
        "±",
        "0",
        "2",
    ]
    assert lines[3].split() == ["phases", "8x8", "none", "30.500", "±", "0.707", "–", "2", "±", "0", "2"]
    assert lines[4].endswith("0 (1 failed)")
    assert len(lines) == 5 + 1 + 2
    assert lines[-1] == NOTES["steps_to_target"]


def test_some_seeds_that_never_get_there_leave_no_mean() -> None:
    runs = [run("noise", 0, steps_to_target=None), run("noise", 1, steps_to_target=900.0)]
    assert summarise_spins(runs)["phases 8x8/noise"]["steps_to_target"] == [None, None]


def test_cells() -> None:
    assert cell("gap", [0.0512, 0.01]) == "0.051 ± 0.010"
    assert cell("seconds", [3.4, None]) == "3"
