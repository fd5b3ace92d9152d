"""molgraph#7: symmetric atoms get one embedding, so the bonds between them cannot be told apart."""

import torch
from torch_geometric.nn import GIN

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import AddSymPE


def test_a_plain_network_cannot_and_a_broken_symmetry_can():
    ring = graph_zoo()["benzene-aromatic"]
    plain = GIN(1, 16, 2)(torch.ones(6, 1), ring.edge_index)
    torch.testing.assert_close(plain, plain[:1].expand_as(plain))

    broken = AddSymPE(dim=8)(ring)
    z = GIN(8, 16, 2)(broken.sympe, broken.edge_index)
    assert torch.cdist(z, z).fill_diagonal_(1).min() > 1e-3
