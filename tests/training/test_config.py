from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from pyg_symbreak.training.config import TrainConfig, stream_seed


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 0, r"'epochs' to be at least 1 \(got 0\)"),
        ("batch_size", 0, r"'batch_size' to be at least 1 \(got 0\)"),
        ("test_draws", 0, r"'test_draws' to be at least 1 \(got 0\)"),
        ("devices", 0, r"'devices' to be at least 1 \(got 0\)"),
        ("devices", 3, r"'batch_size' to be a multiple of devices=3 \(got 64\)"),
        ("patience", -1, r"'patience' to be at least 0 \(got -1\)"),
        ("threads", -1, r"'threads' to be at least 0 \(got -1\)"),
        ("seed", -1, r"'seed' to be at least 0 \(got -1\)"),
        ("weight_decay", -0.1, r"'weight_decay' to be at least 0 \(got -0.1\)"),
        ("gradient_clip", -1.0, r"'gradient_clip' to be at least 0 \(got -1.0\)"),
        ("learning_rate", 0.0, r"'learning_rate' to be positive \(got 0.0\)"),
        ("warmup", 1.5, r"'warmup' to be between 0 and 1 \(got 1.5\)"),
        ("beta2", 1.0, r"'beta2' to be between 0 and 1 \(got 1.0\)"),
        ("schedule", "linear", r"'schedule' to be one of one-cycle, constant \(got 'linear'\)"),
        ("accelerator", "tpu", r"'accelerator' to be one of cpu, cuda, auto \(got 'tpu'\)"),
    ],
)
def test_out_of_range(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match="'TrainConfig' expected " + message):
        TrainConfig(**{name: value})


def test_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        TrainConfig().epochs = 3  # type: ignore[misc]


def test_streams_differ_and_repeat() -> None:
    streams = [(seed, name, epoch) for seed in range(3) for name in ("train", "order") for epoch in range(50)]
    seeds = [stream_seed(*stream) for stream in streams]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert stream_seed(0, "train", 1, 0) == stream_seed(0, "train", 1, 0)
    # "1" and 1 are different streams; the value itself must never change, or checkpoints would not resume exactly.
    assert stream_seed(0, "train", 1) != stream_seed(0, "train", "1")
    assert stream_seed(0) == 5254295370254170289
