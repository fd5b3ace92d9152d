from __future__ import annotations

import numpy as np
import pytest

from pyg_symbreak.datasets.nbody_simulation import NUM_FRAMES, TIME_STEP, Particles, initial_particles, simulate


def by_hand(pos, vel, charge, num_steps):
    """The same steps, particle by particle, for one simulation."""
    pos, vel = pos.copy(), vel.copy()

    def kick():
        for i in range(len(charge)):
            force = np.zeros(3)
            for j in range(len(charge)):
                if i != j:
                    gap = pos[:, i] - pos[:, j]
                    force += charge[i] * charge[j] * gap / np.linalg.norm(gap) ** 3
            vel[:, i] += TIME_STEP * np.clip(force, -100, 100)

    kick()
    for step in range(1, num_steps + 1):
        pos += TIME_STEP * vel
        if step < num_steps:
            kick()
    return pos, vel


def test_one_simulation_by_hand():
    start = initial_particles(3, 4, np.random.RandomState(0))
    found = simulate(start, (0, 2))
    for i in range(3):
        for frame in (0, 2):
            pos, vel = by_hand(start.pos[i], start.vel[i], start.charge[i], 100 * (frame + 1))
            assert np.allclose(found[frame].pos[i], pos, rtol=0, atol=1e-9)
            assert np.allclose(found[frame].vel[i], vel, rtol=0, atol=1e-9)


def test_the_input_stays_as_it_is():
    start = initial_particles(1, 2, np.random.RandomState(0))
    before = start.pos.copy()
    simulate(start, (0,))
    assert np.array_equal(before, start.pos)


def test_more_simulations_than_one_chunk():
    start = initial_particles(501, 2, np.random.RandomState(0))
    last = Particles(start.pos[500:], start.vel[500:], start.charge[500:])
    assert simulate(start, (0,))[0].pos.shape == (501, 3, 2)
    assert np.array_equal(simulate(start, (0,))[0].pos[500:], simulate(last, (0,))[0].pos)


def test_the_stream_has_one_simulation_after_the_other():
    rng = np.random.RandomState(43)
    together = initial_particles(3, 5, np.random.RandomState(43))
    first, rest = initial_particles(1, 5, rng), initial_particles(2, 5, rng)
    assert np.array_equal(together.pos, np.concatenate([first.pos, rest.pos]))
    plain = np.random.RandomState(43)
    plain.random_sample(5)
    assert np.array_equal(first.pos[0], plain.randn(3, 5))
    plain.randn(3, 5)
    plain.randn(2 * NUM_FRAMES * 3 * 5)
    assert np.array_equal(np.where(plain.random_sample(5) < 0.5, -1.0, 1.0), rest.charge[0])


def test_laws():
    start = initial_particles(2000, 8, np.random.RandomState(1))
    assert abs(start.pos.std() - (8 / 5) ** (1 / 3)) < 0.02
    assert np.allclose(np.linalg.norm(start.vel, axis=1), 0.5)
    assert abs(start.charge.mean()) < 0.04
    assert set(np.unique(start.charge)) == {-1.0, 1.0}


def test_particles_outside_the_box_come_back():
    start = initial_particles(200, 100, np.random.RandomState(2))  # deviation 2.7
    assert np.abs(start.pos).max() <= 5.0


def test_momentum_and_energy():
    start = initial_particles(20, 5, np.random.RandomState(3))
    found = simulate(start, (4,))[4]
    kick = TIME_STEP * 100
    assert np.abs(found.vel.sum(axis=2) - start.vel.sum(axis=2)).max() < 5 * kick

    def energy(particles):
        gap = particles.pos[:, :, :, None] - particles.pos[:, :, None, :]
        distance = np.linalg.norm(gap, axis=1) + np.eye(5) * 1e9
        product = particles.charge[:, :, None] * particles.charge[:, None, :]
        return 0.5 * (particles.vel**2).sum(axis=(1, 2)) + 0.5 * (product / distance).sum(axis=(1, 2))

    assert np.median(np.abs(energy(found) - energy(start))) < 0.01


def test_no_simulation_and_no_particle():
    none = initial_particles(0, 5, np.random.RandomState(0))
    assert simulate(none, (0,))[0].pos.shape == (0, 3, 5)
    assert simulate(initial_particles(2, 1, np.random.RandomState(0)), (0,))[0].pos.shape == (2, 3, 1)


def test_negative_frame():
    with pytest.raises(ValueError, match=r"'simulate' expected frames of 0 or more \(got \(-1,\)\)"):
        simulate(initial_particles(1, 2, np.random.RandomState(0)), (-1,))
