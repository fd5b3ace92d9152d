r"""The encoder of the graph autoencoder on all pairs of nodes, an invariant graph network."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.autoencoder.breaking import Draw
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.encoder import rank_coordinate, reset_steps
from pyg_symbreak.models.autoencoder.layer import cyclic_offset
from pyg_symbreak.models.autoencoder.topology import Topology
from pyg_symbreak.nn.ign import EquivariantLinear, InvariantGraphBlock, Tuples


class IGNEncoder(torch.nn.Module):
    r"""Embeds every node of a graph by equivariant linear maps between tensors of order two, from `"Invariant and
    Equivariant Graph Networks" <https://arxiv.org/abs/1812.09902>`_.

    An entry of the tensor starts as a learned vector for the type of the pair of nodes (and, if the method orders the
    nodes, the step from rank to rank) plus all equivariant images of the symmetry-breaking vectors and node types.
    Embeddings carry the rank as those of :class:`~pyg_symbreak.models.autoencoder.encoder.GNNEncoder` do.

    Args:
        config: The hyper-parameters.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.carries_rank = config.ranked and config.decoder == "sorted"
        dim = config.hidden_dim
        self.input = torch.nn.Linear(config.vector_dim, dim)
        self.node = torch.nn.Embedding(config.num_node_types, dim) if config.num_node_types > 0 else None
        self.pair = torch.nn.Embedding(config.num_edge_types * (config.max_nodes if config.ranked else 1), dim)
        self.start = EquivariantLinear(1, 2, dim, dim)
        self.blocks = torch.nn.ModuleList(InvariantGraphBlock(2, dim) for _ in range(config.num_layers))
        self.end = EquivariantLinear(2, 1, dim, config.decoder_dim)
        self.head = torch.nn.Linear(config.decoder_dim, config.embedding_dim - self.carries_rank)
        self.steps = torch.nn.Parameter(torch.empty(config.max_nodes)) if self.carries_rank else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for module in (self.input, self.node, self.pair, self.start, *self.blocks, self.end, self.head):
            if module is not None:
                module.reset_parameters()
        if self.steps is not None:
            reset_steps(self.steps)

    def forward(self, draw: Draw, topology: Topology) -> Tensor:
        r"""Embed the nodes.

        Args:
            draw: The symmetry-breaking draw.
            topology: The arcs and the types.

        Returns:
            Embeddings, ``[N, embedding_dim]``.
        """
        tuples = Tuples(topology.ptr)
        h = self.input(draw.vectors)
        if self.node is not None:
            h = h + self.node(topology.node_type)
        x = self.start(h, tuples) + self.pair(self._codes(draw.rank, topology, tuples))
        for block in self.blocks:
            x = block(x, tuples)
        z: Tensor = self.head(torch.nn.functional.silu(self.end(x, tuples)))
        if self.steps is not None and draw.rank is not None:
            z = torch.cat([rank_coordinate(self.steps, draw.rank), z], dim=1)
        return z

    def _codes(self, rank: Tensor | None, topology: Topology, tuples: Tuples) -> Tensor:
        graph = topology.batch[topology.source]
        places = [end - topology.ptr[graph] for end in (topology.source, topology.target)]
        code = torch.zeros_like(tuples.graph(2)).index_copy(0, tuples.number(graph, places), topology.arc_type)
        if rank is None:
            return code
        size, (i, j) = tuples.sizes[tuples.graph(2)], tuples.nodes(2)
        offset = cyclic_offset(rank[i], rank[j], size, self.config.max_nodes)
        return code * self.config.max_nodes + offset
