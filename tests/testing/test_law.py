import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import assert_equivariant_in_law, graph_zoo

ZOO = graph_zoo()


def uniform(data):
    return Permutation.random(data.ptr)


def sorted_degree_random_ties(data):
    """The rank by degree with ties broken at random: on a cycle all orders, not only those of the inversion kernel."""
    degree = torch.bincount(data.edge_index[0], minlength=data.num_nodes)
    key = degree + torch.rand(data.num_nodes, dtype=torch.float64)
    order = torch.argsort(data.batch * 1000 + key)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(order.numel())
    return rank - data.ptr[data.batch]


def sorted_degree_array_ties(data):
    """The same, with ties in the order of the array."""
    degree = torch.bincount(data.edge_index[0], minlength=data.num_nodes)
    order = torch.argsort(data.batch * 1000 + degree, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(order.numel())
    return rank - data.ptr[data.batch]


@pytest.mark.parametrize("name", ["cycle-4", "path-4", "star-3", "petersen"])
@pytest.mark.parametrize("fn", [uniform, sorted_degree_random_ties])
def test_accepts_random_orders(name, fn):
    assert_equivariant_in_law(fn, ZOO[name], num_draws=400)


@pytest.mark.parametrize("name", ["cycle-4", "path-4", "petersen"])
def test_rejects_ties_in_array_order(name):
    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(sorted_degree_array_ties, ZOO[name], num_draws=400)


def test_accepts_real_noise_and_rejects_noise_that_knows_the_node():
    data = ZOO["toluene"]
    assert_equivariant_in_law(lambda d: torch.randn(d.num_nodes, 2), data)
    place = lambda d: torch.arange(d.num_nodes).double() - d.ptr[d.batch]  # noqa: E731
    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(lambda d: torch.randn(d.num_nodes) * (1 + 0.1 * place(d)), data)
    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(lambda d: torch.randn(d.num_nodes) + 0.2 * place(d), data)


def test_rejects_a_wrong_joint_law_with_right_marginals():
    # Every entry alone is a fair coin, but the first two nodes of the array always agree.
    def coins(data):
        out = torch.randint(0, 2, (data.num_nodes,)).view(-1, 4)
        out[:, 1] = out[:, 0]
        return out.view(-1)

    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(coins, ZOO["cycle-4"])


def test_rejects_a_wrong_joint_law_of_many_values():
    def coins(data):
        out = torch.randint(0, 50, (data.num_nodes,)).view(-1, 10)
        out[:, 1] = out[:, 0]
        return out.view(-1)

    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(coins, ZOO["petersen"], num_draws=4000, num_samples=4)


def test_rejects_draws_that_the_copies_share_only_if_the_law_differs():
    assert_equivariant_in_law(lambda d: d.node_color, ZOO["toluene"], num_draws=50)


def test_one_graph_a_call_and_tensors():
    assert_equivariant_in_law(
        lambda d: torch.randint(0, 2, (d.num_nodes,)), ZOO["path-3"], batched=False, num_draws=150
    )
    x = torch.zeros(3, 1)
    assert_equivariant_in_law(lambda x: x + torch.randint(0, 2, (3, 1)), x, num_draws=150)
    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(
            lambda x: torch.randint(0, 2, (3, 1)) * torch.tensor([[1], [1], [0]]), x, num_draws=150
        )


def test_graph_level_output():
    assert_equivariant_in_law(lambda d: torch.rand(d.num_graphs), ZOO["path-3"], output="graph", num_draws=300)
    with pytest.raises(AssertionError, match="'fn' is not equivariant in law"):
        assert_equivariant_in_law(
            lambda d: torch.rand(d.num_graphs) * (1 + d.edge_index[0, ::4] - d.ptr[:-1]),
            ZOO["path-3"],
            output="graph",
            num_draws=300,
        )


def test_the_false_alarm_rate_is_small():
    data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
    for seed in range(100):
        assert_equivariant_in_law(lambda d: torch.rand(d.num_nodes), data, num_draws=100, seed=seed)


def test_errors():
    with pytest.raises(ValueError, match=r"one tensor a draw \(got 'data'\)"):
        assert_equivariant_in_law(uniform, ZOO["path-3"], output="data")
    with pytest.raises(AssertionError, match=r"expected to return 3000 rows .* \(got 1\)"):
        assert_equivariant_in_law(lambda d: torch.rand(1), ZOO["path-3"])
    with pytest.raises(AssertionError, match=r"a tensor or a group element \(got 'int'\)"):
        assert_equivariant_in_law(lambda d: 3, ZOO["path-3"])
    with pytest.raises(AssertionError, match="NaN"):
        assert_equivariant_in_law(lambda d: torch.full((d.num_nodes,), float("nan")), ZOO["path-3"])
