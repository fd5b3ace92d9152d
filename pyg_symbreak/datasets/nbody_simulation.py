r"""Charged particles that attract and repel each other, many simulations at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

TIME_STEP: Final = 1e-3
SAMPLE_FREQUENCY: Final = 100
LENGTH: Final = 5000
NUM_FRAMES: Final = LENGTH // SAMPLE_FREQUENCY - 1
_BOX: Final = 5.0
_LARGEST_FORCE: Final = 0.1 / TIME_STEP
_CHUNK: Final = 500  # simulations whose arrays fit into the cache together


@dataclass(frozen=True)
class Particles:
    r"""Positions and velocities ``[S, 3, n]`` and charges ``[S, n]`` of ``S`` simulations at one time."""

    pos: Array
    vel: Array
    charge: Array


def initial_particles(
    num_simulations: int, num_particles: int, rng: np.random.RandomState, speed: float = 0.5
) -> Particles:
    r"""Draws the particles of consecutive simulations from one stream, as the generator of `"E(n) Equivariant Graph
    Neural Networks" <https://arxiv.org/abs/2102.09844>`_ does, which goes back to `"Neural Relational Inference for
    Interacting Systems" <https://arxiv.org/abs/1802.04687>`_.

    Charges are ±1 with equal chances, positions Gaussian with deviation :math:`(n/5)^{1/3}`, reflected into a box of
    half width 5, velocities uniform on a sphere. The stream also holds the noise of the observations, which has
    amplitude zero but is drawn all the same: without it the second simulation would be another one.

    Args:
        num_simulations: How many simulations.
        num_particles: The number ``n`` of particles of each.
        rng: The stream; what is left of it starts the next simulation.
        speed: The length of the initial velocities.

    >>> initial_particles(2, 5, np.random.RandomState(43)).charge.tolist()
    [[-1.0, 1.0, -1.0, -1.0, -1.0], [1.0, -1.0, 1.0, 1.0, 1.0]]
    """
    n, draws = num_particles, []
    for _ in range(num_simulations):
        charge = rng.choice([-1.0, 0.0, 1.0], size=(n, 1), p=[0.5, 0.0, 0.5])[:, 0]
        draws.append((rng.randn(3, n), rng.randn(3, n), charge))
        rng.randn(2 * NUM_FRAMES, 3, n)
    pos, vel, charge = (
        np.stack(part) if part else np.empty((0, *shape))
        for part, shape in zip(zip(*draws) if draws else ((), (), ()), ((3, n), (3, n), (n,)), strict=True)
    )
    pos = pos * (n / 5.0) ** (1 / 3)
    vel = vel * speed / np.sqrt((vel**2).sum(axis=1, keepdims=True))
    over, under = pos > _BOX, pos < -_BOX
    pos[over], vel[over] = 2 * _BOX - pos[over], -np.abs(vel[over])
    pos[under], vel[under] = -2 * _BOX - pos[under], np.abs(vel[under])
    return Particles(pos, vel, charge)


def simulate(start: Particles, frames: tuple[int, ...]) -> dict[int, Particles]:
    r"""Moves the particles by Coulomb forces, :math:`\ddot x_i = \sum_j q_i q_j (x_i - x_j) / |x_i - x_j|^3`, and
    returns them at the wanted frames; frame ``f`` is at time :math:`(f + 1) / 10`.

    One step is :math:`10^{-3}` long, a kick and a drift; components of the force beyond ±100 are cut, which makes close
    encounters unphysical but finite. Trajectories with close encounters are chaotic: they agree with those of another
    implementation of the same steps as far as rounding allows.

    Args:
        start: The particles at time zero.
        frames: Which frames to return.

    Raises:
        ValueError: If a frame is negative.

    >>> free = Particles(np.zeros((1, 3, 1)), np.ones((1, 3, 1)), np.ones((1, 1)))
    >>> simulate(free, (9,))[9].pos.round(6).ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    if any(frame < 0 for frame in frames):
        raise ValueError(f"'simulate' expected frames of 0 or more (got {frames})")
    count = start.pos.shape[0]
    parts = [_simulate(_part(start, i, i + _CHUNK), frames) for i in range(0, max(count, 1), _CHUNK)]
    return {
        frame: Particles(*(np.concatenate([getattr(part[frame], name) for part in parts]) for name in _FIELDS))
        for frame in frames
    }


_FIELDS: Final = ("pos", "vel", "charge")


def _part(particles: Particles, begin: int, end: int) -> Particles:
    return Particles(*(getattr(particles, name)[begin:end] for name in _FIELDS))


def _simulate(start: Particles, frames: tuple[int, ...]) -> dict[int, Particles]:
    pos, vel = start.pos.copy(), start.vel.copy()
    strength = start.charge[:, :, None] * start.charge[:, None, :]
    found: dict[int, Particles] = {}
    vel += TIME_STEP * _force(pos, strength)
    for i in range(1, (max(frames, default=-1) + 1) * SAMPLE_FREQUENCY + 1):
        pos += TIME_STEP * vel
        frame, rest = divmod(i, SAMPLE_FREQUENCY)
        if rest == 0 and frame - 1 in frames:
            found[frame - 1] = Particles(pos.copy(), vel.copy(), start.charge)
        vel += TIME_STEP * _force(pos, strength)
    return found


def _force(pos: Array, strength: Array) -> Array:
    """The cut forces; squares of distances by the scalar products of the reference, whose rounding they share."""
    rows = np.swapaxes(pos, 1, 2)
    square = (rows**2).sum(axis=2)
    distance = square[:, :, None] + square[:, None, :] - 2 * (rows @ pos)
    diagonal: Any = np.arange(pos.shape[2])
    distance[:, diagonal, diagonal] = 1.0
    size = strength / (distance * np.sqrt(distance))
    size[:, diagonal, diagonal] = 0.0
    force: Array = (size[:, None] * (pos[:, :, :, None] - pos[:, :, None, :])).sum(axis=3)
    return force.clip(-_LARGEST_FORCE, _LARGEST_FORCE)
