r"""All moved copies of a lattice in lexicographic order, and which of them are equal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.groups.copies import Input

INPUTS: Final[Mapping[str, str]] = {"field": "spin", "bonds": "bond"}
r"""What a spin lattice is made of, by name, and how each attribute moves."""

KINDS: Final = ("dense", "spin", "bond", "regular")


def lattice_ranks(
    data: Input, group: LatticeGroup, inputs: Mapping[str, str] | None = None, *, decimals: int | None = None
) -> Tensor:
    r"""Rank all moved copies :math:`g^{-1} \cdot x` of every lattice in lexicographic order.

    Copies are compared site by site in row-major order, at every site attribute by attribute, and bonds direction by
    direction. They get equal ranks if and only if they are equal in every number (:math:`-0 = 0`): values are negated
    and carried about, never added, so no rounding decides.

    The ranks come from prefix doubling, as those of a suffix array do (`Karp, Miller and Rosenberg, 1972
    <https://doi.org/10.1145/800152.804905>`_; `Manber and Myers, 1993 <https://doi.org/10.1137/0222058>`_): what is
    read from a site in one of :math:`K` orientations is ranked for windows of twice the width each time, one axis after
    the other, until they hold the whole lattice. Instead of :math:`K n` lattices, :math:`K n` integers are sorted
    :math:`O(\log n)` times.

    Args:
        data: Lattices whose attributes have the shape ``[B, …, *sizes]``, or one such tensor (of kind ``"dense"``).
        group: The symmetries.
        inputs: What to compare, by name: ``"dense"``, ``"spin"``, ``"bond"`` or ``"regular"`` as in
            :meth:`~pyg_symbreak.groups.LatticeSymmetry.act_as`; :data:`INPUTS` by default, as far as ``data`` has them.
        decimals: To how many decimals values are rounded before; not at all by default.

    Returns:
        Ranks ``[B, |G|]``, int64, from 0 and without gaps in every row, by the numbers of the elements.

    Raises:
        TypeError: If an attribute is no tensor of real numbers.
        ValueError: If an attribute is missing, has the wrong shape or kind, or holds NaN, or a lattice is open.

    .. code-block:: python

        >>> stripes = torch.tensor([[[1.0, 1, 1], [0, 0, 0], [0, 0, 0]]])
        >>> lattice_ranks(stripes, LatticeGroup.p1(3, 3))
        tensor([[2, 2, 2, 0, 0, 0, 1, 1, 1]])
    """
    key, bound = None, 1
    for codes in _codes(data, group, inputs, decimals):
        low, high = (int(codes.min()), int(codes.max())) if codes.numel() > 0 else (0, 0)
        width = high - low + 1
        if key is None:
            key, bound = codes - low, width
            continue
        if bound * width > _packable(key.size(1)):
            key, bound = dense_ranks(key, bound), key.size(1)
        key, bound = key * width + (codes - low), bound * width
    assert key is not None
    rank = _double(dense_ranks(key, bound), group)
    # Site w of the copy that is read with orientation p is where element (p, Q_p w) starts.
    source = group.site_sources(rank.device)
    return rank.view(-1, *source.shape).gather(2, source.expand(rank.size(0), -1, -1)).flatten(1)


def lattice_stabilizer(
    data: Input, group: LatticeGroup, inputs: Mapping[str, str] | None = None, *, decimals: int | None = None
) -> Tensor:
    r"""Find the stabiliser of every lattice: the elements that leave it as it is.

    Args:
        data: Lattices, as in :func:`lattice_ranks`.
        group: The symmetries.
        inputs: What must stay as it is, by name.
        decimals: To how many decimals values are rounded before.

    Returns:
        Whether each element belongs to it, ``[B, |G|]``, by the numbers of the elements.

    .. code-block:: python

        >>> stripes = torch.tensor([[[1.0, 1, 1], [0, 0, 0], [0, 0, 0]]])
        >>> lattice_stabilizer(stripes, LatticeGroup.p2mm(3, 3)).sum(1)  # three shifts, and the mirrors
        tensor([12])
    """
    ranks = lattice_ranks(data, group, inputs, decimals=decimals)
    return ranks == ranks[:, :1]


def dense_ranks(key: Tensor, bound: int) -> Tensor:
    r"""Number the different entries of every row in ascending order.

    Args:
        key: Integers ``[R, M]``, int64, from 0.
        bound: More than the largest of them.

    Returns:
        Numbers ``[R, M]``, int64, from 0 and without gaps.

    .. code-block:: python

        >>> dense_ranks(torch.tensor([[7, 2, 7, 4], [3, 3, 3, 3]]), 8)
        tensor([[2, 0, 2, 1],
                [0, 0, 0, 0]])
    """
    if key.device.type == "cpu" and bound <= _packable(key.size(1)):
        # Numbers with their places behind them: NumPy has vector instructions to sort those, torch has none.
        bits = key.size(1).bit_length()
        packed = (key << bits).add_(torch.arange(key.size(1)))
        packed.numpy().sort(axis=1)
        value, order = packed >> bits, packed.bitwise_and((1 << bits) - 1)
    else:
        value, order = torch.sort(key, dim=1)
    new = (value[:, 1:] != value[:, :-1]).cumsum(1)
    return torch.empty_like(key).scatter_(1, order, torch.nn.functional.pad(new, (1, 0)))


def _packable(length: int) -> int:
    """Up to which bound numbers of a row of this length fit into one integer together with their places."""
    return int(1 << (63 - length.bit_length()))


def _double(rank: Tensor, group: LatticeGroup) -> Tensor:
    """From the ranks ``[B, K n]`` of single sites to those of the whole lattice as it is read from there."""
    shape, length = (-1, group.num_parts, *group.sizes), rank.size(1)
    last = rank.amax(1) if rank.numel() > 0 else rank.new_zeros(rank.size(0))
    for axis in range(1, group.dim + 1):
        size, window = group.sizes[-axis], 1
        rows = (last < length - 1).nonzero().view(-1)
        while window < size and rows.numel() > 0:
            # Windows wrap around: one longer than the axis reads the beginning again, which changes nothing.
            here = rank[rows]
            there = here.view(shape).roll(-window, -axis).view_as(here)
            finer = dense_ranks(here * length + there, length * length)
            rank[rows] = finer
            # Where a doubling parts no ranks, none will along this axis; where all differ, nothing is left to part.
            before, last[rows] = last[rows], finer.amax(1)
            rows = rows[(last[rows] > before) & (last[rows] < length - 1)]
            window *= 2
    return rank


def _codes(data: Input, group: LatticeGroup, inputs: Mapping[str, str] | None, decimals: int | None) -> list[Tensor]:
    """The values at the sites of all copies that are read from site 0, as integers: one ``[B, K n]`` a channel."""
    out: list[Tensor] = []
    for name, value, kind in _attributes(data, group, inputs):
        if out and value.size(0) != out[0].size(0):
            raise ValueError(f"'inputs' expected {out[0].size(0)} lattices in '{name}' (got {value.size(0)})")
        parts, batch = group.num_parts, value.size(0)
        every = torch.arange(parts, device=value.device) * group.num_sites
        back = LatticeSymmetry(every.repeat_interleave(batch), group).inverse()
        code = _signed_ranks(name, value, decimals)
        moved = back.act_as(code.repeat(parts, *[1] * (code.dim() - 1)), kind)
        channels = moved.view(parts, batch, value.shape[1 : -group.dim].numel(), group.num_sites).permute(2, 1, 0, 3)
        out += [channel.flatten(1) for channel in channels]
    return out


def _signed_ranks(name: str, value: Tensor, decimals: int | None) -> Tensor:
    """Integers in the same order as the values of each lattice, that change sign with them."""
    flat = value.detach().flatten(1)
    if flat.is_floating_point():
        if bool(flat.isnan().any()):
            raise ValueError(f"'inputs' expected '{name}' without NaN (got a NaN, which equals nothing)")
        flat = flat if decimals is None else flat.double().round(decimals=decimals)
    else:
        flat = flat.long()
    # Zero comes first, so that it gets rank 0 and is its own negative.
    size, order = torch.nn.functional.pad(flat.abs(), (1, 0)).sort(1)
    new = torch.nn.functional.pad((size[:, 1:] != size[:, :-1]).cumsum(1), (1, 0))
    rank = torch.empty_like(new).scatter_(1, order, new)[:, 1:]
    return (rank * flat.sign().long()).view(value.shape)


def _attributes(data: Input, group: LatticeGroup, inputs: Mapping[str, str] | None) -> list[tuple[str, Tensor, str]]:
    if isinstance(data, Tensor):
        found = [("data", data, "dense")]
    else:
        if inputs is None:
            inputs = {name: kind for name, kind in INPUTS.items() if data.get(name) is not None}
        if not inputs:
            raise ValueError(f"'inputs' expected attributes to compare (got none, of {sorted(data.keys())})")
        if data.get("periodic") is not None and not bool(torch.as_tensor(data.periodic).all()):
            raise ValueError("'data.periodic' expected periodic boundaries, which can be shifted (got an open lattice)")
        found = [(name, data.get(name), kind) for name, kind in inputs.items()]
    for name, value, kind in found:
        if value is None:
            raise ValueError(f"'inputs' expected attributes of the data (got '{name}', which is missing)")
        if not isinstance(value, Tensor) or value.is_complex():
            got = value.dtype if isinstance(value, Tensor) else type(value).__name__
            raise TypeError(f"'inputs' expected '{name}' as a tensor of real numbers (got {got})")
        if kind not in KINDS:
            raise ValueError(f"'inputs' expected '{name}' as one of {', '.join(KINDS)} (got {kind!r})")
        inner, sizes = value.shape[1 : -group.dim], value.shape[-group.dim :]
        lead = {"bond": (group.dim,), "regular": (group.num_parts,)}.get(kind, ())
        fits = inner[:1] == lead if kind == "regular" else inner[len(inner) - len(lead) :] == lead
        if value.dim() < group.dim + 1 + len(lead) or sizes != group.sizes or not fits:
            wanted = [*map(str, lead), "…"] if kind == "regular" else ["…", *map(str, lead)]
            want = f"[B, {', '.join([*wanted, *map(str, group.sizes)])}]"
            raise ValueError(f"'inputs' expected '{name}' of shape {want} (got {list(value.shape)})")
    return found
