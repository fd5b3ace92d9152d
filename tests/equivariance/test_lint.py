import pytest
import torch
from torch import nn

from pyg_symbreak.equivariance import permutation, sign, special_orthogonal, trivial
from pyg_symbreak.equivariance.lint import Space, lint
from tests.equivariance.lint_zoo import CORRECT, DEFECTIVE, POINTS, SPACE, Hidden, Vectors, plain


def test_the_zoo_is_large_enough():
    assert len(DEFECTIVE) >= 20
    assert len(CORRECT) >= 20


@pytest.mark.parametrize("name", DEFECTIVE)
def test_planted_defects_are_found_and_nothing_else(name):
    case = DEFECTIVE[name]
    report = lint(case.module, case.spaces)
    assert [(found.where, found.problem.rule) for found in report.findings] == [(case.where, case.rule)]
    assert report.status == 1
    assert not report
    assert report.findings[0].problem.repair
    assert case.where in str(report)


@pytest.mark.parametrize("name", CORRECT)
def test_correct_networks_are_passed_over(name):
    case = CORRECT[name]
    report = lint(case.module, case.spaces)
    assert report.findings == ()
    assert report.unknown == ()
    assert report.checked
    assert report.status == 0


def test_a_biased_linear_on_vectors():
    layers = nn.Sequential(nn.Linear(3, 3, bias=True))
    rules = {found.problem.rule: found.problem for found in lint(layers, {"": SPACE, "0": SPACE}).findings}
    assert set(rules) == {"bias", "linear"}
    assert "no vector but zero is invariant" in rules["bias"].repair[0]
    (found,) = lint(Vectors(bias=True), SPACE).findings
    assert found.problem.rule == "bias"


def test_present_values_or_all_values():
    layers = nn.Sequential(nn.Linear(4, 4))
    with torch.no_grad():
        layers[0].weight.copy_(torch.ones(4, 4))
        layers[0].bias.copy_(torch.ones(4))
    spaces = {"": POINTS, "0": POINTS}
    assert [found.problem.verdict for found in lint(layers, spaces).findings] == ["not kept", "not kept"]
    assert lint(layers, spaces, trainable=False).findings == ()
    assert lint(layers.requires_grad_(False), spaces).findings == ()


def test_what_is_not_known_is_told():
    report = lint(plain(nn.Linear(3, 5), nn.ReLU(), Hidden(), nn.Bilinear(2, 2, 2)), SPACE)
    assert report.findings == ()
    assert [text.split(":")[0] for text in report.unknown] == [
        "0 (Linear)",
        "1 (ReLU)",
        "2 (Hidden)",
        "3 (Bilinear)",
    ]
    assert "not traced" in report.unknown[2]
    assert "not checked: 0 (Linear): the space after it is not known: annotate it" in str(report)


def test_annotations_take_over_after_what_is_not_known():
    report = lint(plain(Hidden(), nn.ReLU()), {"": SPACE, "0": SPACE})
    assert [found.where for found in report.findings] == ["1 (ReLU)"]


def test_containers_and_repeated_layers():
    act = nn.ReLU()
    block = plain(plain(nn.Identity(), act), act)
    report = lint(block, {"": sign(2), "0": trivial(1, num_generators=2)})
    assert [found.where for found in report.findings] == ["0.1 (ReLU)"]


def test_annotations_that_contradict_what_arrives():
    report = lint(plain(nn.LayerNorm(4, elementwise_affine=False)), {"": POINTS, "0": trivial(4, num_generators=2)})
    assert [(found.where, found.problem.rule) for found in report.findings] == [("0 (LayerNorm)", "output")]


def test_a_black_box_is_assumed():
    class Bend(nn.Module):
        def forward(self, x):
            return torch.sinh(torch.tanh(x))

    report = lint(plain(Bend()), POINTS)
    assert report.findings == report.assumed == ()
    from pyg_symbreak.equivariance.multiplier import Multiplier
    from pyg_symbreak.equivariance.registry import register_activation

    register_activation(Bend, lambda module: Multiplier.black_box("bend", module))
    report = lint(plain(Bend()), POINTS)
    assert report.findings == ()
    assert report.assumed[0].startswith("0 (Bend)")


def test_a_space_on_another_axis():
    images = plain(nn.Conv2d(4, 4, 3, bias=False), nn.ReLU())
    spaces = {"": Space(POINTS, 1), "0": Space(POINTS, 1)}
    assert [found.problem.rule for found in lint(images, spaces).findings] == ["linear"]
    with torch.no_grad():
        images[0].weight.copy_(torch.ones(4, 4, 3, 3))
    assert lint(images, spaces, trainable=False).findings == ()


@pytest.mark.parametrize(
    ("module", "spaces", "message"),
    [
        (
            plain(nn.ReLU()),
            {"act": POINTS},
            r"expected names of inputs, submodules .*\(got \['act'\]; known",
        ),
        (plain(nn.Linear(3, 3)), {"": POINTS, "0": POINTS}, r"expected a space of dimension 3 before '0 \(Linear\)'"),
        (plain(nn.Linear(4, 3)), {"": POINTS, "0": POINTS}, r"expected a space of dimension 3 after '0 \(Linear\)'"),
        (plain(nn.ReLU()), {"": POINTS, "0": SPACE}, "expected representations of one group"),
        (Hidden(), SPACE, "expected a network that torch.fx can trace"),
    ],
)
def test_bad_input(module, spaces, message):
    with pytest.raises(ValueError, match="'lint' " + message):
        lint(module, spaces)


def test_bad_types():
    with pytest.raises(TypeError, match=r"'lint' expected a module \(got builtin"):
        lint(torch.relu, special_orthogonal(3))
    with pytest.raises(TypeError, match=r"'lint' expected a representation or a space for '0' \(got int\)"):
        lint(plain(nn.ReLU()), {"": permutation(3), "0": 3})


def equivariant(case):
    """Whether numbers say so: the network at moved inputs beside its moved outputs, for all generators."""
    spaces = case.spaces if isinstance(case.spaces, dict) else {"": case.spaces}
    read = {name: getattr(space, "representation", space) for name, space in spaces.items()}
    before, after = read[""], read.get("output", list(read.values())[-1])
    module = case.module.double()
    inputs = [before, read["y"]] if "y" in read else [before]
    shape = (7, 4) if isinstance(module, Vectors) else (7,)
    x = [torch.randn(*shape, rho.dim, dtype=torch.float64) for rho in inputs]
    elements = [[torch.tensor(m.dense()) for m in rho.matrices] for rho in (*inputs, after)]
    for k, rho in enumerate((*inputs, after)):
        elements[k] += [torch.linalg.matrix_exp(torch.tensor(m.dense())) for m in rho.lie_matrices]
    for *moves, out in zip(*elements):
        torch.manual_seed(0)
        left = module(*(value @ move.T for value, move in zip(x, moves)))
        torch.manual_seed(0)
        if not torch.allclose(left, module(*x) @ out.T, atol=1e-6):
            return False
    return True


@pytest.mark.parametrize("name", CORRECT)
def test_numbers_say_that_correct_networks_are(name):
    assert equivariant(CORRECT[name])


@pytest.mark.parametrize("name", DEFECTIVE)
def test_numbers_say_that_defects_are(name):
    case = DEFECTIVE[name]
    (found,) = lint(case.module, case.spaces).findings
    if found.problem.verdict == "refuted" and name not in ("kinds do not match", "abs keeps a sign"):
        assert not equivariant(case)
