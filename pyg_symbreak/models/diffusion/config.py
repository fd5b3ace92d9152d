r"""The hyper-parameters of the graph generator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

SYMMETRY_BREAKING = (
    "none",
    "noise",
    "uniform",
    "sympe-walk",
    "sympe-exact",
    "sympe-refinement",
    "sympe-learned",
    "sympe-spectral",
)
RANKED = SYMMETRY_BREAKING[2:]
SOURCES = ("noisy", "clean")
WALKS = ("none", "breadth", "depth")
MODULATIONS = ("none", "time")
TRANSITIONS = ("marginal", "uniform", "absorbing")
FEATURES = ("rrwp", "cycles", "spectral", "molecular")


@dataclass(frozen=True)
class DiffusionConfig:
    r"""The hyper-parameters of one generator, its alphabet included; plain values that fit into a JSON file.

    ``symmetry_breaking`` is one of

    - ``"none"``: the denoiser sees the noisy graph and nothing else;
    - ``"noise"``: Gaussian vectors for nodes and pairs beside it;
    - ``"uniform"``: learned vectors by rank (SymPE), the order drawn uniformly from all orders;
    - ``"sympe-walk"``: by the rank in a walk through the graph with random choices;
    - ``"sympe-exact"``, ``"sympe-refinement"``, ``"sympe-learned"``, ``"sympe-spectral"``: by canonical rank.

    ``draw_from`` tells which graph is canonicalized. ``"noisy"`` draws afresh from the noisy graph at every step.
    ``"clean"`` draws one element for the whole chain: in training from the graph of the data, when sampling from the
    symmetric prior, which is the uniform law. The element is then a latent variable of the generator, and the bound on
    the likelihood counts it (see :class:`~pyg_symbreak.models.diffusion.GraphDiffusion`).

    Raises:
        ValueError: If a choice is unknown or a number is out of its range.

    Example:
        >>> config = DiffusionConfig(node_types=("C", "O"), edge_types=("none", "single"), max_nodes=9)
        >>> DiffusionConfig.from_dict(config.to_dict()) == config
        True
    """

    node_types: tuple[str, ...]  # names of the node types
    edge_types: tuple[str, ...]  # names of the types of pairs, the first for "no edge"
    max_nodes: int  # nodes of the largest graph
    bonds: str = ""  # alphabet of the bonds, "kekule" or "aromatic"; "" for graphs that are no molecules
    valences: tuple[float, ...] = ()  # usual valence of each node type, for the feature "molecular"
    weights: tuple[float, ...] = ()  # atomic weight of each node type, in daltons
    bond_orders: tuple[float, ...] = ()  # order of each type of pair, 0 for the first
    num_properties: int = 0  # numbers a graph that generation can be conditioned on
    num_steps: int = 500  # steps of the diffusion
    schedule: str = "cosine"  # "cosine", "linear" or "polynomial"
    transition: str = "marginal"  # one of TRANSITIONS
    num_layers: int = 5  # layers of the graph transformer
    node_dim: int = 256  # width of the node stream
    pair_dim: int = 64  # width of the pair stream
    graph_dim: int = 64  # width of the graph stream
    heads: int = 8  # attention heads
    dropout: float = 0.0  # share of the updates that are dropped in training
    features: tuple[str, ...] = ("rrwp", "cycles")  # structural features, any of FEATURES
    rrwp_steps: int = 8  # powers of the random walk in the feature "rrwp"
    symmetry_breaking: str = "sympe-exact"  # one of SYMMETRY_BREAKING
    draw_from: str = "clean"  # graph that is canonicalized, one of SOURCES
    walk: str = "depth"  # walk through the graph in canonical order, one of WALKS
    vector_dim: int = 32  # length of the symmetry-breaking vectors of nodes
    pair_vector_dim: int = 16  # length of those of pairs; 0 for nodes only
    modulation: str = "none"  # "time": a learned gate, a function of time, scales the vectors
    encoding_dropout: float = 0.0  # share of the training graphs whose vectors are zero
    edge_weight: float = 5.0  # weight of the loss of the pairs, relative to that of the nodes
    property_dropout: float = 0.1  # share of the training graphs whose properties are hidden

    def __post_init__(self) -> None:
        for name, valid in (
            ("symmetry_breaking", SYMMETRY_BREAKING),
            ("draw_from", SOURCES),
            ("walk", WALKS),
            ("modulation", MODULATIONS),
            ("transition", TRANSITIONS),
        ):
            self._check(name, getattr(self, name) in valid, "one of " + ", ".join(valid))
        self._check("features", set(self.features) <= set(FEATURES), "names among " + ", ".join(FEATURES))
        widths = ("node_dim", "pair_dim", "graph_dim", "heads", "vector_dim")
        for name in ("max_nodes", "num_steps", "num_layers", "rrwp_steps", *widths):
            self._check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("num_properties", "pair_vector_dim", "edge_weight"):
            self._check(name, getattr(self, name) >= 0, "at least 0")
        for name in ("dropout", "encoding_dropout", "property_dropout"):
            self._check(name, 0 <= getattr(self, name) < 1 and math.isfinite(getattr(self, name)), "in [0, 1)")
        if "molecular" in self.features:
            for name, types in (("valences", "node"), ("weights", "node"), ("bond_orders", "edge")):
                wanted = len(self.node_types if types == "node" else self.edge_types)
                self._check(name, len(getattr(self, name)) == wanted, f"{wanted} numbers, one for each {types} type")
        self._check("node_types", len(self.node_types) >= 1, "at least one name")
        self._check("edge_types", len(self.edge_types) >= 2, "'none' and at least one type of edge")

    def _check(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ValueError(f"'DiffusionConfig' expected '{name}' to be {wanted} (got {getattr(self, name)!r})")

    @property
    def ranked(self) -> bool:
        r"""Whether the symmetry breaking orders the nodes."""
        return self.symmetry_breaking in RANKED

    @property
    def held(self) -> bool:
        r"""Whether one element is drawn from the clean graph and held for the whole chain."""
        return self.ranked and self.draw_from == "clean"

    def to_dict(self) -> dict[str, Any]:
        r"""Return plain values, as JSON has them."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DiffusionConfig:
        r"""Read what :meth:`to_dict` wrote.

        Raises:
            ValueError: If there are unknown names, as in a file of a later version, or required ones are missing.
        """
        known = {field.name for field in fields(cls)}
        missing = {"node_types", "edge_types", "max_nodes"} - set(values)
        if missing or set(values) - known:
            raise ValueError(
                f"'DiffusionConfig' expected the values of this version (got unknown {sorted(set(values) - known)}, "
                f"without {sorted(missing)})"
            )
        plain: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        return cls(**plain)
