r"""What the rules say about normalisation layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from pyg_symbreak.equivariance.lint_kinds import is_trivial, permutes
from pyg_symbreak.equivariance.lint_report import Problem
from pyg_symbreak.equivariance.lint_rules import (
    check_centring,
    check_common_shift,
    check_isometry,
    check_scale,
    check_shift,
    is_free,
    values_of,
)
from pyg_symbreak.equivariance.lint_space import Space
from pyg_symbreak.equivariance.representation import Representation

BATCH = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
INSTANCE = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
ROOT_MEAN_SQUARE: tuple[type[nn.Module], ...] = (nn.RMSNorm,) if hasattr(nn, "RMSNorm") else ()
NORMS = (nn.LayerNorm, nn.GroupNorm, *ROOT_MEAN_SQUARE, *BATCH, *INSTANCE)

Problems = list[Problem | None]


def check_norm(module: Any, space: Space, trainable: bool = True) -> tuple[Problems, str]:
    r"""Judge a normalisation: its statistics and its affine parameters.

    Args:
        module: The layer.
        space: The space before it.
        trainable: Whether parameters with a gradient may take any value.

    Returns:
        The problems, and what could not be checked.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import permutation
        >>> [p.verdict for p in check_norm(nn.LayerNorm(3), Space(permutation(3)))[0] if p]
        ['not kept', 'not kept']
        >>> check_norm(nn.LayerNorm(3, elementwise_affine=False), Space(permutation(3)))[0]
        [None]
    """
    if isinstance(module, (nn.LayerNorm, *ROOT_MEAN_SQUARE)):
        return _layer_norm(module, space, trainable), ""
    rho = space.representation
    channels = module.num_channels if isinstance(module, nn.GroupNorm) else module.num_features
    if not (space.axis == 1 or (space.axis == -1 and channels == rho.dim)):
        # The coordinates are among the places that statistics are taken over; shifts add to all of them.
        return [_statistics_of_copies(module, rho, channels), *_affine_of_copies(module, space, trainable)], ""
    found = _affine(module, space, trainable)
    if isinstance(module, BATCH) and module.track_running_stats and (not module.training or permutes(rho, signs=True)):
        return [_running(module, space), *found], ""
    if isinstance(module, nn.GroupNorm) and module.num_groups == 1:
        return [check_centring(rho, alone=False), *found], ""
    if isinstance(module, nn.GroupNorm) and module.num_groups != channels:
        return found, "how its groups of channels lie among the orbits is not looked at"
    fine = permutes(rho, signs=True)
    reason = "every coordinate has its own mean and spread, so the group has to permute coordinates up to signs"
    return [None if fine else Problem("norm", "refuted", reason, "", ("normalise by norms of vectors",)), *found], ""


def _statistics_of_copies(module: Any, rho: Representation, channels: int) -> Problem | None:
    remembers = isinstance(module, BATCH) and module.track_running_stats
    if remembers and not module.training:
        # Statistics are fixed then: copies are scaled, and one number is added to all coordinates.
        return check_common_shift(float(module.running_mean.abs().max()), rho, False, "the running mean", "norm")
    single = isinstance(module, INSTANCE) or (isinstance(module, nn.GroupNorm) and module.num_groups == channels)
    problem = check_centring(rho, alone=single)
    if problem is None and remembers and check_common_shift(1.0, rho, False, "the running mean") is not None:
        reason = "it remembers a mean, which it subtracts from all coordinates alike"
        return Problem("norm", "not kept", reason, "", ("set track_running_stats=False",))
    return problem


def _layer_norm(module: Any, space: Space, trainable: bool) -> Problems:
    rho, axes = space.representation, len(module.normalized_shape)
    if not -axes <= space.axis < 0:
        # Copies are normalised among themselves coordinate by coordinate, which only permutations up to signs pass.
        reason = "every coordinate has its own mean and spread, so the group has to permute coordinates up to signs"
        fine = permutes(rho, signs=True)
        statistics = None if fine else Problem("norm", "refuted", reason, "", ("normalise by norms of vectors",))
        return [statistics, *_affine_of_copies(module, space, trainable)]
    statistics = check_isometry(rho) if isinstance(module, ROOT_MEAN_SQUARE) else check_centring(rho, alone=axes == 1)
    return [statistics, *_affine(module, space, trainable, space.axis)]


def _affine(module: Any, space: Space, trainable: bool, axis: int = -1) -> Problems:
    """The affine parameters have an entry for every coordinate."""
    rho, found = space.representation, list[Problem | None]()
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    if weight is not None:
        values = np.moveaxis(values_of(weight), axis, -1)
        found.append(check_scale(values, rho, is_free(weight, trainable), "the weight of the norm", "norm"))
    if bias is not None:
        values = np.moveaxis(values_of(bias), axis, -1)
        found.append(check_shift(values, rho, is_free(bias, trainable), "the bias of the norm", "norm"))
    return found


def _affine_of_copies(module: Any, space: Space, trainable: bool) -> Problems:
    """The affine parameters have an entry for every copy of the space: shifts go along the vector of ones."""
    bias = getattr(module, "bias", None)
    if bias is None:
        return []
    size = float(bias.detach().abs().max())
    return [check_common_shift(size, space.representation, is_free(bias, trainable), "the bias of the norm", "norm")]


def _running(module: Any, space: Space) -> Problem | None:
    if is_trivial(space.representation):
        return None
    if not module.training:
        rho = space.representation
        deviation = np.sqrt(values_of(module.running_var) + module.eps)
        shift = check_shift(values_of(module.running_mean), rho, False, "the running mean", "norm")
        return shift or check_scale(deviation, rho, False, "the running spread", "norm")
    reason = "it remembers a mean and a spread for every coordinate, which no rule keeps constant on orbits"
    return Problem("norm", "not kept", reason, "", ("keep one spread for every orbit, of norms, and no mean",))
