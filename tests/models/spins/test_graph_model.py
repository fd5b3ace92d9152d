import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry, Permutation
from pyg_symbreak.models.spins.graph_draw import GraphDraw
from pyg_symbreak.models.spins.graph_model import GRAPH_METHODS, GraphSpinModel
from pyg_symbreak.models.spins.likelihood import marginal_log_likelihood
from pyg_symbreak.testing import assert_equivariant_in_law
from pyg_symbreak.transforms import LatticeToGraph
from tests.models.spins.cases import random_batch, uniform_batch

KINDS = [("none", "sympe"), ("noise", "sympe"), ("uniform", "sympe"), ("sympe-exact", "sympe"), ("sympe-exact", "rank")]
SMALL = {"width": 6, "num_layers": 2, "dim": 3}


def graphs(batch):
    return LatticeToGraph()(batch)


@pytest.mark.parametrize(("method", "layer"), KINDS)
def test_exactly_equivariant_given_the_draw(method, layer):
    model = GraphSpinModel(method, 12, layer=layer, **SMALL).double()
    data = graphs(random_batch(2, (3, 4)))
    g, noise = model.draw(data), torch.randn(24, 3).double() if method == "noise" else None
    plain = model(data, g, noise=noise).logits
    assert plain.shape == (2, 3, 4)
    assert plain.std() > 1e-3
    for _ in range(5):
        h = Permutation.random(data.ptr)
        # Nodes are renumbered and edges with them; the logits come in the order of the nodes.
        moved = h.act_data(data)
        order = None if g is None else GraphDraw(h @ g.order, g.sign)
        out = model(moved, order, noise=None if noise is None else h.act(noise)).logits
        assert (out.flatten() - h.act(plain.flatten())).abs().max() < 1e-10


@pytest.mark.parametrize(("method", "layer"), KINDS)
def test_odd_under_reversal(method, layer):
    model = GraphSpinModel(method, 12, layer=layer, **SMALL).double()
    data = graphs(random_batch(2, (3, 4)))
    g, noise = model.draw(data), torch.randn(24, 3).double() if method == "noise" else None
    plain = model(data, g, noise=noise).logits
    data.x = -data.x
    reversed_g = None if g is None else GraphDraw(g.order, -g.sign)
    assert (model(data, reversed_g, noise=None if noise is None else -noise).logits + plain).abs().max() < 1e-12


@pytest.mark.parametrize(("method", "layer"), KINDS)
def test_equivariant_in_law_under_the_symmetries_of_the_lattice(method, layer):
    group = LatticeGroup.p4m(3, spin_flip=True)
    model = GraphSpinModel(method, 9, layer=layer, **SMALL)
    assert_equivariant_in_law(
        lambda data: model.sample(graphs(data))[0].long(),
        uniform_batch([[1.0, -2.0]], 0.0, (3, 3), torch.float32).get_example(0),
        sample=lambda _, generator: LatticeSymmetry.random(1, group, generator),
        output=lambda g, out: g.act_spins(out),
        num_draws=300,
        num_samples=3,
    )


def test_without_symmetry_breaking_all_phases_are_disordered():
    model = GraphSpinModel("none", 16, **SMALL).double()
    couplings = [[1.0, 2.0], [-1.0, -1.0], [1.0, -2.0]]
    assert model(graphs(uniform_batch(couplings, 0.0))).mean.abs().max() < 1e-12
    mean = model(graphs(uniform_batch(couplings, 0.7))).mean
    assert (mean - mean[:, :1, :1]).abs().max() < 1e-12
    assert (
        GraphSpinModel("none", 16, spin_flip=False, **SMALL).double()(graphs(uniform_batch(couplings, 0.0))).mean.any()
    )


@pytest.mark.parametrize(("method", "layer"), KINDS)
def test_samples_and_gradients(method, layer):
    model = GraphSpinModel(method, 16, layer=layer, **SMALL)
    data = graphs(uniform_batch([[1.0, -2.0], [1.0, 1.0]], 0.4, dtype=torch.float32))
    samples = model.sample(data, 3, generator=torch.Generator().manual_seed(0))
    assert samples.shape == (3, 2, 4, 4)
    assert samples.unique().tolist() == [-1, 1]
    assert torch.equal(samples, model.sample(data, 3, generator=torch.Generator().manual_seed(0)))
    assert model.sample(data, 0).shape == (0, 2, 4, 4)
    model(data).expected_energy(data.field, data.bonds).mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    before = model.embed.weight.clone()
    model.reset_parameters()
    assert not torch.equal(before, model.embed.weight)


def test_symmetries_and_likelihood():
    model = GraphSpinModel("sympe-exact", 27, **SMALL)
    for sizes, count in (((4,), 16), ((3, 3), 144), ((3, 4), 96), ((3, 3, 3), 2592)):
        batch = uniform_batch([[1.0] * len(sizes)], 0.5, sizes, torch.float32)
        assert len(model.symmetries(batch)) == count
        value = marginal_log_likelihood(model, graphs(batch), torch.ones(1, *sizes))
        assert value.shape == (1,)
        assert value.isfinite().all()
    without = GraphSpinModel("uniform", 9, spin_flip=False, **SMALL)
    assert len(without.symmetries(uniform_batch([[1.0, 1.0]], 0.0, (3, 3)))) == 72


def test_errors():
    with pytest.raises(ValueError, match=r"'GraphSpinModel' expected 'method' to be one of none.* \(got 'exact'\)"):
        GraphSpinModel("exact", 9)
    with pytest.raises(ValueError, match=r"'GraphSpinModel' expected 'layer' to be one of sympe, rank \(got 'gin'\)"):
        GraphSpinModel("none", 9, layer="gin")
    for name in ("width", "num_layers", "dim"):
        with pytest.raises(ValueError, match=rf"'GraphSpinModel' expected '{name}' to be at least 1 \(got 0\)"):
            GraphSpinModel("none", 9, **{name: 0})
    for method in GRAPH_METHODS:
        with pytest.raises(
            ValueError, match=r"expected a batch with x, edge_index, .*\(got none of x, edge_index, edge_a"
        ):
            GraphSpinModel(method, 9)(random_batch(1, (3, 3), torch.float32))
    with pytest.raises(ValueError, match=r"'GraphSpinModel' expected at most 8 sites \(got 9\)"):
        GraphSpinModel("sympe-exact", 8)(graphs(random_batch(1, (3, 3), torch.float32)))
    bare = Batch(x=torch.zeros(9, 1))
    with pytest.raises(ValueError, match=r"\(got none of edge_index, edge_attr, field\)"):
        GraphSpinModel("none", 9)(bare)
