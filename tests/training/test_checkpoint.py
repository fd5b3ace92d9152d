from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import torch

from pyg_symbreak.training.checkpoint import load_checkpoint, save_checkpoint

STATE = {"state_dict": {"weight": torch.arange(2000.0)}, "epoch": 3, "name": "a", "rows": [{"bce": 1.0}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "last.ckpt"
    save_checkpoint(STATE, path)
    return path


def test_round_trip(path: Path) -> None:
    state = load_checkpoint(path)
    assert torch.equal(state.pop("state_dict")["weight"], STATE["state_dict"]["weight"])  # type: ignore[index]
    assert state == {"epoch": 3, "name": "a", "rows": [{"bce": 1.0}]}


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'load_checkpoint' expected 'path' to name a checkpoint \(got .*not exist"):
        load_checkpoint(tmp_path / "last.ckpt")


@pytest.mark.parametrize("kept", [0, 1, 100, 5000, -1])
def test_truncated(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"expected 'path' to name a whole checkpoint .*last\.ckpt.*corrupt"):
        load_checkpoint(path)


def test_corrupt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[2000:2100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"last\.ckpt.*corrupt or truncated"):
        load_checkpoint(path)


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 1",)


def test_code_is_not_run(path: Path) -> None:
    torch.save({"x": Evil()}, path)
    with pytest.raises(ValueError, match=r"last\.ckpt"):
        load_checkpoint(path)


@pytest.mark.parametrize("state", [{"epoch": 3}, {"pyg_symbreak_checkpoint": 0}, [1, 2]])
def test_another_version(path: Path, state: object) -> None:
    torch.save(state, path)
    with pytest.raises(ValueError, match=r"expected 'path' to name a checkpoint of version 1 of this package \(got"):
        load_checkpoint(path)


def test_full_disk_leaves_the_old_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        save_checkpoint({"epoch": 4}, path)
    assert load_checkpoint(path)["epoch"] == 3
