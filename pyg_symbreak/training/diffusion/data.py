r"""The graphs of a run as a Lightning data module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader
from torch_geometric.data import Batch, Data, Dataset

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.config import DiffusionTrainConfig
from pyg_symbreak.training.diffusion.packed import PackedGraphs
from pyg_symbreak.training.steps.plan import BatchPlan


@dataclass(frozen=True, eq=False)
class StreamedGraphs:
    r"""Graphs that stay on the disk and are read batch by batch, for data sets that do not fit into the memory.

    Args:
        dataset: A PyG data set of known length.
        width: The number of nodes that all graphs are padded to.
        y_attr: Name of the properties, if they are wanted.
    """

    dataset: Dataset | list[Data]
    width: int
    y_attr: str | None = None

    def __len__(self) -> int:
        return len(self.dataset)

    def collate(self, graphs: list[Data]) -> DenseGraph:
        r"""Pad graphs that were read one by one."""
        return DenseGraph.from_batch(Batch.from_data_list(graphs), y_attr=self.y_attr, num_nodes=self.width)

    def fingerprint(self) -> str:
        r"""Tells these graphs from others by their number, as far as that goes."""
        return f"streamed-{len(self)}-{self.width}"


@dataclass(frozen=True, eq=False)
class DiffusionData:
    r"""What a generator is fitted to, and what its likelihood is measured on while it is trained.

    Args:
        train: The training graphs.
        val: The validation graphs; without them only the training loss is known.
    """

    train: PackedGraphs | StreamedGraphs
    val: PackedGraphs | None = None

    @classmethod
    def from_datasets(
        cls,
        train: Any,
        val: Any = None,
        *,
        y_attr: str | None = None,
        max_buckets: int = 4,
        stream_width: int | None = None,
    ) -> DiffusionData:
        r"""Make it from PyG data sets or lists of graphs with ``node_type`` and ``edge_type``.

        Args:
            train: The training graphs.
            val: The validation graphs.
            y_attr: Name of the properties to condition on.
            max_buckets: The largest number of paddings.
            stream_width: The padding of training graphs that are left on the disk and read as they are needed; by
                default all are kept in memory, a byte a type.
        """
        packed = (
            None
            if val is None or len(val) == 0
            else PackedGraphs.from_graphs(val, y_attr=y_attr, max_buckets=max_buckets)
        )
        if stream_width is not None:
            return cls(StreamedGraphs(train, stream_width, y_attr), packed)
        return cls(PackedGraphs.from_graphs(train, y_attr=y_attr, max_buckets=max_buckets), packed)

    def plan(self, config: DiffusionTrainConfig) -> BatchPlan:
        r"""Returns which graphs each step of a run sees."""
        train = self.train
        counts, widths = (
            ([len(train)], [train.width]) if isinstance(train, StreamedGraphs) else (train.counts, train.widths)
        )
        return BatchPlan(counts, widths, config.batch_size, config.seed, config.world_size)


class StepLoader:
    r"""Serves the batches of a run without end, from a given step on.

    Args:
        graphs: The training graphs.
        plan: Which of them each step sees.
        start: The first step.
        rank: The number of this process.
        world_size: The number of processes; each takes its share of every batch.
    """

    def __init__(
        self, graphs: PackedGraphs, plan: BatchPlan, start: int = 0, rank: int = 0, world_size: int = 1
    ) -> None:
        self.graphs, self.plan, self.start, self.rank, self.world_size = graphs, plan, start, rank, world_size

    def __iter__(self) -> Iterator[DenseGraph]:
        step = self.start
        while True:
            index, width = self.plan.at(step)
            yield self.graphs.batch(index[self.rank :: self.world_size], width)
            step += 1


class StepSampler:
    r"""The numbers of the graphs of each step, for :class:`torch.utils.data.DataLoader`.

    Args:
        plan: Which graphs each step sees.
        start: The first step.
        rank: The number of this process.
        world_size: The number of processes.
    """

    def __init__(self, plan: BatchPlan, start: int = 0, rank: int = 0, world_size: int = 1) -> None:
        self.plan, self.start, self.rank, self.world_size = plan, start, rank, world_size

    def __iter__(self) -> Iterator[list[int]]:
        step = self.start
        while True:
            yield self.plan.at(step)[0][self.rank :: self.world_size].tolist()
            step += 1


class DiffusionDataModule(LightningDataModule):
    r"""Serves the training graphs from the step on that the trainer is at.

    Args:
        data: The graphs.
        config: Gives batch size, seed and processes.
    """

    def __init__(self, data: DiffusionData, config: DiffusionTrainConfig) -> None:
        super().__init__()
        self.data, self.config = data, config

    def train_dataloader(self) -> Iterable[DenseGraph]:
        trainer = self.trainer
        assert trainer is not None
        where = trainer.global_step, trainer.global_rank, trainer.world_size
        plan = self.data.plan(self.config)
        if isinstance(self.data.train, PackedGraphs):
            return StepLoader(self.data.train, plan, *where)
        dataset: Any = self.data.train.dataset
        return DataLoader(
            dataset,
            batch_sampler=StepSampler(plan, *where),
            collate_fn=self.data.train.collate,
            num_workers=self.config.workers,
            persistent_workers=self.config.workers > 0,
        )
