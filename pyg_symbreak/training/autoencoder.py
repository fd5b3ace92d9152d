r"""The graph autoencoder as a Lightning module, and its graphs as a Lightning data module."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.metrics import ReconstructionMetrics, pair_targets
from pyg_symbreak.models.autoencoder import AutoencoderConfig, GraphAutoencoder
from pyg_symbreak.training.config import TrainConfig, stream_seed
from pyg_symbreak.training.data import Splits
from pyg_symbreak.training.loader import InMemoryLoader


class AutoencoderModule(LightningModule):
    r"""Trains a :class:`~pyg_symbreak.models.autoencoder.GraphAutoencoder`.

    Every epoch seeds torch's global generator anew from the seed of the run, the number of the epoch and that of the
    process. A run that is killed and resumed therefore makes exactly the draws it would have made.

    Args:
        model_config: The model.
        train_config: How to train it.

    Example:
        >>> module = AutoencoderModule(AutoencoderConfig(), TrainConfig())
        >>> type(module.model).__name__
        'GraphAutoencoder'
    """

    def __init__(self, model_config: AutoencoderConfig, train_config: TrainConfig) -> None:
        super().__init__()
        self.model_config, self.train_config = model_config, train_config
        torch.manual_seed(stream_seed(train_config.seed, "weights"))
        self.model = GraphAutoencoder(model_config)
        self.history: list[dict[str, float]] = []
        self._metrics = ReconstructionMetrics()
        self._losses: list[Tensor] = []
        self._started = time.perf_counter()

    def setup(self, stage: str) -> None:
        if self.train_config.threads:  # the caller's setting does not reach a spawned process
            torch.set_num_threads(self.train_config.threads)

    def on_train_start(self) -> None:
        # The clock goes on where the checkpoint that this run resumes from left it.
        elapsed = self.history[-1]["seconds"] if self.history else 0.0
        self._started = time.perf_counter() - elapsed

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        if batch_idx == 0:
            self._seed("train", self.current_epoch, self.global_rank)
            self._losses = []
        loss = self.model.loss(batch)
        self._losses.append(loss.detach())
        return loss

    def on_validation_epoch_start(self) -> None:
        # Every process sees all validation graphs with the same draws: they agree on the best epoch without talking.
        self._seed("validation", self.current_epoch)
        self._metrics = ReconstructionMetrics()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        update_metrics(self._metrics, self.model, batch)

    def on_validation_epoch_end(self) -> None:
        values = {f"val_{name}": value for name, value in self._metrics.compute().items()}
        self.log_dict(values, batch_size=1, sync_dist=True)

    def on_train_epoch_end(self) -> None:
        row = {
            "epoch": float(self.current_epoch),
            "seconds": time.perf_counter() - self._started,
            "train_loss": float(torch.stack(self._losses).mean()),
        }
        self.log_dict({name: row[name] for name in ("seconds", "train_loss")}, batch_size=1, sync_dist=True)
        row.update({name: float(v) for name, v in self.trainer.callback_metrics.items() if name.startswith("val_")})
        self.history.append(row)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["model_config"] = asdict(self.model_config)
        checkpoint["train_config"] = asdict(self.train_config)
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = list(checkpoint["history"])

    def configure_optimizers(self) -> Any:
        config = self.train_config
        optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=config.learning_rate,
            betas=(0.9, config.beta2),
            weight_decay=config.weight_decay,
        )
        if config.schedule == "constant":
            return optimizer
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=config.learning_rate,
            total_steps=int(self.trainer.estimated_stepping_batches),
            pct_start=config.warmup,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _seed(self, *stream: str | int) -> None:
        torch.manual_seed(stream_seed(self.train_config.seed, *stream))


def update_metrics(metrics: ReconstructionMetrics, model: GraphAutoencoder, batch: Batch) -> None:
    r"""Reconstructs a batch with fresh draws and adds it to the metrics.

    Args:
        metrics: What to add to.
        model: The autoencoder.
        batch: The graphs.
    """
    ptr = node_ptr(batch)
    out = model(batch)
    targets = pair_targets(batch, "edge_type" if out.edge_logits.dim() == 2 else None)
    node_types = None if out.node_logits is None else batch.node_type
    metrics.update(out.pair_index, out.edge_logits, targets, ptr, out.node_logits, node_types)


@torch.no_grad()
def evaluate(model: GraphAutoencoder, loader: Iterable[Batch], *, seed: int, draws: int = 1) -> dict[str, float]:
    r"""Measures how well an autoencoder reconstructs the graphs of a loader, with fresh draws.

    The caller's global generator is left as it was.

    Args:
        model: The autoencoder; it is left in the mode, training or evaluation, that it was in.
        loader: Batches of graphs.
        seed: The seed of the draws.
        draws: Passes over the loader, each with draws of its own.

    Returns:
        The values of :class:`~pyg_symbreak.metrics.ReconstructionMetrics` over all passes.
    """
    training = model.training
    model.eval()
    device = next(model.parameters()).device
    metrics = ReconstructionMetrics()
    with torch.random.fork_rng():
        for draw in range(draws):
            torch.manual_seed(stream_seed(seed, "test", draw))
            for batch in loader:
                update_metrics(metrics, model, batch.to(device))
    model.train(training)
    return {name: float(value) for name, value in metrics.compute().items()}


class GraphDataModule(LightningDataModule):
    r"""Serves the splits of a data set: training graphs in a fresh order every epoch, shared by all processes.

    A step on several processes sees the very graphs that it sees on one.

    Args:
        splits: The data sets.
        config: Gives the batch size, over all processes together, and the seed.
    """

    def __init__(self, splits: Splits, config: TrainConfig) -> None:
        super().__init__()
        self.splits, self.config = splits, config

    def train_dataloader(self) -> InMemoryLoader:
        trainer = self.trainer
        assert trainer is not None
        dataset, world = self.splits.train, trainer.world_size
        generator = torch.Generator().manual_seed(stream_seed(self.config.seed, "order", trainer.current_epoch))
        order = torch.randperm(len(dataset), generator=generator)
        # Wrapping around makes the shares of all processes equally long, which DDP needs.
        share = torch.cat([order, order[: -len(dataset) % world]])[trainer.global_rank :: world]
        return InMemoryLoader(dataset[share], batch_size=self.config.batch_size // world, shuffle=False)

    def val_dataloader(self) -> InMemoryLoader:
        return InMemoryLoader(self.splits.val, batch_size=max(256, self.config.batch_size), shuffle=False)
