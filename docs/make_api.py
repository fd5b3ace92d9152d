"""Writes docs/api.md: every public name with the first sentence of its docstring. Run it after adding a name."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pyg_symbreak

HEAD = """# Every public name

Made by `python docs/make_api.py`; a test holds it up to date. `help(name)` shows shapes, errors, sources and examples.
"""


def first_sentence(value: object) -> str:
    """The first sentence of a docstring, on one line, without markup."""
    text = inspect.cleandoc(value.__doc__ or "") if callable(value) or inspect.isclass(value) else ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    paragraph = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", paragraph).replace("``", "`")
    paragraph = re.sub(r"`([^`<]+?) <[^>]+>`_", r"\1", paragraph)
    return re.split(r"(?<=[.!?])\s", paragraph)[0].replace("|", "\\|")


def public(module: ModuleType) -> dict[str, object]:
    """The names that a package exports, or, where it exports none, those that its modules define."""
    if hasattr(module, "__all__"):
        return {name: getattr(module, name) for name in module.__all__}
    names: dict[str, object] = {}
    for info in pkgutil.iter_modules(module.__path__, f"{module.__name__}."):
        inner = importlib.import_module(info.name)
        for name, value in vars(inner).items():
            if not name.startswith("_") and getattr(value, "__module__", None) == inner.__name__:
                names[f"{info.name.rpartition('.')[2]}.{name}"] = value
    return names


def render() -> str:
    """The whole page."""
    lines = [HEAD]
    for info in sorted(pkgutil.walk_packages(pyg_symbreak.__path__, "pyg_symbreak."), key=lambda info: info.name):
        if not info.ispkg:
            continue
        module = importlib.import_module(info.name)
        names = public(module)
        if not names:
            continue
        lines += [f"## `{info.name}`", "", first_sentence_of_module(module), "", "| name | |", "|---|---|"]
        lines += [f"| `{name}` | {first_sentence(value)} |" for name, value in sorted(names.items())]
        lines.append("")
    return "\n".join(lines)


def first_sentence_of_module(module: object) -> str:
    """The first line of a module's docstring."""
    return (module.__doc__ or "").strip().split("\n")[0]


if __name__ == "__main__":
    Path(__file__).with_name("api.md").write_text(render(), encoding="utf-8")
