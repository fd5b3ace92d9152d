from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import Canonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.evaluate import predict
from pyg_symbreak.training.symmetrize.examples import TaskData
from pyg_symbreak.training.symmetrize.module import SupervisedModule, is_trained
from pyg_symbreak.training.symmetrize.objective import BINARY


class Pulled(UniformCanonicalizer):
    """Something to train, with a regulariser of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(2.0))

    def entropy(self, g: GroupElement) -> Tensor:
        return 3 * self.weight

    def prior_loss(self, g: GroupElement) -> Tensor:
        return 5 * self.weight


class Constant(torch.nn.Module):
    def forward(self, data: object) -> Tensor:
        return torch.zeros(data.ptr.numel() - 1, 1)  # type: ignore[attr-defined]


def module(canonicalizer: Canonicalizer, data: TaskData, **values: float) -> SupervisedModule:
    model = Symmetrize(Constant(), canonicalizer, 2, 2, output="graph")
    config = SymmetrizeTrainConfig(**values)  # type: ignore[arg-type]
    return SupervisedModule(model, BINARY, config, total_steps=1, val=data.val)


@pytest.mark.parametrize(("entropy", "prior", "expected"), [(0.1, 0.0, 0.6), (0.0, 0.5, 5.0), (0.1, 0.5, 5.6)])
def test_the_draw_is_regularised(data: TaskData, entropy: float, prior: float, expected: float) -> None:
    one = module(Pulled(), data, entropy=entropy, prior=prior)
    batch, target = data.train.batch(torch.arange(4))
    found = predict(one.model, batch)
    extra = one._of_the_draw(found, BINARY.loss(found.mean, target))
    assert float(extra.detach()) == pytest.approx(expected)
    assert extra.requires_grad


def test_a_draw_without_weights_is_left_alone(data: TaskData) -> None:
    one = module(UniformCanonicalizer(), data, entropy=1.0, prior=1.0)
    batch, target = data.train.batch(torch.arange(4))
    found = predict(one.model, batch)
    assert float(one._of_the_draw(found, BINARY.loss(found.mean, target)).detach()) == 0
    assert not is_trained(one.model)


def test_a_gradient_that_is_no_number_stops_the_run(data: TaskData) -> None:
    one = module(Pulled(), data)
    one.check()
    one._norm = torch.tensor(float("nan"))
    one._trainer = type("T", (), {"global_step": 7})()  # type: ignore[assignment]
    with pytest.raises(FloatingPointError, match="'fit' expected a finite gradient at step 7"):
        one.check()


def test_losses_of_an_earlier_sitting_count(data: TaskData) -> None:
    one = module(Pulled(), data)
    one.on_load_checkpoint(
        {
            "symmetrize": {
                "mean": one.mean.state_dict(),
                "best": one.best,
                "history": [],
                "losses": [1.0],
                "seconds": 2.0,
            }
        }
    )
    one._losses.append(torch.tensor(4.0, dtype=torch.float64))
    assert one._window.tolist() == [1.0, 4.0]
    assert one.seconds > 2
