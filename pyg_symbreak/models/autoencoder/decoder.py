r"""The decoders of the graph autoencoder: from the embeddings of the nodes alone back to the graph."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.groups.ragged import node_batch, node_pairs
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.layer import cyclic_offset, reset_sequential


class Reconstruction(NamedTuple):
    r"""What a decoder says about the graphs.

    Attributes:
        pair_index: All unordered pairs of different nodes of a graph, ``[2, P]``.
        edge_logits: Logits of "there is an edge", ``[P]``, or of every edge type, 0 being no edge, ``[P, K]``.
        node_logits: Logits of every node type, ``[N, C]``, or :obj:`None` if the nodes have no type.
    """

    pair_index: Tensor
    edge_logits: Tensor
    node_logits: Tensor | None


class Decoder(torch.nn.Module, ABC):
    r"""Reads a graph from the set of embeddings of its nodes.

    The embeddings and the division of the nodes into graphs are all that a decoder is given: no rank, no attribute, no
    order of the nodes.

    Args:
        config: The hyper-parameters.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        # One logit tells an edge from no edge; more types need one each.
        self.channels = 1 if config.num_edge_types == 2 else config.num_edge_types
        self.node = torch.nn.Linear(config.embedding_dim, config.num_node_types) if config.num_node_types > 0 else None

    @abstractmethod
    def pair_logits(self, z: Tensor, ptr: Tensor, pair: Tensor) -> Tensor:
        r"""Score the pairs ``[2, P]``: ``[P, channels]``."""

    def forward(self, z: Tensor, ptr: Tensor) -> Reconstruction:
        r"""Reconstruct all graphs.

        Args:
            z: Embeddings, ``[N, embedding_dim]``.
            ptr: Offsets of the graphs, ``[B + 1]``.
        """
        pair = node_pairs(ptr)
        logits = self.pair_logits(z, ptr, pair)
        return Reconstruction(pair, logits.squeeze(1) if self.channels == 1 else logits, self.node_logits(z))

    def node_logits(self, z: Tensor) -> Tensor | None:
        r"""Score the node types, ``[N, C]``."""
        return None if self.node is None else self.node(z)

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for child in self.children():
            reset = getattr(child, "reset_parameters", None)
            if callable(reset):
                reset()


class DistanceDecoder(Decoder):
    r"""The decoder of the reference's E(n)-GNN: :math:`\sigma(w \lVert z_i - z_j \rVert^2 + b)`.

    Source: `"E(n) Equivariant Graph Neural Networks" <https://arxiv.org/abs/2102.09844>`_. The initial values
    :math:`w = -10, b = 10` are steeper than its :math:`w = -0.1, b = 1`, from which short runs do not get there.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__(config)
        self.weight = torch.nn.Parameter(torch.empty(self.channels))
        self.bias = torch.nn.Parameter(torch.empty(self.channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        super().reset_parameters()
        torch.nn.init.constant_(self.weight, -10.0)
        torch.nn.init.constant_(self.bias, 10.0)
        if self.channels > 1:
            # Channels that start alike would have to be told apart by their targets alone.
            torch.nn.init.normal_(self.weight, std=10.0)

    def pair_logits(self, z: Tensor, ptr: Tensor, pair: Tensor) -> Tensor:
        distance = (z[pair[0]] - z[pair[1]]).square().sum(1, keepdim=True)
        return distance * self.weight + self.bias


class SquaredDecoder(Decoder):
    r"""The decoder of the reference's GNN: :math:`\sigma(\mathrm{Linear}((z_i - z_j)^2))`, the square taken number by
    number."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__(config)
        self.linear = torch.nn.Linear(config.embedding_dim, self.channels)

    def pair_logits(self, z: Tensor, ptr: Tensor, pair: Tensor) -> Tensor:
        out: Tensor = self.linear((z[pair[0]] - z[pair[1]]).square())
        return out


