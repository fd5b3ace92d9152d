from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import UniformCanonicalizer
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.symmetrize.evaluate import evaluate, predict
from pyg_symbreak.training.symmetrize.examples import TaskData, TensorExamples
from pyg_symbreak.training.symmetrize.objective import BINARY, MSE


class FirstNode(torch.nn.Module):
    """The sum of the numbers, from 0 to 5, of the neighbours of the node that stands first."""

    def forward(self, data: object) -> Tensor:
        edge_index, ptr = data.edge_index, data.ptr  # type: ignore[attr-defined]
        total = torch.bincount(edge_index[1], (edge_index[0] % 6).float(), minlength=int(ptr[-1]))
        return total[ptr[:-1]].unsqueeze(1)


def test_what_is_known_of_the_draws(data: TaskData) -> None:
    batch, _ = data.test.batch(torch.arange(5))
    model = Symmetrize(FirstNode(), UniformCanonicalizer(), 1, 50, output="graph")
    found = predict(model.eval(), batch)
    assert found.mean.shape == (5, 1)
    assert found.error is not None
    assert (found.error > 0).all()
    assert found.elements is not None
    assert predict(model.train(), batch).error is None, "one draw has no spread"
    plain = predict(FirstNode(), batch)
    assert plain.elements is None
    assert plain.error is None


def test_scores_do_not_depend_on_the_batches_of_a_plain_model() -> None:
    examples = TensorExamples(torch.arange(7.0).view(7, 1), torch.arange(7.0).view(7, 1) + 2)
    model = torch.nn.Identity()
    for size in (2, 7, 100):
        found = evaluate(model, examples, MSE, seed=0, size=size)
        assert found["mse"] == found["loss"] == 4
        assert math.isnan(found["draw_error"])


def test_seed_and_stream_decide_the_draws_and_nothing_else_does(data: TaskData) -> None:
    model = Symmetrize(FirstNode(), UniformCanonicalizer(), 1, 4, output="graph").train()
    state = torch.get_rng_state()
    first = evaluate(model, data.test, BINARY, seed=0)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    assert evaluate(model, data.test, BINARY, seed=0) == first
    assert evaluate(model, data.test, BINARY, seed=0, stream="other") != first
    assert evaluate(model, data.test, BINARY, seed=1) != first
    assert model.training, "the mode is left as it was"


def test_the_error_of_the_draws_shrinks_with_their_number(data: TaskData) -> None:
    errors = [
        evaluate(Symmetrize(FirstNode(), UniformCanonicalizer(), 1, count, output="graph"), data.test, BINARY, seed=0)[
            "draw_error"
        ]
        for count in (20, 320)
    ]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)
