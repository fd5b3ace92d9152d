r"""Equivariant linear maps between permutation representations of a finite group, such as functions on cosets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from pyg_symbreak.groups.cosets import coset_images
from pyg_symbreak.nn.rank_pair import positive

Images: TypeAlias = Sequence[int]


def coset_action(
    generators: Sequence[Images], subgroup: Sequence[Images], *, max_order: int = 100_000
) -> tuple[tuple[int, ...], ...]:
    r"""Let a permutation group act on the cosets :math:`G/H` of a subgroup, :math:`g \cdot aH = (ga)H`.

    Args:
        generators: Permutations of :math:`0, \dots, m - 1` that generate :math:`G`, each as a list of images.
        subgroup: Permutations that generate :math:`H \leq G`; none for the trivial subgroup.
        max_order: How many elements the group may have.

    Returns:
        For every generator, the images of the cosets; coset 0 is :math:`H` itself.

    Raises:
        ValueError: If there are no generators, one is no permutation, the subgroup is not inside the group, or the
            group is too large.

    .. code-block:: python

        >>> rotation, flip = [1, 2, 3, 0], [0, 3, 2, 1]  # of a square
        >>> coset_action([rotation, flip], [flip])
        ((1, 2, 3, 0), (0, 3, 2, 1))
    """
    maps = _checked("coset_action", "generators", generators)
    inside = _checked("coset_action", "subgroup", subgroup, len(maps[0]))
    images = coset_images(maps, inside, owner="coset_action", limit=max_order)
    if images is None:
        raise ValueError("'coset_action' expected the subgroup inside the group (got a generator outside)")
    return images


def orbit_numbers(first: Sequence[Images], second: Sequence[Images]) -> Tensor:
    r"""Number the orbits of a group on pairs of points of two sets, on which its generators act.

    Args:
        first: The images of the points of the first set, for every generator.
        second: The images of the points of the second set, for the same generators.

    Returns:
        Orbit numbers, ``[m_1, m_2]``, in the order in which they appear.

    .. code-block:: python

        >>> orbit_numbers([[1, 2, 0]], [[1, 2, 0]])  # a cyclic group: circulant matrices
        tensor([[0, 1, 2],
                [2, 0, 1],
                [1, 2, 0]])
    """
    rows, columns = len(first[0]), len(second[0])
    images = [(torch.tensor(a).view(-1, 1) * columns + torch.tensor(b)).view(-1) for a, b in zip(first, second)]
    number = torch.arange(rows * columns)
    while True:
        # The smallest number runs along all generators, and then to where its owner already is.
        smaller = number
        for image in images:
            smaller = torch.minimum(smaller, smaller[image])
            smaller = smaller.scatter_reduce(0, image, smaller.clone(), "amin")
        smaller = smaller[smaller]
        if torch.equal(smaller, number):
            smallest = (number == torch.arange(number.numel())).nonzero().view(-1)
            return torch.searchsorted(smallest, number).view(rows, columns)
        number = smaller


class CosetLinear(torch.nn.Module):
    r"""Any linear map from functions on one finite set to functions on another that commutes with a group that acts on
    both, such as :math:`\mathbb{R}^{G/H} \to \mathbb{R}^{G/K}`.

    .. math::
        y_a = b_{[a]} + \sum_{x} W_{[a, x]} \, f_x

    There is one matrix for every orbit :math:`[a, x]` of the group on pairs of points, which for cosets are the double
    cosets :math:`H \backslash G / K`, and one bias for every orbit on the points of the output. Functions on cosets are
    the only representations of a finite group on which all point-wise activations are equivariant.

    Args:
        in_action: For every generator of the group, the images of the points of the input's set; see
            :func:`coset_action`.
        out_action: For the same generators, the images of the points of the output's set.
        in_channels: The number of channels of the input.
        out_channels: The number of channels of the output.
        bias: Whether to add a bias.

    Shapes:
        - **input:** ``[*, m_in, in_channels]``.
        - **output:** ``[*, m_out, out_channels]``.

    Raises:
        ValueError: If a size is out of range, an action is no list of permutations of one set, the actions have
            different numbers of generators, or the input has another shape.

    .. code-block:: python

        >>> rotation, flip = [1, 2, 3, 0], [0, 3, 2, 1]
        >>> group = coset_action([rotation, flip], [])
        >>> corners = coset_action([rotation, flip], [flip])
        >>> layer = CosetLinear(corners, group, 3, 5)
        >>> layer(torch.randn(10, 4, 3)).shape, layer.num_orbits
        (torch.Size([10, 8, 5]), 4)
    """

    orbits: Tensor
    bias_orbits: Tensor

    def __init__(
        self,
        in_action: Sequence[Images],
        out_action: Sequence[Images],
        in_channels: int,
        out_channels: int,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        positive("CosetLinear", in_channels=in_channels, out_channels=out_channels)
        source = _checked("CosetLinear", "in_action", in_action)
        target = _checked("CosetLinear", "out_action", out_action)
        if len(source) != len(target):
            raise ValueError(
                f"'CosetLinear' expected actions of the same generators (got {len(source)} and {len(target)})"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.register_buffer("orbits", orbit_numbers(source, target), persistent=False)
        alone = orbit_numbers(target, [[0]] * len(target)).view(-1)
        self.register_buffer("bias_orbits", alone, persistent=False)
        self.weight = torch.nn.Parameter(torch.empty(self.num_orbits, in_channels, out_channels))
        self.bias = torch.nn.Parameter(torch.empty(int(alone.max()) + 1, out_channels)) if bias else None
        self.reset_parameters()

    @property
    def num_orbits(self) -> int:
        r"""The number of orbits on pairs: the dimension of the space of equivariant linear maps."""
        return int(self.orbits.max()) + 1

    def reset_parameters(self) -> None:
        r"""Draw the weights afresh, so that the variance is kept, and set the biases to zero."""
        bound = (3 / (self.orbits.size(0) * self.in_channels)) ** 0.5
        torch.nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        points_in, points_out = self.orbits.shape
        if x.dim() < 2 or list(x.shape[-2:]) != [points_in, self.in_channels]:
            shape = f"[*, {points_in}, {self.in_channels}]"
            raise ValueError(f"'CosetLinear' expected an input of shape {shape} (got {list(x.shape)})")
        # One matrix for all points: the sets are small, and a single product is faster than one an orbit.
        weight = self.weight.index_select(0, self.orbits.view(-1))
        weight = weight.view(points_in, points_out, self.in_channels, self.out_channels).transpose(1, 2)
        out = x.flatten(-2) @ weight.reshape(points_in * self.in_channels, -1)
        out = out.view(*x.shape[:-2], points_out, self.out_channels)
        return out if self.bias is None else out + self.bias.index_select(0, self.bias_orbits)

    def extra_repr(self) -> str:
        points_in, points_out = self.orbits.shape
        return (
            f"{points_in} → {points_out} points, {self.in_channels}, {self.out_channels}, "
            f"num_orbits={self.num_orbits}, bias={self.bias is not None}"
        )


def _checked(owner: str, name: str, maps: Sequence[Images], size: int | None = None) -> tuple[tuple[int, ...], ...]:
    found = tuple(tuple(int(point) for point in images) for images in maps)
    if not found and size is None:
        raise ValueError(f"'{owner}' expected '{name}' to hold at least one permutation (got none)")
    size = len(found[0]) if size is None else size
    for images in found:
        if len(images) != size or sorted(images) != list(range(size)) or size == 0:
            raise ValueError(f"'{owner}' expected '{name}' to hold permutations of 0 … {size - 1} (got {list(images)})")
    return found
