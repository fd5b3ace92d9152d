r"""Lightning's Trainer for runs that are counted in steps."""

from __future__ import annotations

from pathlib import Path

from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger

from pyg_symbreak.training.steps.callbacks import StepEnd, StepProgress
from pyg_symbreak.training.steps.pace import Pace
from pyg_symbreak.training.trainer import AtomicCheckpointIO, QuietSpawned


def make_step_trainer(
    config: Pace,
    total_steps: int,
    directory: Path,
    step_end: StepEnd,
    *,
    progress: bool = False,
    label: str = "training",
    position: int = 0,
) -> Trainer:
    r"""Builds the trainer of a run; to Lightning the whole run is one epoch without end.

    Args:
        config: Gives devices, machines and precision.
        total_steps: Where the run ends.
        directory: Where ``last.ckpt``, ``metrics.csv`` and the TensorBoard events go.
        step_end: What happens between two steps.
        progress: Whether to show a progress bar.
        label: What is trained, for the progress bar.
        position: The line of the progress bar.
    """
    callbacks: list[Callback] = [QuietSpawned(), step_end]
    if progress:
        callbacks.append(StepProgress(label, position))
    # Spawned processes need no second start of the program's main file, but live on one machine and know no GPU yet.
    spawned = config.accelerator == "cpu" and config.num_nodes == 1
    # The last layer computes what nothing reads, so that some weights have no gradient.
    shared = "ddp_spawn_find_unused_parameters_true" if spawned else "ddp_find_unused_parameters_true"
    return Trainer(
        accelerator=config.accelerator,
        devices=config.devices,
        num_nodes=config.num_nodes,
        strategy="auto" if config.world_size == 1 else shared,
        precision="bf16-mixed" if config.precision == "bf16-mixed" else "32-true",
        max_steps=total_steps,
        max_epochs=-1,
        default_root_dir=directory,
        logger=TensorBoardLogger(directory.parent, name=directory.name, version=""),
        callbacks=callbacks,
        plugins=[AtomicCheckpointIO()],
        use_distributed_sampler=False,
        log_every_n_steps=config.log_every,
        limit_val_batches=0,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
