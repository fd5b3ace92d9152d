r"""RDKit, where it is needed and only then."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


def require_rdkit(user: str, name: str = "rdkit.Chem") -> ModuleType:
    r"""Return a module of RDKit, or say which extra brings it.

    Args:
        user: Name of the class or function that needs it, for the message.
        name: Name of the module.

    Raises:
        ImportError: If RDKit is not installed.

    .. code-block:: python

        >>> require_rdkit("check_molecule").CanonSmiles("C1=CC=CC=C1")
        'c1ccccc1'
    """
    try:
        import_module("rdkit")
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            f"'{user}' expected the package 'rdkit' (got none): install it with `pip install pyg_symbreak[mol]`"
        ) from error


def parse(sample: object, user: str) -> Any:
    r"""Return an RDKit molecule, not sanitised and free to be changed, or ``None`` if there is none.

    Args:
        sample: An RDKit molecule (not changed), a SMILES string or ``None``.
        user: Name of the function that needs it, for messages.

    Returns:
        A molecule; ``None`` for ``None``, for a string that is no SMILES and for a molecule without atoms.

    Raises:
        ImportError: If RDKit is not installed.
        TypeError: If the sample is something else.

    .. code-block:: python

        >>> parse("C(", "check_molecule") is None
        True
    """
    chem = require_rdkit(user)
    if isinstance(sample, str):
        from rdkit.rdBase import BlockLogs

        with BlockLogs():
            mol = chem.MolFromSmiles(sample, sanitize=False)
    elif sample is None or isinstance(sample, chem.Mol):
        mol = None if sample is None else chem.Mol(sample)
    else:
        raise TypeError(f"'{user}' expected RDKit molecules, SMILES strings or None (got {type(sample).__name__})")
    return None if mol is None or mol.GetNumAtoms() == 0 else mol
