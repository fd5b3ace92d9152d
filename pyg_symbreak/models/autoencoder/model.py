r"""The graph autoencoder."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups.ragged import GraphLike, node_batch
from pyg_symbreak.models.autoencoder.breaking import make_breaking
from pyg_symbreak.models.autoencoder.config import AutoencoderConfig
from pyg_symbreak.models.autoencoder.decoder import Reconstruction, make_decoder, reconstruction_loss
from pyg_symbreak.models.autoencoder.egnn import EGNNEncoder
from pyg_symbreak.models.autoencoder.encoder import GNNEncoder
from pyg_symbreak.models.autoencoder.ign import IGNEncoder
from pyg_symbreak.models.autoencoder.topology import Topology


class GraphAutoencoder(torch.nn.Module):
    r"""Compresses a graph into one short vector per node, and reads the graph back from these vectors alone.

    Equivariant encoders give nodes that a symmetry exchanges the same vector, and no decoder can then tell their edges
    apart. The symmetry-breaking draw is one more input of the encoder, afresh at every call.

    Args:
        config: The hyper-parameters.

    .. code-block:: python

        >>> ring = Data(edge_index=torch.tensor([[0, 1, 2, 3, 1, 2, 3, 0], [1, 2, 3, 0, 0, 1, 2, 3]]), num_nodes=4)
        >>> model = GraphAutoencoder(AutoencoderConfig(symmetry_breaking="uniform"))
        >>> model.encode(ring).shape
        torch.Size([4, 8])
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.breaking = make_breaking(config)
        encoders: dict[str, type[GNNEncoder | EGNNEncoder | IGNEncoder]]
        encoders = {"gnn": GNNEncoder, "egnn": EGNNEncoder, "ign": IGNEncoder}
        self.encoder = encoders[config.encoder](config)
        self.decoder = make_decoder(config)

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for module in (self.breaking, self.encoder, self.decoder):
            module.reset_parameters()

    def encode(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Embed the nodes, with a fresh draw.

        Args:
            data: Undirected simple graphs; ``node_type`` and ``edge_type`` are read where the configuration says so.
            generator: The source of randomness; the global one of torch by default.

        Returns:
            Embeddings, ``[N, embedding_dim]``.

        Raises:
            ValueError: If the graphs are malformed, directed, not simple, lack a type, or have more than
                ``max_nodes`` nodes.
            TypeError: If a type is no integer.
        """
        return self._embed(data, Topology.read(data, self.config), generator)

    def decode(self, z: Tensor, ptr: Tensor) -> Reconstruction:
        r"""Reconstruct graphs from the embeddings of their nodes, of which nothing else is known.

        Args:
            z: Embeddings, ``[N, embedding_dim]``.
            ptr: Offsets of the graphs, ``[B + 1]``.
        """
        out: Reconstruction = self.decoder(z, ptr)
        return out

    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Reconstruction:
        r"""Encode and decode, with a fresh draw."""
        topology = Topology.read(data, self.config)
        return self.decode(self._embed(data, topology, generator), topology.ptr)

    def loss(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Tensor:
        r"""The cross-entropy of the reconstruction, mean over pairs, plus that of the node types, mean over nodes.

        Args:
            data: As in :meth:`encode`.
            generator: As in :meth:`encode`.

        Returns:
            One number, differentiable.
        """
        topology = Topology.read(data, self.config)
        z = self._embed(data, topology, generator)
        if self.training and self.config.latent_noise > 0:
            z = z + self.config.latent_noise * torch.randn(z.shape, generator=generator, device=z.device, dtype=z.dtype)
        return reconstruction_loss(self.decode(z, topology.ptr), topology.pair_type, topology.node_type)

    @torch.no_grad()
    def reconstruct(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Batch:
        r"""Encode and decode, and take the most likely type of every pair and node.

        Args:
            data: As in :meth:`encode`.
            generator: As in :meth:`encode`.

        Returns:
            A batch with ``edge_index`` (both arcs of every edge, sorted by source), and ``node_type`` and ``edge_type``
            where the configuration says so.
        """
        topology = Topology.read(data, self.config)
        found = self.decode(self._embed(data, topology, generator), topology.ptr)
        logits = found.edge_logits
        kind = (logits > 0).long() if logits.dim() == 1 else logits.argmax(1)
        edge = kind > 0
        i, j = found.pair_index[:, edge]
        arcs = torch.stack([torch.cat([i, j]), torch.cat([j, i])])
        order = torch.argsort(arcs[0] * max(topology.batch.numel(), 1) + arcs[1])
        attributes = {}
        if self.config.edge_attrs:
            attributes["edge_type"] = kind[edge].repeat(2)[order]
        if found.node_logits is not None:
            attributes["node_type"] = found.node_logits.argmax(1)
        return _batch(arcs[:, order], attributes, topology.ptr)

    def _embed(self, data: GraphLike, topology: Topology, generator: torch.Generator | None) -> Tensor:
        size = topology.ptr.diff()
        if size.numel() > 0 and int(size.max()) > self.config.max_nodes:
            raise ValueError(
                f"'GraphAutoencoder' expected graphs of at most 'max_nodes' = {self.config.max_nodes} nodes "
                f"(got one of {int(size.max())})"
            )
        z: Tensor = self.encoder(self.breaking(data, generator=generator), topology)
        return z


def _batch(edge_index: Tensor, attributes: dict[str, Tensor], ptr: Tensor) -> Batch:
    """A batch that also knows how to fall apart into its graphs."""
    size, batch = ptr.diff(), node_batch(ptr)
    start = torch.searchsorted(edge_index[0].contiguous(), ptr)
    out = Batch(_base_cls=Data)
    out.edge_index = edge_index
    out._slice_dict, out._inc_dict = {"edge_index": start}, {"edge_index": ptr[:-1]}
    for name, value in attributes.items():
        out[name] = value
        out._slice_dict[name] = start if name == "edge_type" else ptr
        out._inc_dict[name] = torch.zeros_like(size)
    out.num_nodes, out._num_graphs = int(ptr[-1]), size.numel()
    out._store._num_nodes = size.tolist()
    out.batch, out.ptr = batch, ptr
    return out
