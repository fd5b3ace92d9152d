from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("epochs", 0, "at least 1"),
        ("draws", 0, "at least 1"),
        ("test_passes", 0, "at least 1"),
        ("entropy", -1.0, "at least 0"),
        ("learning_rate", 0.0, "positive"),
        ("learning_rate", float("nan"), "positive"),
        ("warmup", 1.0, "in [0, 1)"),
        ("beta2", 1.0, "between 0 and 1"),
        ("ema_decay", 1.0, "in [0, 1)"),
        ("schedule", "one-cycle", "one of cosine, constant"),
        ("accelerator", "tpu", "one of cpu, cuda, auto"),
    ],
)
def test_values_out_of_range(name: str, value: Any, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"'SymmetrizeTrainConfig' expected '{name}' to be") as caught:
        replace(SymmetrizeTrainConfig(), **{name: value})
    assert wanted in str(caught.value)


def test_rate_rises_and_falls() -> None:
    config = SymmetrizeTrainConfig(warmup=0.2)
    rates = [config.rate(step, 50) for step in range(50)]
    assert rates[9] == 1 == max(rates)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.01
    assert replace(config, warmup=0.0).rate(0, 50) == 1
    assert replace(config, schedule="constant").rate(49, 50) == 1


def test_what_a_run_may_change() -> None:
    config = SymmetrizeTrainConfig()
    then = asdict(config)
    assert replace(config, threads=3, accelerator="auto", checkpoint_minutes=9.0).changed(then) == []
    assert replace(config, draws=2, entropy=0.0).changed(then) == ["draws", "entropy"]
    assert config.changed({**then, "later": 1}) == ["later"]
