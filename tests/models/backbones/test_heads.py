import torch

from pyg_symbreak.models.backbones.heads import Head, PairHead


def test_head():
    head, h = Head(4, 2), torch.randn(3, 4)
    torch.testing.assert_close(head(h), head.out(torch.relu(head.hidden(h))))


def test_pairs_are_ordered():
    head, h = PairHead(4, 2), torch.randn(2, 3, 4)
    out = head(h)
    for i in range(3):
        for j in range(3):
            expected = head.out(torch.relu(head.first(h[:, i]) + head.second(h[:, j])))
            torch.testing.assert_close(out[:, i, j], expected)
    assert not torch.allclose(out, out.transpose(1, 2))
