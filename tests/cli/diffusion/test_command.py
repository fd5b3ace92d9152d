from __future__ import annotations

import subprocess
import sys

import pytest

from pyg_symbreak.cli.main import main


@pytest.mark.parametrize("command", [[], ["train"], ["sample"], ["evaluate"], ["compare"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["diffusion", *command, "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "pyg-symbreak diffusion" in shown
    assert "[COMMAND" not in shown


@pytest.mark.parametrize(
    "command", [[], ["generate"], ["train"], ["sample"], ["train", "--data", "small", "--step", "3"]]
)
def test_wrong_words_exit_with_2(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["diffusion", *command])
    assert caught.value.code == 2
    assert capsys.readouterr().out == ""


def test_reading_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pyg_symbreak.cli.main import _read; _read(['diffusion', 'train', '--data', 'small']);"
        "print([name for name in ('lightning', 'rdkit', 'matplotlib', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
