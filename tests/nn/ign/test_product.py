import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn.ign import PairProduct, Tuples, pair_product

SIZES = [3, 0, 9, 1, 2, 4, 8, 2]


@pytest.fixture
def tuples():
    return Tuples(torch.tensor([0, *SIZES]).cumsum(0))


def test_products_of_the_matrices_of_every_graph(tuples):
    a, b = torch.randn(2, tuples.count(2), 3, dtype=torch.double)
    found = pair_product(a, b, tuples)
    for n, x, y, z in zip(SIZES, *(t.split((tuples.sizes**2).tolist()) for t in (a, b, found))):
        expected = torch.einsum("ikc,kjc->ijc", x.view(n, n, 3), y.view(n, n, 3)) / max(n, 1) ** 0.5
        torch.testing.assert_close(z.view(n, n, 3), expected)


def test_equivariant(tuples):
    layer = PairProduct(2, 4, width=3).double()
    x = torch.randn(tuples.count(2), 2, dtype=torch.double)
    g = Permutation.random(tuples.ptr, generator=torch.Generator().manual_seed(0))
    place = tuples.number(tuples.graph(2), [g.rank[nodes] for nodes in tuples.nodes(2)])
    moved, expected = torch.empty_like(x), torch.empty(tuples.count(2), 4, dtype=torch.double)
    moved[place], expected[place] = x, layer(x, tuples)
    torch.testing.assert_close(layer(moved, tuples), expected, atol=1e-10, rtol=0)


def test_gradients():
    tuples = Tuples(torch.tensor([0, 2, 3, 8]))
    layer = PairProduct(2, 2).double()
    x = torch.randn(tuples.count(2), 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: layer(x, tuples), x)


def test_no_pairs():
    for ptr in ([0], [0, 0]):
        assert PairProduct(2, 5)(torch.zeros(0, 2), Tuples(torch.tensor(ptr))).shape == (0, 5)


def test_reset_and_errors(tuples):
    layer = PairProduct(2, 4)
    before = layer.out.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.out.weight)
    with pytest.raises(ValueError, match=r"'PairProduct' expected 'width' to be at least 1 \(got 0\)"):
        PairProduct(2, 4, width=0)
    with pytest.raises(ValueError, match=r"'PairProduct' expected an input of shape \[179, 2\] \(got \[5, 2\]\)"):
        layer(torch.zeros(5, 2), tuples)
