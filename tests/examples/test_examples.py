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
    "sympe_in_your_model": {"steps": 150},
    "invariant_graph_network": {"steps": 100, "num_graphs": 32},
    "vision_transformer_on_graphs": {"num_graphs": 30, "steps": 30},
    "generate_molecules": {"quick": True},
    "conditional_generation": {"quick": True},
    "rotated_images": {"num_images": 500, "epochs": 5},
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


def test_four_lines_make_any_backbone_equivariant():
    errors, difference = run("symmetrize_four_lines")
    assert set(errors) == {"graphs", "points", "points, all axes", "images"}
    assert max(errors.values()) < 1e-4
    assert difference > 1e-3


def test_an_order_is_learned():
    before, after, best = run("learned_canonicalization", **SHORT["learned_canonicalization"])
    assert after > before + 0.5 * (best - before)


def test_a_model_of_your_own_breaks_symmetry():
    plain, broken = run("sympe_in_your_model", **SHORT["sympe_in_your_model"])
    assert plain == pytest.approx(0.5, abs=0.05)
    assert broken < 0.2


def test_a_product_counts_triangles_of_regular_graphs():
    left = run("invariant_graph_network", **SHORT["invariant_graph_network"])
    assert left["order 2"] == pytest.approx(1.0, abs=0.05)
    assert left["order 2 with product"] < 0.1


def test_molecules_are_generated_from_a_file(tmp_path):
    pytest.importorskip("rdkit")
    path = tmp_path / "mols.smi"
    path.write_text("CCO\nCCN\nCOC\nC(\nCCCC\nCC=O\nC1CC1\nCNC\n" * 10)
    short = SHORT["generate_molecules"]
    scores, smiles = run("generate_molecules", path=path, picture=tmp_path / "a.png", **short)
    assert scores["validity"].denominator == 100
    assert len(smiles) == scores["validity"].numerator > 0
    assert (tmp_path / "a.png").exists()


def test_guided_molecules_move_towards_the_target():
    pytest.importorskip("rdkit")
    found = run("conditional_generation", **SHORT["conditional_generation"])
    assert found[-1.5, 2.0] < found[None, 0.0] < found[1.5, 2.0]


def test_images_are_read_in_every_pose():
    table = run("rotated_images", **SHORT["rotated_images"])
    plain, learned = table.pop("plain CNN"), table["Canonicalize, upright prior"]
    assert plain["turned"] < 0.7 < 0.9 < plain["upright"]
    assert learned["turned"] > 0.9
    assert table["Symmetrize, trained like that"]["turned"] > table["Symmetrize, all of D4"]["turned"]
    assert all(row["changed"] < 0.02 for row in table.values())
    assert plain["changed"] > 0.3


def test_a_vision_transformer_looks_at_graphs():
    found = run("vision_transformer_on_graphs", **SHORT["vision_transformer_on_graphs"])
    assert found["symmetrized"][1] < 0.3 * found["plain transformer"][1]
    assert found["symmetrized"][1] < 0.3 * found["its backbone alone"][1]


def test_activations_are_judged():
    reports, findings = run("check_activation")
    assert [name for name, report in reports.items() if report.admissible] == [
        "ReLU on S4 on R^4^2",
        "Tanh on S4 on R^4^2",
        "Tanh on Oh on R^3",
    ]
    assert [len(report.findings) for report in findings.values()] == [1, 0]


def test_magnets_order_only_with_symmetry_breaking():
    found = run("lattice_spins")
    for (method, _), (gap, law) in found.items():
        if method == "none":
            assert gap > 0.8
        else:
            assert gap < 0.1
            assert law.found.value == 1
            assert law.p_value > 1e-3


def test_every_example_is_run_and_short():
    for path in sorted(EXAMPLES.glob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 150
        assert path.stem in Path(__file__).read_text(encoding="utf-8"), f"no smoke run of {path.name}"
