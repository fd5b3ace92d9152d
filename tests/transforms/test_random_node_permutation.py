import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.testing import chi_square_uniform, replicate
from pyg_symbreak.transforms import RandomNodePermutation


def test_uniform_over_all_orders():
    out = RandomNodePermutation()(replicate(Data(x=torch.arange(4)), 4800))
    _, counts = torch.unique(out.x.view(-1, 4), dim=0, return_counts=True)
    assert len(counts) == 24
    assert chi_square_uniform(counts) > 1e-4


def test_everything_moves_together_and_inside_its_graph():
    graph = Data(x=torch.arange(5), edge_index=torch.tensor([[0, 1, 4], [1, 2, 3]]), edge_attr=torch.tensor([7, 8, 9]))
    out = RandomNodePermutation()(Batch.from_data_list([graph, graph]))
    for one in out.to_data_list():
        assert sorted(one.x.tolist()) == list(range(5))
        assert torch.equal(one.x[one.edge_index], graph.edge_index)
        assert torch.equal(one.edge_attr, graph.edge_attr)
