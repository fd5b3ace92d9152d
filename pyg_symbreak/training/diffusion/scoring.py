r"""Scores of sampled graphs against the data that the generator was trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.training.diffusion.decode import decode_molecules
from pyg_symbreak.training.diffusion.sources import Source


class Scorer:
    r"""Scores samples; what depends on the data alone is computed once.

    Molecules are scored by :class:`~pyg_symbreak.metrics.molecules.MoleculeMetrics`: novelty against the training
    molecules, the Fréchet ChemNet distance against the test molecules. Other graphs are scored by
    :class:`~pyg_symbreak.metrics.graphs.GraphMetrics`, against the same splits.

    Args:
        source: The data.
        fcd: Whether to compute the Fréchet ChemNet distance, if the package ``fcd`` is installed.
        cache: A file to keep what that distance needs of the test molecules.

    Example:
        >>> from pyg_symbreak.training.diffusion.sources import load_source
        >>> source = load_source("small")
        >>> scores = Scorer(source, fcd=False)(source.dense("val"), source.config())
        >>> scores["validity"].value, scores["novelty"].value
        (1.0, 1.0)
    """

    def __init__(self, source: Source, *, fcd: bool = True, cache: str | Path | None = None) -> None:
        self.source = source
        self._distance: Any = None
        if source.molecules:
            from pyg_symbreak.metrics.molecules import MoleculeMetrics

            hydrogens = "H" in source.alphabet["node_types"]
            known = frozenset(source.smiles("train"))
            self._metrics: Any = MoleculeMetrics(known, metrics=("validity", "stability"), hydrogens=hydrogens)
            if fcd and has_fcd():
                from pyg_symbreak.metrics.molecules.fcd import FrechetChemNetDistance

                self._distance = FrechetChemNetDistance(source.smiles("test"), cache=cache)
        else:
            from pyg_symbreak.metrics.graphs import GraphMetrics

            test, train = (source.dense(split).to_data_list() for split in ("test", "train"))
            self._metrics = GraphMetrics(test, train, source.kind)

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
        molecules = decode_molecules(graphs, config)
        scores = dict(self._metrics(molecules))
        if self._distance is not None:
            from pyg_symbreak.metrics.molecules import check_molecules

            valid = [checked.smiles for checked in check_molecules(molecules) if checked.smiles is not None]
            scores["fcd"] = self._distance(valid, num_draws=0)
        return scores


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
