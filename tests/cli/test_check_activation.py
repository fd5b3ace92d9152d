import json

import pytest

from pyg_symbreak.cli.check_activation import read_activation
from pyg_symbreak.cli.main import main


@pytest.mark.parametrize(
    ("representation", "activation", "status"),
    [
        ("octahedral", "tanh", 0),
        ("octahedral", "relu", 1),
        ("cyclic_plane(4)", "x**3", 0),
        ("cyclic_plane(3)", "x**3", 1),
        ("permutation(4)", "LeakyReLU(0.2)", 0),
        ("sign(3)", "math:tanh", 0),
        ("sign(3)", "math:expm1", 1),
    ],
)
def test_exit_status_tells(representation, activation, status, capsys):
    assert main(["check-activation", representation, activation]) == status
    out = capsys.readouterr().out
    assert ("not admissible" in out) is (status == 1)
    assert ("witness" in out) is (status == 1)


def test_json_and_another_output(capsys):
    assert main(["check-activation", "sign(3)", "abs", "--output", "trivial(1, num_generators=2)", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["admissible"]
    assert record["verdict"] == "proved"
    assert main(["check-activation", "sign(3)", "abs", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["repair"]


def test_files_of_generators(tmp_path, capsys):
    path = tmp_path / "swap.json"
    path.write_text('{"generators": [[[0, 2], ["1/2", 0]]]}')
    assert main(["check-activation", str(path), "relu"]) == 0
    assert main(["check-activation", str(path), "tanh"]) == 1
    assert "rescale the basis" in capsys.readouterr().out


def test_without_an_activation(capsys):
    assert main(["check-activation", "octahedral"]) == 0
    assert "odd functions" in capsys.readouterr().out
    assert main(["check-activation", "octahedral", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["admits"] == ["odd functions, f(-x) = -f(x), such as tanh"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("octahedral", "foo"), "expected the name of a function or a module of torch"),
        (("octahedral", "x + y"), "expected an expression in x (got ['x', 'y'])"),
        (("octahedral", "softmax"), "expected a point-wise activation"),
        (("octahedral", "log(x)"), "expected a function that is defined on all real numbers"),
        (("nothing", "relu"), "expected a file (.json, .npz) or one of"),
        (("octahedral", "("), "expected the name of a function"),
    ],
)
def test_bad_input(words, message, capsys):
    assert main(["check-activation", *words]) == 2
    assert message in capsys.readouterr().err


def test_expressions():
    assert read_activation("Max(x, 0)").exact
    assert read_activation("x").affine == (1, 0)
