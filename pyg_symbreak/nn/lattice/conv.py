r"""Group convolutions on periodic lattices."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.nn.lattice.fields import check_channels, check_fields, check_group, check_regular, half_bonds
from pyg_symbreak.nn.lattice.filters import filter_sources
from pyg_symbreak.nn.lattice.wrap import wrap
from pyg_symbreak.nn.rank_pair import positive

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


class LatticeConv(torch.nn.Module):
    r"""Any linear map of a given reach from fields, or functions on the symmetry group of a periodic lattice, to
    functions on that group that commutes with its symmetries, from `"Group Equivariant Convolutional Networks"
    <https://arxiv.org/abs/1602.07576>`_.

    .. math::
        y(g) = b + \sum_{h} W(g^{-1} h) \, x(h), \qquad
        y(p, u) = b + \sum_{q, v} W(p^{-1} q, Q_p^{-1} v) \, x(q, u + v)

    Elements of the group are pairs of a part :math:`p` (turn, reflection, reversal of spins) and a site :math:`u`, and
    the sum runs over the kernel, a cube of sites :math:`v` about its centre. With input fields, sites and bonds take
    the place of :math:`h`: the filter of part :math:`p` is the filter of the identity moved by :math:`p`, with the sign
    of :math:`p` where a field changes its sign with the spins. Bonds are seen from both of their sites; the kernel
    covers all bonds that end in the cube.

    One weight is free for each place of the filter of the identity. One index lookup writes out the filters of all
    parts, and a single convolution does the rest. Kernels may be larger than the lattice: they go around it.

    *Start.* Weights are uniform, with the variance that keeps that of rectified inputs (He), or of input fields as they
    are. Biases start at zero.

    Args:
        in_channels: The number of functions on the group, or the numbers of input fields by what they hold: ``"site"``
            for scalars of the sites, ``"spin"`` for those that change sign with the spins, ``"bond"`` for scalars of
            the bonds.
        out_channels: The number of functions on the group of the output.
        group: The group. It may belong to a lattice of other sizes.
        kernel_size: The size of the kernel, an odd number.
        bias: Whether to add a bias.

    Shapes:
        - **input:** a function on the group, ``[B, K, in_channels, *sizes]`` for :math:`K` parts; or fields by name,
          ``[B, channels, *sizes]`` and for bonds ``[B, channels, d, *sizes]``, as
          :class:`~pyg_symbreak.groups.LatticeSymmetry` moves them.
        - **output:** ``[B, K, out_channels, *sizes]``; channels lie next to each other in memory, which makes chains of
          such layers fast.

    Raises:
        TypeError: If ``group`` is no :class:`~pyg_symbreak.groups.LatticeGroup`, or fields are wanted and something
            else is given.
        ValueError: If an argument is out of range, a field is missing, not expected, or of another shape, or the group
            does not fit the lattice.

    .. code-block:: python

        >>> from pyg_symbreak.groups import LatticeGroup
        >>> group = LatticeGroup.p4m(6)
        >>> lift = LatticeConv({"spin": 1, "bond": 1}, 4, group)
        >>> x = lift({"spin": torch.randn(2, 1, 6, 6), "bond": torch.randn(2, 1, 2, 6, 6)})
        >>> x.shape
        torch.Size([2, 8, 4, 6, 6])
        >>> LatticeConv(4, 5, group)(x).shape
        torch.Size([2, 8, 5, 6, 6])
    """

    _signs: Tensor

    def __init__(
        self,
        in_channels: int | Mapping[str, int],
        out_channels: int,
        group: LatticeGroup,
        kernel_size: int = 3,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_group("LatticeConv", group)
        positive("LatticeConv", out_channels=out_channels, kernel_size=kernel_size)
        if kernel_size % 2 == 0:
            raise ValueError(f"'LatticeConv' expected an odd 'kernel_size', which has a centre (got {kernel_size})")
        if group.dim not in CONVOLUTIONS:
            raise ValueError(f"'LatticeConv' expected a lattice of 1, 2 or 3 dimensions (got {group.dim})")
        if isinstance(in_channels, Mapping):
            self.in_channels: int | dict[str, int] = check_channels("LatticeConv", in_channels)
            channels = dict(self.in_channels)
        else:
            positive("LatticeConv", in_channels=in_channels)
            self.in_channels, channels = in_channels, {"regular": in_channels}
        self.out_channels, self.group, self.kernel_size = out_channels, group, kernel_size
        self.weight = torch.nn.ParameterDict()
        self._places: dict[str, int] = {}
        for kind, number in channels.items():
            sources = filter_sources(group, kernel_size, kind)
            size, self._places[kind] = int(sources.max()) + 1, sources.size(1)
            # Rows in the order of the written-out filters: part, output, tap, component; a row holds all inputs.
            rows = sources.view(group.num_parts, 1, -1, kernel_size**group.dim).transpose(2, 3)
            rows = rows + (torch.arange(out_channels) * size).view(-1, 1, 1)
            self.register_buffer(f"_{kind}_rows", rows.flatten(), persistent=False)
            self.weight[kind] = torch.nn.Parameter(torch.empty(out_channels, size, number))
        self.register_buffer("_signs", group.signs.view(-1, 1, 1, 1), persistent=False)
        self.bias = torch.nn.Parameter(torch.empty(out_channels)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw the weights afresh, and set the biases to zero."""
        fan_in = sum(self._places[kind] * weight.size(2) for kind, weight in self.weight.items())
        bound = math.sqrt(3 * (2 if "regular" in self.weight else 1) / fan_in)
        for weight in self.weight.values():
            torch.nn.init.uniform_(weight, -bound, bound)
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def forward(self, x: Tensor | Mapping[str, Tensor]) -> Tensor:
        stacked, radius = self._stack(x), self.kernel_size // 2
        dim = self.group.dim
        stacked = wrap(stacked, radius, range(1, dim + 1))
        bias = None if self.bias is None else self.bias.repeat(self.group.num_parts)
        out: Tensor = CONVOLUTIONS[dim](stacked.movedim(-1, 1), self.filters(), bias)
        return out.view(out.size(0), self.group.num_parts, self.out_channels, *out.shape[2:])

    def filters(self) -> Tensor:
        r"""The filters of all parts, ``[K * out_channels, in, *kernel]``.

        Inputs are in the order of ``"site"``, ``"spin"``, ``"bond"``, components before channels.
        """
        dim, parts, size = self.group.dim, self.group.num_parts, self.kernel_size
        banks = []
        for kind, weight in self.weight.items():
            bank = weight.flatten(0, 1).index_select(0, self.get_buffer(f"_{kind}_rows"))
            bank = bank.view(parts, self.out_channels, size**dim, -1)
            banks.append(bank * self._signs.to(bank.dtype) if kind == "spin" and self.group.spin_flip else bank)
        bank = banks[0] if len(banks) == 1 else torch.cat(banks, -1)
        return bank.reshape(-1, *[size] * dim, bank.size(-1)).movedim(-1, 1)

    def _stack(self, x: Tensor | Mapping[str, Tensor]) -> Tensor:
        """All inputs as channels, ``[B, *sizes, in]``: with channels last, padding and convolutions are fastest."""
        dim = self.group.dim
        if isinstance(self.in_channels, int):
            if not isinstance(x, Tensor):
                raise TypeError(f"'LatticeConv' expected a function on the group (got '{type(x).__name__}')")
            check_regular("LatticeConv", self.group, self.in_channels, x)
            return x.permute(0, *range(3, 3 + dim), 1, 2).flatten(-2)
        fields = check_fields("LatticeConv", self.group, self.in_channels, x)
        stacks = []
        for kind, field in fields.items():
            if kind == "bond":
                field = half_bonds(field, dim).transpose(1, 2).flatten(1, 2)
            stacks.append(field.movedim(1, -1))
        return torch.cat(stacks, -1)

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, group={self.group.name}, kernel_size={self.kernel_size}, "
            f"bias={self.bias is not None}"
        )
