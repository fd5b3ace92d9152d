r"""Which graphs a random model tells apart, by draw and backbone; nothing is trained."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.datasets import separation_pairs
from pyg_symbreak.metrics import Separation, canonical_embedding, measure_separation, wl_embedding
from pyg_symbreak.training.config import stream_seed
from pyg_symbreak.training.pool import UNFINISHED, recorded
from pyg_symbreak.training.results import config_hash
from pyg_symbreak.training.symmetrize.backbones import BACKBONES, graph_backbone
from pyg_symbreak.training.symmetrize.draws import DRAWS, permutation_draw, split_method, symmetrized

REFERENCES: Final = {"1-wl": wl_embedding, "canonical-hash": canonical_embedding}
r"""What is no model: the ends of the scale."""

PAIRS: Final[dict[str, str]] = {
    "graph8c": "graph8c",
    "graph8c-hard": "graph8c",
    "exp": "exp",
    "csl": "csl",
    "sr25": "sr25",
    "brec": "brec",
}
r"""The sets of pairs, and the folder of the files of each."""

RECOMMENDED: Final = (
    *REFERENCES,
    "none+mlp",
    *(f"{draw}+{name}" for draw in ("uniform", "lps", "refinement", "exact") for name in ("mlp", "gin-id")),
)
r"""The methods that are compared unless told otherwise."""

EMBEDDING: Final = 16
r"""The number of outputs of the random models."""

_DETERMINISTIC: Final = ("none", "exact", *REFERENCES)


@dataclass(frozen=True)
class SeparationRunSpec:
    r"""One random model and one set of pairs.

    Args:
        data: One of :data:`PAIRS`.
        method: A draw and a backbone, such as ``"lps+mlp"``, or one of :data:`REFERENCES`.
        seed: The seed of the weights and of the draws.
        num_draws: How often each graph is embedded, where the model is random.
        num_pairs: At most so many pairs; by default those of the set.
        root: The folder of the data sets.
        deadline: The moment, in seconds of :func:`time.time`, from which on no run begins.

    Example:
        >>> SeparationRunSpec("csl", "lps+mlp", seed=3).label
        'csl lps+mlp seed 3'
    """

    data: str
    method: str
    seed: int = 0
    num_draws: int = 32
    num_pairs: int | None = None
    root: str | None = None
    deadline: float | None = None

    @property
    def label(self) -> str:
        r"""What the run is called on screen."""
        return f"{self.data} {self.method} seed {self.seed}"

    @property
    def draws(self) -> int:
        r"""How often each graph is embedded: once by a model that does not depend on chance."""
        return 1 if self.method.split("+")[0] in _DETERMINISTIC else self.num_draws

    @property
    def config(self) -> dict[str, Any]:
        r"""All that the result depends on, as plain values."""
        sizes = {"draws": self.draws, "pairs": self.num_pairs, "embedding": EMBEDDING}
        return {"separate": self.data, "method": self.method, "seed": self.seed, **sizes}

    @property
    def key(self) -> str:
        r"""A name that is the same for the same configuration, and for no other."""
        return f"separate-{self.data}/{self.method}/seed{self.seed}-{config_hash(self.config)}"


def check_separation(method: str) -> None:
    r"""Checks the name of a method.

    Raises:
        ValueError: If it is neither a reference nor a draw and a backbone.
    """
    if method not in REFERENCES:
        split_method(method, DRAWS, BACKBONES)


def prepare(specs: Sequence[SeparationRunSpec]) -> None:
    r"""Checks the names of runs and makes their pairs, before several processes would all make the same files.

    Args:
        specs: The runs, for :func:`~pyg_symbreak.training.pool.make_runs` with :func:`run`.

    Raises:
        ValueError: If a method or a set of pairs is unknown.
        OSError: If a data set has to be placed by hand.
    """
    for spec in specs:
        check_separation(spec.method)
    for data, num_pairs, root in {(spec.data, spec.num_pairs, spec.root): None for spec in specs}:
        _cached_pairs(data, num_pairs, root)


def run(
    spec: SeparationRunSpec, directory: Path, *, resume: bool = True, progress: bool = False, position: int = 0
) -> dict[str, Any]:
    r"""Makes one run and returns its record; an error becomes a record too, and a file ``error.txt`` with the details.

    Args:
        spec: The run.
        directory: Where the folder of the run is made, if there is an error.
        resume: Not used: a run takes seconds.
        progress: Not used.
        position: Not used.
    """
    with recorded(spec, directory / spec.key) as record:
        record["draws"] = spec.draws
        if spec.deadline is not None and time.time() > spec.deadline:
            record["status"] = UNFINISHED
            return record
        pairs = _cached_pairs(spec.data, spec.num_pairs, spec.root)
        started = time.perf_counter()
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):  # or torch warns of several GPUs
            torch.manual_seed(stream_seed(spec.seed, "weights"))
            embed = _embedding(spec.method, max(graph.num_nodes for pair in pairs for graph in pair))
            torch.manual_seed(stream_seed(spec.seed, "draws"))
            # Wide batches of small graphs, narrow ones of large graphs.
            size = 128 if max(graph.num_nodes for pair in pairs for graph in pair) < 64 else 16
            found = measure_separation(embed, pairs, num_draws=spec.draws, batch_size=size)
        record["seconds"] = round(time.perf_counter() - started, 2)
        record["metrics"] = {
            "separated": found.separated,
            "pairs": found.total,
            "separated_isomorphic": found.control_separated,
            "by_distance": found.by_distance.numerator,
            "by_distance_isomorphic": found.control_by_distance.numerator,
        }
        record["separation"] = found.to_dict()
        record["categories"] = _categories(pairs, found)
    return record


def _embedding(method: str, max_nodes: int) -> Any:
    if method in REFERENCES:
        return REFERENCES[method]
    draw, name = split_method(method, DRAWS, BACKBONES)
    backbone = graph_backbone(name, 1, EMBEDDING, max_nodes)
    # Pairs that differ in little are told apart in double precision only.
    model = symmetrized(backbone, permutation_draw(draw, in_channels=1), 1, 1, "graph").double().eval()

    def embed(batch: Batch) -> Tensor:
        out: Tensor = model(batch)
        return out

    return embed


def _categories(pairs: Sequence[tuple[Data, Data]], found: Separation) -> dict[str, list[int]]:
    names = [getattr(pair[0], "category", None) for pair in pairs]
    separated, control = found.p_values <= found.level, found.control_p_values <= found.level
    out: dict[str, list[int]] = {}
    for name in dict.fromkeys(name for name in names if name is not None):
        chosen = torch.tensor([other == name for other in names])
        out[name] = [int(separated[chosen].sum()), int(control[chosen].sum()), int(chosen.sum())]
    return out


@functools.lru_cache(maxsize=2)
def _cached_pairs(data: str, num_pairs: int | None, root: str | None) -> list[tuple[Data, Data]]:
    if data not in PAIRS:
        raise ValueError(f"'symmetrize' expected pairs among {', '.join(PAIRS)} (got {data!r})")
    folder = None if root is None else Path(root) / PAIRS[data]
    return separation_pairs(data, folder, num_pairs=num_pairs)
