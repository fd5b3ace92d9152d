from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.checkpoint import load_checkpoint
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.data import DiffusionData
from pyg_symbreak.training.diffusion.fit import fit
from pyg_symbreak.training.diffusion.module import DiffusionModule
from pyg_symbreak.training.steps.interrupt import finish_step_first


@pytest.fixture(autouse=True)
def usual_handler() -> Iterator[None]:
    # A shell starts what it runs in the background with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_the_step_at_work_is_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    train_config: DiffusionTrainConfig,
    model_config: DiffusionConfig,
    data: DiffusionData,
    number: signal.Signals,
    error: type[BaseException],
) -> None:
    step = DiffusionModule.training_step

    def interrupted(self: DiffusionModule, batch: Any, batch_idx: int) -> Tensor:
        if self.trainer.global_step == 5:
            signal.raise_signal(number)
        return step(self, batch, batch_idx)

    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with monkeypatch.context() as patch:
        patch.setattr(DiffusionModule, "training_step", interrupted)
        with pytest.raises(error):
            fit(model_config, train_config, data, tmp_path)
    assert load_checkpoint(tmp_path / "last.ckpt")["global_step"] == 6
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert fit(model_config, train_config, data, tmp_path).finished


def test_the_second_signal_is_at_once() -> None:
    after = []

    def work() -> None:
        with finish_step_first(lambda: None):
            signal.raise_signal(signal.SIGINT)
            after.append(1)
            signal.raise_signal(signal.SIGINT)
            after.append(2)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert after == [1]


def test_other_threads_are_left_alone() -> None:
    handler = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []

    def work() -> None:
        with finish_step_first(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [handler]
