import torch

from pyg_symbreak.labeling.components import connected_components, residual_arcs


def test_components_of_a_long_path_and_isolated_nodes():
    i = torch.randperm(1000)
    src, dst = torch.cat([i[:-1], i[1:]]), torch.cat([i[1:], i[:-1]])
    assert connected_components(1001, src, dst).tolist() == [0] * 1000 + [1000]


def test_complete_relations_are_trivial_and_matchings_are_not():
    cell, size = torch.tensor([0, 0, 1, 1, 2]), torch.tensor([2, 2, 1])
    src = torch.tensor([0, 2, 1, 3, 0, 1, 4, 4, 0, 1])
    dst = torch.tensor([2, 0, 3, 1, 4, 4, 0, 1, 1, 0])
    assert sorted(residual_arcs(cell, size, src, dst, None, 1).tolist()) == [0, 1, 2, 3]
    kid = torch.tensor([0, 0, 0, 0, 0, 1, 0, 1, 0, 0])
    assert sorted(residual_arcs(cell, size, src, dst, kid, 2).tolist()) == [0, 1, 2, 3, 4, 5, 6, 7]
