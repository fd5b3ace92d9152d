r"""One layer of the graph transformer: nodes, unordered pairs and the whole graph, each once."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.diffusion.pairs import pair_incidence, pair_index, pair_number


class GraphTransformerLayer(torch.nn.Module):
    r"""A layer with three streams, after the graph transformer of `"DiGress" <https://arxiv.org/abs/2209.14734>`_,
    made for undirected graphs: every unordered pair is computed once, and attention sees the pairs through one bias a
    head, so that it runs fused.

    .. math::
        x_i &\mathrel{+}= W \bigl[ \textstyle\sum_j \mathrm{softmax}_j(q_i \cdot k_j / \sqrt{d} + b(e_{ij})) \, v_j
            \;\|\; \textstyle\sum_j e_{ij} / n \bigr] \\
        e_{ij} &\mathrel{+}= W \, \sigma(W e_{ij} + s_i + s_j + m_i m_j) \\
        y &\mathrel{+}= \mathrm{MLP}(y, \bar x, \bar e)

    with layer norms before each, scaled and shifted by :math:`y`.

    Args:
        node_dim: The width of the node stream, a multiple of ``heads``.
        pair_dim: The width of the pair stream.
        graph_dim: The width of the graph stream.
        heads: The number of attention heads.
        expansion: The width of the hidden layers of pairs and graph, relative to that of their stream; that of the
            nodes has their own width, as in DiGress.
        dropout: The share of the updates that are dropped in training.

    Shapes:
        - **input:** nodes ``[B, n, node_dim]``, pairs ``[B, P, pair_dim]`` in the order of
          :func:`~pyg_symbreak.models.diffusion.pairs.pair_index`, graph ``[B, graph_dim]`` and a
          :class:`GraphShape`.
        - **output:** the same three.

    Raises:
        ValueError: If ``node_dim`` is no multiple of ``heads``.
    """

    def __init__(
        self, node_dim: int, pair_dim: int, graph_dim: int, heads: int, expansion: int = 2, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if node_dim % heads:
            raise ValueError(
                f"'GraphTransformerLayer' expected 'node_dim' to be a multiple of {heads} heads (got {node_dim})"
            )
        self.heads, self.dropout, self.hidden = heads, dropout, expansion * pair_dim
        self.modulation = torch.nn.Linear(graph_dim, 4 * node_dim + 2 * pair_dim)
        self.from_nodes = torch.nn.Linear(node_dim, 3 * node_dim)
        self.from_pairs = torch.nn.Linear(pair_dim, heads)
        self.to_nodes = torch.nn.Linear(node_dim + pair_dim, node_dim)
        self.node_hidden = torch.nn.Linear(node_dim, node_dim)
        self.node_out = torch.nn.Linear(node_dim, node_dim)
        self.pair_hidden = torch.nn.Linear(pair_dim, self.hidden)
        self.ends_hidden = torch.nn.Linear(node_dim, 2 * self.hidden, bias=False)
        self.pair_out = torch.nn.Linear(self.hidden, pair_dim)
        self.graph_hidden = torch.nn.Linear(graph_dim + node_dim + pair_dim, expansion * graph_dim)
        self.graph_out = torch.nn.Linear(expansion * graph_dim, graph_dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weights afresh; every update starts small, every modulation at none."""
        for module in self.children():
            assert isinstance(module, torch.nn.Linear)
            module.reset_parameters()
        torch.nn.init.zeros_(self.modulation.weight)
        torch.nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, e: Tensor, y: Tensor, shape: GraphShape) -> tuple[Tensor, Tensor, Tensor]:
        node, pair = x.size(-1), e.size(-1)
        parts = torch.split(self.modulation(F.silu(y)).unsqueeze(1), [node, node, node, node, pair, pair], dim=-1)
        e_norm = _modulated(e, parts[4], parts[5])
        h = _modulated(x, parts[0], parts[1])
        h = torch.cat([self._attend(h, e_norm, shape), shape.sum_pairs(e_norm)], dim=-1)
        x = self._add(x, self.to_nodes(h))
        h = _modulated(x, parts[2], parts[3])
        x = self._add(x, self.node_out(F.silu(self.node_hidden(h))))
        e = self._add(e, self.pair_out(F.silu(self._hidden(e_norm, self.ends_hidden(h), shape))))
        pooled = torch.cat([y, shape.mean_nodes(x), shape.mean_pairs(e)], dim=-1)
        return x, e, self._add(y, self.graph_out(F.silu(self.graph_hidden(pooled))))

    def _attend(self, h: Tensor, e: Tensor, shape: GraphShape) -> Tensor:
        size, width = h.shape[1:]
        q, k, v = self.from_nodes(h).view(-1, size, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        bias = shape.full(self.from_pairs(e)) + shape.bias
        if h.is_cuda:
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        else:  # on a CPU three plain products are faster than the fused kernel, which is made for long sequences
            flat = [part.reshape(-1, size, width // self.heads) for part in (q, k, v)]
            scale = (width // self.heads) ** -0.5
            score = torch.baddbmm(bias.reshape(-1, size, size), flat[0], flat[1].transpose(1, 2), alpha=scale)
            out = torch.bmm(score.softmax(-1), flat[2]).view(v.shape)
        return out.transpose(1, 2).reshape(h.shape)

    def _hidden(self, e: Tensor, ends: Tensor, shape: GraphShape) -> Tensor:
        added, product = ends.chunk(2, dim=-1)
        hidden: Tensor = self.pair_hidden(e)
        hidden += shape.incidence.T @ added
        return hidden.addcmul_(*shape.ends(product))

    def _add(self, stream: Tensor, update: Tensor) -> Tensor:
        if self.dropout and self.training:
            return stream + F.dropout(update, self.dropout)
        # Under autocast the update has less precision than the stream, which must keep its own.
        return update.add_(stream) if update.dtype == stream.dtype else stream + update

    def extra_repr(self) -> str:
        return f"heads={self.heads}, dropout={self.dropout}"


def _modulated(stream: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return torch.addcmul(shift, F.layer_norm(stream, stream.shape[-1:]), 1 + scale)


class GraphShape:
    r"""What a layer needs to know of the nodes of a batch: which are real, and how pairs and nodes belong together.

    Args:
        mask: ``[B, n]``, true for nodes.
        dtype: The type of the streams.

    .. code-block:: python

        >>> shape = GraphShape(torch.tensor([[True, True, False]]))
        >>> shape.mean_nodes(torch.tensor([[[1.0], [3.0], [9.0]]])).tolist()
        [[2.0]]
        >>> shape.sum_pairs(torch.ones(1, 3, 1)).view(-1).tolist()  # one pair is real
        [0.5, 0.5, 0.0]
    """

    def __init__(self, mask: Tensor, dtype: torch.dtype = torch.float32) -> None:
        num = mask.size(1)
        self.first, self.second = pair_index(num, mask.device)
        self.pair_of = pair_number(num, mask.device)
        self.incidence = pair_incidence(num, mask.device, dtype)
        nodes = mask.to(dtype)
        pairs = nodes[:, self.first] * nodes[:, self.second]
        count = nodes.sum(1, keepdim=True).clamp(min=1)
        self.node_weight = (nodes / count).unsqueeze(1)
        self.pair_weight = (pairs / pairs.sum(1, keepdim=True).clamp(min=1)).unsqueeze(1)
        self.pairs = pairs.unsqueeze(2)
        self.share = (1 / count).unsqueeze(2)
        self.bias = ((nodes - 1) * 1e4).view(-1, 1, 1, num)

    def mean_nodes(self, x: Tensor) -> Tensor:
        r"""The mean over the nodes of each graph, ``[B, dim]``."""
        return (self.node_weight @ x).squeeze(1)

    def mean_pairs(self, e: Tensor) -> Tensor:
        r"""The mean over the pairs of each graph, ``[B, dim]``; zero without pairs."""
        return (self.pair_weight @ e).squeeze(1)

    def sum_pairs(self, e: Tensor) -> Tensor:
        r"""The sum over the pairs at each node, over the number of nodes, ``[B, n, dim]``."""
        return (self.incidence @ (e * self.pairs)) * self.share

    def full(self, e: Tensor) -> Tensor:
        r"""Values of pairs as matrices with zero diagonals: ``[B, P, H]`` to ``[B, H, n, n]``."""
        num = self.pair_of.size(0)
        table = F.pad(e.transpose(1, 2), (0, 1))
        return table.index_select(2, self.pair_of.view(-1)).view(*table.shape[:2], num, num)

    def ends(self, x: Tensor) -> tuple[Tensor, Tensor]:
        r"""The values at both ends of each pair, twice ``[B, P, dim]``."""
        return x.index_select(1, self.first), x.index_select(1, self.second)
