r"""Adds random features to every node."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform

from pyg_symbreak.transforms.base import (
    GraphTransform,
    check_attr_name,
    check_positive,
    feature_dtype,
    write_node_attr,
)


@functional_transform("add_random_node_features")
class AddRandomNodeFeatures(GraphTransform):
    r"""Adds independent noise to every node, as in `"Random Features Strengthen Graph Neural Networks"
    <https://arxiv.org/abs/2002.03155>`_: the noisiest way to break symmetries (functional name:
    :obj:`add_random_node_features`).

    *Law.* Independent and identically distributed entries, standard normal or uniform on :math:`[0, 1)`, drawn afresh
    at every access; equivariant in law.

    Args:
        dim: The number of random features.
        distribution: ``"normal"`` or ``"uniform"``.
        attr_name: The name of the node attribute, ``[N, dim]``; ``None`` appends it to ``x``.

    Raises:
        TypeError: If ``attr_name`` is no name.
        ValueError: If ``attr_name`` holds a word that PyG treats in its own way, or another argument is out of range.

    .. code-block:: python

        >>> AddRandomNodeFeatures(dim=2)(Data(num_nodes=3)).random_features.shape
        torch.Size([3, 2])
    """

    def __init__(self, dim: int, distribution: str = "normal", attr_name: str | None = "random_features") -> None:
        self.dim = check_positive(self, "dim", dim)
        if distribution not in ("normal", "uniform"):
            raise ValueError(
                f"'AddRandomNodeFeatures' expected 'distribution' as 'normal' or 'uniform' (got '{distribution}')"
            )
        self.distribution = distribution
        self.attr_name = check_attr_name(self, attr_name)

    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        draw = torch.randn if self.distribution == "normal" else torch.rand
        shape = (int(ptr[-1]), self.dim)
        noise = draw(shape, generator=generator, device=ptr.device, dtype=feature_dtype(data))
        return write_node_attr(data, self.attr_name, noise, ptr)
