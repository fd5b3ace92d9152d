import pytest
import torch
from torch import nn

from pyg_symbreak.equivariance import octahedral, permutation, sign, special_orthogonal, standard, trivial
from pyg_symbreak.equivariance.lint_norms import check_norm
from pyg_symbreak.equivariance.lint_space import Space

POINTS, SPACE, CUBE = permutation(3), special_orthogonal(3), octahedral()


def verdicts(module, rho, axis=-1, trainable=False):
    return [problem.verdict for problem in check_norm(module, Space(rho, axis), trainable)[0] if problem]


@pytest.mark.parametrize(
    ("module", "rho", "axis", "found"),
    [
        (nn.LayerNorm(3), POINTS, -1, 0),
        (nn.LayerNorm(3), CUBE, -1, 1),
        (nn.LayerNorm([5, 3]), POINTS, -1, 0),
        (nn.LayerNorm(5), CUBE, -2, 0),
        (nn.LayerNorm(5), SPACE, -2, 1),
        (nn.RMSNorm(3), SPACE, -1, 0),
        (nn.RMSNorm(2), standard(3), -1, 1),
        (nn.BatchNorm1d(3), POINTS, -1, 1),
        (nn.BatchNorm1d(3, track_running_stats=False), POINTS, -1, 0),
        (nn.BatchNorm1d(3, track_running_stats=False), SPACE, -1, 1),
        (nn.BatchNorm1d(3), trivial(3), -1, 0),
        (nn.BatchNorm1d(5), SPACE, -1, 1),
        (nn.BatchNorm1d(5), POINTS, -1, 0),
        (nn.BatchNorm1d(5), sign(2), -1, 1),
        (nn.BatchNorm2d(3), POINTS, 1, 1),
        (nn.InstanceNorm2d(3), CUBE, 1, 0),
        (nn.InstanceNorm2d(3), SPACE, 1, 1),
        (nn.GroupNorm(1, 3), POINTS, 1, 0),
        (nn.GroupNorm(1, 3), CUBE, 1, 1),
        (nn.GroupNorm(3, 3), CUBE, 1, 0),
    ],
)
def test_statistics(module, rho, axis, found):
    assert len(verdicts(module, rho, axis)) == found


def test_affine_parameters():
    norm = nn.LayerNorm(3)
    assert verdicts(norm, POINTS, trainable=True) == ["not kept", "not kept"]
    with torch.no_grad():
        norm.weight[0], norm.bias[1] = 2, 1
    assert verdicts(norm, POINTS) == ["refuted", "refuted"]
    assert verdicts(nn.LayerNorm(5), CUBE, -2, trainable=True) == ["not kept"]
    assert verdicts(nn.LayerNorm(5, bias=False), CUBE, -2, trainable=True) == []


def test_running_statistics_in_evaluation():
    norm = nn.BatchNorm1d(3, affine=False)
    assert verdicts(norm, POINTS) == ["not kept"]
    assert verdicts(norm.eval(), POINTS) == []
    norm.running_mean[0] = 1
    assert verdicts(norm, POINTS) == ["refuted"]
    norm.running_mean.zero_()
    norm.running_var[0] = 4
    assert verdicts(norm, POINTS) == ["refuted"]


def test_fixed_statistics_of_copies_only_scale():
    norm = nn.BatchNorm1d(5, affine=False).eval()
    assert verdicts(norm, SPACE) == []
    norm.running_var[0] = 4
    assert verdicts(norm, SPACE) == []
    norm.running_mean[0] = 1
    assert verdicts(norm, SPACE) == ["refuted"]


def test_statistics_in_training_are_told_from_what_is_remembered():
    assert verdicts(nn.BatchNorm1d(3), SPACE) == ["refuted"]
    assert verdicts(nn.BatchNorm1d(3), CUBE) == ["not kept"]
    assert verdicts(nn.BatchNorm1d(5), sign(2)) == ["not kept"]


def test_groups_of_channels_are_not_looked_at():
    assert "groups of channels" in check_norm(nn.GroupNorm(2, 4), Space(permutation(4), 1))[1]
