import sys

import pytest
import torch

from pyg_symbreak.spins.exact.min_cut import min_cut_ground_states
from pyg_symbreak.spins.exact.optional import import_scipy


def test_found():
    assert import_scipy("sparse.csgraph").__name__ == "scipy.sparse.csgraph"


def test_missing_scipy_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        import_scipy("sparse")
    with pytest.raises(ImportError, match=r"pyg_symbreak\[spins\]"):
        min_cut_ground_states(torch.zeros(3, 3), torch.ones(2, 3, 3))
