import torch
from torch import nn

from pyg_symbreak.equivariance import octahedral, permutation, sign, special_orthogonal, trivial
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_space import Space

POINTS, SPACE, CUBE = Space(permutation(4)), Space(special_orthogonal(3)), Space(octahedral())


def rules(module, space, target=None, trainable=True):
    judge = Judge(trainable)
    judge.layer("here", module, space, target)
    return [problem.rule for _, problem in judge.problems]


def test_a_linear_layer_on_the_coordinates():
    assert rules(nn.Linear(4, 4), POINTS, POINTS) == ["bias", "linear"]
    assert rules(nn.Linear(4, 4, bias=False), POINTS, POINTS) == ["linear"]
    assert rules(nn.Linear(4, 4), None, POINTS) == ["bias"]
    assert rules(nn.Linear(4, 4), POINTS) == []


def test_a_linear_layer_along_another_axis():
    copies = Space(special_orthogonal(3), -2)
    assert rules(nn.Linear(7, 5), copies) == ["bias"]
    assert rules(nn.Linear(7, 5, bias=False), copies) == []
    assert rules(nn.Linear(7, 5), Space(permutation(3), -2)) == []


def test_convolutions_count_channels_from_the_front():
    for axis in (1, -2):
        assert rules(nn.Conv1d(4, 4, 3), Space(permutation(4), axis), Space(permutation(4), axis)) == ["bias", "linear"]
    judge = Judge()
    judge.layer("here", nn.Conv1d(4, 4, 3), POINTS, None)
    assert "along the axis of the representation" in judge.unknown[0]


def test_dropout():
    assert rules(nn.Dropout(0.1), POINTS) == ["dropout"]
    assert rules(nn.Dropout(0.1), Space(sign(2) + sign(2))) == []
    assert rules(nn.AlphaDropout(0.1), Space(sign(2) + sign(2))) == ["dropout"]
    assert rules(nn.AlphaDropout(0.1), Space(trivial(3))) == []
    assert rules(nn.Dropout1d(0.1), SPACE) == []
    assert rules(nn.Dropout1d(0.1), Space(special_orthogonal(3), -2)) == ["dropout"]
    assert rules(nn.RReLU(), POINTS) == ["dropout"]
    assert rules(nn.RReLU().eval(), POINTS) == []


def test_slopes():
    different = nn.PReLU(4)
    with torch.no_grad():
        different.weight[0] = 1
    assert rules(different, POINTS) == ["prelu"]
    assert rules(different, POINTS, trainable=False) == ["prelu"]
    assert rules(nn.PReLU(4), POINTS) == ["prelu"]
    assert rules(nn.PReLU(4), POINTS, trainable=False) == []
    assert rules(nn.PReLU(4), Space(trivial(4))) == []
    # Slopes for copies of the space, not for its coordinates.
    assert rules(nn.PReLU(5), Space(permutation(4), -1)) == []
    assert rules(nn.PReLU(5), SPACE) == ["activation"]


def test_what_arrives_is_compared_with_what_is_told():
    assert rules(nn.Dropout1d(0.1), SPACE, CUBE) == ["output"]
    assert rules(nn.Tanh(), CUBE, CUBE) == []


def test_layers_without_a_rule():
    judge = Judge()
    assert judge.layer("here", nn.AvgPool1d(2), CUBE, None) is None
    assert judge.unknown == ["here: no rule for AvgPool1d; annotate what it returns"]
    assert judge.layer("there", nn.AvgPool1d(2), CUBE, POINTS) is POINTS
    assert judge.checked == []
