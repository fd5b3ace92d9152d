r"""The models that are compared on spin systems, by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import torch

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.models.spins import GraphSpinModel, RecurrentSpinModel, SpinModel

SPIN_METHODS: Final[dict[str, str]] = {
    "none": "a network equivariant under all symmetries of the lattice, which breaks none",
    "noise": "the same network with noise on every site",
    "uniform": "the same network with a learned field, moved by a uniformly random symmetry",
    "sympe-exact": "the same network with a learned field, moved by the inversion kernel, found exactly",
    "sympe-energy": "the same, the symmetry being one of least learned energy",
    "recurrent": "many rounds of a small network, each on the local fields of the last, from noise",
    "graph-none": "message passing on the lattice as a graph",
    "graph-sympe": "message passing with a learned position of every node in a random canonical order",
    "graph-rank": "message passing that depends on the order",
}
r"""The names of the methods, and what they are."""

_GRAPH: Final[dict[str, tuple[str, str]]] = {
    "graph-none": ("none", "sympe"),
    "graph-sympe": ("sympe-exact", "sympe"),
    "graph-rank": ("sympe-exact", "rank"),
}


@dataclass(frozen=True)
class SpinSettings:
    r"""The sizes of the networks.

    Args:
        width: Channels of every element of the point group.
        num_layers: Convolutions of the network of a lattice.
        graph_width: Channels of the nodes.
        graph_layers: Layers of message passing.
        recurrent_width: Channels of the sites of the recurrent network.
        recurrent_rounds: Its rounds.
    """

    width: int = 8
    num_layers: int = 2
    graph_width: int = 32
    graph_layers: int = 4
    recurrent_width: int = 16
    recurrent_rounds: int = 32

    def of(self, method: str) -> dict[str, int]:
        r"""What matters to a method, as plain values.

        .. code-block:: python

            >>> SpinSettings().of("graph-sympe")
            {'graph_width': 32, 'graph_layers': 4}
        """
        kind = "graph" if is_graph(method) else method
        values = {name: value for name, value in asdict(self).items() if name.split("_")[0] == kind}
        return values or {"width": self.width, "num_layers": self.num_layers}


def is_graph(method: str) -> bool:
    r"""Whether a method sees lattices as graphs.

    Raises:
        ValueError: If there is no such method.
    """
    if method not in SPIN_METHODS:
        raise ValueError(f"'spins' expected a method among {', '.join(SPIN_METHODS)} (got {method!r})")
    return method in _GRAPH


def build_spin_model(method: str, group: LatticeGroup, settings: SpinSettings) -> torch.nn.Module:
    r"""Builds the model that a name stands for.

    Args:
        method: One of :data:`SPIN_METHODS`.
        group: The symmetries of the systems, on lattices of the size that is trained on.
        settings: The sizes of the network.

    Raises:
        ValueError: If there is no such method.
    """
    if is_graph(method):
        breaking, layer = _GRAPH[method]
        return GraphSpinModel(
            breaking,
            group.num_sites,
            layer=layer,
            width=settings.graph_width,
            num_layers=settings.graph_layers,
            spin_flip=group.spin_flip,
        )
    if method == "recurrent":
        width = settings.recurrent_width
        return RecurrentSpinModel(width, 2 * width, settings.recurrent_rounds)
    return SpinModel(method, group, width=settings.width, num_layers=settings.num_layers)
