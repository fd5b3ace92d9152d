import torch

from pyg_symbreak.equivariance import octahedral, permutation, sign
from pyg_symbreak.equivariance.lint_arithmetic import INVARIANT, UNKNOWN, add_spaces, join_spaces, multiply_spaces
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_space import Space


def test_constants_meet_the_coordinates_on_their_axis():
    rows, shift = Space(permutation(2), -2), torch.tensor([[1.0, 2, 3], [1, 2, 3]])
    judge = Judge()
    assert add_spaces(judge, "here", shift, rows) is rows
    assert judge.problems == []
    add_spaces(judge, "here", rows, shift.t().contiguous()[:2])
    assert [problem.rule for _, problem in judge.problems] == ["bias"]


def test_learned_constants():
    judge, space = Judge(), Space(octahedral())
    add_spaces(judge, "here", space, torch.nn.Parameter(torch.zeros(3)))
    multiply_spaces(judge, "here", space, torch.nn.Parameter(torch.ones(3)), False)
    multiply_spaces(judge, "here", space, torch.nn.Parameter(torch.ones(1)), False)
    assert [(p.rule, p.verdict) for _, p in judge.problems] == [("bias", "not kept"), ("scale", "not kept")]


def test_sums_of_spaces():
    judge = Judge()
    joined = join_spaces(judge, "here", [Space(permutation(3)), Space(sign(3))], -1)
    assert joined.representation.dim == 4
    assert judge.problems == []


def test_marks():
    assert (repr(INVARIANT), repr(UNKNOWN)) == ("INVARIANT", "UNKNOWN")
