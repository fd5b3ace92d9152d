from functools import partial

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import UniformCanonicalizer
from pyg_symbreak.groups import Orthogonal
from pyg_symbreak.testing import chi_square_uniform


def test_every_order_of_every_graph_comes_equally_often():
    batch = Batch.from_data_list([Data(num_nodes=3)] * 3000)
    rank = UniformCanonicalizer().rank(batch, generator=torch.Generator().manual_seed(0)).view(-1, 3)
    counts = (rank @ torch.tensor([9, 3, 1])).bincount()
    counts = counts[counts > 0]
    assert counts.numel() == 6
    assert chi_square_uniform(counts) > 1e-4


def test_serves_other_groups():
    data = Batch.from_data_list([Data(pos=torch.randn(2, 3)), Data(pos=torch.randn(4, 3))])
    canonicalizer = UniformCanonicalizer(partial(Orthogonal.random, dim=3, special=True))
    g = canonicalizer(data)
    assert isinstance(g, Orthogonal)
    assert g.num_graphs == 2
    assert torch.equal(g.ptr, data.ptr)
    assert repr(canonicalizer) == "UniformCanonicalizer(Orthogonal.random)"
    assert repr(UniformCanonicalizer()) == "UniformCanonicalizer(Permutation.random)"


def test_errors():
    with pytest.raises(TypeError, match=r"'UniformCanonicalizer' expected 'draw' as a function \(got 'int'\)"):
        UniformCanonicalizer(3)
