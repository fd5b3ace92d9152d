"""Every example runs, and shows what it says."""

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# Arguments that keep a run short.
SHORT = {
    "transform_pipeline": {"epochs": 15},
    "symmetrize_any_backbone": {"num_graphs": 20},
    "learned_canonicalization": {"steps": 100},
}


def run(name, **kwargs):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(**kwargs)


def test_a_transform_separates_what_message_passing_cannot():
    plain, broken = run("transform_pipeline", **SHORT["transform_pipeline"])
    assert plain == pytest.approx(0.5, abs=0.15)
    assert broken > 0.95


def test_symmetries_of_a_batch():
    hashes, orders = run("automorphisms")
    assert hashes[1] == hashes[2] != hashes[0]
    assert orders == 12


def test_any_backbone_becomes_invariant():
    changes = run("symmetrize_any_backbone", **SHORT["symmetrize_any_backbone"])
    assert changes["Canonicalize(exact)"] < 1e-6 < changes["Symmetrize(uniform, 64 draws)"] < changes["plain MLP"]


def test_an_order_is_learned():
    before, after, best = run("learned_canonicalization", **SHORT["learned_canonicalization"])
    assert after > before + 0.5 * (best - before)


def test_every_example_is_run_and_short():
    for path in sorted(EXAMPLES.glob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 150
        assert path.stem in Path(__file__).read_text(encoding="utf-8"), f"no smoke run of {path.name}"
