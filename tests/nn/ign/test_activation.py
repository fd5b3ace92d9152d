import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn.ign import OrbitActivation, Tuples, set_partitions, stirling


@pytest.fixture
def tuples():
    return Tuples(torch.tensor([0, 3, 3, 4, 6]))


class Scale(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


@pytest.mark.parametrize("order", range(4))
def test_every_entry_gets_the_activation_of_its_orbit(tuples, order):
    partitions = set_partitions(order)
    activation = OrbitActivation(order, [Scale(number + 1.0) for number in range(len(partitions))])
    found = activation(torch.ones(tuples.count(order), 2), tuples)
    for nodes, row in zip(tuples.nodes(order).t().tolist(), found.tolist()):
        values = dict.fromkeys(nodes)
        pattern = tuple(tuple(axis for axis in range(order) if nodes[axis] == value) for value in values)
        assert row == [partitions.index(pattern) + 1.0] * 2


def test_orbits_have_the_sizes_of_cosets():
    tuples = Tuples(torch.tensor([0, 5]))
    for order in range(4):
        lengths = sorted(tuples.orbit(order, partition).numel() for partition in set_partitions(order))
        expected = []
        for blocks in range(order + 1):
            size = 1
            for taken in range(blocks):
                size *= 5 - taken
            expected += [size] * stirling(order, blocks)
        assert lengths == sorted(expected)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_equivariant_with_different_activations(tuples, order):
    kinds = [torch.nn.Tanh(), torch.nn.ReLU(), torch.nn.Softplus(), torch.nn.PReLU(2), torch.nn.ELU()]
    activation = OrbitActivation(order, kinds[: len(set_partitions(order))], channels=2).double()
    torch.nn.init.normal_(activation.bias)
    g = Permutation.random(tuples.ptr, generator=torch.Generator().manual_seed(1))
    x = torch.randn(tuples.count(order), 2, dtype=torch.double)
    place = tuples.number(tuples.graph(order), [g.rank[nodes] for nodes in tuples.nodes(order)])
    moved, expected = torch.empty_like(x), torch.empty_like(x)
    moved[place], expected[place] = x, activation(x, tuples)
    assert not torch.equal(moved, x)
    torch.testing.assert_close(activation(moved, tuples), expected, atol=1e-10, rtol=0)


def test_biases_and_gradients(tuples):
    activation = OrbitActivation(2, [torch.nn.Identity(), torch.nn.Identity()], channels=2)
    with torch.no_grad():
        activation.bias.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    x = torch.zeros(tuples.count(2), 2, requires_grad=True)
    out = activation(x, tuples)
    i, j = tuples.nodes(2)
    assert out[i != j].unique(dim=0).tolist() == [[1.0, 2.0]]
    assert out[i == j].unique(dim=0).tolist() == [[3.0, 4.0]]
    out.sum().backward()
    assert activation.bias.grad.tolist() == [[8.0, 8.0], [6.0, 6.0]]
    assert x.grad.eq(1).all()
    activation.reset_parameters()
    assert not activation.bias.any()


def test_one_activation_for_all_orbits_and_its_parameters(tuples):
    kind = torch.nn.PReLU(init=0.5)
    activation = OrbitActivation(3, kind)
    x = torch.randn(tuples.count(3), 4)
    assert torch.equal(activation(x, tuples), kind(x))
    assert len(list(activation.parameters())) == 1
    assert repr(activation).startswith("OrbitActivation(\n  order=3, channels=0")


def test_errors(tuples):
    with pytest.raises(ValueError, match=r"'OrbitActivation' expected one activation or 2, .* order 2 \(got 3\)"):
        OrbitActivation(2, [torch.nn.ReLU()] * 3)
    with pytest.raises(ValueError, match=r"'OrbitActivation' expected 'order' to be at least 0 \(got -1\)"):
        OrbitActivation(-1, torch.nn.ReLU())
    with pytest.raises(ValueError, match=r"expected an input of shape \[14, channels\] \(got \[3, 1\]\)"):
        OrbitActivation(2, torch.nn.ReLU())(torch.zeros(3, 1), tuples)
    with pytest.raises(ValueError, match=r"expected an input of shape \[14, 4\] \(got \[14, 3\]\)"):
        OrbitActivation(2, torch.nn.ReLU(), channels=4)(torch.zeros(14, 3), tuples)
