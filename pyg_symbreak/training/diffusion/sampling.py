r"""Many samples of a generator, batch by batch; killed and called again, it goes on where it was."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.results import config_hash


@dataclass(frozen=True)
class SampleConfig:
    r"""What is sampled, and how; plain values.

    Raises:
        ValueError: If a number is out of its range.

    Example:
        >>> SampleConfig(num_graphs=3, sizes=(5, 6)).batch_size
        512
    """

    num_graphs: int = 1000  # how many
    sizes: tuple[int, ...] = ()  # numbers of nodes, in turn; by default as the training graphs have them
    sampler: str = "ancestral"  # "ancestral" or "flow"
    steps: int = 0  # of the sampler; 0 for all of the ancestral sampler, 50 of the flow
    properties: tuple[float, ...] = ()  # what to condition on
    guidance: float = 0.0  # scale of classifier-free guidance
    batch_size: int = 512  # graphs that are generated together
    seed: int = 0  # of every draw

    def __post_init__(self) -> None:
        for name, least in (("num_graphs", 1), ("batch_size", 1), ("steps", 0), ("seed", 0)):
            value = getattr(self, name)
            if value < least:
                raise ValueError(f"'SampleConfig' expected '{name}' to be at least {least} (got {value})")


def sample_graphs(
    model: GraphDiffusion,
    config: SampleConfig,
    directory: str | os.PathLike[str] | None = None,
    progress: Callable[[int], object] | None = None,
) -> DenseGraph:
    r"""Generates graphs; each batch is kept in a folder as soon as it is there.

    Every batch has a random stream of its own: with the same folder, model and configuration, batches that are there
    are read, the others are made, and the graphs are those of a run that was not killed.

    Args:
        model: The generator; it is left in the mode that it was in.
        config: What is sampled.
        directory: The folder; without it nothing is kept.
        progress: Called with the number of graphs that are done since the last call.

    Returns:
        The graphs, on the CPU, in random order of their sizes.

    Raises:
        ValueError: If a size or a property does not fit the model.
        OSError: If the disk is full.
    """
    _check_properties(config, model.config)
    folder = None if directory is None else Path(directory) / config_hash({**asdict_plain(config), **digest(model)})
    device = model.sizes.probability.device
    sizes = _sizes(model, config)
    order = torch.argsort(sizes, stable=True)
    parts = []
    for number, chosen in enumerate(torch.split(order, config.batch_size)):
        path = None if folder is None else folder / f"{number:06d}.pt"
        part = None if path is None else _read(path)
        if part is None:
            part = model.sample(
                sizes=sizes[chosen],
                steps=config.steps or None,
                sampler=config.sampler,
                y=torch.tensor(config.properties) if config.properties else None,
                guidance=config.guidance,
                batch_size=config.batch_size,
                generator=torch.Generator(device).manual_seed(stream_seed(config.seed, "sample", number)),
            )
            if path is not None:
                _write(path, part)
        parts.append(part)
        if progress is not None:
            progress(part.num_graphs)
    return DenseGraph.cat(parts).select(torch.argsort(order))


def forget_samples(directory: str | os.PathLike[str]) -> None:
    r"""Deletes the folder that :func:`sample_graphs` kept batches in, once the graphs are somewhere else."""
    shutil.rmtree(directory, ignore_errors=True)


def asdict_plain(config: SampleConfig) -> dict[str, Any]:
    r"""Returns the values of a configuration as JSON has them.

    Example:
        >>> asdict_plain(SampleConfig(sizes=(5,)))["sizes"]
        [5]
    """
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()}


def digest(model: GraphDiffusion) -> dict[str, Any]:
    r"""Returns what tells a model from others: its configuration, and sums over its weights.

    Example:
        >>> model = GraphDiffusion(DiffusionConfig(("C",), ("none", "single"), 2, num_layers=1))
        >>> digest(model) == digest(model)
        True
    """
    sums = [float(weight.detach().double().sum()) for weight in model.state_dict().values()]
    return {"model": model.config.to_dict(), "weights": sums}


def _check_properties(config: SampleConfig, model: DiffusionConfig) -> None:
    if len(config.properties) not in (0, model.num_properties):
        raise ValueError(
            f"'sample_graphs' expected {model.num_properties} properties, as the generator was trained with "
            f"(got {len(config.properties)})"
        )
    if config.guidance and not config.properties:
        raise ValueError(f"'sample_graphs' expected properties to guide to (got guidance={config.guidance:g} alone)")


def _sizes(model: GraphDiffusion, config: SampleConfig) -> Tensor:
    if not config.sizes:
        generator = torch.Generator().manual_seed(stream_seed(config.seed, "sizes"))
        return model.sizes.sample(config.num_graphs, generator).cpu()
    largest = model.config.max_nodes
    wrong = next((size for size in config.sizes if not 1 <= size <= largest), None)
    if wrong is not None:
        raise ValueError(f"'sample_graphs' expected sizes in 1 … {largest}, the largest of training (got {wrong})")
    return torch.tensor(config.sizes).repeat(-(-config.num_graphs // len(config.sizes)))[: config.num_graphs]


def _write(path: Path, graphs: DenseGraph) -> None:
    buffer = io.BytesIO()
    torch.save({"x": graphs.x.short(), "e": graphs.e.to(torch.uint8), "mask": graphs.mask}, buffer)
    atomic_write(path, buffer.getvalue())


def _read(path: Path) -> DenseGraph | None:
    if not path.is_file():
        return None
    state = torch.load(path, weights_only=True)
    return DenseGraph(state["x"].long(), state["e"].long(), state["mask"])
