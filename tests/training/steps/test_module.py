from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pyg_symbreak.training.steps.module import StepModule


class Line(StepModule):
    def validate(self) -> None:
        return None

    def add_row(self, measured: Any) -> dict[str, float]:
        self.history.append({"step": 1.0})
        return self.history[-1]

    def refuse(self, norm: float) -> Exception:
        return ArithmeticError(f"norm {norm}")


def line(amsgrad: bool = False, **changes: float) -> Line:
    settings = {"learning_rate": 0.1, "beta2": 0.9, "weight_decay": 0.0, "gradient_clip": 1.0, "ema_decay": 0.9}
    config = SimpleNamespace(**{**settings, **changes}, rate=lambda step, total: 1 - step / total)
    return Line(torch.nn.Linear(2, 1), config, 10, {"config": "this"}, amsgrad=amsgrad)


def test_gradients_are_clipped_and_must_be_finite() -> None:
    module = line()
    module.check()  # nothing was seen yet
    for parameter in module.model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    module.configure_gradient_clipping(None)
    assert float(torch.cat([p.grad.flatten() for p in module.model.parameters()]).norm()) == pytest.approx(1.0)
    module.model.bias.grad[0] = torch.nan
    with pytest.raises(ArithmeticError, match="norm nan"):
        module.configure_gradient_clipping(None)


def test_without_a_limit_gradients_stay() -> None:
    module = line(gradient_clip=0.0)
    for parameter in module.model.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    module.configure_gradient_clipping(None)
    assert module.model.bias.grad.item() == 3.0


def test_a_checkpoint_brings_back_the_clock_the_history_and_the_mean() -> None:
    module, other = line(), line()
    module.add_row(None)
    module._elapsed = 100.0
    state = module.state()
    assert state["config"] == "this"
    other.load_state(state)
    assert other.history == [{"step": 1.0}]
    assert other.history is not module.history
    assert other.seconds >= 100.0
    assert torch.equal(other.mean.model.weight, module.mean.model.weight)
    other.on_train_start()
    assert other.seconds == pytest.approx(module.state()["seconds"], abs=60)


def test_the_optimizer_follows_the_configuration() -> None:
    found = line(amsgrad=True, weight_decay=0.5).configure_optimizers()
    group = found["optimizer"].param_groups[0]
    assert (group["lr"], group["betas"], group["weight_decay"], group["amsgrad"]) == (0.1, (0.9, 0.9), 0.5, True)
    assert found["lr_scheduler"]["interval"] == "step"
    found["optimizer"].step()
    found["lr_scheduler"]["scheduler"].step()
    assert group["lr"] == pytest.approx(0.09)
