r"""The one package beyond the core that some exact solvers need."""

from __future__ import annotations

import importlib
from typing import Any


def import_scipy(module: str) -> Any:
    r"""Import a module of scipy at the time it is needed.

    Args:
        module: Its name inside of scipy.

    Raises:
        ImportError: If scipy is missing.

    >>> import_scipy("sparse").__name__
    'scipy.sparse'
    """
    try:
        return importlib.import_module(f"scipy.{module}")
    except ImportError as error:
        raise ImportError(
            "Exact ground states by minimum cuts and cutting planes expected the package 'scipy' (got none); "
            "install it with `pip install scipy` or `pip install pyg_symbreak[spins]`"
        ) from error
