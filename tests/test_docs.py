"""The page of public names is up to date, and every public name is documented."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


def load(name="make_api"):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_api_page_is_up_to_date():
    assert (DOCS / "api.md").read_text(encoding="utf-8") == load().render(), "run `python docs/make_api.py`"


def test_first_sentences_are_plain():
    def example():
        r"""Does :class:`~a.b` to ``x``, from `"A paper" <https://x>`_. And more."""

    assert load().first_sentence(example) == 'Does `a.b` to `x`, from "A paper".'


def test_tables_of_the_readme_are_those_of_the_results():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert readme == load("make_results").render(readme), "run `python docs/make_results.py`"


@pytest.mark.parametrize("page", ["symmetrize", "activations"])
def test_code_on_the_pages_runs_as_printed(page, capsys):
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(encoding="utf-8"), flags=re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), {"__name__": page})
        # What a comment says of a printed line is how that line begins.
        expected = re.findall(r"print\(.*\)  # ([^:\n]+)", block)
        printed = capsys.readouterr().out.splitlines()
        assert printed == [want.strip() for want in expected]
