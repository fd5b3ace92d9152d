r"""The block of a transformer, laid out as in the vision transformers whose weights can be loaded."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


class Attention(torch.nn.Module):
    r"""Multi-head self-attention, from `"Attention Is All You Need" <https://arxiv.org/abs/1706.03762>`_.

    Args:
        width: The number of channels of a token, a multiple of ``heads``.
        heads: The number of heads.
        qkv_bias: Whether queries, keys and values have a bias.

    Shapes:
        - **input:** tokens ``[B, T, width]``, what to add to the logits, broadcastable to ``[B, heads, T, T]``
          (or :obj:`None`), and the numbers of the ``R`` tokens that ask (all by default).
        - **output:** ``[B, R, width]``.

    Raises:
        ValueError: If ``width`` is no multiple of ``heads``.
    """

    def __init__(self, width: int, heads: int, qkv_bias: bool = True) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise ValueError(f"'Attention' expected 'width' to be a multiple of {heads} heads (got {width})")
        self.heads = heads
        self.qkv = torch.nn.Linear(width, 3 * width, bias=qkv_bias)
        self.proj = torch.nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        width, start = x.size(-1), self.qkv.bias
        if rows is None:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
        else:
            asks, answers = (None, None) if start is None else (start[:width], start[width:])
            q = F.linear(x.index_select(1, rows), self.qkv.weight[:width], asks)
            k, v = F.linear(x, self.qkv.weight[width:], answers).chunk(2, dim=-1)
            bias = bias if bias is None or bias.size(-2) == 1 else bias.index_select(-2, rows)
        out = F.scaled_dot_product_attention(self._heads(q), self._heads(k), self._heads(v), attn_mask=bias)
        mixed: Tensor = self.proj(out.transpose(1, 2).flatten(2))
        return mixed

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, x.size(-1) // self.heads).transpose(1, 2)

    def extra_repr(self) -> str:
        return f"heads={self.heads}"


class FeedForward(torch.nn.Module):
    r"""Two linear maps with a GELU between them, token by token.

    Args:
        width: The number of channels of a token.
        hidden: The number of channels in between.
        dropout: The share of hidden units dropped in training.
    """

    def __init__(self, width: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.fc1 = torch.nn.Linear(width, hidden)
        self.act = torch.nn.GELU()
        self.drop = torch.nn.Dropout(dropout)
        self.fc2 = torch.nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(self.drop(self.act(self.fc1(x))))
        return out


class TransformerBlock(torch.nn.Module):
    r"""A block with norms before attention and perceptron, as in `"An Image is Worth 16x16 Words"
    <https://arxiv.org/abs/2010.11929>`_, with the names of timm's parameters.

    .. math::
        x \mathrel{+}= \mathrm{Attention}(\mathrm{LN}(x)), \qquad x \mathrel{+}= \mathrm{MLP}(\mathrm{LN}(x))

    Args:
        width: The number of channels of a token, a multiple of ``heads``.
        heads: The number of attention heads.
        mlp_ratio: The width of the perceptron, relative to ``width``.
        dropout: The share of updates and hidden units dropped in training; attention weights are not dropped, so that
            attention runs fused.
        qkv_bias: Whether queries, keys and values have a bias.
        eps: What the norms add to the variance.

    Shapes:
        - **input:** tokens ``[B, T, width]`` and, if wanted, what to add to the attention logits, and the numbers of
          the ``R`` tokens whose result is wanted (the last block of a network need not compute the others).
        - **output:** ``[B, R, width]``.

    Raises:
        ValueError: If ``width`` is no multiple of ``heads``.

    .. code-block:: python

        >>> TransformerBlock(8, heads=2)(torch.randn(3, 5, 8)).shape
        torch.Size([3, 5, 8])
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
        qkv_bias: bool = True,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.norm1 = torch.nn.LayerNorm(width, eps=eps)
        self.attn = Attention(width, heads, qkv_bias)
        self.norm2 = torch.nn.LayerNorm(width, eps=eps)
        self.mlp = FeedForward(width, int(width * mlp_ratio), dropout)
        self.drop = torch.nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor | None = None, rows: Tensor | None = None) -> Tensor:
        update = self.drop(self.attn(self.norm1(x), bias, rows))
        x = (x if rows is None else x.index_select(1, rows)) + update
        out: Tensor = x + self.drop(self.mlp(self.norm2(x)))
        return out
