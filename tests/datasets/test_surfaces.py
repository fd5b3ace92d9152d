"""Points lie where they should, and as densely everywhere."""

import math

import numpy as np
import pytest

from pyg_symbreak.datasets.surfaces import AXES, HALF_WIDTH, SURFACES, TUBE

COUNT = 40_000


def points(name, count=COUNT):
    return SURFACES[name](np.random.default_rng(0), count)


def assert_share(hits, expected):
    """A share of the points within four and a half standard deviations."""
    assert abs(hits.mean() - expected) < 4.5 * math.sqrt(expected * (1 - expected) / hits.size)


@pytest.mark.parametrize("name", SURFACES)
def test_sizes_and_repetition(name):
    for count in (0, 1, 7):
        assert points(name, count).shape == (count, 3)
    assert np.array_equal(points(name, 50), points(name, 50))
    # About the size of the unit ball, about the origin.
    cloud = points(name, 2000)
    assert 0.2 < np.sqrt((cloud**2).mean(0).sum()) < 1.8
    assert np.abs(cloud.mean(0)).max() < 0.35


def test_sphere():
    cloud = points("sphere")
    for axis in range(3):  # Archimedes: every slice of one height holds the same share
        assert_share(cloud[:, axis] < -0.6, 0.2)


def test_ellipsoid():
    cloud = points("ellipsoid")
    assert np.allclose(((cloud / AXES) ** 2).sum(1), 1)
    polar, azimuth = np.meshgrid((np.arange(800) + 0.5) / 800 * math.pi, (np.arange(800) + 0.5) / 800 * 2 * math.pi)
    unit = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=-1)
    area = np.linalg.norm(unit / AXES, axis=-1) * np.sin(polar)
    for axis in range(3):
        tip = unit[..., axis] > 0.7
        assert_share(cloud[:, axis] > 0.7 * AXES[axis], area[tip].sum() / area.sum())


def test_cube_and_tetrahedron():
    cloud = points("cube")
    for axis in range(3):
        assert_share(cloud[:, axis] == 1, 1 / 6)
        assert_share((np.abs(cloud[:, axis]) < 1) & (cloud[:, axis] > 0.5), 4 / 6 * 0.25)
    cloud = points("tetrahedron")
    normals = np.array([[-1, -1, -1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]])
    height = cloud @ normals.T
    assert np.allclose(height.max(1), 1)
    for face in range(4):
        assert_share(np.isclose(height[:, face], 1), 0.25)
    corner = np.linalg.norm(cloud - np.array([1, 1, 1]), axis=1) < 0.5
    assert_share(corner, 3 * math.pi / 6 * 0.25 / (4 * math.sqrt(3) / 4 * 8))


def test_torus():
    x, y, z = points("torus").T
    assert np.allclose((np.hypot(x, y) - 1) ** 2 + z**2, TUBE**2)
    assert_share(np.hypot(x, y) > 1, 0.5 + TUBE / math.pi)
    assert_share(x > 0, 0.5)


def test_cylinder_and_cone():
    x, y, z = points("cylinder").T
    cap = np.abs(z) == 1
    assert np.allclose(np.hypot(x, y)[~cap], 0.6)
    assert_share(cap, 0.6 / 2.6)
    assert_share(np.hypot(x, y)[cap] < 0.3, 0.25)
    assert_share(z[~cap] > 0.5, 0.25)
    x, y, z = points("cone").T
    base = z == -0.5
    assert np.allclose(np.hypot(x, y)[~base], 0.9 * (1.5 - z[~base]) / 2)
    assert_share(base, 0.9 / (0.9 + math.hypot(0.9, 2)))
    assert_share(z[~base] > 0.5, 0.25)
    assert_share(np.hypot(x, y)[base] < 0.45, 0.25)


def test_helix():
    x, y, z = points("helix").T
    assert np.allclose(np.arctan2(y, x), np.angle(np.exp(3j * math.pi * z)))
    assert_share(z > 0.5, 0.25)


def test_moebius():
    x, y, z = points("moebius").T
    angle = np.arctan2(y, x) % (2 * math.pi)
    width = (np.hypot(x, y) - 1) * np.cos(angle / 2) + z * np.sin(angle / 2)
    assert np.abs(width).max() <= HALF_WIDTH + 1e-9
    assert np.allclose(z, width * np.sin(angle / 2))
    a, w = np.meshgrid((np.arange(800) + 0.5) / 800 * 2 * math.pi, ((np.arange(800) + 0.5) / 400 - 1) * HALF_WIDTH)
    area = np.hypot(1 + w * np.cos(a / 2), w / 2)
    outside = np.hypot((1 + w * np.cos(a / 2)), 0) > 1
    assert_share(np.hypot(x, y) > 1, area[outside].sum() / area.sum())


def test_trefoil():
    cloud = points("trefoil")
    t = np.linspace(0, 2 * math.pi, 20_001)
    curve = np.stack([np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)], axis=1) / 3
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    middle = (curve[1:] + curve[:-1]) / 2
    gap = np.linalg.norm(cloud[:300, None] - curve[None, ::10], axis=2).min(1)
    assert gap.max() < 4e-3
    inner = np.linalg.norm(middle[:, :2], axis=1) < 0.6
    assert_share(np.linalg.norm(cloud[:, :2], axis=1) < 0.6, steps[inner].sum() / steps.sum())
