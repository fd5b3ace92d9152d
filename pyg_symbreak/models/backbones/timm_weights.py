r"""Weights of vision transformers as timm names them: read from a local file, fitted to other images."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

Source: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]
HEADS = ("head.", "head_dist.", "fc_norm.")


def read_timm_state_dict(source: Source) -> dict[str, Tensor]:
    r"""Read the weights of a vision transformer, without its head.

    Args:
        source: A file (``.safetensors``, or whatever :func:`torch.load` reads with ``weights_only=True``: no code in
            it is run), or a dictionary of tensors. One nested under ``"model"`` or ``"state_dict"`` is opened.

    Raises:
        ValueError: If the file cannot be read, or there are no tensors in it.
        ImportError: If a ``.safetensors`` file is given and safetensors is not installed.

    .. code-block:: python

        >>> list(read_timm_state_dict({"model": {"norm.weight": torch.ones(2), "head.bias": torch.ones(1)}}))
        ['norm.weight']
    """
    state: Any = source if isinstance(source, Mapping) else _load(Path(source))
    for key in ("model", "state_dict"):
        state = state.get(key, state) if isinstance(state, Mapping) else state
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError("'read_timm_state_dict' expected a dictionary of tensors (got other values)")
    return {key: value for key, value in state.items() if not key.startswith(HEADS)}


def adapt_channels(kernel: Tensor, channels: int) -> Tensor:
    r"""Fit the kernel of a patch embedding to another number of image channels, as timm does.

    One channel gets the sum of the kernels of all; more get them in turn, scaled so that an image whose channels are
    all equal is embedded as before (if the old number divides the new one).

    Args:
        kernel: ``[width, old channels, p, p]``.
        channels: The new number.

    .. code-block:: python

        >>> adapt_channels(torch.ones(1, 3, 1, 1), 6).flatten().tolist()
        [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    old = kernel.size(1)
    if channels == old:
        return kernel
    if channels == 1:
        return kernel.sum(1, keepdim=True)
    return kernel.repeat(1, math.ceil(channels / old), 1, 1)[:, :channels] * (old / channels)


def resize_kernel(kernel: Tensor, size: int) -> Tensor:
    r"""Fit the kernel of a patch embedding to another size of patch, from `"FlexiViT"
    <https://arxiv.org/abs/2212.08013>`_: resized patches keep their embedding as far as that can be.

    With the matrix :math:`B` of the bicubic resizing of patches, the new kernel is the solution of least norm (or
    least squares) of :math:`\langle B x, w' \rangle = \langle x, w \rangle` for all patches :math:`x`.

    Args:
        kernel: ``[width, channels, p, p]``.
        size: The new :math:`p`.

    .. code-block:: python

        >>> resize_kernel(torch.ones(1, 1, 2, 2), 4).shape
        torch.Size([1, 1, 4, 4])
    """
    height, width = kernel.shape[2:]
    if (height, width) == (size, size):
        return kernel
    pixels = torch.eye(height * width).view(-1, 1, height, width)
    resized = F.interpolate(pixels, size=(size, size), mode="bicubic", antialias=True).flatten(1)
    inverse: Tensor = torch.linalg.pinv(resized).to(kernel.device)
    return (kernel.float().flatten(2) @ inverse.t()).view(*kernel.shape[:2], size, size).to(kernel.dtype)


def resize_positions(positions: Tensor, grid: int) -> Tensor:
    r"""Fit embeddings of positions to another square grid of patches, by bicubic interpolation as timm does.

    The first embedding belongs to the class token and stays; where there is none (as in DeiT III) it becomes zero.

    Args:
        positions: ``[1, 1 + old grid ** 2, width]`` or ``[1, old grid ** 2, width]``.
        grid: The new number of patches along a side.

    Returns:
        ``[1, 1 + grid ** 2, width]``.

    Raises:
        ValueError: If the positions are those of no square grid.

    .. code-block:: python

        >>> resize_positions(torch.ones(1, 5, 1), 3).flatten().tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    count, width = positions.shape[1:]
    if math.isqrt(count) ** 2 == count and count > 1:
        positions = torch.cat([positions.new_zeros(1, 1, width), positions], dim=1)
        count += 1
    old = math.isqrt(count - 1)
    if old**2 != count - 1:
        raise ValueError(f"'resize_positions' expected positions of a square grid (got {count})")
    if old == grid:
        return positions
    image = positions[:, 1:].float().view(1, old, old, width).permute(0, 3, 1, 2)
    image = F.interpolate(image, size=(grid, grid), mode="bicubic", antialias=True)
    patches = image.permute(0, 2, 3, 1).reshape(1, grid**2, width).to(positions.dtype)
    return torch.cat([positions[:, :1], patches], dim=1)


def _load(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"'read_timm_state_dict' expected a local file of weights (got '{path}')")
    if path.suffix == ".safetensors":
        try:
            from safetensors import SafetensorError
            from safetensors.torch import load_file
        except ImportError as error:
            raise ImportError(
                f"'read_timm_state_dict' expected safetensors for '{path.name}' (got no such package); "
                "install pyg_symbreak[train]"
            ) from error
        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(f"'read_timm_state_dict' expected a file of weights (got '{path}': {error})") from error
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        reason = str(error).split("\n")[0]
        raise ValueError(f"'read_timm_state_dict' expected a file of weights (got '{path}': {reason})") from error
