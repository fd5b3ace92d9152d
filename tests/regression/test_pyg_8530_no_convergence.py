"""pyg#8530: a solver that does not converge ends the processing of a data set."""

import networkx as nx
import torch
from torch_geometric.utils import from_networkx

from pyg_symbreak.transforms import AddCanonicalLaplacianPE


def test_a_long_path_is_solved_by_the_dense_solver():
    # The gaps of a long path are too small for few iterations of any sparse solver without a factorisation.
    data = from_networkx(nx.path_graph(700))
    out = AddCanonicalLaplacianPE(k=3, randomize=False, dense_threshold=100)(data).laplacian_pe
    assert bool(out.isfinite().all())
    torch.testing.assert_close(out.norm(dim=0), torch.ones(3))


def test_a_star_has_an_eigenspace_too_large_for_any_block():
    data = from_networkx(nx.star_graph(200))
    out = AddCanonicalLaplacianPE(k=3, dense_threshold=100)(data).laplacian_pe
    torch.testing.assert_close(out.T @ out, torch.eye(3))