class InnerDecoder(Decoder):
    r"""A learned kernel: :math:`\sum_c w_c\, \phi_c(z_i)\, \phi_c(z_j) + b` with an MLP :math:`\phi`.

    The weights have either sign, so that distances, inner products and any other symmetric kernel can be approximated.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__(config)
        width = config.decoder_dim
        self.body = torch.nn.Sequential(
            torch.nn.Linear(config.embedding_dim, width),
            torch.nn.SiLU(),
            torch.nn.Linear(width, width),
            torch.nn.SiLU(),
        )
        self.features = torch.nn.Linear(width, config.inner_dim)
        self.mix = torch.nn.Linear(config.inner_dim, self.channels)

    def reset_parameters(self) -> None:
        super().reset_parameters()
        reset_sequential(self.body)

    def pair_logits(self, z: Tensor, ptr: Tensor, pair: Tensor) -> Tensor:
        return self._kernel(self.body(z), pair)

    def _kernel(self, hidden: Tensor, pair: Tensor) -> Tensor:
        phi = self.features(hidden)
        out: Tensor = self.mix(phi[pair[0]] * phi[pair[1]])
        return out


class SortedDecoder(InnerDecoder):
    r"""The learned kernel, and beside it rows read off by position: the decoder canonicalizes the set of embeddings.

    It sorts the embeddings of a graph by their first number (ties at random), which gives every node a position
    :math:`p_i`. An MLP turns :math:`z_i` into one score for every step along the circle of positions, and

    .. math::
        \mathrm{logit}_{ij} = \rho(z_i)_{p_j - p_i} + \rho(z_j)_{p_i - p_j} + \mathrm{kernel}(z_i, z_j).

    The positions are computed from the embeddings and from nothing else, equivariantly: permuting the nodes permutes
    the result. An encoder that knows the order of the nodes can use :math:`z_i` as a learned code of the edges from
    ``i`` to a half of the other nodes, and leave the other half to them.

    Raises:
        ValueError: If a graph has more than ``max_nodes`` nodes.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__(config)
        self.row = torch.nn.Linear(config.decoder_dim, config.max_nodes * self.channels)

    def pair_logits(self, z: Tensor, ptr: Tensor, pair: Tensor) -> Tensor:
        size, steps = ptr.diff(), self.config.max_nodes
        if size.numel() > 0 and int(size.max()) > steps:
            raise ValueError(
                f"'SortedDecoder' expected graphs of at most 'max_nodes' = {steps} nodes (got one of {int(size.max())})"
            )
        batch = node_batch(ptr)
        position = latent_position(z[:, 0], ptr, batch)
        size, (i, j) = size[batch[pair[0]]], pair
        hidden = self.body(z)
        rows = self.row(hidden).view(-1, self.channels)
        there = cyclic_offset(position[i], position[j], size, steps)
        back = cyclic_offset(position[j], position[i], size, steps)
        out: Tensor = rows[i * steps + there] + rows[j * steps + back] + self._kernel(hidden, pair)
        return out


def latent_position(coordinate: Tensor, ptr: Tensor, batch: Tensor) -> Tensor:
    r"""The position of every node when the nodes of its graph are sorted by a number, ties at random.

    Args:
        coordinate: One number per node, ``[N]``.
        ptr: Offsets of the graphs, ``[B + 1]``.
        batch: The graph of every node, ``[N]``.

    .. code-block:: python

        >>> latent_position(torch.tensor([0.3, -1.0, 2.0, 1.0]), torch.tensor([0, 2, 4]), torch.tensor([0, 0, 1, 1]))
        tensor([1, 0, 1, 0])
    """
    order = torch.randperm(coordinate.numel(), device=coordinate.device)
    order = order[torch.argsort(coordinate.detach()[order], stable=True)]
    order = order[torch.argsort(batch[order], stable=True)]
    position = torch.empty_like(order)
    position[order] = torch.arange(order.numel(), device=order.device) - ptr[batch]
    return position


def make_decoder(config: AutoencoderConfig) -> Decoder:
    r"""Build the decoder that a configuration names.

    Args:
        config: Names the decoder.
    """
    kinds: dict[str, Callable[[AutoencoderConfig], Decoder]] = {
        "distance": DistanceDecoder,
        "squared": SquaredDecoder,
        "inner": InnerDecoder,
        "sorted": SortedDecoder,
    }
    return kinds[config.decoder](config)


def reconstruction_loss(found: Reconstruction, edge_target: Tensor, node_target: Tensor | None) -> Tensor:
    r"""Cross-entropy of the edges, mean over pairs, plus that of the node types, mean over nodes.

    Args:
        found: What the decoder says.
        edge_target: The type of every pair, ``[P]``, 0 for no edge.
        node_target: The type of every node, ``[N]``, or :obj:`None`.
    """
    logits = found.edge_logits
    count = max(edge_target.numel(), 1)
    if logits.dim() == 1:
        loss = F.binary_cross_entropy_with_logits(logits, edge_target.to(logits.dtype), reduction="sum") / count
    else:
        loss = F.cross_entropy(logits, edge_target, reduction="sum") / count
    if found.node_logits is not None and node_target is not None:
        loss = loss + F.cross_entropy(found.node_logits, node_target, reduction="sum") / max(node_target.numel(), 1)
    return loss
