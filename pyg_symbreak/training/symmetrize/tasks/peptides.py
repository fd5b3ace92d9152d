r"""Peptides-func: ten functions of peptides, from their molecular graphs."""

from __future__ import annotations

from typing import Final

import torch
from torch_geometric.data import Data, InMemoryDataset

from pyg_symbreak.datasets.peptides import PeptidesFunc
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import MULTILABEL
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import GraphModels, crossed, folder

ELEMENTS: Final = (5, 6, 7, 15)
r"""The classes of the commonest atoms: carbon, nitrogen, oxygen, sulphur; all others share one column."""

# Classes of degree, hydrogens and hybridisation; whether aromatic, whether in a ring; signs of charge and of chirality.
_CHANNELS: Final = len(ELEMENTS) + 1 + 5 + 5 + 4 + 1 + 1 + 3 + 3
_BONDS: Final = 4 + 1


def atom_features(x: torch.Tensor) -> torch.Tensor:
    r"""One-hot features of atoms, from the class numbers of OGB.

    Args:
        x: ``[N, 9]``, int64, see :func:`~pyg_symbreak.datasets.ogb_features.ogb_graph`.

    Returns:
        ``[N, 27]``, uint8: a byte a number keeps all peptides in memory.

    .. code-block:: python

        >>> atom_features(torch.tensor([[5, 0, 3, 5, 2, 0, 1, 0, 0]])).sum()
        tensor(6)
    """
    element = x[:, :1] == torch.tensor(ELEMENTS, device=x.device)
    columns = [element, ~element.any(1, keepdim=True)]
    for feature, classes in ((2, 5), (4, 5), (6, 4)):
        columns.append(torch.nn.functional.one_hot(x[:, feature].clamp(max=classes - 1), classes).bool())
    columns += [x[:, 7:8] > 0, x[:, 8:9] > 0]
    columns += [_signs(x[:, 3] - 5), _signs(torch.where(x[:, 1] == 0, 0, 2 * x[:, 1] - 3))]
    return torch.cat(columns, dim=1).to(torch.uint8)


def _signs(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.one_hot(x.sign() + 1, 3).bool()


def _light(dataset: InMemoryDataset) -> GraphExamples:
    graphs = []
    for graph in dataset:
        kind = torch.nn.functional.one_hot(graph.edge_attr[:, 0].clamp(max=3), 4)
        bond = torch.cat([kind, graph.edge_attr[:, 2:]], dim=1).to(torch.uint8)
        graphs.append(Data(x=atom_features(graph.x), edge_index=graph.edge_index, edge_attr=bond, y=graph.y))
    return GraphExamples(graphs)


def _data(root: str | None, seed: int) -> TaskData:
    where = folder("peptides-func", root, "peptides-func")
    return TaskData(*(_light(PeptidesFunc(where, split=split)) for split in ("train", "val", "test")))


_BACKBONES: Final = {
    "gin-id": {"hidden_channels": 128, "num_layers": 5, "edge_channels": _BONDS},
    "transformer": {"hidden_channels": 96, "edge_channels": _BONDS},
    "vit": {"edge_channels": _BONDS},
}
MODELS: Final = GraphModels(_CHANNELS, 10, 444, _BACKBONES)

TASK: Final = Task(
    name="peptides-func",
    about="ten functions of 15,535 peptides",
    objective=MULTILABEL,
    train=SymmetrizeTrainConfig(epochs=20, batch_size=64, test_draws=4, learning_rate=5e-4, entropy=0.0),
    data=_data,
    build=MODELS,
    methods=crossed(("uniform", "lps", "walk", "exact"), {"gin-id": {}}),
    check=MODELS.check,
)
