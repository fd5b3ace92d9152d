import itertools

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import Canonicalizer, LearnedCanonicalizer, SpectralCanonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import FiniteOrthogonal, Orthogonal, Permutation, PointGroup
from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.groups.ragged import node_batch, segment_arange
from pyg_symbreak.nn import Canonicalize, Symmetrize
from pyg_symbreak.testing import assert_equivariant_in_law


class Weighted(torch.nn.Module):
    """Multiplies the features of the node at position ``p`` by a weight that belongs to ``p``; counts its calls."""

    def __init__(self, output="node"):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 10.0, 100.0, 1000.0], dtype=torch.float64))
        self.output, self.calls, self.graphs = output, 0, 0

    def forward(self, data):
        self.calls += 1
        self.graphs += data.num_graphs
        out = data.x * self.weight[segment_arange(data.ptr.diff())].unsqueeze(1)
        if self.output == "node":
            return out
        return out.new_zeros(data.num_graphs, out.size(1)).index_add_(0, data.batch, out)


def example():
    graphs = [Data(x=torch.randn(n, 2, dtype=torch.float64), edge_index=torch.tensor([[0], [1]])) for n in (3, 4)]
    return Batch.from_data_list(graphs)


def test_many_uniform_draws_come_to_the_group_average():
    data = Data(x=torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64))
    model = Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=4000)
    average = torch.zeros(3, 1, dtype=torch.float64)
    for rank in itertools.permutations(range(3)):
        g = Permutation(torch.tensor(rank), torch.tensor([0, 3]))
        average += Canonicalize(Weighted(), UniformCanonicalizer())(Batch.from_data_list([data]), g=g) / 6
    torch.testing.assert_close(average, 37 * data.x)
    torch.testing.assert_close(model(data, generator=torch.Generator().manual_seed(0)), average, rtol=0.1, atol=0)


@pytest.mark.parametrize("output", ["node", "graph"])
def test_one_pass_is_the_mean_of_its_draws(output):
    data = example()
    model = Symmetrize(Weighted(output), UniformCanonicalizer(), num_draws=5, output=output)
    out = model(data, generator=torch.Generator().manual_seed(0))
    assert (model.backbone.calls, model.backbone.graphs) == (1, 10)
    g = UniformCanonicalizer()(repeat_data(data, 5), generator=torch.Generator().manual_seed(0))
    ranks = g.rank.view(5, -1)
    single = Canonicalize(Weighted(output), UniformCanonicalizer(), output)
    mean = sum(single(data, g=Permutation(rank, data.ptr)) for rank in ranks) / 5
    torch.testing.assert_close(out, mean)


def test_one_draw_after_the_other_has_the_same_law():
    data = Data(x=torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64))
    model = Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=1000, batched=False)
    out = model(data, generator=torch.Generator().manual_seed(0))
    assert model.backbone.calls == 1000
    torch.testing.assert_close(out, 37 * data.x, rtol=0.2, atol=0)


def test_equivariant_in_law():
    data = Data(x=torch.ones(4, 1, dtype=torch.float64), edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
    model = Symmetrize(Weighted(), SpectralCanonicalizer(), num_draws=2)
    assert_equivariant_in_law(model, data, num_draws=300)


def test_training_and_evaluation_have_their_own_number_of_draws():
    model = Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=2, num_draws_eval=7)
    model.train()(example())
    assert model.backbone.graphs == 4
    model.backbone.graphs = 0
    model.eval()(example())
    assert model.backbone.graphs == 14


def test_gradients_reach_backbone_and_canonicalizer():
    torch.manual_seed(0)
    model = Symmetrize(Weighted(), LearnedCanonicalizer(), num_draws=3)
    (model(example()) * torch.randn(7, 2)).sum().backward()
    assert model.backbone.weight.grad.abs().sum() > 0
    assert sum(float(p.grad.abs().sum()) for p in model.canonicalizer.parameters() if p.grad is not None) > 0


def test_degenerate_sizes():
    model = Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=3)
    empty = Data(x=torch.empty(0, 2, dtype=torch.float64), edge_index=torch.empty(2, 0, dtype=torch.long))
    assert model(empty).shape == (0, 2)
    assert model(Batch.from_data_list([empty, example()[0]])).shape == (3, 2)


def test_reset_and_repr():
    model = Symmetrize(torch.nn.Linear(2, 2), LearnedCanonicalizer(), num_draws=2)
    before = [p.clone() for p in model.parameters()]
    model.reset_parameters()
    assert any(not torch.equal(a, b) for a, b in zip(before, model.parameters()))
    assert "num_draws=2, num_draws_eval=2, output='node', batched=True" in repr(model)


