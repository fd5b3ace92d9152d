"""Functions of every class, and groups at random, for the tests of the decision."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch import nn

from pyg_symbreak.equivariance import Representation
from pyg_symbreak.equivariance.matrices import Matrix
from pyg_symbreak.equivariance.multiplier import Multiplier

HALF = Fraction(1, 2)


def minus_two(x):
    """The sixth family: neither odd nor 2-multiplicative, yet f(-2x) = -2 f(x)."""
    return x * (1 + 0.5 * torch.sign(x) * torch.sin(math.pi * torch.log2(x.abs().clamp(min=1e-300))))


def base_two(x):
    """Only f(2x) = 2 f(x): waves in the logarithm on one side, none on the other."""
    return torch.where(x > 0, x * (2 + torch.sin(2 * math.pi * torch.log2(x.abs().clamp(min=1e-300)))), 0.3 * x)


def signed_two(x):
    """Odd, and f(2x) = 2 f(x)."""
    return x * (2 + torch.sin(2 * math.pi * torch.log2(x.abs().clamp(min=1e-300))))


FUNCTIONS = [
    Multiplier.homogeneous("relu", torch.relu),
    Multiplier.homogeneous("leaky", lambda x: torch.nn.functional.leaky_relu(x, 0.1)),
    Multiplier.homogeneous("relu squared", lambda x: torch.relu(x) ** 2, 2),
    Multiplier.homogeneous("abs", torch.abs, 1, 1),
    Multiplier.homogeneous("square", torch.square, 2, 1),
    Multiplier.homogeneous("x|x|", lambda x: x * x.abs(), 2, -1),
    Multiplier.homogeneous("sign", torch.sign, 0, -1),
    Multiplier.generic("gelu", torch.nn.functional.gelu),
    Multiplier.generic("sigmoid", torch.sigmoid),
    Multiplier.generic("softplus", torch.nn.functional.softplus),
    Multiplier.odd("tanh", torch.tanh),
    Multiplier.odd("sin", torch.sin),
    Multiplier.odd("softshrink", torch.nn.functional.softshrink),
    Multiplier.even("cos", torch.cos),
    Multiplier.multiplicative("-2", minus_two, -2),
    Multiplier.multiplicative("2", base_two, 2),
    Multiplier.multiplicative("±2", signed_two, 2, parity=-1),
    Multiplier.straight("identity", lambda x: x),
    Multiplier.straight("2x + 1", lambda x: 2 * x + 1, 2, 1),
    Multiplier.fixed("zero", torch.zeros_like, 0),
    Multiplier.fixed("three", lambda x: torch.full_like(x, 3.0), 3),
]
MODULES = [
    nn.ReLU(),
    nn.LeakyReLU(0.2),
    nn.LeakyReLU(-1.0),
    nn.PReLU(),
    nn.RReLU().eval(),
    nn.ReLU6(),
    nn.ELU(),
    nn.CELU(),
    nn.SELU(),
    nn.GELU(),
    nn.SiLU(),
    nn.Mish(),
    nn.Softplus(),
    nn.Sigmoid(),
    nn.LogSigmoid(),
    nn.Hardsigmoid(),
    nn.Hardswish(),
    nn.Threshold(0.1, 2.0),
    nn.Threshold(0.0, 0.0),
    nn.Tanh(),
    nn.Hardtanh(),
    nn.Hardtanh(-1.0, 2.0),
    nn.Softsign(),
    nn.Tanhshrink(),
    nn.Softshrink(),
    nn.Hardshrink(),
    nn.Identity(),
    torch.sin,
    torch.cos,
    torch.abs,
    torch.square,
]
BY_NAME = {multiplier.name: multiplier for multiplier in FUNCTIONS}


def _choose(rng, values, size):
    return [values[k] for k in rng.integers(0, len(values), size)]


def random_group(rng, limit=200):
    """A finite matrix group: (signed) permutations, mostly in a basis that is rescaled or mixed at random."""
    while True:
        dim = int(rng.integers(1, 5))
        signs = _choose(rng, [[1], [1, 1, 1, -1], [1, -1]], 1)[0]
        rho = Representation(
            [Matrix.monomial(rng.permutation(dim), _choose(rng, signs, dim)) for _ in range(rng.integers(1, 4))]
        )
        kind = rng.integers(0, 4)
        if kind == 1:
            rho = rho.rescaled(_choose(rng, [1, 2, HALF, 4], dim))
        elif kind == 2:
            rho = rho.rescaled(_choose(rng, [1, -1, 2, -2, 3, Fraction(-1, 3)], dim))
        elif kind == 3 and dim > 1:
            i, j = rng.permutation(dim)[:2]
            shear, back = np.eye(dim, dtype=int), np.eye(dim, dtype=int)
            shear[i, j], back[i, j] = 1, -1
            left, right = Matrix.from_rows(shear.tolist()), Matrix.from_rows(back.tolist())
            rho = Representation([left @ m @ right for m in rho.matrices])
        try:
            rho.element_matrices(limit)
        except ValueError:
            continue
        return rho


def points(dim):
    """Points at which a group is tried: few large or tiny values, generic everywhere."""
    generator = torch.Generator().manual_seed(dim)
    x = torch.randn(60, dim, generator=generator, dtype=torch.float64)
    single = torch.eye(dim, dtype=torch.float64)
    return torch.cat([x, 10 * x[:20], 0.3 * x[:20], torch.zeros(1, dim).double(), single, -single, 2.3 * single])


def brute_force(function, rho_in, rho_out, limit=200):
    """Whether a function commutes with all elements of a finite group, judged by values."""
    x = points(rho_in.dim)
    both = (rho_in + rho_out).element_matrices(4 * limit)
    n = rho_in.dim
    y = function(x)
    for g in both:
        dense = torch.from_numpy(g.dense())
        left, right = function(x @ dense[:n, :n].T), y @ dense[n:, n:].T
        if not torch.allclose(left, right, rtol=1e-8, atol=1e-8):
            return False
    return True
