r"""Learned energies of the symmetries of a lattice."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.nn.lattice import LatticeNetwork


class ElementScores(torch.nn.Module):
    r"""Scores every symmetry of a lattice from its field and bonds, in one pass of an equivariant network.

    It serves :class:`~pyg_symbreak.canonicalizers.EnergyCanonicalizer` (``logits``): moving the input moves the scores
    by the regular representation of the group.

    Args:
        group: The symmetries.
        width: The width of the network.
        num_layers: The number of its blocks.
        kernel_size: The size of its kernels.

    Shapes:
        - **input:** a batch with ``field`` ``[B, *sizes]`` and ``bonds`` ``[B, d, *sizes]``.
        - **output:** ``[B, |G|]``, by the numbers of the elements.

    Raises:
        ValueError: As :class:`~pyg_symbreak.nn.lattice.LatticeNetwork` does.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> group = LatticeGroup.p4m(4)
        >>> ElementScores(group)(Data(field=torch.zeros(2, 4, 4), bonds=torch.ones(2, 2, 4, 4))).shape
        torch.Size([2, 128])
    """

    def __init__(self, group: LatticeGroup, width: int = 4, num_layers: int = 1, kernel_size: int = 3) -> None:
        super().__init__()
        inputs = {"spin": 1, "bond": 1}
        self.network = LatticeNetwork(inputs, width, num_layers, group, output="elements", kernel_size=kernel_size)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        self.network.reset_parameters()

    def forward(self, batch: GraphLike) -> Tensor:
        scores: Tensor = self.network({"spin": batch.field.unsqueeze(1), "bond": batch.bonds.unsqueeze(1)})
        return scores
