from functools import partial

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import Canonicalizer, LearnedCanonicalizer, SpectralCanonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.groups.ragged import node_batch, node_ptr, segment_arange
from pyg_symbreak.nn import Canonicalize
from pyg_symbreak.testing import assert_equivariant_in_law

CYCLE = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 0], [1, 2, 3, 0, 0, 1, 2, 3]])


class Positional(torch.nn.Module):
    """As little equivariant as can be: every output depends on the order of the nodes and of nothing else they have."""

    def __init__(self, output):
        super().__init__()
        self.output = output
        self.table = torch.nn.Parameter(torch.randn(6, 2, dtype=torch.float64))

    def forward(self, data):
        ptr = node_ptr(data)
        place, batch = segment_arange(ptr.diff()), node_batch(ptr)
        node = self.table[place] * data.x
        if self.output == "node":
            return node
        if self.output == "edge":
            return node[data.edge_index[0]] - node[data.edge_index[1]]
        dense = node.new_zeros(ptr.numel() - 1, 6, 2)
        dense[batch, place] = node
        if self.output == "dense":
            return dense
        if self.output == "pair":
            return dense.unsqueeze(1) - 2 * dense.unsqueeze(2)
        return dense.sum(1)


def example():
    square = Data(edge_index=CYCLE, x=torch.randn(4, 1, dtype=torch.float64))
    path = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), x=torch.randn(3, 1, dtype=torch.float64))
    return Batch.from_data_list([square, path])


def move(h, out, output):
    if output == "node":
        return h.act(out)
    if output in ("dense", "pair"):
        return h.act_dense(out, dims=(1,) if output == "dense" else (1, 2))
    return out


@pytest.mark.parametrize("output", ["node", "edge", "pair", "dense", "graph"])
def test_exactly_equivariant_given_the_element(output):
    data = example()
    model = Canonicalize(Positional(output), UniformCanonicalizer(), output)
    for seed in range(5):
        g, h = (Permutation.random(data.ptr, torch.Generator().manual_seed(seed + k)) for k in (0, 100))
        torch.testing.assert_close(model(h.act_data(data), g=h @ g), move(h, model(data, g=g), output))
    assert not torch.allclose(model.backbone(h.act_data(data)), move(h, model.backbone(data), output))


@pytest.mark.parametrize("output", ["node", "graph"])
def test_equivariant_in_law(output):
    data = Data(edge_index=CYCLE, x=torch.ones(4, 1, dtype=torch.float64))
    model = Canonicalize(Positional(output), SpectralCanonicalizer(), output)
    assert_equivariant_in_law(model, data, output="node" if output == "node" else "graph", num_draws=400)


def test_breaks_the_symmetry_of_a_cycle():
    data = Data(edge_index=CYCLE, x=torch.ones(4, 1, dtype=torch.float64))
    out = Canonicalize(Positional("node"), SpectralCanonicalizer())(data)
    assert out.unique(dim=0).size(0) == 4


def test_input_stays_arguments_pass_and_seeds_repeat():
    class WithArguments(torch.nn.Module):
        def forward(self, data, scale, *, shift):
            data.x = data.x * scale + shift  # what it gets is its own
            return data.x

    data = example()
    before = data.x.clone()
    model = Canonicalize(WithArguments(), UniformCanonicalizer())
    torch.testing.assert_close(model(data, 2.0, shift=1.0), 2 * before + 1)
    assert torch.equal(data.x, before)
    model = Canonicalize(Positional("node"), UniformCanonicalizer())
    draws = [model(data, generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*draws)
    assert not torch.equal(model(data), model(data))


def test_gradients_reach_a_learned_canonicalizer():
    torch.manual_seed(1)
    data = example()
    model = Canonicalize(Positional("node"), LearnedCanonicalizer())
    (model(data) * torch.randn(7, 2)).sum().backward()
    total = sum(float(p.grad.abs().sum()) for p in model.canonicalizer.parameters() if p.grad is not None)
    assert total > 0
    assert model.backbone.table.grad.abs().sum() > 0


class Frame(Canonicalizer):
    """An equivariant frame of a point cloud: Gram–Schmidt on two weighted sums of its points, and their product."""

    def forward(self, data, *, generator=None):
        ptr = node_ptr(data)
        batch, pos = node_batch(ptr), data.pos
        weight = torch.stack([data.x[:, 0], data.x[:, 0] ** 2], dim=1)
        sums = pos.new_zeros(ptr.numel() - 1, 2, 3).index_add_(0, batch, weight.unsqueeze(2) * pos.unsqueeze(1))
        first = torch.nn.functional.normalize(sums[:, 0], dim=-1)
        second = sums[:, 1] - (sums[:, 1] * first).sum(-1, keepdim=True) * first
        second = torch.nn.functional.normalize(second, dim=-1)
        frame = torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)
        return Orthogonal(frame, ptr, special=True)


@pytest.mark.parametrize("output", ["vector", "graph_vector", "dense", "node", "graph"])
def test_serves_rotations_as_well(output):
    class Backbone(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lin = torch.nn.Linear(3, 3).double()

        def forward(self, data):
            node = self.lin(data.pos).relu() + data.x
            mean = node.new_zeros(2, 3).index_add_(0, data.batch, node)
            return {"vector": node, "node": node.square(), "graph": mean.square()}.get(output, mean)

    data = Batch.from_data_list(
        [Data(pos=torch.randn(n, 3, dtype=torch.float64), x=torch.randn(n, 1, dtype=torch.float64)) for n in (4, 6)]
    )
    model = Canonicalize(Backbone(), Frame(), output)
    for seed in range(5):
        h = Orthogonal.random(
            data.ptr, 3, special=True, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
        )
        move = {"vector": h.act, "node": lambda out: out, "graph": lambda out: out}.get(output, h.act_dense)
        expected = move(model(data))
        torch.testing.assert_close(model(h.act_data(data)), expected)
    # A uniform draw from the group works as well, given the element.
    model = Canonicalize(Backbone(), UniformCanonicalizer(partial(Orthogonal.random, dim=3)), output)
    g = model.canonicalizer(data)
    assert model(data, g=Orthogonal(g.matrix.double(), g.ptr, validate=False)).shape[-1] == 3


def test_reset_and_repr():
    model = Canonicalize(torch.nn.Sequential(torch.nn.Linear(2, 2)), LearnedCanonicalizer())
    before = [p.clone() for p in model.parameters()]
    model.reset_parameters()
    assert any(not torch.equal(a, b) for a, b in zip(before[:2], list(model.parameters())[:2]))
    assert any(not torch.equal(a, b) for a, b in zip(before[2:], list(model.parameters())[2:]))
    assert "output='node'" in repr(model)


def test_errors():
    with pytest.raises(
        ValueError, match=r"'Canonicalize' expected 'output' as a function or one of .* \(got 'nodes'\)"
    ):
        Canonicalize(torch.nn.Identity(), UniformCanonicalizer(), "nodes")
    model = Canonicalize(Positional("node"), UniformCanonicalizer(), ("node", "graph"))
    with pytest.raises(
        ValueError, match=r"'output' expected a backbone that returns a tuple of 2 values \(got Tensor\)"
    ):
        model(example())
