import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Euclidean, Orthogonal, Permutation, Product

PTR = torch.tensor([0, 2, 5])


def example():
    graphs = [Data(pos=torch.randn(n, 3), x=torch.randn(n, 1), edge_index=torch.tensor([[0], [1]])) for n in (2, 3)]
    return Batch.from_data_list(graphs)


def test_parts_act_on_what_is_theirs():
    data = example()
    p, q = Permutation.random(PTR), Orthogonal.random(PTR, 3)
    out = Product(p, q).act_data(data)
    torch.testing.assert_close(out.pos, p.act(q.act(data.pos)))
    assert torch.equal(out.x, p.act(data.x))
    assert torch.equal(out.edge_index, p.act_edge_index(data.edge_index))
    back = Product(p, q).inverse().act_data(out)
    torch.testing.assert_close(back.pos, data.pos)
    assert torch.equal(back.edge_index, data.edge_index)


def test_named_attributes_move_by_their_kind():
    data = example()
    data.force, data.pairs = torch.randn(5, 3), torch.randn(2, 3, 3)
    p, q = Permutation.random(PTR), Orthogonal.random(PTR, 3)
    out = Product(p, q).act_data(data, {"force": "vector", "pairs": "pair"})
    torch.testing.assert_close(out.force, p.act(q.act(data.force)))
    torch.testing.assert_close(out.pairs, p.act_dense(data.pairs, (1, 2)))
    torch.testing.assert_close(out.pos, p.act(data.pos))  # not named, so no point: rows move, vectors do not turn


def test_parts_and_repr():
    p, q = Permutation.random(PTR), Orthogonal.random(PTR, 3)
    g = Product(p, q)
    assert g.parts == (p, q)
    assert torch.equal(g.ptr, PTR)
    assert repr(g) == f"Product({p!r}, {q!r})"
    assert g.to("cpu").num_graphs == 2


def test_errors():
    p = Permutation.random(PTR)
    with pytest.raises(ValueError, match=r"'Product' expected at least one part \(got none\)"):
        Product()
    with pytest.raises(TypeError, match=r"'Product' expected its parts as group elements \(got 'int'\)"):
        Product(p, 3)
    with pytest.raises(ValueError, match=r"'Product' expected parts for the same graphs \(got \[2, 1\] of them\)"):
        Product(p, Permutation(torch.tensor([0])))
    with pytest.raises(ValueError, match=r"'Product.compose' expected 1 parts \(got 2\)"):
        Product(p).compose(Product(p, p))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(
    "draw", [Permutation.random, lambda ptr, generator: Euclidean.random(ptr, 3, generator=generator)]
)
def test_a_generator_on_the_cpu_draws_for_a_gpu(draw):
    ptr = torch.tensor([0, 2, 5])
    g, on_gpu = (draw(where, generator=torch.Generator().manual_seed(0)) for where in (ptr, ptr.cuda()))
    x = torch.randn(5, 3)
    torch.testing.assert_close(on_gpu.act(x.cuda()).cpu(), g.act(x))
