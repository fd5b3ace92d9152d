r"""The order in which the unordered pairs of nodes are stored."""

from __future__ import annotations

import functools

import torch
from torch import Tensor


def pair_index(n: int, device: torch.device | str | None = None) -> Tensor:
    r"""Return the unordered pairs of ``n`` nodes, ``[2, P]`` with :math:`P = n (n - 1) / 2`, the smaller node first.

    .. code-block:: python

        >>> pair_index(3)
        tensor([[0, 0, 1],
                [1, 2, 2]])
    """
    if torch.compiler.is_compiling():
        return torch.triu_indices(n, n, 1, device=device)
    return _pair_index(n, torch.device(device or "cpu"))


def pair_number(n: int, device: torch.device | str | None = None) -> Tensor:
    r"""Return the place of every pair in :func:`pair_index`, ``[n, n]`` int64; ``P`` on the diagonal.

    .. code-block:: python

        >>> pair_number(3)
        tensor([[3, 0, 1],
                [0, 3, 2],
                [1, 2, 3]])
    """
    if torch.compiler.is_compiling():
        return _make_pair_number(n, device)
    return _pair_number(n, torch.device(device or "cpu"))


def pair_incidence(n: int, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> Tensor:
    r"""Return which nodes the pairs join, ``[n, P]``: one for both ends of a pair, zero for all other nodes.

    .. code-block:: python

        >>> pair_incidence(3)
        tensor([[1., 1., 0.],
                [1., 0., 1.],
                [0., 1., 1.]])
    """
    if torch.compiler.is_compiling():
        return _make_pair_incidence(n, device, dtype)
    return _pair_incidence(n, torch.device(device or "cpu"), dtype)


def _make_pair_number(n: int, device: torch.device | str | None) -> Tensor:
    node = torch.arange(n, device=device)
    low = torch.minimum(node.view(-1, 1), node)
    high = torch.maximum(node.view(-1, 1), node)
    number = low * n - low * (low + 1) // 2 + high - low - 1
    return torch.where(low == high, n * (n - 1) // 2, number)


def _make_pair_incidence(n: int, device: torch.device | str | None, dtype: torch.dtype) -> Tensor:
    first, second = pair_index(n, device).unsqueeze(1)
    node = torch.arange(n, device=device).view(-1, 1)
    joined: Tensor = (node == first) | (node == second)
    return joined.to(dtype)


# A tensor kept from one call to the next must not be an inference tensor: autograd could not save it.
@functools.lru_cache(maxsize=512)
def _pair_index(n: int, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return torch.triu_indices(n, n, 1, device=device)


@functools.lru_cache(maxsize=512)
def _pair_number(n: int, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return _make_pair_number(n, device)


@functools.lru_cache(maxsize=64)
def _pair_incidence(n: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    with torch.inference_mode(False):
        return _make_pair_incidence(n, device, dtype)
