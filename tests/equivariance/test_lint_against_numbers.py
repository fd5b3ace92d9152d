"""Every layer on every representation: the lint says what numbers say."""

import copy

import pytest
import torch
from torch import nn

from pyg_symbreak.equivariance import (
    Representation,
    cyclic_plane,
    octahedral,
    permutation,
    sign,
    special_orthogonal,
    standard,
    trivial,
)
from pyg_symbreak.equivariance.lint import Space, lint

REPRESENTATIONS = {
    "permutations": permutation(3),
    "signs": sign(2) + sign(2) + sign(2),
    "octahedral": octahedral(),
    "rotations": special_orthogonal(3),
    "standard": standard(4),
    "trivial": trivial(3),
    "doubled": Representation([[[2, 0, 0], [0, 2, 0], [0, 0, 2]]]),
    "inverted": Representation([[[-1, 0, 0], [0, -1, 0], [0, 0, -1]]]),
    "turn and sign": Representation([[[0, 1, 0], [1, 0, 0], [0, 0, -1]]]),
    "plane and trivial": cyclic_plane(4) + trivial(1),
    "hexagon and trivial": cyclic_plane(3) + trivial(1),
    "rescaled swap": Representation([[[0, 2, 0], [0.5, 0, 0], [0, 0, 1]]]),
    "one scaled": Representation([[[1, 0, 0], [0, 3, 0], [0, 0, 1]]]),
}
COPIES = 4
# Layers with the axis of the representation and the shape of the input.
LAYERS = [
    *[
        (make, -1, (6, 3))
        for make in (
            lambda: nn.LayerNorm(3),
            lambda: nn.RMSNorm(3),
            lambda: nn.PReLU(3),
            lambda: nn.PReLU(),
            lambda: nn.BatchNorm1d(3),
            lambda: nn.BatchNorm1d(3, track_running_stats=False),
            lambda: nn.GroupNorm(1, 3),
            lambda: nn.ReLU(),
            lambda: nn.Tanh(),
            lambda: nn.Softmax(-1),
            lambda: nn.Softplus(),
            lambda: nn.LeakyReLU(-1.0),
            lambda: nn.LeakyReLU(),
            lambda: nn.LeakyReLU(1.0),
            lambda: nn.Hardtanh(),
        )
    ],
    *[
        (make, -1, (6, COPIES, 3))
        for make in (
            lambda: nn.LayerNorm([COPIES, 3]),
            lambda: nn.LayerNorm(3),
            lambda: nn.RMSNorm([COPIES, 3]),
            lambda: nn.BatchNorm1d(COPIES),
            lambda: nn.BatchNorm1d(COPIES, track_running_stats=False),
            lambda: nn.GroupNorm(2, COPIES),
            lambda: nn.GroupNorm(COPIES, COPIES),
            lambda: nn.InstanceNorm1d(COPIES, affine=True),
            lambda: nn.PReLU(COPIES),
        )
    ],
    *[
        (make, -2, (6, 3, COPIES))
        for make in (
            lambda: nn.LayerNorm(COPIES),
            lambda: nn.LayerNorm([3, COPIES]),
            lambda: nn.RMSNorm(COPIES),
            lambda: nn.Linear(COPIES, COPIES),
            lambda: nn.Linear(COPIES, COPIES, bias=False),
        )
    ],
    *[
        (make, 1, (6, 3, COPIES))
        for make in (
            lambda: nn.BatchNorm1d(3),
            lambda: nn.BatchNorm1d(3, track_running_stats=False),
            lambda: nn.InstanceNorm1d(3, affine=True),
            lambda: nn.GroupNorm(1, 3),
            lambda: nn.GroupNorm(3, 3),
            lambda: nn.PReLU(3),
            lambda: nn.Softmax(1),
            lambda: nn.Softmax(2),
        )
    ],
]


def filled(layer, how):
    with torch.no_grad():
        for parameter in layer.parameters():
            if how != "as made":
                parameter.copy_(torch.randn_like(parameter) if how == "random" else torch.full_like(parameter, 0.7))
        for buffer in layer.buffers() if how == "random" else ():
            if buffer.is_floating_point():
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    return layer


def moved(x, matrix, axis):
    return torch.movedim(torch.movedim(x, axis, -1) @ matrix.T, -1, axis)


def commutes(layer, rho, axis, x):
    elements = [torch.tensor(m.dense()) for m in rho.matrices]
    elements += [torch.linalg.matrix_exp(torch.tensor(m.dense())) for m in rho.lie_matrices]
    outputs = [(copy.deepcopy(layer)(moved(x, a, axis)), moved(copy.deepcopy(layer)(x), a, axis)) for a in elements]
    return all(torch.allclose(left, right, atol=1e-4, rtol=1e-3) for left, right in outputs)


QUICK = ("permutations", "rotations", "turn and sign")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in REPRESENTATIONS]
)
def test_the_lint_says_what_numbers_say(name):
    rho = REPRESENTATIONS[name]
    wrong = []
    for make, axis, shape in LAYERS:
        x = torch.randn(*shape, dtype=torch.float64)
        for how in ("as made", "random", "equal"):
            for training in (True, False):
                layer = filled(make(), how).train(training)
                report = lint(nn.Sequential(layer), Space(rho, axis), trainable=False)
                refuted = any(found.problem.verdict != "not kept" for found in report.findings)
                if report.unknown or refuted == commutes(layer.double(), rho, axis, x):
                    wrong.append((layer, axis, how, training, str(report)))
    assert wrong == []
