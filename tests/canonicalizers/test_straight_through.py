import pytest
import torch

from pyg_symbreak.canonicalizers import straight_through as module
from pyg_symbreak.canonicalizers.soft_sort import SoftSort
from pyg_symbreak.canonicalizers.straight_through import SoftMove, straight_through

PTR = torch.tensor([0, 4, 6])


def case():
    score = torch.tensor([0.1, 0.2, 0.6, 0.7, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    soft = SoftSort.build(score, PTR, 0.4, 20)
    rows = torch.cat([torch.randperm(4), 4 + torch.randperm(2)])
    columns = torch.cat([torch.randperm(4), 4 + torch.randperm(2)])
    matrix = torch.zeros(6, 6, dtype=torch.float64)
    matrix[:4, :4], matrix[4:, 4:] = soft.matrix(0), soft.matrix(1)
    dense = torch.zeros(6, 6, dtype=torch.float64).index_put((rows.unsqueeze(1), columns.unsqueeze(0)), matrix)
    return score, SoftMove(soft, rows, columns), dense


@pytest.mark.parametrize("chunk", [2**20, 6, 1])
@pytest.mark.parametrize("shape", [(6,), (6, 5), (6, 2, 3), (6, 0)])
def test_values_stay_and_gradients_are_those_of_the_soft_product(shape, chunk, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)
    score, move, dense = case()
    x, moved, weight = (torch.randn(shape, dtype=torch.float64) for _ in range(3))
    x.requires_grad_()
    moved.requires_grad_()
    out = straight_through(moved, x, move)
    assert torch.equal(out, moved)
    got, grad_moved, grad_x = torch.autograd.grad(
        (out * weight).sum(), (score, moved, x), retain_graph=True, allow_unused=True
    )
    assert torch.equal(grad_moved, weight)
    assert grad_x is None
    soft = (dense @ x.detach().reshape(6, -1)).view(shape)
    (expected,) = torch.autograd.grad((soft * weight).sum(), score)
    torch.testing.assert_close(got, expected, atol=1e-12, rtol=1e-9)


def test_nothing_is_kept_but_the_values_and_a_few_numbers_a_node():
    _, move, _ = case()
    x = torch.randn(6, 500, dtype=torch.float64)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        straight_through(x.clone(), x, move)
    assert sum(t.numel() for t in saved if t.data_ptr() != x.data_ptr()) <= 6 * 6
