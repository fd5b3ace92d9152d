r"""An untrained generator with the sizes and frequencies of the training graphs."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.models.diffusion.sizes import SizeHistogram
from pyg_symbreak.training.diffusion.data import StreamedGraphs
from pyg_symbreak.training.diffusion.packed import PackedGraphs

_CHUNK = 4096
_STREAMED = 100_000


def model_for(config: DiffusionConfig, graphs: PackedGraphs | StreamedGraphs) -> GraphDiffusion:
    r"""Build a generator as :meth:`~pyg_symbreak.models.diffusion.model.GraphDiffusion.from_graphs` does, but from
    graphs that need not be unpacked all at once.

    Of graphs on the disk at most 100,000, evenly spaced, are counted.

    Args:
        config: The hyper-parameters of the model.
        graphs: The training graphs.

    Raises:
        ValueError: If a graph is larger than ``max_nodes``, has a type outside the alphabet, or has another number of
            properties than ``num_properties``.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> edge = Data(node_type=torch.tensor([0, 0]), edge_index=torch.tensor([[0, 1], [1, 0]]),
        ...             edge_type=torch.tensor([1, 1]), num_nodes=2)
        >>> model = model_for(DiffusionConfig(("C",), ("none", "single"), 2), PackedGraphs.from_graphs([edge]))
        >>> model.sizes.probability.tolist()
        [0.0, 0.0, 1.0]
    """
    kinds = len(config.node_types), len(config.edge_types)
    sizes = torch.zeros(config.max_nodes + 1, dtype=torch.long)
    nodes, pairs = (torch.zeros(kind, dtype=torch.long) for kind in kinds)
    for dense in _chunks(graphs):
        dense.validate(*kinds)
        largest = int(dense.num_nodes.max())
        if largest > config.max_nodes:
            raise ValueError(f"'model_for' expected graphs of at most {config.max_nodes} nodes (got one of {largest})")
        found = 0 if dense.y is None else dense.y.size(1)
        if found != config.num_properties:
            raise ValueError(
                f"'model_for' expected graphs with {config.num_properties} properties, as 'num_properties' says "
                f"(got {found})"
            )
        sizes += torch.bincount(dense.num_nodes, minlength=sizes.numel())
        nodes += torch.bincount(dense.x[dense.mask], minlength=kinds[0])
        pairs += torch.bincount(dense.e[dense.pair_mask], minlength=kinds[1])
    return GraphDiffusion(config, SizeHistogram(sizes), nodes, _some(pairs))


def _chunks(graphs: PackedGraphs | StreamedGraphs) -> Iterator[DenseGraph]:
    if isinstance(graphs, PackedGraphs):
        yield from graphs.batches(_CHUNK)
        return
    stride = -(-len(graphs) // _STREAMED)
    chosen = range(0, len(graphs), stride)
    for start in range(0, len(chosen), _CHUNK):
        yield graphs.collate([graphs.dataset[i] for i in chosen[start : start + _CHUNK]])


def _some(pairs: Tensor) -> Tensor | None:
    return pairs if int(pairs.sum()) else None
