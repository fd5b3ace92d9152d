r"""Representations and objects by what a user writes on the command line."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pyg_symbreak import equivariance
from pyg_symbreak.equivariance import Representation

NAMES: Final[dict[str, Callable[..., Representation]]] = {
    "permutation": equivariance.permutation,
    "signed_permutation": equivariance.signed_permutation,
    "sign": equivariance.sign,
    "standard": equivariance.standard,
    "trivial": equivariance.trivial,
    "tensor_power": equivariance.tensor_power,
    "young_module": equivariance.young_module,
    "coset_space": equivariance.coset_space,
    "cyclic": equivariance.cyclic,
    "cyclic_plane": equivariance.cyclic_plane,
    "dihedral_plane": equivariance.dihedral_plane,
    "octahedral": equivariance.octahedral,
    "special_orthogonal": equivariance.special_orthogonal,
    "orthogonal": equivariance.orthogonal,
    "euclidean": equivariance.euclidean,
    "S": equivariance.permutation,
    "B": equivariance.signed_permutation,
    "C": equivariance.cyclic_plane,
    "D": equivariance.dihedral_plane,
    "SO": equivariance.special_orthogonal,
    "O": equivariance.orthogonal,
    "Oh": equivariance.octahedral,
}


def read_representation(text: str) -> Representation:
    r"""Read a representation: a file of generators, or constructors by their names, with sums, products and powers.

    Args:
        text: Such as ``generators.json``, ``octahedral``, ``tensor_power(4, 2)`` or ``SO(3) + SO(3) * SO(3)``.

    Raises:
        ValueError: If it cannot be read.

    .. code-block:: python

        >>> read_representation("SO(3) + SO(3)**2").dim
        12
    """
    if text.endswith((".json", ".npz")):
        return Representation.from_file(text)
    try:
        return _evaluate(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, TypeError, KeyError) as error:
        raise ValueError(
            f"'{text}' expected a file (.json, .npz) or one of {', '.join(NAMES)}, with arguments (got: {error})"
        ) from error


def _evaluate(node: ast.expr) -> Representation:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _evaluate(node.left) + _evaluate(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _evaluate(node.left) * _evaluate(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _evaluate(node.left).tensor_power(int(ast.literal_eval(node.right)))
    name = node.func if isinstance(node, ast.Call) else node
    if not isinstance(name, ast.Name) or name.id not in NAMES:
        raise KeyError(ast.unparse(node))
    if not isinstance(node, ast.Call):
        return NAMES[name.id]()
    keywords = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords}
    return NAMES[name.id](*(ast.literal_eval(argument) for argument in node.args), **keywords)


def read_object(text: str) -> Any:
    r"""Import ``package.module:name`` or ``path/to/file.py:name``, also from the current directory.

    Raises:
        ValueError: If there is no colon, or no such name.
        ImportError: If there is no such module.

    .. code-block:: python

        >>> read_object("torch.nn:ReLU")
        <class 'torch.nn.modules.activation.ReLU'>
    """
    place, _, name = text.rpartition(":")
    if not place or not name.isidentifier():
        raise ValueError(f"'{text}' expected a module and a name, 'package.module:name' or 'file.py:name'")
    if place.endswith(".py"):
        path = Path(place)
        if not path.is_file():
            raise FileNotFoundError(f"'{text}' expected a file (got '{place}', which does not exist)")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        sys.path.insert(0, "")
        try:
            module = importlib.import_module(place)
        finally:
            sys.path.remove("")
    if not hasattr(module, name):
        raise ValueError(f"'{text}' expected a name in '{place}' (got '{name}', which is not there)")
    return getattr(module, name)
