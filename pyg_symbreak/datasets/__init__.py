r"""Data sets of small graphs, synthetic and molecular, as PyG in-memory data sets."""

from pyg_symbreak.datasets.community import CommunityGraphs
from pyg_symbreak.datasets.erdos_renyi import ErdosRenyiGraphs
from pyg_symbreak.datasets.regular import RegularGraphs
from pyg_symbreak.datasets.trees import TreeGraphs

__all__ = ["CommunityGraphs", "ErdosRenyiGraphs", "RegularGraphs", "TreeGraphs"]
