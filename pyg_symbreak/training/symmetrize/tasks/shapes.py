r"""Shapes: which surface a cloud of points comes from, in any orientation."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import scatter

from pyg_symbreak.canonicalizers import Canonicalizer, FrameCanonicalizer, HaarCanonicalizer
from pyg_symbreak.datasets.point_shapes import PointShapes
from pyg_symbreak.groups.ragged import node_batch, node_ptr
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.nn.vector import VectorFrame
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.draws import split_method
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.training.symmetrize.objective import MULTICLASS
from pyg_symbreak.training.symmetrize.tasks.base import Task
from pyg_symbreak.training.symmetrize.tasks.graphs import crossed

DRAWS: Final = ("none", "uniform", "frame", "lps")
BACKBONES: Final = ("pointnet",)
_COUNTS: Final = {"train": 2000, "val": 300, "test": 500}
_NEIGHBOURS: Final = 8


class PointNet(torch.nn.Module):
    r"""Reads each point by itself and takes the largest of each feature, from `"PointNet"
    <https://arxiv.org/abs/1612.00593>`_; it has no symmetry but that of the order of the points.

    Args:
        out_channels: The number of outputs of a cloud.
        hidden_channels: The width.

    Shapes:
        - **input:** a batch with ``pos`` ``[N, 3]``.
        - **output:** ``[B, out_channels]``.

    .. code-block:: python

        >>> PointNet(10)(Data(pos=torch.randn(5, 3))).shape
        torch.Size([1, 10])
    """

    def __init__(self, out_channels: int, hidden_channels: int = 64) -> None:
        super().__init__()
        width = hidden_channels
        self.points = torch.nn.Sequential(
            torch.nn.Linear(3, width), torch.nn.ReLU(), torch.nn.Linear(width, width), torch.nn.ReLU(),
            torch.nn.Linear(width, 2 * width),
        )  # fmt: skip
        self.head = torch.nn.Sequential(
            torch.nn.Linear(2 * width, width), torch.nn.ReLU(), torch.nn.Linear(width, out_channels)
        )

    def forward(self, data: Any) -> Tensor:
        ptr = node_ptr(data)
        largest = scatter(self.points(data.pos), node_batch(ptr), 0, ptr.numel() - 1, reduce="max")
        out: Tensor = self.head(largest)
        return out


def check(method: str) -> tuple[str, str]:
    r"""Takes a method apart.

    Raises:
        ValueError: If there is no such method.
    """
    return split_method(method, DRAWS, BACKBONES)


def _build(method: str, config: SymmetrizeTrainConfig, data: TaskData) -> torch.nn.Module:
    draw, _ = check(method)
    backbone = PointNet(len(PointShapes.classes))
    if draw == "none":
        return backbone
    noise = 4 if draw == "lps" else 0
    canonicalizer: Canonicalizer = HaarCanonicalizer(3, special=True)
    if draw != "uniform":
        canonicalizer = FrameCanonicalizer(VectorFrame(1 + noise), special=True, noise_dim=noise)
    return Symmetrize(backbone, canonicalizer, config.draws, config.test_draws, output="graph")


def nearest(pos: Tensor, count: int) -> Tensor:
    r"""Edges ``[2, E]`` from the nearest other points to every point.

    Args:
        pos: ``[n, d]``.
        count: How many neighbours, as far as there are.

    .. code-block:: python

        >>> nearest(torch.tensor([[0.0], [1.0], [3.0]]), 1)
        tensor([[1, 0, 1],
                [0, 1, 2]])
    """
    distance = torch.cdist(pos, pos).fill_diagonal_(float("inf"))
    count = min(count, len(pos) - 1)
    source = distance.topk(count, largest=False).indices.flatten()
    return torch.stack([source, torch.arange(len(pos), device=pos.device).repeat_interleave(count)])


def _data(root: str | None, seed: int) -> TaskData:
    # Trained upright up to turns about the vertical axis, tested in all orientations: z/SO(3).
    poses, parts = {"train": "z", "val": "so3", "test": "so3"}, []
    for split, count in _COUNTS.items():
        clouds = PointShapes(split=split, sizes=range(32, 65), rotated=poses[split], num_graphs=count)
        graphs = [Data(pos=cloud.pos, y=cloud.y, edge_index=nearest(cloud.pos, _NEIGHBOURS)) for cloud in clouds]
        parts.append(GraphExamples(graphs))
    return TaskData(*parts)


TASK: Final = Task(
    name="shapes",
    about="ten shapes of 32 to 64 points, turned about one axis in training and at random in testing",
    objective=MULTICLASS,
    train=SymmetrizeTrainConfig(epochs=30, batch_size=50, draws=1, test_draws=10, learning_rate=2e-3),
    data=_data,
    build=_build,
    methods=crossed(DRAWS, {"pointnet": {}}),
    check=check,
)
