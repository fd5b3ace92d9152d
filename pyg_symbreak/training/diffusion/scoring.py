r"""Scores of sampled graphs against the data that the generator was trained on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.decode import decode_molecules
from pyg_symbreak.training.diffusion.sources import Source

DEFAULT_METRICS = ("validity", "stability", "fcd")


class Scorer:
    r"""Scores samples; what depends on the data alone is computed once.

    Molecules are scored by :class:`~pyg_symbreak.metrics.molecules.MoleculeMetrics`: novelty against the training
    molecules, distances such as that of Fréchet and ChemNet against the test molecules. Other graphs are scored by
    :class:`~pyg_symbreak.metrics.graphs.GraphMetrics`, against the same splits.

    Args:
        source: The data.
        metrics: The groups of metrics of molecules; ``"fcd"`` is left out where the package ``fcd`` is not installed.
        cache: A folder to keep what the Fréchet ChemNet distance needs of the test molecules.

    Example:
        >>> from pyg_symbreak.training.diffusion.sources import load_source
        >>> source = load_source("small")
        >>> scores = Scorer(source, ("validity",))(source.dense("val"), source.config())
        >>> scores["validity"].value, scores["novelty"].value
        (1.0, 1.0)
    """

    def __init__(
        self, source: Source, metrics: Sequence[str] = DEFAULT_METRICS, *, cache: str | Path | None = None
    ) -> None:
        self.source = source
        if source.molecules:
            from pyg_symbreak.metrics.molecules import MoleculeMetrics

            known, test = frozenset(source.smiles("train")), source.smiles("test")
            self._metrics: Any = MoleculeMetrics(
                test,
                train=known,
                metrics=[name for name in metrics if name != "fcd" or has_fcd()],
                hydrogens="H" in source.alphabet["node_types"],
                fcd_cache=None if cache is None else Path(cache) / f"fcd-{_digest(test)}.npz",
            )
        else:
            from pyg_symbreak.metrics.graphs import GraphMetrics

            test_graphs, train_graphs = (source.dense(split).to_data_list() for split in ("test", "train"))
            self._metrics = GraphMetrics(test_graphs, train_graphs, source.kind)

    def __call__(self, graphs: DenseGraph, config: DiffusionConfig) -> dict[str, Any]:
        r"""Score samples.

        Args:
            graphs: The samples.
            config: The hyper-parameters of the generator.

        Returns:
            Each score with its counts or its interval: a :class:`~pyg_symbreak.metrics.ratio.Ratio`, an
            :class:`~pyg_symbreak.metrics.estimate.Estimate` or a :class:`~pyg_symbreak.metrics.graphs.MMD`.
        """
        if not self.source.molecules:
            return dict(self._metrics.compute(graphs.to_data_list()))
        return dict(self._metrics(decode_molecules(graphs, config)))


def _digest(smiles: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(smiles)).encode()).hexdigest()[:16]


def has_fcd() -> bool:
    r"""Whether the package ``fcd`` is installed.

    Example:
        >>> has_fcd() in (True, False)
        True
    """
    from importlib.util import find_spec

    return find_spec("fcd") is not None


def plain_scores(scores: Mapping[str, Any]) -> dict[str, float | None]:
    r"""Returns the values of scores by name, :obj:`None` where they have no meaning.

    Example:
        >>> from pyg_symbreak.metrics.ratio import Ratio
        >>> plain_scores({"validity": Ratio(1, 4), "novelty": Ratio(0, 0)})
        {'validity': 0.25, 'novelty': None}
    """
    return {name: None if math.isnan(score.value) else score.value for name, score in scores.items()}
