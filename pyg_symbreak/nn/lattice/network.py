r"""Equivariant networks on periodic lattices."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.nn.lattice.conv import LatticeConv
from pyg_symbreak.nn.lattice.fields import check_channels, check_fields, check_group
from pyg_symbreak.nn.lattice.norm import LatticeNorm
from pyg_symbreak.nn.lattice.readout import LatticeReadout


class LatticeBlock(torch.nn.Module):
    r"""One round on functions on the symmetry group of a lattice: :math:`x + \mathrm{conv}(\mathrm{relu}(\bar x))`,
    where :math:`\bar x` is the layer norm of the channels.

    Args:
        channels: The number of channels.
        group: The group.
        kernel_size: The size of the kernel, an odd number.

    Shapes:
        - **input:** ``[B, K, channels, *sizes]``.
        - **output:** the same.

    Raises:
        ValueError: As :class:`LatticeConv` and :class:`LatticeNorm` do.

    .. code-block:: python

        >>> from pyg_symbreak.groups import LatticeGroup
        >>> LatticeBlock(4, LatticeGroup.p4(6))(torch.randn(2, 4, 4, 6, 6)).shape
        torch.Size([2, 4, 4, 6, 6])
    """

    def __init__(self, channels: int, group: LatticeGroup, kernel_size: int = 3) -> None:
        super().__init__()
        self.norm = LatticeNorm(channels)
        self.conv = LatticeConv(channels, channels, group, kernel_size)

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        self.norm.reset_parameters()
        self.conv.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.relu(self.norm(x)))
        return x + out


class LatticeNetwork(torch.nn.Module):
    r"""A residual network on a periodic lattice that is equivariant to its symmetries: translations, turns,
    reflections, and if the group has it the reversal of all spins.

    Fields are lifted to functions on the group (:class:`LatticeConv`), blocks follow (:class:`LatticeBlock`), and the
    output is read off after a last norm and activation (:class:`LatticeReadout`). The number of parameters does not
    depend on the size of the lattice, and all sizes are taken at call time. An output sees as far as
    ``(num_layers + 1) * (kernel_size // 2)`` sites.

    Being equivariant, the network gives a symmetric input a symmetric output. To break the symmetry, give it a learned
    field moved by a drawn element, :class:`~pyg_symbreak.nn.GroupSymPE`, as one more input.

    Args:
        inputs: The numbers of input fields by what they hold, any of ``"site"``, ``"spin"`` and ``"bond"``, see
            :class:`LatticeConv`.
        width: The number of functions on the group inside.
        num_layers: The number of blocks.
        group: The group. It may belong to a lattice of other sizes.
        output: What to return, see :class:`LatticeReadout`.
        out_channels: The number of outputs.
        kernel_size: The size of the kernels, an odd number.

    Shapes:
        - **input:** fields by name, ``[B, channels, *sizes]``, and ``[B, channels, d, *sizes]`` for bonds; whether
          the boundaries are periodic, any shape, bool, if that is in doubt.
        - **output:** as :class:`LatticeReadout`.

    Raises:
        TypeError: If ``group`` is no :class:`~pyg_symbreak.groups.LatticeGroup`, or the fields are not given by name.
        ValueError: If an argument is out of range, a field is missing, not expected, or of another shape, the group
            does not fit the lattice, or a boundary is not periodic.

    .. code-block:: python

        >>> from pyg_symbreak.groups import LatticeGroup
        >>> network = LatticeNetwork({"spin": 1, "bond": 1}, 8, 2, LatticeGroup.p4m(4), output="spin")
        >>> network({"spin": torch.randn(3, 1, 6, 6), "bond": torch.randn(3, 1, 2, 6, 6)}).shape
        torch.Size([3, 1, 6, 6])
    """

    def __init__(
        self,
        inputs: Mapping[str, int],
        width: int,
        num_layers: int,
        group: LatticeGroup,
        output: str = "site",
        out_channels: int = 1,
        kernel_size: int = 3,
    ) -> None:
        super().__init__()
        check_group("LatticeNetwork", group)
        if width < 2:
            raise ValueError(f"'LatticeNetwork' expected 'width' to be at least 2 (got {width})")
        if num_layers < 0:
            raise ValueError(f"'LatticeNetwork' expected 'num_layers' to be at least 0 (got {num_layers})")
        self.group = group
        self.lift = LatticeConv(check_channels("LatticeNetwork", inputs), width, group, kernel_size)
        self.blocks = torch.nn.ModuleList([LatticeBlock(width, group, kernel_size) for _ in range(num_layers)])
        self.norm = LatticeNorm(width)
        self.readout = LatticeReadout(width, out_channels, group, output)

    @property
    def inputs(self) -> dict[str, int]:
        r"""The numbers of input fields by what they hold."""
        channels = self.lift.in_channels
        assert isinstance(channels, dict)
        return dict(channels)

    def reset_parameters(self) -> None:
        r"""Draw the parameters afresh."""
        for module in (self.lift, *self.blocks, self.norm, self.readout):
            module.reset_parameters()

    def forward(self, fields: Mapping[str, Tensor], periodic: Tensor | bool = True) -> Tensor:
        check_fields("LatticeNetwork", self.group, self.inputs, fields)
        if not bool(torch.as_tensor(periodic).all()):
            raise ValueError("'LatticeNetwork' expected periodic boundaries (got open ones)")
        x = self.lift(fields)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.readout(F.relu(self.norm(x)))
        return out
