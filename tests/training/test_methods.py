from __future__ import annotations

import pytest

from pyg_symbreak.training.methods import COMPARED, METHODS, method_config, preset


@pytest.mark.parametrize("data", COMPARED)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_model_on_every_data_set(data: str, method: str) -> None:
    config = method_config(method, data)
    assert config.encoder == ("egnn" if "egnn" in method else "gnn")
    assert config.max_nodes == preset(data).model.max_nodes


def test_another_decoder() -> None:
    assert method_config("none", "trees", decoder="squared").decoder == "squared"


def test_unknown_names() -> None:
    with pytest.raises(ValueError, match=r"'method_config' expected 'name' to be one of none, .*\(got 'gcn'\)"):
        method_config("gcn", "trees")
    with pytest.raises(
        ValueError, match=r"'preset' expected 'data' to be one of er-0.25, .*regular-4, qm9 \(got 'zinc'\)"
    ):
        preset("zinc")


def test_without_an_order_the_decoder_breaks_no_symmetry_either() -> None:
    for method in ("none", "noise", "wl-noise", "laplacian"):
        assert method_config(method, "er-0.25").decoder == "inner"
    assert method_config("none", "er-0.25", decoder="sorted").decoder == "sorted"


def test_the_reference_starts_from_gaussian_coordinates() -> None:
    assert method_config("egnn", "er-0.25").symmetry_breaking == "noise"
    assert method_config("egnn+sympe-refinement", "er-0.25").symmetry_breaking == "sympe-refinement"
