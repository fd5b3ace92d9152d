import pytest
import torch

from pyg_symbreak.models.backbones import TransformerBlock
from pyg_symbreak.models.backbones.block import Attention


def plain(block, x, bias):
    """The block, written out head by head."""

    def norm(layer, x):
        centred = x - x.mean(-1, keepdim=True)
        return centred / (centred.square().mean(-1, keepdim=True) + layer.eps).sqrt() * layer.weight + layer.bias

    h = block.attn.qkv(norm(block.norm1, x))
    width, heads = x.size(-1), block.attn.heads
    size, parts = width // heads, []
    for head in range(heads):
        q, k, v = (h[..., part * width + head * size :][..., :size] for part in range(3))
        logits = q @ k.transpose(1, 2) / size**0.5
        parts.append((logits if bias is None else logits + bias[:, head]).softmax(-1) @ v)
    x = x + torch.cat(parts, -1) @ block.attn.proj.weight.t() + block.attn.proj.bias
    h = norm(block.norm2, x) @ block.mlp.fc1.weight.t() + block.mlp.fc1.bias
    h = h * (1 + torch.erf(h / 2**0.5)) / 2
    return x + h @ block.mlp.fc2.weight.t() + block.mlp.fc2.bias


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("qkv_bias", [True, False])
@pytest.mark.parametrize("biased", [True, False])
def test_against_the_formula(dtype, qkv_bias, biased):
    block = TransformerBlock(12, heads=3, mlp_ratio=1.5, qkv_bias=qkv_bias).to(dtype)
    for p in block.parameters():
        torch.nn.init.normal_(p, std=0.5)
    x, bias = torch.randn(2, 5, 12, dtype=dtype), torch.randn(2, 3, 5, 5, dtype=dtype) if biased else None
    expected = plain(block, x, bias)
    torch.testing.assert_close(block(x, bias), expected)
    rows = torch.tensor([4, 0])
    torch.testing.assert_close(block(x, bias, rows), expected[:, rows])
    shared = torch.randn(2, 1, 1, 5, dtype=dtype)
    torch.testing.assert_close(block(x, shared, rows), block(x, shared)[:, rows])


def test_dropout_in_training_only():
    block, x = TransformerBlock(8, heads=2, dropout=0.5), torch.randn(2, 3, 8)
    assert not torch.equal(block(x), block(x))
    assert torch.equal(block.eval()(x), block(x))


def test_errors():
    with pytest.raises(ValueError, match=r"'Attention' expected 'width' to be a multiple of 3 heads \(got 8\)"):
        TransformerBlock(8, heads=3)
    with pytest.raises(ValueError, match=r"'Attention' expected 'width' to be a multiple of 0 heads \(got 8\)"):
        Attention(8, heads=0)
    assert "heads=2" in repr(Attention(8, heads=2))
