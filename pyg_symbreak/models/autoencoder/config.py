r"""The hyper-parameters of the graph autoencoder, and the settings recommended for each data set."""

from __future__ import annotations

from dataclasses import dataclass, replace

SYMMETRY_BREAKING = (
    "none",
    "noise",
    "wl-noise",
    "laplacian",
    "uniform",
    "sympe-exact",
    "sympe-refinement",
    "sympe-learned",
)
RANKED = ("uniform", "sympe-exact", "sympe-refinement", "sympe-learned")
ENCODERS = ("gnn", "egnn", "ign")
DECODERS = ("distance", "squared", "inner", "sorted")


@dataclass(frozen=True)
class AutoencoderConfig:
    r"""The hyper-parameters of one graph autoencoder.

    ``symmetry_breaking`` is one of

    - ``"none"``: every node starts alike;
    - ``"noise"``: Gaussian vectors, drawn afresh at every call;
    - ``"wl-noise"``: the same, but only for nodes that 1-WL cannot tell from another node of their graph (LG-VAE);
    - ``"laplacian"``: eigenvectors of the normalized Laplacian, signs and bases of eigenspaces drawn at random;
    - ``"uniform"``: learned vectors by rank, the order drawn uniformly from all orders;
    - ``"sympe-exact"``, ``"sympe-refinement"``, ``"sympe-learned"``: learned vectors by canonical rank (SymPE).

    Raises:
        ValueError: If a choice is unknown (the message lists the valid ones) or a size is out of its range.

    Example:
        >>> AutoencoderConfig(decoder="distance").embedding_dim
        8
    """

    symmetry_breaking: str = "sympe-exact"  # one of SYMMETRY_BREAKING
    encoder: str = "gnn"  # "gnn", "egnn" (E(n)-equivariant) or "ign" (invariant graph network), both on all pairs
    decoder: str = "sorted"  # "distance" and "squared" (both of the reference), "inner" or "sorted"
    embedding_dim: int = 8  # numbers that the encoder may keep of every node
    max_nodes: int = 20  # nodes of the largest graph
    vector_dim: int = 8  # length of the symmetry-breaking vector of every node
    hidden_dim: int = 64  # width of the encoder
    num_layers: int = 2  # rounds of message passing
    decoder_dim: int = 128  # width of the decoder
    inner_dim: int = 16  # features that the decoder multiplies, node by node
    num_node_types: int = 0  # values of `node_type`; 0 if the nodes have no type
    num_edge_types: int = 2  # values of `edge_type`, counting 0 for "no edge"; 2 if the edges have no type
    latent_noise: float = 0.0  # standard deviation of Gaussian noise on the embeddings while training

    def __post_init__(self) -> None:
        for name, valid in (
            ("symmetry_breaking", SYMMETRY_BREAKING),
            ("encoder", ENCODERS),
            ("decoder", DECODERS),
        ):
            value = getattr(self, name)
            if value not in valid:
                raise ValueError(
                    f"'AutoencoderConfig' expected '{name}' to be one of {', '.join(valid)} (got {value!r})"
                )
        sizes = ("embedding_dim", "max_nodes", "vector_dim", "hidden_dim", "num_layers", "decoder_dim", "inner_dim")
        for name, smallest in [*((name, 1) for name in sizes), ("num_node_types", 0), ("num_edge_types", 2)]:
            self._at_least(name, smallest)
        self._at_least("latent_noise", 0)
        if self.decoder == "sorted" and self.embedding_dim < 2:
            raise ValueError(
                "'AutoencoderConfig' expected 'embedding_dim' to be at least 2 with the decoder 'sorted' "
                f"(got {self.embedding_dim})"
            )

    def _at_least(self, name: str, smallest: int) -> None:
        value = getattr(self, name)
        if not value >= smallest:
            raise ValueError(f"'AutoencoderConfig' expected '{name}' to be at least {smallest} (got {value!r})")

    @property
    def ranked(self) -> bool:
        r"""Whether the symmetry breaking orders the nodes."""
        return self.symmetry_breaking in RANKED

    @property
    def node_attrs(self) -> tuple[str, ...]:
        r"""The node attributes that the model reads and reconstructs."""
        return ("node_type",) if self.num_node_types > 0 else ()

    @property
    def edge_attrs(self) -> tuple[str, ...]:
        r"""The edge attributes that the model reads and reconstructs."""
        return ("edge_type",) if self.num_edge_types > 2 else ()


@dataclass(frozen=True)
class Preset:
    r"""What is recommended for a data set, whatever the method: a model and how long to train it.

    Args:
        model: The model; choose ``symmetry_breaking`` and ``encoder`` with :meth:`config`.
        epochs: Passes over the training graphs.
        batch_size: Graphs a step.
        learning_rate: The largest rate, reached after a linear warm-up and followed by half a cosine.
    """

    model: AutoencoderConfig
    epochs: int = 16
    batch_size: int = 64
    learning_rate: float = 4e-3

    def config(self, symmetry_breaking: str, encoder: str = "gnn", decoder: str | None = None) -> AutoencoderConfig:
        r"""The model with one method of symmetry breaking.

        An E(n)-GNN works on all pairs of nodes instead of the edges: it gets half the width, twice the layers, and so
        roughly the same time; and by default the decoder of the reference, since its embeddings are points in space.
        An invariant graph network works on all pairs as well, and gets half the width.

        Args:
            symmetry_breaking: The method.
            encoder: ``"gnn"``, ``"egnn"`` or ``"ign"``.
            decoder: By default ``"distance"`` after an E(n)-GNN and that of the preset otherwise.

        Example:
            >>> PRESETS["trees"].config("noise", encoder="egnn").decoder
            'distance'
        """
        model = replace(self.model, symmetry_breaking=symmetry_breaking, encoder=encoder)
        if encoder == "egnn":
            narrow, deep = max(model.hidden_dim // 2, 1), 2 * model.num_layers
            model = replace(model, hidden_dim=narrow, num_layers=deep, decoder="distance")
        elif encoder == "ign":
            model = replace(model, hidden_dim=max(model.hidden_dim // 2, 1))
        return model if decoder is None else replace(model, decoder=decoder)


PRESETS = {
    "er-0.25": Preset(AutoencoderConfig(max_nodes=16)),
    "er-0.20": Preset(AutoencoderConfig(max_nodes=16)),
    "er-0.10": Preset(AutoencoderConfig(max_nodes=16), epochs=20),
    "community": Preset(AutoencoderConfig(max_nodes=20)),
    "community-leaky": Preset(AutoencoderConfig(max_nodes=20)),
    "trees": Preset(AutoencoderConfig(max_nodes=16), epochs=24),
    "regular-4": Preset(AutoencoderConfig(max_nodes=16)),
    "qm9": Preset(AutoencoderConfig(max_nodes=9, num_node_types=4, num_edge_types=4), epochs=6, batch_size=128),
}
