r"""Several structural features as one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features.base import Parts, StructuralFeature
from pyg_symbreak.models.diffusion.features.cycles import CycleCounts
from pyg_symbreak.models.diffusion.features.molecular import MolecularFeatures
from pyg_symbreak.models.diffusion.features.rrwp import RRWP
from pyg_symbreak.models.diffusion.features.spectral import SpectralProjectors

FEATURES: Final[dict[str, Callable[..., StructuralFeature]]] = {
    "rrwp": RRWP,
    "cycles": CycleCounts,
    "spectral": SpectralProjectors,
    "molecular": MolecularFeatures,
}


class Features(StructuralFeature):
    r"""Concatenates structural features; the adjacency matrix is built once for all of them.

    Args:
        features: The features, with one ``num_edge_types`` and one ``dtype``. There may be none of them.

    Shapes:
        Those of :class:`~pyg_symbreak.models.diffusion.features.base.StructuralFeature`, with the sums of the lengths.

    Raises:
        ValueError: If the features disagree on ``num_edge_types`` or ``dtype``.

    .. code-block:: python

        >>> features = Features([RRWP(4, num_edge_types=2), CycleCounts(num_edge_types=2)])
        >>> features.node_dim, features.pair_dim, features.graph_dim
        (6, 4, 4)
    """

    def __init__(self, features: Sequence[StructuralFeature]) -> None:
        kinds = sorted({(f.num_edge_types, str(f.dtype)) for f in features})
        if len(kinds) > 1:
            raise ValueError(
                "'Features' expected features with one 'num_edge_types' and one 'dtype' "
                f"(got {kinds[0]} and {kinds[1]})"
            )
        super().__init__(*((features[0].num_edge_types, features[0].dtype) if features else (2,)))
        self.features = torch.nn.ModuleList(features)
        self.node_dim = sum(f.node_dim for f in features)
        self.pair_dim = sum(f.pair_dim for f in features)
        self.graph_dim = sum(f.graph_dim for f in features)

    def forward(self, graph: DenseGraph) -> Parts:
        if not self.features:
            return None, None, None
        parts: Parts = super().forward(graph)
        return parts

    def compute(self, graph: DenseGraph, adjacency: Tensor) -> Parts:
        parts = [feature.compute(graph, adjacency) for feature in self.features]  # type: ignore[operator]
        nodes, pairs, graphs = ([part for part in column if part is not None] for column in zip(*parts))
        return _cat(nodes), _cat(pairs), _cat(graphs)


def _cat(parts: list[Tensor]) -> Tensor | None:
    return None if not parts else parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)


def make_features(names: Sequence[str], num_edge_types: int, **options: Any) -> Features:
    r"""Build features by their names.

    Args:
        names: Any of ``"rrwp"``, ``"cycles"``, ``"spectral"`` and ``"molecular"``, each at most once.
        num_edge_types: The number of real types of pairs, "no edge" included.
        **options: Arguments of any of the four classes; those of features that are not asked for are not used.

    Raises:
        TypeError: If an option is unknown or one without a default is missing.
        ValueError: If a name is unknown or repeated, or an option is out of range.

    .. code-block:: python

        >>> make_features(["rrwp", "cycles"], num_edge_types=4, num_steps=8).node_dim
        10
    """
    unknown = [name for name in names if name not in FEATURES]
    if unknown or len(set(names)) < len(names):
        raise ValueError(
            f"'make_features' expected 'names' to be different ones of {', '.join(FEATURES)} (got {list(names)})"
        )
    arguments = {name: inspect.signature(kind).parameters for name, kind in FEATURES.items()}
    known = {option for parameters in arguments.values() for option in parameters} - {"num_edge_types"}
    for option in options:
        if option not in known:
            raise TypeError(f"'make_features' expected options among {', '.join(sorted(known))} (got {option!r})")
    features = []
    for name in names:
        own = {option: value for option, value in options.items() if option in arguments[name]}
        missing = [
            option
            for option, parameter in arguments[name].items()
            if parameter.default is parameter.empty and option not in own and option != "num_edge_types"
        ]
        if missing:
            raise TypeError(f"'make_features' expected {missing[0]!r} for the feature {name!r} (got {sorted(options)})")
        features.append(FEATURES[name](num_edge_types=num_edge_types, **own))
    return Features(features)
