from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyg_symbreak.training.diffusion import comparison
from pyg_symbreak.training.diffusion.comparison import DiffusionRunSpec, prepare, run
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.sampling import SampleConfig
from pyg_symbreak.training.diffusion.sources import Source, molecular_alphabet
from pyg_symbreak.training.pool import UNFINISHED, make_runs
from pyg_symbreak.training.results import read_results

MODEL = {"num_steps": 4, "num_layers": 1, "node_dim": 8, "pair_dim": 8, "graph_dim": 8, "heads": 2}


@pytest.fixture
def few_molecules(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rdkit")
    from pyg_symbreak.datasets import SmallMolecules

    splits = {split: SmallMolecules(None, split, 3) for split in ("train", "val", "test")}
    source = Source("small", splits, molecular_alphabet(splits["train"].node_types, "kekule"))
    monkeypatch.setattr(comparison, "_cached_source", lambda name, root, column: source)
    comparison._cached_scorer.cache_clear()


def compare(wanted: list[DiffusionRunSpec], *where: Path) -> Iterator[dict[str, Any]]:
    prepare(wanted)
    return make_runs(wanted, run, *where)


def specs(*methods: str, seed: int = 0, learning_rate: float = 1e-3, **options: Any) -> list[DiffusionRunSpec]:
    train = DiffusionTrainConfig(
        max_steps=3, batch_size=8, val_graphs=8, val_draws=1, seed=seed, learning_rate=learning_rate
    )
    given = {"sample": SampleConfig(num_graphs=5, batch_size=4), "fcd": False, "test_graphs": 8, "test_draws": 1}
    return [DiffusionRunSpec("small", m, train, model=tuple(MODEL.items()), **{**given, **options}) for m in methods]


@pytest.mark.usefixtures("few_molecules")
def test_finished_runs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    first = list(compare(specs("none", "sympe-exact@noisy"), path, tmp_path / "runs"))
    assert [record["status"] for record in first] == ["finished", "finished"]
    assert list(compare(specs("none", "sympe-exact@noisy"), path, tmp_path / "runs")) == []
    assert len(list(compare(specs("none", seed=1), path, tmp_path / "runs"))) == 1
    record = read_results(path)["runs"][1]
    assert record["method"] == "sympe-exact@noisy"
    assert record["config"]["model"]["draw_from"] == "noisy"
    assert {"nll", "nll_error", "nll_digress", "validity", "uniqueness", "novelty", "vun"} <= record["metrics"].keys()
    assert record["scores"]["validity"]["denominator"] == 5
    assert {"seed", "seconds", "versions", "machine", "curve", "parameters", "peak_memory_mb"} <= record.keys()
    assert record["sampling"]["graphs"] == 5
    assert record["steps"] == 3


@pytest.mark.usefixtures("few_molecules")
def test_a_run_whose_time_is_over_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    (late,) = compare(specs("none", deadline=time.time() - 1), path, tmp_path / "runs")
    assert late["status"] == UNFINISHED
    assert "metrics" not in late
    with monkeypatch.context() as patch:  # the time is over between training and the likelihood

        def over(*args: Any) -> None:
            raise comparison.OutOfTime

        patch.setattr(comparison, "_likelihood", over)
        (trained,) = compare(specs("none"), path, tmp_path / "runs")
    assert (trained["status"], trained["steps"]) == (UNFINISHED, 3)
    (done,) = compare(specs("none", deadline=time.time() + 600), path, tmp_path / "runs")
    assert done["status"] == "finished"
    assert done["seconds"] == trained["seconds"], "it was not trained again"


@pytest.mark.usefixtures("few_molecules")
def test_a_failure_is_recorded_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fit = tmp_path / "a.json", comparison.fit

    def broken(config: Any, *args: Any, **options: Any) -> Any:
        if config.symmetry_breaking == "none":
            raise RuntimeError("out of memory")
        return fit(config, *args, **options)

    monkeypatch.setattr(comparison, "fit", broken)
    records = list(compare(specs("none", "noise"), path, tmp_path / "runs"))
    assert [record["status"] for record in records] == ["failed", "finished"]
    assert records[0]["error"] == "RuntimeError: out of memory"


def test_keys_tell_configurations_apart(tmp_path: Path) -> None:
    runs = [*specs("none"), *specs("noise"), *specs("none", seed=1), *specs("none", learning_rate=1e-4)]
    runs += specs("none", sample=SampleConfig(num_graphs=6))
    runs += specs("uniform@noisy") + specs("uniform")
    assert len({run.key for run in runs}) == len(runs)
    assert specs("none", deadline=1.0)[0].key == specs("none")[0].key
    assert specs("uniform@clean")[0].config == specs("uniform")[0].config, "the default, named"
    path = tmp_path / "a.smi"
    path.write_text("C\n")
    train = DiffusionTrainConfig()
    first = DiffusionRunSpec(str(path), "none", train).key
    path.write_text("CC\n")
    assert DiffusionRunSpec(str(path), "none", train).key != first, "another content, another run"


def test_molecular_features_need_no_alphabet_for_the_key() -> None:
    (spec,) = specs("none")
    model = (*MODEL.items(), ("features", ("rrwp", "molecular")))
    changed = DiffusionRunSpec(spec.data, spec.method, spec.train, model=model)
    assert changed.config["model"]["features"] == ["rrwp", "molecular"]


def test_wrong_methods() -> None:
    with pytest.raises(ValueError, match="'method_options' expected a method among none"):
        _ = specs("digress")[0].key
