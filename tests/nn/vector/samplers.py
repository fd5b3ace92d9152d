"""Group elements for tensors of vectors."""

import torch

from pyg_symbreak.groups import Orthogonal


def turns(x, generator):
    """An element of O(d) for a tensor ``[N, …, d]``."""
    ptr = torch.tensor([0, x.size(0)])
    return Orthogonal.random(ptr, x.size(-1), dtype=x.dtype, generator=generator)
