r"""From sampled graphs to molecules."""

from __future__ import annotations

from typing import Any

from pyg_symbreak.datasets.molecules import graph_molecule
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph


def decode_molecules(graphs: DenseGraph, config: DiffusionConfig) -> list[Any]:
    r"""Turns sampled graphs into RDKit molecules that are not sanitised: whether they are valid is still to be told.

    Args:
        graphs: The graphs.
        config: The hyper-parameters of the generator; its alphabet tells what the types mean.

    Raises:
        ImportError: If RDKit is not installed.
        ValueError: If the generator is none of molecules.

    Example:
        >>> import torch
        >>> from pyg_symbreak.metrics.molecules import check_molecule
        >>> config = DiffusionConfig(("C", "O"), ("none", "single", "double", "triple"), 3, bonds="kekule")
        >>> graphs = DenseGraph(torch.tensor([[0, 0, 1]]), torch.tensor([[1, 0, 2]]), torch.ones(1, 3).bool())
        >>> check_molecule(decode_molecules(graphs, config)[0]).smiles
        'CC=O'
    """
    if not config.bonds:
        raise ValueError("'decode_molecules' expected a generator of molecules (got one of other graphs)")
    hydrogens = "H" in config.node_types
    return [graph_molecule(data, config.node_types, config.bonds, hydrogens) for data in graphs.to_data_list()]
