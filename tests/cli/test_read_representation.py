import json

import pytest

from pyg_symbreak.cli.read_representation import NAMES, read_object, read_representation


@pytest.mark.parametrize(
    ("text", "dim"),
    [
        ("octahedral", 3),
        ("octahedral()", 3),
        ("tensor_power(4, 2)", 16),
        ("tensor_power(n=3, order=2)", 9),
        ("young_module([2, 1])", 3),
        ("SO(3) + SO(3) * SO(3)", 12),
        ("S(3)**2", 9),
        (" coset_space([[1, 0, 2], [1, 2, 0]], [[1, 0, 2]]) ", 3),
    ],
)
def test_representations_by_name(text, dim):
    assert read_representation(text).dim == dim


def test_files(tmp_path):
    path = tmp_path / "turn.json"
    path.write_text(json.dumps({"generators": [[[0, -1], [1, 0]]], "name": "turn"}))
    assert read_representation(str(path)).name == "turn"


@pytest.mark.parametrize("text", ["nothing(3)", "SO", "SO(3", "", "SO(3) - SO(3)", "__import__('os')", "SO(3).dim"])
def test_what_is_no_representation(text):
    with pytest.raises(ValueError, match=r"expected a file \(.json, .npz\) or one of permutation"):
        read_representation(text)


def test_errors_of_constructors_pass():
    with pytest.raises(ValueError, match="'standard' expected"):
        read_representation("standard(1)")
    with pytest.raises(FileNotFoundError, match=r"missing\.json"):
        read_representation("missing.json")
    assert "trivial" in NAMES


def test_objects(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def make():\n    return 3\n")
    assert read_object(f"{path}:make")() == 3
    assert read_object("math:tanh")(0.0) == 0
    for text, error, message in (
        ("math", ValueError, "expected a module and a name"),
        ("math:nothing", ValueError, r"expected a name in 'math' \(got 'nothing'"),
        ("no_such_module:f", ImportError, "no_such_module"),
        ("missing.py:f", FileNotFoundError, "which does not exist"),
    ):
        with pytest.raises(error, match=message):
            read_object(text)
