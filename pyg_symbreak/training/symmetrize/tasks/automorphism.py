r"""Node outputs on graphs with inner symmetries: what an invariant function may say, and what one draw says."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.datasets.automorphism import AutomorphismGraphs
from pyg_symbreak.groups import Permutation
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import Objective
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels, crossed

MODELS: Final = GraphModels(
    1, 1, 25, {"mlp": {"hidden_channels": 256}, "gin-id": {}, "transformer": {}, "vit": {}}, output="node"
)
_COPIES: Final = {"train": 20, "val": 4, "test": 20}


def renumbered(graphs: list[Data], copies: int, seed: int) -> list[Data]:
    r"""Copies of graphs with their nodes in other orders; ``orbit`` tells graph and orbit of every node, for all apart.

    Args:
        graphs: Graphs with ``y [n]``, equal exactly for the nodes of one orbit.
        copies: How many of each.
        seed: The seed of the orders.
    """
    generator, out = torch.Generator().manual_seed(seed), []
    for number in range(copies * len(graphs)):
        graph = graphs[number % len(graphs)]
        order = Permutation.random(torch.tensor([0, graph.num_nodes]), generator=generator)
        data = Data(x=graph.x, edge_index=graph.edge_index, y=graph.y.float())
        data.orbit = graph.y + 1000 * number
        out.append(order.act_data(data))
    return out


def _target(batch: Any) -> Tensor:
    return torch.stack([batch.y, batch.orbit.to(batch.y.dtype)], dim=1)


def spread_in_orbits(out: Tensor, orbit: Tensor) -> float:
    r"""The root mean square deviation of outputs from the mean over their orbit: zero of what is equivariant.

    Args:
        out: ``[N]``.
        orbit: ``[N]``, equal exactly for nodes of one orbit of one graph.

    .. code-block:: python

        >>> spread_in_orbits(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([0, 0, 1]))
        0.816...
    """
    _, place = torch.unique(orbit, return_inverse=True)
    mean = torch.bincount(place, weights=out.double()) / torch.bincount(place)
    return float((out.double() - mean[place]).square().mean().sqrt())


OBJECTIVE: Final = Objective(
    lambda out, target: (out.squeeze(1) - target[:, 0]).square().mean(),
    lambda out, target: {
        "mse": float((out.squeeze(1) - target[:, 0]).double().square().mean()),
        "spread": spread_in_orbits(out.squeeze(1), target[:, 1]),
    },
    larger=False,
)


def _data(root: str | None, seed: int) -> TaskData:
    graphs = list(AutomorphismGraphs())
    parts = [renumbered(graphs, copies, number) for number, copies in enumerate(_COPIES.values())]
    return TaskData(*(GraphExamples(part, _target) for part in parts))


TASK: Final = Task(
    name="automorphism",
    about="a number for every orbit of five graphs with the groups 1, S6, S3×S2, D7, D4",
    objective=OBJECTIVE,
    train=SymmetrizeTrainConfig(epochs=300, batch_size=100, draws=5, validate_every=20),
    data=_data,
    build=MODELS,
    methods=crossed(("uniform", "learned", "lps", "exact"), {"mlp": {}, "gin-id": {}}),
    check=MODELS.check,
    quick={"epochs": 20},
    output="node",
)
