from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import nbody
from pyg_symbreak.datasets.nbody import NBody, read_split, run_split
from pyg_symbreak.datasets.nbody_simulation import NUM_FRAMES

NPZ = "nbody_charged5_frames30_40.npz"
NAMES = {"pos": "loc30", "vel": "vel30", "charge": "charges", "y": "loc40", "y_vel": "vel40"}


@pytest.fixture(autouse=True)
def short_stream(request, monkeypatch):
    if "real" not in request.node.name:
        monkeypatch.setattr(nbody, "SIMULATIONS", {"train": 3, "val": 2, "test": 2})


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def write_npz(path, count=2):
    rng = np.random.default_rng(0)
    arrays = {}
    for part in ("train", "valid", "test"):
        for key in NAMES.values():
            shape = (count, 5) if key == "charges" else (count, 5, 3)
            arrays[f"{part}_{key}"] = rng.normal(size=shape).astype(np.float32)
    np.savez(path, **arrays)
    return arrays


def test_simulated_splits_follow_each_other():
    sets = {split: NBody(split=split, num_train=2, num_eval=2) for split in ("train", "val", "test")}
    graph = sets["train"][0]
    assert (graph.num_nodes, graph.num_edges, graph.charge.tolist()) == (5, 20, [-1.0, 1.0, -1.0, -1.0, -1.0])
    assert graph.is_coalesced()
    assert not graph.has_self_loops()
    assert {name: graph[name].dtype for name in NAMES} == dict.fromkeys(NAMES, torch.float32)
    stream = run_split("train", 7)  # the stream of 3 + 2 + 2 simulations
    assert np.allclose(sets["val"][0].pos.numpy(), stream["pos"][3])
    assert np.allclose(sets["test"][1].y.numpy(), stream["y"][6])


def test_any_number_of_particles(tmp_path):
    dataset = NBody(tmp_path, "val", num_eval=2, num_particles=3, seed=0)
    assert [list(graph.y.shape) for graph in dataset] == [[3, 3]] * 2
    assert dataset.processed_file_names == "NBody-v1-val-n=3-graphs=2-seed=0-raw=simulated.pt"
    assert NBody(split="val", num_eval=1, num_particles=1)[0].num_edges == 0
    assert Batch.from_data_list(list(dataset)).charge.shape == (6,)


def test_npz_file(raw):
    arrays = write_npz(raw / NPZ)
    for split, part in (("train", "train"), ("val", "valid"), ("test", "test")):
        dataset = NBody(raw.parent, split)
        assert len(dataset) == 2
        for name, key in NAMES.items():
            assert np.array_equal(dataset[1][name].numpy(), arrays[f"{part}_{key}"][1])
    assert len(NBody(raw.parent, num_train=1)) == 1
    assert "raw=simulated" not in dataset.processed_file_names


def test_published_files_agree_with_the_simulation(raw):
    rng = np.random.RandomState(43)
    start = nbody.initial_particles(2, 5, rng)
    frames = nbody.simulate(start, tuple(range(NUM_FRAMES)))
    for name, field in (("loc", "pos"), ("vel", "vel")):
        path = raw / f"{name}_train_charged5_initvel1small.npy"
        np.save(path, np.stack([getattr(frames[f], field) for f in range(NUM_FRAMES)], axis=1))
    np.save(raw / "charges_train_charged5_initvel1small.npy", start.charge[:, :, None])
    read, run = NBody(raw.parent), NBody(num_train=2)
    for a, b in zip(read, run, strict=True):
        assert all(a[name].equal(b[name]) for name in (*NAMES, "edge_index"))


def test_other_settings_do_not_read_the_file(raw):
    write_npz(raw / NPZ)
    assert "raw=simulated" in NBody(raw.parent, num_train=1, seed=0).processed_file_names


def test_errors(raw):
    with pytest.raises(ValueError, match=r"'NBody' expected 'num_train' from 1 to 10000 \(got 0\)"):
        NBody(num_train=0)
    with pytest.raises(ValueError, match=r"'NBody' expected 'num_eval' from 1 to 2000 \(got 2001\)"):
        NBody(num_eval=2001)
    with pytest.raises(ValueError, match=r"'NBody' expected particles and a seed \(got 0, 43\)"):
        NBody(num_particles=0)
    with pytest.raises(ValueError, match="'NBody' expected 'split'"):
        NBody(raw.parent, "valid")
    (raw / NPZ).write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"'NBody' expected .* to hold simulations \(got: "):
        NBody(raw.parent)
    arrays = write_npz(raw / NPZ)
    for key, wrong in (("train_loc40", np.zeros((2, 4, 3))), ("train_vel30", np.full((2, 5, 3), np.nan))):
        np.savez(raw / NPZ, **(arrays | {key: wrong}))
        with pytest.raises(ValueError, match=r"'NBody' expected .* to hold finite '(y|vel)' of shape \(2, 5, 3\)"):
            NBody(raw.parent)


@pytest.fixture
def real_file():
    path = Path(os.environ.get("PYG_SYMBREAK_NBODY", ""))
    if not path.is_file():
        pytest.skip(f"needs {NPZ}, its path in the environment variable PYG_SYMBREAK_NBODY")
    return path


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_real_file_is_the_simulation(split, real_file, raw):
    shutil.copy(real_file, raw / NPZ)
    stored, run = read_split(raw / NPZ, split), run_split(split, 100)
    assert np.array_equal(stored["charge"][:100], run["charge"])
    for name in ("pos", "vel", "y", "y_vel"):
        gap = np.abs(stored[name][:100] - run[name]).max(axis=(1, 2))
        assert np.quantile(gap, 0.85) < 1e-5  # the others had encounters close enough for chaos
    assert len(NBody(raw.parent, split)) == (3000 if split == "train" else 2000)
