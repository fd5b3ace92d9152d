import json

import pytest

from pyg_symbreak.cli.main import main

SOURCE = """
import torch
from torch import nn
from pyg_symbreak.equivariance import octahedral, special_orthogonal

NETWORK = nn.Sequential(nn.Tanh())
NUMBER = 3


def bad():
    rho = special_orthogonal(3)
    return nn.Sequential(nn.Identity(), nn.ReLU()), {"": rho}


def good():
    return nn.Sequential(nn.Tanh()), octahedral()


def bare():
    return nn.Sequential(nn.Linear(3, 3), nn.Tanh())


def wrong():
    return 3
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "networks.py"
    file.write_text(SOURCE)
    return str(file)


def test_exit_status_tells(path, capsys):
    assert main(["lint", f"{path}:bad"]) == 1
    assert "1 (ReLU)  activation  refuted" in capsys.readouterr().out
    assert main(["lint", f"{path}:good"]) == 0
    assert capsys.readouterr().out == "1 place checked, nothing found.\n"


def test_spaces_from_the_command_line(path, capsys):
    assert main(["lint", f"{path}:bare", "--spaces", "octahedral", "0=octahedral"]) == 1
    assert "0 (Linear)  bias" in capsys.readouterr().out
    assert main(["lint", f"{path}:NETWORK", "--spaces", "octahedral"]) == 0
    assert main(["lint", f"{path}:bare", "--spaces", "@-2=octahedral", "--values"]) == 1
    assert "one number for all coordinates" in capsys.readouterr().out


def test_places_that_are_not_known(path, capsys):
    assert main(["lint", f"{path}:bare", "--spaces", "octahedral"]) == 0
    assert main(["lint", f"{path}:bare", "--spaces", "octahedral", "--strict"]) == 1
    assert "not checked: 0 (Linear)" in capsys.readouterr().out


def test_json(path, capsys):
    assert main(["lint", f"{path}:bad", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert [found["rule"] for found in record["findings"]] == ["activation"]
    assert record["checked"] == ["0 (Identity)", "1 (ReLU)"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((":bare",), "expected representations (got none"),
        ((":wrong",), "expected a module, or a module and its spaces (got int)"),
        ((":NUMBER",), "expected a module or a function (got int)"),
        ((":bare", "--spaces", "0=nothing"), "'--spaces' expected 'name=representation'"),
        ((":bare", "--spaces", "act=octahedral"), "expected names of inputs, submodules or operations"),
    ],
)
def test_bad_input(path, words, message, capsys):
    assert main(["lint", path + words[0], *words[1:]]) == 2
    assert message in capsys.readouterr().err
