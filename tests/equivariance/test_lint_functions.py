import pytest
import torch

from pyg_symbreak.equivariance import octahedral, permutation, sign, special_orthogonal, standard, trivial
from pyg_symbreak.equivariance.lint_arithmetic import INVARIANT, UNKNOWN
from pyg_symbreak.equivariance.lint_functions import judge_function, name_of
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_space import Space

POINTS, SPACE, CUBE = Space(permutation(3)), Space(special_orthogonal(3)), Space(octahedral())
GATE = Space(trivial(1, num_generators=3))


def judged(name, *args, target=None, **kwargs):
    judge = Judge()
    found = judge_function(judge, "here", name, list(args), kwargs, target)
    return found, [problem.rule for _, problem in judge.problems], judge.unknown


@pytest.mark.parametrize(
    ("name", "args", "rules"),
    [
        ("add", (POINTS, 1.0), []),
        ("add", (CUBE, 1.0), ["bias"]),
        ("add", (CUBE, 0), []),
        ("sub", (2.0, CUBE), ["bias"]),
        ("add", (CUBE, CUBE), []),
        ("add", (CUBE, Space(octahedral(), -2)), ["sum"]),
        ("add", (SPACE, INVARIANT), ["bias"]),
        ("add", (POINTS, INVARIANT), []),
        ("add", (POINTS, torch.tensor([1.0, 1, 1])), []),
        ("add", (POINTS, torch.tensor([[1.0, 2, 1]])), ["bias"]),
        ("add", (POINTS, torch.tensor([[1.0], [2]])), []),
        ("mul", (CUBE, 2.0), []),
        ("mul", (CUBE, INVARIANT), []),
        ("mul", (INVARIANT, CUBE), []),
        ("mul", (CUBE, GATE), []),
        ("mul", (GATE, CUBE), []),
        ("mul", (CUBE, CUBE), ["product"]),
        ("mul", (POINTS, POINTS), []),
        ("div", (POINTS, torch.tensor([1.0, 2, 1])), ["scale"]),
        ("relu", (CUBE,), ["activation"]),
        ("tanh", (CUBE,), []),
        ("leaky_relu", (CUBE, 1.0), []),
        ("clamp", (CUBE, -1, 1), []),
        ("clamp", (CUBE, -1, 2), ["activation"]),
        ("pow", (CUBE, 3), []),
        ("pow", (CUBE, 2), ["activation"]),
        ("dropout", (CUBE, 0.5, True), ["dropout"]),
        ("dropout", (CUBE, 0.5, False), []),
        ("softmax", (CUBE, -1), ["activation"]),
        ("softmax", (POINTS, -1), []),
        ("prelu", (POINTS, torch.tensor([0.1, 0.2, 0.3])), ["prelu"]),
        ("prelu", (POINTS, torch.tensor([0.1])), []),
        ("contiguous", (CUBE,), []),
        ("linear", (Space(special_orthogonal(3), -2), torch.ones(4, 5), torch.ones(4)), ["bias"]),
    ],
)
def test_what_keeps_a_space(name, args, rules):
    found, problems, unknown = judged(name, *args)
    assert isinstance(found, Space)
    assert problems == rules
    assert unknown == []


@pytest.mark.parametrize(
    ("name", "space", "rules"),
    [
        ("norm", SPACE, []),
        ("norm", Space(standard(3)), ["norm"]),
        ("sum", POINTS, []),
        ("mean", POINTS, []),
        ("mean", CUBE, ["sum"]),
    ],
)
def test_what_leaves_invariants(name, space, rules):
    assert judged(name, space, -1) == (INVARIANT, rules, [])
    assert judged(name, space, dim=-1, keepdim=True) == (INVARIANT, rules, [])


def test_normalize():
    assert judged("normalize", SPACE, dim=-1)[:2] == (SPACE, [])
    assert judged("normalize", SPACE)[0] is UNKNOWN


def test_spaces_travel():
    assert judged("transpose", SPACE, -1, -2)[0].axis == -2
    assert judged("transpose", SPACE, -2, -3)[0].axis == -1
    assert judged("transpose", SPACE, 1, 2)[0] is UNKNOWN
    assert judged("cat", (SPACE, SPACE), dim=-1)[0].representation.dim == 6
    assert judged("cat", (SPACE, SPACE), 0)[0] is SPACE
    assert judged("cat", (POINTS, Space(sign(3))), 0)[1] == ["sum"]
    assert judged("relu", INVARIANT)[0] is INVARIANT


def test_what_the_user_told_is_believed_and_compared():
    assert judged("view", SPACE, -1, target=CUBE)[0] is CUBE
    assert judged("relu", UNKNOWN, target=CUBE)[0] is CUBE
    assert judged("contiguous", SPACE, target=CUBE)[:2] == (CUBE, ["output"])
    even = Space(trivial(1, num_generators=2))
    assert judged("abs", Space(sign(3)), target=even)[:2] == (even, [])


@pytest.mark.parametrize(
    ("name", "args", "why"),
    [
        ("relu", (UNKNOWN,), "the space before it is not known"),
        ("add", (SPACE, UNKNOWN), "one of the summands is not known"),
        ("mul", (SPACE, UNKNOWN), "one of the factors is not known"),
        ("div", (1.0, SPACE), "a quotient by coordinates"),
        ("view", (SPACE, -1), "no rule for view; annotate its result"),
        ("attention", (SPACE, SPACE, SPACE), "no rule for attention; annotate its result"),
        ("pow", (POINTS, 0.5), "'pow' expected an exponent with values on all real numbers (got 0.5)"),
        ("cat", ((SPACE, Space(special_orthogonal(3), -2)),), "the representations act on different axes"),
        ("sum", (SPACE, 0), "sum along another axis than that of the representation; annotate its result"),
        ("linear", (SPACE, UNKNOWN), "no rule for linear of these arguments"),
    ],
)
def test_what_is_not_known(name, args, why):
    found, problems, unknown = judged(name, *args)
    assert found is UNKNOWN
    assert problems == []
    assert unknown == [f"here: {why}"]


def test_names():
    assert [name_of(target) for target in ("tanh_", torch.nn.functional.silu, torch.linalg.vector_norm)] == [
        "tanh",
        "silu",
        "vector_norm",
    ]
    assert repr(UNKNOWN) == "UNKNOWN"
