"""Imports inside the package point one way only."""

import ast
from pathlib import Path

import pytest

import pyg_symbreak

ROOT = Path(pyg_symbreak.__file__).parent
BASE = {"groups", "labeling", "spins"}
ALLOWED = {
    "groups": set(),
    "labeling": {"groups"},
    "spins": {"groups"},
    "canonicalizers": BASE,
    "nn": BASE | {"canonicalizers"},
    "models": BASE | {"canonicalizers", "nn"},
    "transforms": BASE | {"canonicalizers"},
    "equivariance": BASE,
    "metrics": BASE,
    "datasets": BASE,
    "training": BASE | {"canonicalizers", "nn", "models", "datasets", "metrics", "transforms"},
    "cli": BASE | {"canonicalizers", "nn", "models", "datasets", "metrics", "transforms", "training", "equivariance"},
    "testing": BASE | {"canonicalizers", "nn"},
}


def imported_rooms(source):
    """The subpackages that a source text imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            assert node.level == 0, "imports are absolute"
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "pyg_symbreak" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    parts = path.relative_to(ROOT).parts
    if len(parts) == 1:
        return
    room = parts[0]
    for other in imported_rooms(path.read_text(encoding="utf-8")):
        assert other == room or other in ALLOWED[room], f"{room} must not import {other}"


def test_the_check_sees_a_wrong_import():
    assert list(imported_rooms("def f():\n    from pyg_symbreak.cli.main import main\n")) == ["cli"]


def test_files_stay_readable():
    files = [path for room in (ROOT, Path(__file__).parent) for path in room.rglob("*.py")]
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > 350} == {}


def test_every_source_file_has_its_tests():
    tests = Path(__file__).parent
    sources = [path.relative_to(ROOT) for path in ROOT.rglob("*.py") if path.name != "__init__.py"]
    assert [str(path) for path in sources if not (tests / path.parent / f"test_{path.name}").exists()] == []
