r"""Order parameters of drawn spins: by phase, and over planes of parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import torch
from torch import Tensor

from pyg_symbreak.spins import order_parameters, uniform_ground_states
from pyg_symbreak.training.spins.plane import Plane, uniform_lattices
from pyg_symbreak.training.spins.sampling import sampled
from pyg_symbreak.training.symmetrize.examples import GraphExamples

ORDERED: Final = 0.9
r"""From this modulus of an order parameter on, a configuration is said to be in a phase."""


def order_table(spins: Tensor) -> tuple[list[str], Tensor]:
    r"""All order parameters of configurations of a square lattice that close up around it.

    Args:
        spins: Spins ±1, ``[..., H, W]``.

    Returns:
        Their names, and their values ``[..., orders]``.

    .. code-block:: python

        >>> names, values = order_table(torch.ones(5, 2, 4, 4))
        >>> names, values.shape
        (['magnetisation', 'stripe_x', 'stripe_y', 'staggered'], torch.Size([5, 2, 4]))
    """
    found = order_parameters(spins.reshape(-1, *spins.shape[-2:]), defined_only=True)
    return list(found), torch.stack(list(found.values()), dim=-1).view(*spins.shape[:-2], -1)


def orders_by_phase(drawn: Iterable[tuple[Any, Tensor]]) -> dict[str, dict[str, float]]:
    r"""Compares order parameters of drawn spins with those of the exact ground states, phase by phase.

    The phase of a system is the largest order parameter of its ground state ``batch.spins``.

    Args:
        drawn: Batches and spins, as of :func:`~pyg_symbreak.training.spins.sampling.sampled`.

    Returns:
        For each phase that occurs: ``systems``; ``exact`` and ``drawn``, the mean modulus of its order parameter; and
        ``recovered``, the share in per cent of the drawn configurations whose order is that large
        (:data:`ORDERED`).
    """
    phases, exact, found = [], [], []
    names: list[str] = []
    for batch, spins in drawn:
        names, truth = order_table(batch.spins)
        largest = truth.abs().max(1)
        phases.append(largest.indices)
        exact.append(largest.values)
        found.append(
            order_table(spins)[1].abs().gather(-1, largest.indices.expand(len(spins), -1).unsqueeze(-1))[..., 0]
        )
    phase, wanted, shown = torch.cat(phases), torch.cat(exact), torch.cat(found, dim=1)
    out = {}
    for number, name in enumerate(names):
        here = (phase == number) & (wanted >= ORDERED)
        if bool(here.any()):
            mine = shown[:, here].double()
            out[name] = {
                "systems": int(here.sum()),
                "exact": float(wanted[here].double().mean()),
                "drawn": float(mine.mean()),
                "recovered": 100 * float((mine >= ORDERED).double().mean()),
            }
    return out


def recovered(table: dict[str, dict[str, float]]) -> float:
    r"""The share in per cent of drawn configurations in the phase of the ground state; all phases weigh alike.

    Args:
        table: What :func:`orders_by_phase` returned.

    .. code-block:: python

        >>> recovered({"magnetisation": {"recovered": 100.0}, "staggered": {"recovered": 50.0}})
        75.0
    """
    return sum(row["recovered"] for row in table.values()) / len(table) if table else math.nan


def plane_orders(
    model: torch.nn.Module, plane: Plane, size: int, num_samples: int, *, seed: int, transform: Any = None
) -> dict[str, Tensor]:
    r"""Mean squares of the order parameters of drawn spins on a plane of parameters.

    The squares of all order parameters of a configuration add up to 1 at most.

    Args:
        model: What draws.
        plane: The parameters.
        size: The side of the lattices.
        num_samples: Configurations of each point.
        seed: The seed of the run.
        transform: Applied to the lattices, for models that want graphs.

    Returns:
        From the name of an order parameter to ``[rows, columns]``.
    """
    lattices = uniform_lattices(plane.parameters(), size)
    if transform is not None:
        lattices = [transform(lattice) for lattice in lattices]
    examples = GraphExamples(lattices, target=lambda batch: batch.parameters)
    return _squares((spins for _, spins in sampled(model, examples, num_samples, seed=seed, stream="plane")), plane)


def exact_plane_orders(plane: Plane, size: int, num_samples: int = 16, *, seed: int = 0) -> dict[str, Tensor]:
    r"""Mean squares of the order parameters of exact ground states, drawn uniformly, on a plane of parameters.

    Args:
        plane: The parameters.
        size: The side of the lattices.
        num_samples: Ground states of each point.
        seed: Of the draws.

    Returns:
        From the name of an order parameter to ``[rows, columns]``.
    """
    generator = torch.Generator().manual_seed(seed)
    points = [
        uniform_ground_states((size, size), (jx, jy), h).sample(num_samples, generator)
        for jx, jy, h in plane.parameters().tolist()
    ]
    return _squares([torch.stack(points, dim=1)], plane)


def _squares(drawn: Iterable[Tensor], plane: Plane) -> dict[str, Tensor]:
    tables = [order_table(spins) for spins in drawn]
    values = torch.cat([table.double().square().mean(0) for _, table in tables])
    return {name: values[:, number].view(plane.shape) for number, name in enumerate(tables[0][0])}
