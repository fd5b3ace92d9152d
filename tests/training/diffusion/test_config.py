from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("warmup_steps", -1),
        ("checkpoint_minutes", -1.0),
        ("learning_rate", 0.0),
        ("beta2", 1.0),
        ("ema_decay", 1.0),
        ("schedule", "one-cycle"),
        ("precision", "16"),
        ("accelerator", "tpu"),
        ("devices", 3),
        ("max_steps", 0),
    ],
)
def test_values_out_of_range(name: str, value: Any) -> None:
    blamed = "batch_size" if name == "devices" else name
    with pytest.raises(ValueError, match=f"'DiffusionTrainConfig' expected '{blamed}' to be .*got"):
        DiffusionTrainConfig(**{name: value})


def test_the_rate_rises_and_falls() -> None:
    config = DiffusionTrainConfig(warmup_steps=10)
    rates = [config.rate(step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert 0 < rates[-1] < 1e-3
    constant = replace(config, schedule="constant")
    assert {constant.rate(step, 100) for step in range(10, 100)} == {1.0}
    assert DiffusionTrainConfig(warmup_steps=0).rate(0, 5) == 1.0


def test_epochs_count_where_steps_do_not() -> None:
    assert DiffusionTrainConfig(max_steps=0, epochs=3).total_steps(7) == 21
    assert DiffusionTrainConfig(max_steps=5, epochs=3).total_steps(7) == 5


def test_what_may_change_between_two_sittings() -> None:
    before = DiffusionTrainConfig().to_dict()
    assert DiffusionTrainConfig(devices=2, threads=1, checkpoint_minutes=1.0, log_every=7).changed(before) == []
    assert DiffusionTrainConfig(seed=1, batch_size=512).changed(before) == ["batch_size", "seed"]
    assert DiffusionTrainConfig(max_steps=5).changed(before) == ["max_steps"]
    constant = DiffusionTrainConfig(schedule="constant")
    assert replace(constant, max_steps=5).changed(constant.to_dict()) == []


def test_to_and_from_plain_values() -> None:
    config = DiffusionTrainConfig(amsgrad=True, seed=4)
    assert DiffusionTrainConfig.from_dict(config.to_dict()) == config
    with pytest.raises(ValueError, match=r"'DiffusionTrainConfig' expected .* unknown \['momentum'\]"):
        DiffusionTrainConfig.from_dict({"momentum": 0.9})