def test_errors():
    with pytest.raises(ValueError, match=r"'Symmetrize' expected 'output' as a function or one of .* \(got 'nodes'\)"):
        Symmetrize(Weighted(), UniformCanonicalizer(), output="nodes")
    with pytest.raises(ValueError, match=r"'Symmetrize' expected 'num_draws' to be at least 1 \(got 0\)"):
        Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=0)
    with pytest.raises(ValueError, match=r"'Symmetrize' expected 'num_draws_eval' to be at least 1 \(got 0\)"):
        Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=2, num_draws_eval=0)
    with pytest.raises(ValueError, match=r"'Symmetrize' expected 'num_draws' to be a number or 'all' \(got 'every'\)"):
        Symmetrize(Weighted(), UniformCanonicalizer(), num_draws="every")
    with pytest.raises(ValueError, match=r"'Symmetrize' expected 'num_draws' to be at least 1 \(got 0\)"):
        Symmetrize(Weighted(), UniformCanonicalizer()).sample(example(), num_draws=0)
    with pytest.raises(TypeError, match=r"'UniformCanonicalizer.elements' expected a canonicalizer with finitely many"):
        Symmetrize(Weighted(), UniformCanonicalizer(), num_draws="all")(example())


class BothOrders(Canonicalizer):
    """The identity or the reversal, both equally likely."""

    num_elements = 2

    def forward(self, data, *, generator=None):
        raise AssertionError("nothing is drawn")

    def elements(self, data):
        place, sizes = segment_arange(data.ptr.diff()), data.ptr.diff()
        reverse = sizes[node_batch(data.ptr)] - 1 - place
        return Permutation(torch.cat([place, reverse]), torch.cat([data.ptr, data.ptr[1:] + data.ptr[-1]]))


def test_all_elements_give_the_mean_without_a_draw():
    data = example()
    out = Symmetrize(Weighted(), BothOrders(), num_draws="all")(data)
    expected = data.x * torch.tensor([50.5, 10.0, 50.5, 500.5, 55.0, 55.0, 500.5], dtype=torch.float64).unsqueeze(1)
    torch.testing.assert_close(out, expected)


def test_draws_tell_their_spread_and_their_elements():
    data = example()
    model = Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=2).eval()
    draws = model.sample(data, num_draws=400, generator=torch.Generator().manual_seed(0))
    assert draws.values.shape == (400, 7, 2)
    assert draws.elements.num_graphs == 800
    torch.testing.assert_close(draws.standard_error, draws.values.std(0) / 20)
    exact = data.x * torch.tensor([37.0] * 3 + [277.75] * 4, dtype=torch.float64).unsqueeze(1)
    assert ((draws.mean - exact).abs() < 4 * draws.standard_error).all()
    assert torch.equal(model(data, g=draws.elements), draws.mean)
    assert model.sample(data, num_draws=1).standard_error.isnan().all()
    one_by_one = Symmetrize(Weighted(), UniformCanonicalizer(), num_draws=3, batched=False).sample(data)
    assert len(one_by_one.elements) == 3


def test_several_outputs_and_exact_equivariance_given_the_elements():
    class Both(torch.nn.Module):
        def forward(self, data):
            return Weighted().forward(data), Weighted("graph").forward(data)

    data = example()
    model = Symmetrize(Both(), UniformCanonicalizer(), num_draws=3, output=("node", "graph"))
    h = Permutation.random(data.ptr)
    g = UniformCanonicalizer()(repeat_data(data, 3))
    node, graph = model(data, g=g)
    moved_node, moved_graph = model(h.act_data(data), g=h.repeat(3) @ g)
    torch.testing.assert_close(moved_node, h.act(node))
    torch.testing.assert_close(moved_graph, graph)


def test_values_in_place_of_graphs():
    class Turn(Canonicalizer):
        def forward(self, data, *, generator=None):
            return Orthogonal.random(torch.arange(data.size(0) + 1), 2, dtype=data.dtype, generator=generator)

    model = Symmetrize(torch.nn.Identity(), Turn(), num_draws=3, output="dense")
    x = torch.randn(4, 5, 2, dtype=torch.float64)
    torch.testing.assert_close(model(x), x)
    assert Symmetrize(torch.nn.Flatten(), Turn(), num_draws=3, output="graph")(x).shape == (4, 10)


class Turns(Canonicalizer):
    def forward(self, data, *, generator=None):
        raise AssertionError("nothing is drawn")

    def elements(self, data):
        return FiniteOrthogonal.all(torch.arange(len(data) + 1), PointGroup.cyclic(4))


def test_all_elements_of_a_batch_of_nothing():
    model = Symmetrize(torch.nn.Identity(), Turns(), num_draws="all", output="dense")
    assert model(torch.empty(0, 2, 2)).shape == (0, 2, 2)
