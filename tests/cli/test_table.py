from __future__ import annotations

from typing import Any

import pytest

from pyg_symbreak.cli.table import render, summarise


def record(data: str, method: str, error: float | None, status: str = "finished") -> dict[str, Any]:
    base: dict[str, Any] = {"data": data, "method": method, "status": status}
    if status == "failed":
        return base
    return {**base, "seconds": 10.0, "metrics": {"bce": 1.0, "error_percent": error, "f1": 0.99, "exact": 0.5}}


RECORDS = [
    record("trees", "none", 1.0),
    record("trees", "none", 2.0),
    record("trees", "noise", 0.5),
    record("er-0.25", "none", None),
    record("er-0.25", "noise", None, "failed"),
]


def test_summarise() -> None:
    summary = summarise(RECORDS)
    assert summary["trees/none"]["error_percent"] == pytest.approx([1.5, 0.5**0.5])
    assert summary["trees/noise"]["error_percent"] == [0.5, None]
    assert summary["er-0.25/none"]["error_percent"] == [None, None], "a run that diverged has no mean"
    assert summary["er-0.25/noise"]["failed"] == 1
    assert "bce" not in summary["er-0.25/noise"]


def test_render() -> None:
    floors = {"trees": {"distance": {"bce": 4.0, "error_percent": 3.21, "f1": 0.9, "exact": 0.0}}}
    lines = render(summarise(RECORDS), floors).splitlines()
    assert lines[0].split() == ["data", "method", "BCE", "error", "%", "F1", "exact", "%", "seconds", "runs"]
    assert set(lines[1]) == {"-"}
    assert lines[2].split() == ["trees", "(floor,", "distance", "decoder)", "4.00", "3.210", "0.9000", "0.0"]
    assert "1.500 ± 0.707" in lines[3]
    assert "0.500 ± " not in lines[4]
    assert lines[7].endswith("0 (1 failed)")
    assert len({len(line) for line in lines[3:5]}) == 1
