from __future__ import annotations

import copy

import pytest
import torch

from pyg_symbreak.training.steps.ema import RunningMean, WarmDecay


def test_the_mean_of_known_weights() -> None:
    layer = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    mean = RunningMean(layer, 0.5)
    expected = None
    for k in range(20):
        with torch.no_grad():
            layer.weight.fill_(float(k))
        mean.update(layer, k)
        decay = min(0.5, (1 + k) / (10 + k))
        # The first update copies.
        expected = float(k) if expected is None else decay * expected + (1 - decay) * k
    assert mean.model.weight.item() == pytest.approx(expected)
    assert not mean.model.weight.requires_grad
    assert not mean.model.training


def test_no_decay_is_the_model_itself() -> None:
    layer = torch.nn.Linear(1, 1)
    mean = RunningMean(layer, 0.0)
    mean.to(torch.device("cpu"))
    mean.update(layer, 0)
    mean.load_state_dict(mean.state_dict())
    assert mean.model is layer
    assert mean.state_dict() == {}


def test_state_goes_on() -> None:
    torch.manual_seed(0)
    weights = [torch.randn(3) for _ in range(6)]

    def run(mean: RunningMean, layer: torch.nn.Module, start: int, stop: int) -> None:
        for k in range(start, stop):
            with torch.no_grad():
                layer.weight.copy_(weights[k].view(1, 3))
            mean.update(layer, k)

    layer = torch.nn.Linear(3, 1)
    whole = RunningMean(copy.deepcopy(layer), 0.9)
    run(whole, layer, 0, 6)
    first = RunningMean(layer, 0.9)
    run(first, layer, 0, 3)
    second = RunningMean(torch.nn.Linear(3, 1), 0.9)
    second.load_state_dict({name: value.clone() for name, value in first.state_dict().items()})
    run(second, layer, 3, 6)
    assert torch.equal(second.model.weight, whole.model.weight)


def test_decay_reaches_its_value() -> None:
    decay = WarmDecay(0.9)
    decay.updates = 10**6
    mean = [torch.zeros(1)]
    decay(mean, [torch.ones(1)], 0)
    assert mean[0].item() == pytest.approx(0.1)
