import pytest
import torch

from pyg_symbreak.canonicalizers import dense_gradient as module
from pyg_symbreak.canonicalizers.dense_gradient import dense_gradient, pays
from pyg_symbreak.canonicalizers.soft_sort import SoftSort
from pyg_symbreak.groups.ragged import node_batch

PTR = torch.tensor([0, 4, 4, 5, 11])


def example(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    score = torch.rand(11, generator=generator, dtype=torch.float64)
    score[1] = score[2]  # a tie
    order = torch.argsort(score)
    order = order[torch.argsort(node_batch(PTR)[order], stable=True)]
    soft = SoftSort.build(score[order].requires_grad_(), PTR, 0.3, 5)
    grad, x = (torch.randn(11, 6, generator=generator, dtype=dtype) for _ in range(2))
    return soft, grad, x


@pytest.mark.parametrize("chunk", [1, 20, 10**6])
def test_equals_autograd_on_written_matrices(monkeypatch, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)
    soft, grad, x = example()
    parts = [part.detach().requires_grad_() for part in (soft.value, soft.row, soft.column)]
    plain = SoftSort(*parts, soft.nodes, PTR)
    loss = sum(
        (grad[a:b] * (plain.matrix(graph) @ x[a:b])).sum()
        for graph, (a, b) in enumerate(zip(PTR[:-1].tolist(), PTR[1:].tolist()))
    )
    expected = torch.autograd.grad(loss, parts)
    out = dense_gradient(soft.value.detach(), soft.row.detach(), soft.column.detach(), PTR, grad, x)
    for found, wanted in zip(out, expected):
        torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)


def test_single_precision_and_no_nodes():
    soft, grad, x = example(torch.float32)
    parts = [part.detach() for part in (soft.value, soft.row, soft.column)]
    fine = dense_gradient(*parts, PTR, grad.double(), x.double())
    rough = dense_gradient(*parts, PTR, grad, x)
    for found, wanted in zip(rough, fine):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    none = [part[:0] for part in parts]
    assert dense_gradient(*none, torch.tensor([0, 0]), grad[:0], x[:0]).row.shape == (0,)
    assert dense_gradient(*none, torch.tensor([0]), grad[:0], x[:0]).row.shape == (0,)


def test_long_graphs_with_few_channels_keep_the_running_sums():
    assert not pays(1000, 3)
    assert pays(1000, 1000)
