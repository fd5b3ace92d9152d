r"""Points drawn uniformly from surfaces and curves in space."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Points: TypeAlias = npt.NDArray[np.float64]
Sampler: TypeAlias = Callable[[np.random.Generator, int], Points]

TUBE: Final = 0.35
HALF_WIDTH: Final = 0.4
AXES: Final = np.array([1.0, 0.6, 0.35])


def sphere(rng: np.random.Generator, count: int) -> Points:
    r"""The unit sphere.

    >>> points = sphere(np.random.default_rng(0), 5)
    >>> np.allclose((points**2).sum(1), 1)
    True
    """
    gauss = rng.standard_normal((count, 3))
    out: Points = gauss / np.linalg.norm(gauss, axis=1, keepdims=True)
    return out


def ellipsoid(rng: np.random.Generator, count: int) -> Points:
    r"""The ellipsoid with half axes 1, 0.6 and 0.35.

    >>> points = ellipsoid(np.random.default_rng(0), 5)
    >>> np.allclose(((points / AXES) ** 2).sum(1), 1)
    True
    """
    # A patch of the sphere around u grows by |A⁻¹u| times a constant.
    unit = _thinned(rng, count, sphere, lambda u: np.asarray(np.linalg.norm(u / AXES, axis=1) * AXES.min()))
    return np.asarray(unit * AXES)


def cube(rng: np.random.Generator, count: int) -> Points:
    r"""The surface of the cube with vertices (±1, ±1, ±1).

    >>> np.abs(cube(np.random.default_rng(0), 5)).max(1).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    points = rng.uniform(-1, 1, (count, 3))
    points[np.arange(count), rng.integers(0, 3, count)] = rng.choice([-1.0, 1.0], count)
    return points


def tetrahedron(rng: np.random.Generator, count: int) -> Points:
    r"""The surface of the regular tetrahedron with vertices at alternate corners of that cube.

    >>> tetrahedron(np.random.default_rng(0), 5).shape
    (5, 3)
    """
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=np.float64)
    weights = rng.dirichlet(np.ones(3), count)
    faces = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])[rng.integers(0, 4, count)]
    return np.asarray((weights[:, :, None] * corners[faces]).sum(1))


def torus(rng: np.random.Generator, count: int) -> Points:
    r"""The torus of radius 1 around the z axis with a tube of radius 0.35.

    >>> x, y, z = torus(np.random.default_rng(0), 5).T
    >>> np.allclose((np.hypot(x, y) - 1) ** 2 + z**2, TUBE**2)
    True
    """

    def angles(rng: np.random.Generator, count: int) -> Points:
        return rng.uniform(0, 2 * math.pi, (count, 2))

    a, b = _thinned(rng, count, angles, lambda t: (1 + TUBE * np.cos(t[:, 1])) / (1 + TUBE)).T
    radius = 1 + TUBE * np.cos(b)
    return np.stack([radius * np.cos(a), radius * np.sin(a), TUBE * np.sin(b)], axis=1)


def cylinder(rng: np.random.Generator, count: int) -> Points:
    r"""The closed cylinder of radius 0.6 and height 2 around the z axis.

    >>> cylinder(np.random.default_rng(0), 5).shape
    (5, 3)
    """
    radius, height = 0.6, 2.0
    cap = rng.random(count) < radius / (radius + height)
    angle, distance = rng.uniform(0, 2 * math.pi, count), np.where(cap, radius * np.sqrt(rng.random(count)), radius)
    z = np.where(cap, rng.choice([-1.0, 1.0], count), rng.uniform(-1, 1, count)) * height / 2
    return np.stack([distance * np.cos(angle), distance * np.sin(angle), z], axis=1)


def cone(rng: np.random.Generator, count: int) -> Points:
    r"""The closed cone of radius 0.9 and height 2 around the z axis, its centre of mass (as a solid) at the origin.

    >>> bool(cone(np.random.default_rng(0), 5)[:, 2].min() >= -0.5)
    True
    """
    radius, height = 0.9, 2.0
    slant = math.hypot(radius, height)
    base = rng.random(count) < radius / (radius + slant)
    angle, share = rng.uniform(0, 2 * math.pi, count), np.sqrt(rng.random(count))
    z = np.where(base, 0.0, height * (1 - share)) - height / 4
    return np.stack([radius * share * np.cos(angle), radius * share * np.sin(angle), z], axis=1)


def helix(rng: np.random.Generator, count: int) -> Points:
    r"""Three turns of a right-handed helix of radius 0.6 and height 2 around the z axis.

    >>> bool(np.abs(helix(np.random.default_rng(0), 5)[:, 2]).max() <= 1)
    True
    """
    angle = rng.uniform(-3 * math.pi, 3 * math.pi, count)
    return np.stack([0.6 * np.cos(angle), 0.6 * np.sin(angle), angle / (3 * math.pi)], axis=1)


def moebius(rng: np.random.Generator, count: int) -> Points:
    r"""A Möbius strip of radius 1 and width 0.8 around the z axis.

    >>> moebius(np.random.default_rng(0), 5).shape
    (5, 3)
    """

    def parameters(rng: np.random.Generator, count: int) -> Points:
        return np.stack([rng.uniform(0, 2 * math.pi, count), rng.uniform(-HALF_WIDTH, HALF_WIDTH, count)], axis=1)

    def area(p: Points) -> Points:
        out: Points = np.hypot(1 + p[:, 1] * np.cos(p[:, 0] / 2), p[:, 1] / 2)
        return out / math.hypot(1 + HALF_WIDTH, HALF_WIDTH / 2)

    angle, width = _thinned(rng, count, parameters, area).T
    radius = 1 + width * np.cos(angle / 2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), width * np.sin(angle / 2)], axis=1)


def trefoil(rng: np.random.Generator, count: int) -> Points:
    r"""A trefoil knot of radius 1 around the z axis, uniform in its arc length.

    >>> bool(np.abs(trefoil(np.random.default_rng(0), 5)).max() <= 1)
    True
    """

    def position(t: Points) -> Points:
        curve = [np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)]
        return np.stack(curve, axis=1) / 3

    def speed(t: Points) -> Points:
        out: Points = np.sqrt((17 + 8 * np.cos(3 * t) + 9 * np.cos(3 * t) ** 2) / 34)
        return out

    def parameters(rng: np.random.Generator, count: int) -> Points:
        return rng.uniform(0, 2 * math.pi, (count, 1))

    return position(_thinned(rng, count, parameters, lambda t: speed(t[:, 0]))[:, 0])


#: The shapes by name, in the order of their labels.
SURFACES: Final[dict[str, Sampler]] = {
    "sphere": sphere,
    "ellipsoid": ellipsoid,
    "cube": cube,
    "tetrahedron": tetrahedron,
    "torus": torus,
    "cylinder": cylinder,
    "cone": cone,
    "helix": helix,
    "moebius": moebius,
    "trefoil": trefoil,
}


def _thinned(rng: np.random.Generator, count: int, draw: Sampler, probability: Callable[[Points], Points]) -> Points:
    """Keep each drawn point with its probability, until there are enough."""
    kept: list[Points] = []
    missing = count
    while missing > 0:
        drawn = draw(rng, 2 * missing + 8)
        fresh = drawn[rng.random(len(drawn)) < probability(drawn)][:missing]
        kept.append(fresh)
        missing -= len(fresh)
    return np.concatenate(kept) if kept else draw(rng, 0)
