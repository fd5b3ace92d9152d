r"""All metrics of generated graphs behind one class: fit once, compute many times."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pyg_symbreak.metrics.estimate import Estimate
from pyg_symbreak.metrics.graphs.descriptors import clustering_shares, degree_shares, spectrum_shares
from pyg_symbreak.metrics.graphs.kernels import GaussianKernel, earth_mover, euclidean, total_variation
from pyg_symbreak.metrics.graphs.mmd import MMD, Gram
from pyg_symbreak.metrics.graphs.orbits import orbit_means
from pyg_symbreak.metrics.graphs.sample import Adjacency, Graphs, adjacency_matrices, graph_list
from pyg_symbreak.metrics.graphs.validity import VALIDITY
from pyg_symbreak.metrics.graphs.vun import graph_keys, valid_unique_novel
from pyg_symbreak.metrics.graphs.wavelets import wavelet_shares
from pyg_symbreak.metrics.ratio import Ratio

_DIGITS = 4


@dataclass(frozen=True)
class Statistic:
    r"""What is compared, and how: a descriptor of graphs and a kernel on it.

    .. code-block:: python

        >>> Statistic(degree_shares, GaussianKernel(total_variation)).kernel.sigma
        1.0
    """

    describe: Callable[[list[Adjacency]], Tensor]
    kernel: GaussianKernel


TV_STATISTICS = {
    "degree": Statistic(degree_shares, GaussianKernel(total_variation, 1.0)),
    "clustering": Statistic(clustering_shares, GaussianKernel(total_variation, 0.1)),
    "orbit": Statistic(orbit_means, GaussianKernel(total_variation, 30.0)),
    "spectrum": Statistic(spectrum_shares, GaussianKernel(total_variation, 1.0)),
    "wavelet": Statistic(wavelet_shares, GaussianKernel(total_variation, 1.0)),
}
EMD_STATISTICS = {
    "degree": Statistic(degree_shares, GaussianKernel(earth_mover, 1.0)),
    "clustering": Statistic(clustering_shares, GaussianKernel(earth_mover, 10.0)),  # 0.1, at 100 bins to the unit
    "orbit": Statistic(orbit_means, GaussianKernel(euclidean, 30.0)),
    "spectrum": Statistic(spectrum_shares, GaussianKernel(earth_mover, 1.0)),
    "wavelet": Statistic(wavelet_shares, GaussianKernel(earth_mover, 1.0)),
}


class GraphMetrics:
    r"""Scores generated graphs; what depends on the reference and the training graphs alone is computed once.

    **MMD.** Squared, biased, of five descriptors: degrees, clustering coefficients (100 bins), mean orbit counts, the
    spectrum of the normalised Laplacian (200 bins), and wavelets (12 scales of 100 bins). ``kernel="tv"`` has the
    Gaussian total variation kernels of GRAN (arXiv 1910.00760), SPECTRE (arXiv 2204.01613) and DiGress (arXiv
    2209.14734) for planar, SBM and tree graphs, with bandwidths 1, 0.1, 30, 1, 1; ``kernel="emd"`` the Gaussian earth
    mover's kernels of GraphRNN (arXiv 1802.08773), a Gaussian of the Euclidean distance for the orbits, as DiGress's
    code has them for comm20, the same bandwidths (0.1 for the clustering coefficient, whose histogram spans one unit).
    Each comes with a bootstrap interval, the unbiased value and its jackknife error: with the forty test graphs of
    these sets, the intervals are wide. Graphs without nodes are left out of the MMDs, as in the code of these papers,
    and counted.

    **Ratio.** With training graphs, each MMD divided by the MMD between training and reference graphs, and the mean
    over the statistics (Bergmeister et al., arXiv 2312.11529). As in the code of DeFoG (arXiv 2410.04263), the divisor
    is rounded to four digits, as its published values are, and a statistic where that gives 0 has no ratio (NaN) and no
    part in the mean.

    **Validity, uniqueness, novelty.** :func:`~pyg_symbreak.metrics.graphs.vun.valid_unique_novel`, with the criterion
    of :mod:`~pyg_symbreak.metrics.graphs.validity` that ``kind`` names; novelty with respect to ``train``.

    Args:
        reference: The graphs to compare with, usually the test set; at least one has nodes.
        train: The training graphs, for novelty and ratios.
        kind: ``"planar"``, ``"sbm"``, ``"tree"``, ``"comm20"``, or ``None``: every graph is valid.
        kernel: ``"tv"`` or ``"emd"``; by default ``"emd"`` for comm20 and ``"tv"`` for all else.
        node_attrs: Names of the node attributes that tell graphs apart; the MMDs see none.
        edge_attrs: Names of the edge attributes that tell graphs apart.

    Raises:
        TypeError: If graphs are neither a ``Batch`` nor a list of ``Data``.
        ValueError: If ``kind`` or ``kernel`` is unknown, no reference graph has nodes, or a graph is malformed.

    .. code-block:: python

        >>> import networkx as nx
        >>> from torch_geometric.utils import from_networkx
        >>> cycles = [from_networkx(nx.cycle_graph(n)) for n in (5, 6, 7)]
        >>> metrics = GraphMetrics(cycles, kind="planar")
        >>> result = metrics.compute([from_networkx(nx.complete_graph(n)) for n in (3, 4, 5)])
        >>> print(result["validity"], "|", round(result["degree"].value, 3))
        2/3 = 0.6667 [0.2077, 0.9385] | 0.262
    """

    def __init__(
        self,
        reference: Graphs,
        train: Graphs | None = None,
        kind: str | None = None,
        *,
        kernel: str | None = None,
        node_attrs: Sequence[str] = (),
        edge_attrs: Sequence[str] = (),
    ) -> None:
        if kind is not None and kind not in VALIDITY:
            raise ValueError(f"'GraphMetrics' expected 'kind' among {', '.join(VALIDITY)} or None (got {kind!r})")
        kernel = kernel or ("emd" if kind == "comm20" else "tv")
        if kernel not in ("tv", "emd"):
            raise ValueError(f"'GraphMetrics' expected 'kernel' to be 'tv' or 'emd' (got {kernel!r})")
        self.kind, self.kernel = kind, kernel
        self.statistics = TV_STATISTICS if kernel == "tv" else EMD_STATISTICS
        self.node_attrs, self.edge_attrs = tuple(node_attrs), tuple(edge_attrs)
        self._reference = self._describe(adjacency_matrices(reference))
        if not len(self._reference["degree"]):
            raise ValueError("'GraphMetrics' expected at least one reference graph with nodes (got none)")
        self._train = None if train is None else graph_list(train, self.node_attrs, self.edge_attrs)

    @cached_property
    def known(self) -> frozenset[str] | None:
        """The canonical hashes of the training graphs."""
        return None if self._train is None else frozenset(graph_keys(self._train, self.node_attrs, self.edge_attrs))

    @cached_property
    def train_mmd(self) -> dict[str, float] | None:
        """The biased squared MMD between training and reference graphs, by which ratios divide."""
        if self._train is None:
            return None
        described = self._describe(adjacency_matrices(self._train))
        return {name: self._gram(name, described).biased for name in self.statistics}

    def compute(self, graphs: Graphs, generator: torch.Generator | None = None) -> dict[str, MMD | Estimate | Ratio]:
        r"""Score generated graphs.

        Args:
            graphs: The generated graphs, a ``Batch`` or a list of ``Data``, undirected.
            generator: Source of the bootstrap's draws; by default one with a fixed seed.

        Returns:
            ``degree``, ``clustering``, ``orbit``, ``spectrum`` and ``wavelet``, each a
            :class:`~pyg_symbreak.metrics.graphs.mmd.MMD`, left out if no graph has nodes; with training graphs
            ``degree_ratio``, …, and ``mean_ratio``, each an :class:`~pyg_symbreak.metrics.estimate.Estimate` (the
            interval is that of the MMD alone); the shares of
            :func:`~pyg_symbreak.metrics.graphs.vun.valid_unique_novel`, and ``empty``, the share of graphs without
            nodes, each a :class:`~pyg_symbreak.metrics.ratio.Ratio`.

        Raises:
            TypeError: If ``graphs`` is neither a ``Batch`` nor a list of ``Data``.
            ValueError: If a graph is malformed or lacks an attribute.
            SearchBudgetExceeded: If a graph resists canonical labelling.
        """
        alone = graph_list(graphs, self.node_attrs, self.edge_attrs)
        described = self._describe(adjacency_matrices(alone))
        with_nodes = len(described["degree"])
        out: dict[str, MMD | Estimate | Ratio] = {}
        if with_nodes:
            for name in self.statistics:
                out[name] = MMD.of(self._gram(name, described), generator)
            out.update(self._ratios(out, with_nodes))
        is_valid = None if self.kind is None else VALIDITY[self.kind]
        out.update(
            valid_unique_novel(alone, is_valid, self.known, node_attrs=self.node_attrs, edge_attrs=self.edge_attrs)
        )
        out["empty"] = Ratio(len(alone) - with_nodes, len(alone))
        return out

    def _describe(self, matrices: list[Adjacency]) -> dict[str, Tensor]:
        with_nodes = [matrix for matrix in matrices if len(matrix)]
        return {name: statistic.describe(with_nodes) for name, statistic in self.statistics.items()}

    @cached_property
    def _within_reference(self) -> dict[str, Tensor]:
        return {name: self.statistics[name].kernel(rows, rows) for name, rows in self._reference.items()}

    def _gram(self, name: str, described: dict[str, Tensor]) -> Gram:
        kernel, reference, rows = self.statistics[name].kernel, self._reference[name], described[name]
        return Gram(self._within_reference[name], kernel(rows, rows), kernel(reference, rows))

    def _ratios(self, mmds: dict[str, MMD | Estimate | Ratio], size: int) -> dict[str, Estimate]:
        if self.train_mmd is None:
            return {}
        out = {}
        for name, unit in self.train_mmd.items():
            mmd = mmds[name]
            unit = round(unit, _DIGITS)
            unit = unit if unit > 0 else math.nan
            out[f"{name}_ratio"] = Estimate(mmd.value / unit, mmd.low / unit, mmd.high / unit, size)
        known = [ratio.value for ratio in out.values() if not math.isnan(ratio.value)]
        mean = sum(known) / len(known) if known else math.nan
        return {**out, "mean_ratio": Estimate(mean, denominator=size)}
