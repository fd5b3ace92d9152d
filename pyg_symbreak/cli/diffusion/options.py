r"""The options that several commands share: those of the model, and how its symmetry is broken."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from pyg_symbreak.models.diffusion.config import DiffusionConfig

_DEFAULT: dict[str, Any] = {field.name: field.default for field in fields(DiffusionConfig)}


@dataclass(frozen=True)
class ModelOptions:
    r"""The hyper-parameters of the model that do not concern its symmetry."""

    num_steps: int = _DEFAULT["num_steps"]  # steps of the diffusion
    noise: Literal["cosine", "linear", "polynomial"] = _DEFAULT["schedule"]  # schedule of the noise
    transition: Literal["marginal", "uniform", "absorbing"] = _DEFAULT["transition"]  # what the noise tends to
    num_layers: int = _DEFAULT["num_layers"]  # layers of the graph transformer
    node_dim: int = _DEFAULT["node_dim"]  # width of its node stream
    pair_dim: int = _DEFAULT["pair_dim"]  # width of its pair stream
    graph_dim: int = _DEFAULT["graph_dim"]  # width of its graph stream
    heads: int = _DEFAULT["heads"]  # attention heads
    dropout: float = _DEFAULT["dropout"]  # share of the updates that are dropped in training
    features: tuple[str, ...] = _DEFAULT["features"]  # structural features: rrwp, cycles, spectral, molecular
    rrwp_steps: int = _DEFAULT["rrwp_steps"]  # powers of the random walk in the feature rrwp
    edge_weight: float = _DEFAULT["edge_weight"]  # weight of the loss of the pairs

    def to_dict(self) -> dict[str, Any]:
        r"""Return the hyper-parameters by name."""
        values = asdict(self)
        values["schedule"] = values.pop("noise")
        return values


@dataclass(frozen=True)
class BreakingOptions:
    r"""How the symmetry of the noisy graph is broken."""

    symmetry_breaking: Literal[
        "none", "noise", "uniform", "sympe-walk", "sympe-exact", "sympe-refinement", "sympe-learned", "sympe-spectral"
    ] = _DEFAULT["symmetry_breaking"]  # what tells equal nodes apart
    draw_from: Literal["clean", "noisy"] = _DEFAULT["draw_from"]  # graph that the order is drawn from
    walk: Literal["none", "breadth", "depth"] = _DEFAULT["walk"]  # walk through the graph in that order
    vector_dim: int = _DEFAULT["vector_dim"]  # length of the vectors of nodes
    pair_vector_dim: int = _DEFAULT["pair_vector_dim"]  # length of the vectors of pairs; 0 for nodes only
    modulation: Literal["none", "time"] = _DEFAULT["modulation"]  # time: a learned gate scales the vectors
    encoding_dropout: float = _DEFAULT["encoding_dropout"]  # share of the training graphs whose vectors are zero

    def to_dict(self) -> dict[str, Any]:
        r"""Return the hyper-parameters by name."""
        return asdict(self)


def check_options(options: dict[str, Any]) -> dict[str, Any]:
    r"""Returns hyper-parameters that are in their ranges, before any data is read.

    Args:
        options: Hyper-parameters by name.

    Raises:
        ValueError: If one is not.

    Example:
        >>> check_options({"num_layers": 3})
        {'num_layers': 3}
    """
    # The feature that needs to know the atoms is checked with the data.
    names = tuple(name for name in options.get("features", ()) if name != "molecular")
    DiffusionConfig(("node",), ("none", "edge"), 1, **{**options, "features": names})
    return options
