from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import pyg_symbreak
from pyg_symbreak.canonicalizers import RefinementCanonicalizer
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.diffusion import files
from pyg_symbreak.training.diffusion.counts import model_for
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.files import bundled, bundled_names, load_model, read_config, save_model


@pytest.fixture
def model(model_config: DiffusionConfig, data: DiffusionData) -> GraphDiffusion:
    return model_for(model_config, data.train)


@pytest.mark.parametrize("transition", ["marginal", "uniform", "absorbing"])
@pytest.mark.parametrize("breaking", ["none", "sympe-exact", "sympe-learned"])
def test_a_loaded_generator_is_the_saved_one(
    tmp_path: Path, model_config: DiffusionConfig, data: DiffusionData, transition: str, breaking: str
) -> None:
    config = replace(model_config, transition=transition, symmetry_breaking=breaking)
    model = model_for(config, data.train).eval()
    assert (
        save_model(tmp_path / "new" / "folder", model, {"data": "trees", "nll": float("nan")})
        == tmp_path / "new/folder"
    )
    state = torch.get_rng_state()
    for path in ("new/folder", "new/folder/config.json", "new/folder/model.safetensors"):
        loaded = load_model(tmp_path / path)
        assert not loaded.training
        assert loaded.config == config
        ours, theirs = model.state_dict(), loaded.state_dict()
        assert ours.keys() == theirs.keys()
        assert all(
            torch.equal(value, theirs[name]) and value.dtype == theirs[name].dtype for name, value in ours.items()
        )
    assert torch.equal(torch.get_rng_state(), state)
    one, other = (m.sample(8, steps=4, generator=torch.Generator().manual_seed(0)) for m in (model, loaded))
    assert torch.equal(one.x, other.x)
    assert torch.equal(one.e, other.e)
    description = read_config(tmp_path / "new/folder")
    assert description["package_version"] == pyg_symbreak.__version__
    assert description["extra"] == {"data": "trees", "nll": None}
    assert description["parameters"] == model.num_parameters


def test_half_takes_half_the_space(tmp_path: Path, model: GraphDiffusion) -> None:
    full, half = (save_model(tmp_path / str(h), model, half=h) / "model.safetensors" for h in (False, True))
    assert half.stat().st_size < 0.7 * full.stat().st_size
    loaded = load_model(half.parent).state_dict()
    for name, value in model.state_dict().items():
        assert loaded[name].dtype == value.dtype
        if value.dtype == torch.float64:
            assert torch.equal(loaded[name], value), "frequencies and schedules keep all their digits"
        torch.testing.assert_close(loaded[name], value, rtol=1e-3, atol=1e-6)


def test_own_canonicalizer(tmp_path: Path, model_config: DiffusionConfig) -> None:
    own = RefinementCanonicalizer(("node_type",), ("edge_type",))
    save_model(tmp_path, GraphDiffusion(model_config, canonicalizer=own))
    assert load_model(tmp_path, canonicalizer=own).breaking.canonicalizer is own


def test_weights_that_are_no_numbers_are_not_saved(tmp_path: Path, model: GraphDiffusion) -> None:
    with torch.no_grad():
        model.network.node_out.weight[0, 0] = 1e5
    save_model(tmp_path / "full", model)
    with pytest.raises(ValueError, match=r"'save_model' expected finite weights, below .* 'network\.node_out\.weight'"):
        save_model(tmp_path / "half", model, half=True)
    with torch.no_grad():
        model.network.node_out.weight[0, 0] = float("nan")
    with pytest.raises(ValueError, match=r"'save_model' expected finite weights \(got others in"):
        save_model(tmp_path / "full", model)


def test_damaged_weights(tmp_path: Path, model: GraphDiffusion) -> None:
    weights = save_model(tmp_path, model) / "model.safetensors"
    content = weights.read_bytes()
    for damaged in (content[:-5], content[:-5] + bytes(5), b""):
        weights.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"'load_model' expected '.*model\.safetensors' as it was written"):
            load_model(tmp_path)
    weights.unlink()
    with pytest.raises(ValueError, match=r"'load_model' expected model\.safetensors in .*No such file"):
        load_model(tmp_path)


def test_damaged_and_foreign_configurations(tmp_path: Path, model: GraphDiffusion) -> None:
    config = save_model(tmp_path, model) / "config.json"
    text = config.read_text()
    description = json.loads(text)
    for damaged in (text[:50], "[]", "{}"):
        config.write_text(damaged)
        with pytest.raises(ValueError, match=r"'load_model' expected '.*config\.json' to describe a generator"):
            load_model(tmp_path)
    config.write_text(json.dumps({**description, "format_version": 99, "package_version": "9.9"}))
    with pytest.raises(ValueError, match=r"of version 1 \(got .* of version 99, written by pyg_symbreak 9\.9"):
        load_model(tmp_path)
    for change in ({"node_dim": 24}, {"flavour": "up"}, {"node_dim": "wide"}):
        config.write_text(json.dumps({**description, "config": {**description["config"], **change}}))
        with pytest.raises(ValueError, match=r"'load_model' expected the weights in .* to fit their configuration"):
            load_model(tmp_path)


def test_a_kill_between_the_two_files_shows(
    tmp_path: Path, model: GraphDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path, model)
    write = files.atomic_write

    def killed(path: Path, content: bytes) -> None:
        if path.name == "config.json":
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(files, "atomic_write", killed)
    with torch.no_grad():
        model.network.node_out.bias += 1
    with pytest.raises(KeyboardInterrupt):
        save_model(tmp_path, model)
    with pytest.raises(ValueError, match=r"belongs to another config\.json"):
        load_model(tmp_path)


def test_bundled(tmp_path: Path, model: GraphDiffusion, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in bundled_names():
        assert load_model(name).num_parameters > 0
        assert sum(file.stat().st_size for file in bundled(name).iterdir()) < 10e6
    monkeypatch.setattr(files, "_CHECKPOINTS", tmp_path)
    save_model(tmp_path / "tiny", model)
    assert bundled_names() == ["tiny"]
    assert load_model("tiny").config == model.config
    with pytest.raises(ValueError, match=r"'bundled' expected the name .*, one of tiny \(got 'huge'\)"):
        bundled("huge")
    with pytest.raises(
        ValueError, match=r"'load_model' expected 'path' to name the folder .* or one of tiny \(got 'huge'\)"
    ):
        load_model("huge")


def test_missing_safetensors(tmp_path: Path, model: GraphDiffusion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(ImportError, match=r"'save_model' expected safetensors .*pyg_symbreak\[train\]"):
        save_model(tmp_path, model)
    with pytest.raises(ImportError, match=r"'load_model' expected safetensors .*pyg_symbreak\[train\]"):
        load_model(tmp_path)
