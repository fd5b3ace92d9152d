r"""Result files of generators: weights and configuration, to be loaded on any machine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

import pyg_symbreak
from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.models.diffusion.sizes import SizeHistogram
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.results import without_nan

MODEL_FORMAT = "pyg_symbreak.diffusion"
MODEL_VERSION = 1
r"""The version of the layout of the files, kept in ``config.json`` under ``"format_version"``."""

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def save_model(
    directory: str | os.PathLike[str],
    model: GraphDiffusion,
    extra: Mapping[str, Any] | None = None,
    *,
    half: bool = False,
) -> Path:
    r"""Writes a generator to a folder: ``model.safetensors`` with weights, sizes and frequencies, and ``config.json``.

    Each of the two files is written atomically, and the second holds the checksum of the first.

    Args:
        directory: The folder; made if missing.
        model: The generator. A canonicalizer of your own is no part of the files, apart from its weights.
        extra: Plain values to keep, such as the data set and how the generator was trained.
        half: Whether to store weights in float16, in half the space; about three digits of each remain.

    Returns:
        The folder.

    Raises:
        ImportError: If safetensors is not installed.
        ValueError: If a weight is NaN or infinite, or too large for float16.
        TypeError: If ``extra`` holds other than plain values.
        OSError: If the disk is full; earlier files are untouched.

    .. code-block:: python

        >>> import tempfile
        >>> config = DiffusionConfig(("C",), ("none", "single"), 2, num_layers=1, node_dim=8, pair_dim=8, graph_dim=8)
        >>> folder = save_model(tempfile.mkdtemp(), GraphDiffusion(config), {"data": "none"})
        >>> load_model(folder).config == config
        True
    """
    safetensors = _require_safetensors("save_model")
    folder = Path(directory)
    state = {name: _stored(name, value, half) for name, value in model.state_dict().items()}
    weights: bytes = safetensors.save(state)
    description = {
        "format": MODEL_FORMAT,
        "format_version": MODEL_VERSION,
        "package_version": pyg_symbreak.__version__,
        "config": model.config.to_dict(),
        "weights": {"sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights), "half": half},
        "parameters": model.num_parameters,
        "extra": dict(extra or {}),
    }
    text = json.dumps(without_nan(description), indent=1, allow_nan=False) + "\n"
    atomic_write(folder / WEIGHTS, weights)
    atomic_write(folder / CONFIG, text.encode())
    return folder


def load_model(
    path: str | os.PathLike[str],
    device: torch.device | str = "cpu",
    *,
    canonicalizer: Canonicalizer | None = None,
) -> GraphDiffusion:
    r"""Builds the generator that :func:`save_model` wrote, in evaluation mode. No code from the files is run.

    Args:
        path: The folder, one of its two files, or the name of a generator that comes with the package.
        device: Where to put it.
        canonicalizer: The canonicalizer of your own that the generator was made with.

    Raises:
        ImportError: If safetensors is not installed.
        ValueError: If there is no generator, a file is damaged, or the files are of another version.

    .. code-block:: python

        >>> load_model("nowhere")
        Traceback (most recent call last):
        ...
        ValueError: 'load_model' expected 'path' to name the folder of a generator, ... (got 'nowhere')
    """
    safetensors = _require_safetensors("load_model")
    folder = _folder(path)
    description = read_config(folder)
    try:
        weights = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise ValueError(f"'load_model' expected {WEIGHTS} in {str(folder)!r} (got {error.strerror})") from error
    if hashlib.sha256(weights).hexdigest() != description["weights"]["sha256"]:
        raise ValueError(
            f"'load_model' expected {str(folder / WEIGHTS)!r} as it was written (got other bytes: the file is damaged "
            f"or belongs to another {CONFIG}); copy or save the generator again"
        )
    state: dict[str, Tensor] = safetensors.load(weights)
    try:
        model = _build(description["config"], state, canonicalizer)
    except (RuntimeError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"'load_model' expected the weights in {str(folder)!r} to fit their configuration (got {error})"
        ) from error
    return model.to(device).eval()


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    r"""Reads what a saved generator says about itself: ``"config"``, ``"extra"``, ``"package_version"`` and more.

    Args:
        path: As in :func:`load_model`.

    Raises:
        ValueError: If there is no generator, the file is damaged, or it is of another version.
    """
    file = _folder(path) / CONFIG
    try:
        description = json.loads(file.read_text(encoding="utf-8"))
        kind, version = description["format"], description["format_version"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"'load_model' expected {str(file)!r} to describe a generator (got {type(error).__name__}: {error})"
        ) from error
    if (kind, version) != (MODEL_FORMAT, MODEL_VERSION):
        raise ValueError(
            f"'load_model' expected {MODEL_FORMAT!r} of version {MODEL_VERSION} (got {kind!r} of version {version!r}, "
            f"written by pyg_symbreak {description.get('package_version')}, in {str(file)!r})"
        )
    return dict(description)


def bundled(name: str) -> Path:
    r"""Returns the folder of a generator that comes with the package.

    Args:
        name: Its name, such as ``"qm9-small"``.

    Raises:
        ValueError: If there is none of that name.

    .. code-block:: python

        >>> bundled("no-such-generator")
        Traceback (most recent call last):
        ...
        ValueError: 'bundled' expected the name of a generator of the package, ... (got 'no-such-generator')
    """
    names = bundled_names()
    if name not in names:
        raise ValueError(
            f"'bundled' expected the name of a generator of the package, one of {', '.join(names) or 'none'} "
            f"(got {name!r})"
        )
    return _CHECKPOINTS / name


def bundled_names() -> list[str]:
    r"""Returns the names of the generators that come with the package.

    Example:
        >>> isinstance(bundled_names(), list)
        True
    """
    return sorted(file.parent.name for file in _CHECKPOINTS.glob(f"*/{CONFIG}"))


_CHECKPOINTS = Path(pyg_symbreak.__file__).parent / "models" / "diffusion" / "checkpoints"


def _folder(path: str | os.PathLike[str]) -> Path:
    given = Path(path)
    if given.is_file() and given.name in (CONFIG, WEIGHTS):
        return given.parent
    if (given / CONFIG).is_file():
        return given
    if os.fspath(path) in bundled_names():
        return bundled(os.fspath(path))
    raise ValueError(
        f"'load_model' expected 'path' to name the folder of a generator, with {CONFIG} and {WEIGHTS}, or one of "
        f"{', '.join(bundled_names()) or 'the package, which has none'} (got {os.fspath(path)!r})"
    )


def _build(
    config: Mapping[str, Any], state: Mapping[str, Tensor], canonicalizer: Canonicalizer | None
) -> GraphDiffusion:
    node, edge = (state[f"{kind}_transition.prior"] for kind in ("node", "edge"))
    # The random start of the weights is thrown away; the caller's generator need not notice.
    with torch.random.fork_rng(devices=[]):
        sizes = SizeHistogram(state["sizes.probability"])
        model = GraphDiffusion(DiffusionConfig.from_dict(config), sizes, node, edge, canonicalizer)
    model.load_state_dict(state)
    return model


def _stored(name: str, value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu().contiguous()
    if half and value.dtype == torch.float32:
        value = value.half()
    if value.is_floating_point() and not bool(value.isfinite().all()):
        raise ValueError(
            f"'save_model' expected finite weights{', below 65,504 with half=True' if half else ''} "
            f"(got others in {name!r})"
        )
    return value


def _require_safetensors(caller: str) -> ModuleType:
    try:
        import safetensors.torch
    except ImportError as error:
        raise ImportError(
            f"'{caller}' expected safetensors to be installed (got none); pip install 'pyg_symbreak[train]'"
        ) from error
    return safetensors.torch
