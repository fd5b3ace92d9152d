import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Orthogonal, Permutation, Product
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.nn.vector import VectorNetwork
from pyg_symbreak.nn.vector.network import all_pairs
from pyg_symbreak.testing import assert_equivariant


def cloud(n, dim=3, dtype=torch.float64, edges=True):
    data = Data(pos=torch.randn(n, dim, dtype=dtype), x=torch.randn(n, 2, dtype=dtype))
    if edges:
        i = torch.arange(n - 1)
        data.edge_index = torch.cat([torch.stack([i, i + 1]), torch.stack([i + 1, i])], 1)
        data.edge_attr = torch.randn(2 * n - 2, 1, dtype=dtype)
    return data


class Both(torch.nn.Module):
    """Scalars and vectors as one tensor of vectors, so that one check sees both."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, data):
        s, v = self.network(data, data.pos.unsqueeze(1))
        return torch.cat([s, v.flatten(1)], dim=1)


def carry(channels, vectors):
    def move(g, out):
        s, v = out[:, :channels], out[:, channels:].view(len(out), vectors, -1)
        return torch.cat([g.act_as(s, "node"), g.act_as(v, "vector").flatten(1)], dim=1)

    return move


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("edges", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dim", [2, 3, 4])
def test_equivariant_to_permutations_and_rotations(dim, edges, training, dtype):
    torch.manual_seed(1)
    network = VectorNetwork(1, 8, 4, in_channels=2, edge_dim=int(edges)).to(dtype).train(training)
    batch = Batch.from_data_list([cloud(n, dim, dtype, edges) for n in (4, 1, 6)])

    def sample(x, generator):
        ptr = node_ptr(x)
        turn = Orthogonal.random(ptr, dim, dtype=dtype, generator=generator)
        return Product(Permutation.random(ptr, generator), turn)

    assert_equivariant(Both(network), batch, sample=sample, output=carry(8, 4))
    assert_equivariant(Both(network), cloud(5, dim, dtype, edges), output=carry(8, 4))


@pytest.mark.parametrize("edges", [True, False])
def test_a_batch_is_its_graphs_one_by_one(edges):
    network = VectorNetwork(1, 8, 4, in_channels=2).double()
    graphs = [cloud(n, edges=edges) for n in (3, 1, 5, 2)]
    together = Both(network)(Batch.from_data_list(graphs))
    torch.testing.assert_close(together, torch.cat([Both(network)(graph) for graph in graphs]))


def test_all_pairs_are_those_of_complete_graphs():
    data = Batch.from_data_list([cloud(4, edges=False), cloud(2, edges=False)])
    network = Both(VectorNetwork(1, 8, 4).double())
    expected = network(data)
    data.edge_index = torch.tensor(
        [[a, b] for low, high in ((0, 4), (4, 6)) for a in range(low, high) for b in range(low, high) if a != b]
    ).t()
    torch.testing.assert_close(network(data), expected)
    assert all_pairs(torch.tensor([0, 0, 1])).shape == (2, 0)


def test_an_empty_list_of_edges_is_not_all_pairs():
    data = cloud(4, edges=False)
    network = Both(VectorNetwork(1, 8, 4).double())
    everything = network(data)
    data.edge_index = torch.empty(2, 0, dtype=torch.long)
    assert not torch.allclose(network(data), everything)


def test_vectors_that_vanish_by_symmetry_stay_short_in_single_precision():
    # The centre of a cube with its corners; its vectors are sums that cancel, and must not be scaled up.
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3)
    for seed in range(3):
        torch.manual_seed(seed)
        network = VectorNetwork(1, num_layers=3)
        pos = torch.cat([corners, torch.zeros(1, 3)])
        turn = Orthogonal.random(torch.tensor([0, 9]), 3)
        _, v = network(Data(pos=pos), turn.act(pos).unsqueeze(1))
        assert float(v[8].detach().norm(dim=-1).max()) < 1e-5
        assert float(v[:8].detach().norm(dim=-1).max()) > 0.1


def test_no_nodes():
    s, v = VectorNetwork(1, 8, 4)(Data(pos=torch.empty(0, 3)), torch.empty(0, 1, 3))
    assert s.shape == (0, 8)
    assert v.shape == (0, 4, 3)


def test_gradients_reach_all_parameters():
    network = VectorNetwork(1, 8, 4, in_channels=2, edge_dim=1)
    data = cloud(5, dtype=torch.float32)
    s, v = network(data, data.pos.unsqueeze(1))
    (s.square().sum() + v.square().sum()).backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


def test_reads_features_of_other_types():
    network = VectorNetwork(1, 8, 4, in_channels=1)
    data = Data(pos=torch.randn(3, 3), x=torch.tensor([1, 2, 3]))
    s, _ = network(data, data.pos.double().unsqueeze(1))
    assert s.dtype == torch.float32


def test_reset_repr_and_errors():
    network = VectorNetwork(1, 8, 4, in_channels=2, edge_dim=1)
    before = network.convs[1].lin_out.weight.clone()
    network.reset_parameters()
    assert not torch.equal(before, network.convs[1].lin_out.weight)
    assert "VectorNetwork(\n  1, in_channels=2, edge_dim=1" in repr(network)
    data = cloud(5, dtype=torch.float32)
    vectors = data.pos.unsqueeze(1)
    with pytest.raises(ValueError, match=r"'VectorNetwork' expected 'vectors' of shape \[N, 1, d\] \(got \[5, 3\]\)"):
        network(data, data.pos)
    with pytest.raises(ValueError, match=r"expected 'data.x' of shape \[5, 2\] \(got none\)"):
        network(Data(pos=data.pos, edge_index=data.edge_index), vectors)
    with pytest.raises(ValueError, match=r"expected 'data.edge_attr' of shape \[8, 1\] \(got none\)"):
        network(Data(pos=data.pos, x=data.x, edge_index=data.edge_index), vectors)
    with pytest.raises(ValueError, match=r"'VectorNetwork' expected 'num_layers' to be at least 1 \(got 0\)"):
        VectorNetwork(1, num_layers=0)
