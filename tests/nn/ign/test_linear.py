from statistics import mean

import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn.ign import EquivariantLinear, Tuples, set_partitions
from pyg_symbreak.nn.ign.basis import basis_maps, basis_matrix
from pyg_symbreak.nn.ign.linear import start_variances

ORDERS = [(k, l) for k in range(4) for l in range(4)]
SIZES = [2, 4, 0, 1, 3]


def offsets(sizes):
    return torch.tensor([0, *sizes]).cumsum(0)


def make(k, l, dtype=torch.double, **kwargs):
    layer = EquivariantLinear(k, l, 2, 3, **kwargs).to(dtype)
    if layer.bias is not None:
        torch.nn.init.normal_(layer.bias)
    return layer


@pytest.mark.parametrize("normalize", ["mean", "sum"])
@pytest.mark.parametrize(("k", "l"), ORDERS)
def test_every_basis_map_on_every_graph_of_a_batch(k, l, normalize):
    sizes = SIZES if k + l < 6 else [2, 0, 3, 1]
    tuples, layer = Tuples(offsets(sizes)), make(k, l, normalize=normalize)
    x = torch.randn(tuples.count(k), 2, dtype=torch.double)
    out = layer(x, tuples).split((tuples.sizes**l).tolist())
    for n, inputs, found in zip(sizes, x.split((tuples.sizes**k).tolist()), out):
        expected = torch.zeros(n**l, 3, dtype=torch.double)
        for basis, weight in zip(layer.basis, layer.weight):
            scale = max(n, 1) ** basis.num_sums if normalize == "mean" else 1
            if n > 0 or k == 0:
                expected += basis_matrix(basis.partition, k, l, n) @ inputs @ weight / scale
        for partition, bias in zip(set_partitions(l), layer.bias):
            expected += basis_matrix(partition, 0, l, n) * bias
        torch.testing.assert_close(found, expected, atol=1e-10, rtol=0)


def act(g, tuples, order):
    """The tuple that every tuple becomes when the nodes of the graphs move."""
    places = [g.rank[nodes] for nodes in tuples.nodes(order)]
    return tuples.number(tuples.graph(order), places)


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@pytest.mark.parametrize(("k", "l"), ORDERS)
def test_equivariant(k, l, dtype, atol):
    tuples, layer = Tuples(offsets(SIZES)), make(k, l, dtype)
    x = torch.randn(tuples.count(k), 2, dtype=dtype)
    out = layer(x, tuples)
    for seed in range(3):
        g = Permutation.random(tuples.ptr, generator=torch.Generator().manual_seed(seed))
        moved, expected = torch.empty_like(x), torch.empty_like(out)
        moved[act(g, tuples, k)] = x
        expected[act(g, tuples, l)] = out
        assert k == 0 or not torch.equal(moved, x)
        torch.testing.assert_close(layer(moved, tuples), expected, atol=atol, rtol=0)


@pytest.mark.parametrize(("k", "l"), [(1, 1), (2, 2), (2, 0), (1, 3), (3, 2)])
def test_gradients(k, l):
    tuples, layer = Tuples(offsets([2, 0, 3, 1])), make(k, l)
    x = torch.randn(tuples.count(k), 2, dtype=torch.double, requires_grad=True)

    def fn(x, weight, bias):
        return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x, tuples)).sin().sum()

    values = (x, *(p.detach().clone().requires_grad_() for p in (layer.weight, layer.bias)))
    assert torch.autograd.gradcheck(fn, values)
    assert torch.autograd.gradgradcheck(fn, values)


@pytest.mark.parametrize("sizes", [[], [0], [0, 0]])
def test_no_nodes(sizes):
    tuples = Tuples(offsets(sizes))
    for k, l in ORDERS:
        x = torch.randn(tuples.count(k), 2, requires_grad=True)
        out = EquivariantLinear(k, l, 2, 3)(x, tuples)
        assert out.shape == (len(sizes) if l == 0 else 0, 3)
        out.sum().backward()
        assert x.grad.shape == x.shape


def test_scale_at_the_start():
    tuples = Tuples(offsets([12, 20, 16]))
    z = torch.randn(tuples.count(2), 8)
    inputs = {"centred": z, "relu": z.relu() * 2**0.5, "constant": torch.randn(1, 8).expand_as(z)}
    low, high = {"centred": 0.6, "relu": 0.7, "constant": 0.9}, {"centred": 1.1, "relu": 1.3, "constant": 1.7}
    for name, x in inputs.items():
        found = mean(float(EquivariantLinear(2, 2, 8, 32)(x, tuples).detach().square().mean()) for _ in range(30))
        size = mean(x.square().mean(0).tolist())
        assert low[name] < found / size < high[name], name


def test_variances_at_the_start():
    for k, l in ORDERS:
        basis = basis_maps(k, l)
        generic = [v for b, v in zip(basis, start_variances(basis)) if len(b.target.partition) == l]
        diagonal = sum(start_variances(basis)) - sum(generic)
        assert sum(generic) == pytest.approx(1.0 if k == 0 or l == 0 else 1.2)
        assert diagonal <= 0.6 + 1e-9
        assert min(start_variances(basis)) > 0


def test_time_does_not_grow_with_the_square_of_the_tensor():
    # A matrix of 400² × 400² entries would not fit into memory.
    tuples = Tuples(offsets([400]))
    assert EquivariantLinear(2, 2, 1, 1)(torch.randn(tuples.count(2), 1), tuples).shape == (160000, 1)


def test_parameters_and_repr():
    layer = EquivariantLinear(2, 2, 4, 8)
    assert layer.weight.shape == (15, 4, 8)
    assert layer.bias.shape == (2, 8)
    assert EquivariantLinear(2, 2, 4, 8, bias=False).bias is None
    before = layer.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.weight)
    assert repr(layer) == "EquivariantLinear(2 → 2, 4, 8, bias=True, normalize='mean')"
    assert EquivariantLinear(2, 0, 4, 8, bias=False)(torch.zeros(1, 4), Tuples(offsets([1]))).tolist() == [[0.0] * 8]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 2, 1, 1), r"expected 'in_order' to be at least 0 \(got -1\)"),
        ((1, -2, 1, 1), r"expected 'out_order' to be at least 0 \(got -2\)"),
        ((1, 1, 0, 1), r"expected 'in_channels' to be at least 1 \(got 0\)"),
        ((1, 1, 1, 0), r"expected 'out_channels' to be at least 1 \(got 0\)"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=f"'EquivariantLinear' {message}"):
        EquivariantLinear(*arguments)


def test_other_errors():
    with pytest.raises(ValueError, match=r"'EquivariantLinear' expected 'normalize' in .* \(got 'max'\)"):
        EquivariantLinear(1, 1, 1, 1, normalize="max")
    with pytest.raises(ValueError, match=r"'EquivariantLinear' expected an input of shape \[9, 4\] \(got \[3, 4\]\)"):
        EquivariantLinear(2, 1, 4, 1)(torch.zeros(3, 4), Tuples(offsets([3])))
