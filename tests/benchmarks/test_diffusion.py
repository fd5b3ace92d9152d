"""The benchmark of the graph generator runs, and what it times is what a training step and a sampling step are."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
SMALL = ["--small", "--batch-size", "4", "--layers", "1", "--repeats", "1", "--malloc", "default", "--molecules", ""]
DIGRESS = os.environ.get("PYG_SYMBREAK_DIGRESS")


def load(name):
    if not FOLDER.exists():
        pytest.skip("no benchmarks beside the tests")
    before = list(sys.path)
    # Not by its own name: DiGress has a module "diffusion" too.
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.fixture(scope="module")
def benchmark():
    return load("diffusion")


def test_a_small_run_writes_every_number(benchmark, tmp_path, capsys):
    out = tmp_path / "speed.json"
    benchmark.main([*SMALL, "--digress", "", "--no-memory", "--out", str(out)])
    record = json.loads(out.read_text())
    assert set(record["rows"]) == {name for name in benchmark.SIDES if name.startswith("ours")}
    for name, row in record["rows"].items():
        assert row["parameters"] > 0
        assert row["train_flops"] > 0
        assert 0 < row["train"]["min"] <= row["train"]["median"] <= row["train"]["max"]
        expected = 4 / 10_000 * row["10000 molecules, flow"]["seconds"] / 50
        assert row["flow"]["median"] == pytest.approx(expected)
        assert (row.get("draw_share_of_sampling", 0) > 0) == (name == "ours, a draw every step")
    assert record["ratios"] == {}
    assert "of matmul rate" in capsys.readouterr().out


@pytest.mark.parametrize("measure", ["train", "sample"])
def test_a_side_alone_tells_its_memory(benchmark, measure, capsys):
    benchmark.main([*SMALL, "--worker", "ours", "--measure", measure])
    found = json.loads(capsys.readouterr().out)
    assert 0 < found["before_mb"] <= found["peak_mb"]


def test_a_gpu_is_waited_for_and_asked_for_its_memory(benchmark, monkeypatch):
    calls = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: calls.append("wait"))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 5_000_000)
    assert benchmark.clock(lambda: calls.append("work"), "cuda") >= 0
    assert calls == ["wait", "work", "wait"]
    assert benchmark.memory("cuda", "VmHWM") == 5


def test_every_side_is_measured_in_a_process_of_its_own(benchmark, monkeypatch):
    calls = []

    def run(call, **_):
        calls.append(call)
        return SimpleNamespace(stdout='a warning\n{"peak_mb": 1.0}\n')

    monkeypatch.setattr(benchmark.subprocess, "run", run)
    options = {"digress": None, "molecules": None, "batch_size": 4, "layers": 1, "repeats": 1, "threads": 1}
    found = benchmark.alone(["ours"], SimpleNamespace(**options, device="cpu", small=True))
    assert [(row["measure"], row["malloc"], row["peak_mb"]) for row in found] == [
        (measure, malloc, 1.0) for measure in ("train", "sample") for malloc in ("tuned", "default")
    ]
    assert all(isinstance(word, str) for call in calls for word in call)
    assert calls[0][calls[0].index("--batch-size") + 1] == "4"


def test_ratios_are_those_of_the_times(benchmark):
    times = {"median": 2.0, "min": 1.0, "max": 3.0}
    slow = {"median": 8.0, "min": 5.0, "max": 9.0}
    rows = {"ours": dict.fromkeys(("train", "ancestral", "flow"), times), "DiGress": {"train": slow, "ancestral": slow}}
    ratio = benchmark.compare(rows)["ours / DiGress"]
    assert (ratio["train"], ratio["train, best times"]) == (4, 5)
    assert ratio["sampling by flow"] == {"step count": 10, "step speed": 4, "both": 40}


def test_half_precision_trains(benchmark):
    # What runs on a GPU, on the CPU: the weights stay float32, the products are those of bfloat16.
    side = benchmark.Ours(benchmark.molecules("", 4), benchmark.TINY, 1, "cpu", bfloat16=True)
    before = side.model.network.node_out.weight.clone()
    with FlopCounterMode(display=False) as counter:
        side.train()
    after = side.model.network.node_out.weight
    assert after.dtype == torch.float32
    assert after.isfinite().all()
    assert not torch.equal(before, after)
    assert counter.get_total_flops() > 0
    side.reverse(side.start(torch.tensor([9, 3])), 2)
    assert benchmark.matmul_rate("cpu") > 0


def test_the_sampling_step_is_the_first_of_the_whole_chain(benchmark, monkeypatch):
    side = benchmark.Ours(benchmark.molecules("", 4), benchmark.TINY, 1, "cpu", bfloat16=False)
    times = []
    predict = side.model.predict
    monkeypatch.setattr(
        side.model, "predict", lambda graph, t, *rest: (times.append(float(t[0])), predict(graph, t))[1]
    )
    side.reverse(side.start(torch.tensor([9, 3])), 2)
    assert times == pytest.approx([1, 0.998])


@pytest.mark.skipif(not DIGRESS, reason="needs a checkout of DiGress, in the environment variable PYG_SYMBREAK_DIGRESS")
def test_the_code_of_digress_runs(benchmark):
    batch = benchmark.molecules("", 4)
    side = benchmark.DiGress(DIGRESS, batch, benchmark.TINY, 1, "cpu", dropout=0.0)
    before = [weight.clone() for weight in side.model.parameters()]
    side.train()
    assert any(not torch.equal(old, new) for old, new in zip(before, side.model.parameters()))
    side.reverse(side.start(torch.tensor([9, 3])), 2)
    x, e = side.batch.x, side.batch.edge_attr
    assert torch.equal(x.argmax(1), batch.node_type)
    assert torch.equal(e.argmax(1), batch.edge_type)
