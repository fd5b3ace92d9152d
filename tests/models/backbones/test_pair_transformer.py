import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import LearnedCanonicalizer
from pyg_symbreak.models.backbones import PairTransformer
from pyg_symbreak.nn import Canonicalize
from pyg_symbreak.testing import assert_equivariant

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def tokens(model, data):
    """What the first block is given."""
    seen = []
    model.blocks[0].register_forward_pre_hook(lambda _, args: seen.append(args))
    model(data)
    return seen[0][:2]


def test_what_the_tokens_hold():
    model = PairTransformer(2, 2, max_nodes=5, edge_channels=1)
    data = Data(x=torch.randn(3, 2), edge_index=PATH, edge_attr=torch.randn(4))
    found, mask = tokens(model, data)
    assert (found.shape, mask) == ((1, 9, 64), None)
    found = found.view(3, 3, 64)
    weight = torch.tensor([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])
    for i in range(3):
        for j in range(3):
            edge = ((PATH[0] == i) & (PATH[1] == j)).float() @ data.edge_attr
            expected = model.position[i, j] + model.pair(torch.stack([weight[i, j], edge]))
            torch.testing.assert_close(found[i, j], expected + model.node(data.x[i]) * (i == j))


def test_a_mask_for_ragged_batches_only():
    model = PairTransformer(1, 2, max_nodes=5)
    graphs = [Data(x=torch.randn(n, 1), edge_index=PATH[:, :2]) for n in (3, 3, 2)]
    assert tokens(model, Batch.from_data_list(graphs[:2]))[1] is None
    mask = tokens(model, Batch.from_data_list(graphs))[1]
    assert (mask[2].flatten() == 0).tolist() == [True, True, False] * 2 + [False] * 3


def test_positions_are_all_that_breaks_the_symmetry():
    model = PairTransformer(2, 2, max_nodes=5, output="node").double()
    data = Data(x=torch.randn(3, 2, dtype=torch.float64), edge_index=PATH)
    with torch.no_grad():
        model.position.zero_()
    assert_equivariant(model, data)


@pytest.mark.parametrize("num_layers", [1, 3])
def test_nodes_are_the_diagonal(num_layers):
    pairs = PairTransformer(2, 3, max_nodes=5, num_layers=num_layers, output="pair")
    nodes = PairTransformer(2, 3, max_nodes=5, num_layers=num_layers, output="node")
    nodes.load_state_dict(pairs.state_dict())
    data = Batch.from_data_list([Data(x=torch.randn(n, 2), edge_index=PATH[:, :2]) for n in (3, 2)])
    diagonal = pairs(data).diagonal(dim1=1, dim2=2).transpose(1, 2)
    torch.testing.assert_close(nodes(data), torch.cat([diagonal[0], diagonal[1, :2]]))


def test_reads_pairs_alone():
    model = PairTransformer(0, 3, max_nodes=5, adjacency=False, pair_channels=2, pair_attr="charge")
    charge = torch.randn(2, 5, 5, 2)
    data = Batch.from_data_list([Data(num_nodes=5), Data(num_nodes=5)])
    data.charge = charge
    assert model(data).shape == (2, 3)
    single = Data(num_nodes=5, charge=charge[1:])
    torch.testing.assert_close(model(data)[1:], model(single))
    assert "pair_channels=2, pair_attr='charge'" in repr(model)
    assert "adjacency=False" in repr(model)


def test_pair_inputs_pass_gradients_to_the_scores():
    model = Canonicalize(
        PairTransformer(0, 3, max_nodes=5, adjacency=False, pair_channels=1, pair_attr="charge"),
        LearnedCanonicalizer(in_channels=1),
        "graph",
        inputs={"charge": "pair"},
    )
    data = Data(x=torch.randn(5, 1), charge=torch.randn(1, 5, 5), edge_index=PATH)
    model(data).square().sum().backward()
    assert sum(float(p.grad.abs().sum()) for p in model.canonicalizer.parameters() if p.grad is not None) > 0
