r"""Ground states by a transfer matrix, for any couplings on narrow lattices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pyg_symbreak.spins.energy import ising_energy
from pyg_symbreak.spins.exact.ground_states import GroundStates
from pyg_symbreak.spins.exact.layers import Layers, split_into_layers
from pyg_symbreak.spins.layout import check_lattice

_Table = npt.NDArray[Any]

#: No two have a common divisor, since those of 2^a - 1 and 2^b - 1 divide 2^gcd(a, b) - 1.
_MODULI: Final = tuple(2**a - 1 for a in (61, 62, 59, 57, 55, 53, 49, 47, 43, 41))
_CHUNK: Final = 2**15  # entries of a table that stays in the cache of a core
_STARTS: Final = 32  # first layers that are treated together, whatever the width
_KEPT: Final = 2**28  # bytes of tables kept at a time to go back through them
_MAX_KEPT: Final = 2**31


@dataclass(frozen=True)
class TransferGroundStates(GroundStates):
    r"""The ground states that :func:`transfer_ground_states` finds.

    Args:
        layers: The lattice, layer by layer.
        weight: For each state of the first layer of a closed lattice, the number of ground states that have it; for an
            open one their number alone.

    .. code-block:: python

        >>> states = transfer_ground_states(torch.zeros(3, 3), torch.ones(2, 3, 3))
        >>> states.energy, states.count, states.all().flatten(1).sum(1).tolist()
        (-18.0, 2, [9, -9])
    """

    layers: Layers
    weight: npt.NDArray[np.float64]

    def _sample(self, num: int, generator: torch.Generator | None) -> Tensor:
        start = _draw(self.weight, _uniform(num, generator))
        out = np.zeros((num, self.layers.num), dtype=np.int64)
        for starts in self._chunks(np.unique(start)):
            sweep = _Sweep(self.layers, starts, keep=True)
            chosen = np.flatnonzero(np.isin(start, starts))
            row = np.searchsorted(starts, start[chosen])
            noise, weights = _uniform(len(chosen), generator), sweep.last_weights()
            states = np.zeros_like(row)
            for r in range(len(starts)):
                states[row == r] = _draw(weights[r], noise[row == r])
            out[chosen, -1] = states
            for t, j in reversed(list(self.layers.steps())):
                up, down = sweep.choices(t, j, row, states)
                old = (_uniform(len(chosen), generator) * (up + down) >= up).astype(np.int64)
                states = (states & ~(1 << j)) | (old << j)
                if j == 0:
                    out[chosen, t - 1] = states
        return self.layers.spins(out)

    def _all(self) -> Tensor:
        found = []
        for starts in self._chunks(np.flatnonzero(self.weight)):
            sweep = _Sweep(self.layers, starts, keep=True)
            row, states = np.nonzero(sweep.last_weights())
            path = [states]
            for t, j in reversed(list(self.layers.steps())):
                up, down = (np.flatnonzero(ways) for ways in sweep.choices(t, j, row, states))
                pick = np.concatenate([up, down])
                states = states[pick] & ~(1 << j)
                states[len(up) :] |= 1 << j
                row, path = row[pick], [part[pick] for part in path]
                if j == 0:
                    path.insert(0, states)
            found.append(np.stack(path, axis=1))
        return self.layers.spins(np.concatenate(found))

    def _chunks(self, starts: _Table) -> Iterator[_Table]:
        """The first layers in groups whose tables fit into memory together."""
        return _chunks(starts, max(1, _KEPT // _kept_bytes(self.layers)))


def transfer_ground_states(
    field: Tensor, bonds: Tensor, periodic: bool = True, max_states: int = 2**24
) -> TransferGroundStates:
    r"""Find the ground states of any couplings and fields on a narrow lattice, and count them.

    The lattice is built site by site. For every state of the last layer (on a lattice that closes up, together with
    every state of the first) a table holds the least energy of what was built, and the number of ways to reach it.
    Every configuration is taken into account, so that the least entry is a proof: it is the ``bound`` of the result,
    and ``energy`` is that of one state that was drawn. Going back through the tables draws independent uniform ground
    states.

    Two energies are equal if they differ by no more than :math:`10^{-12}` of the sum of all absolute couplings and
    fields: far more than the rounding errors of the sums, which there are none of for couplings ±1.

    With layers of :math:`w` sites, time grows as :math:`2^w` on lattices that are open in the direction of the layers
    and as :math:`4^w` on those that close up. Layers lie in the cheapest direction, and there may be any number.

    Args:
        field: The field of each site, ``[*sizes]``, one to three dimensions.
        bonds: The couplings, ``[d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.
        periodic: Whether the lattice closes up around its boundaries; if not, no bonds may cross them.
        max_states: The most entries of the transfer table; the default allows a width of 12 on periodic lattices.

    Raises:
        TypeError: If the field or the bonds are no floating point numbers.
        ValueError: If the lattice is too wide, has more ground states than floating point numbers can tell, or is
            malformed as :func:`~pyg_symbreak.spins.check_lattice` has it.

    .. code-block:: python

        >>> frustrated = transfer_ground_states(torch.zeros(3, 3), -torch.ones(2, 3, 3))
        >>> frustrated.energy, frustrated.count
        (-6.0, 102)
    """
    owner = "transfer_ground_states"
    field, bonds = field.detach().cpu(), bonds.detach().cpu()
    check_lattice(field[None], bonds[None], periodic, owner)
    layers = split_into_layers(field.double().numpy(), bonds.double().numpy())
    bits = layers.width * (2 if layers.closed else 1)
    if 2**bits > max_states:
        raise ValueError(
            f"'{owner}' expected a lattice whose transfer table has at most {max_states} entries "
            f"(got sizes {layers.sizes}, which need 2^{bits})"
        )
    if _kept_bytes(layers) > _MAX_KEPT:
        raise ValueError(
            f"'{owner}' expected a lattice whose tables fit into {_MAX_KEPT >> 30} GiB "
            f"(got sizes {layers.sizes}, which need {_kept_bytes(layers) / 2**30:.1f})"
        )
    energies = _least_energies(layers)
    least = float(energies.min())
    starts = np.flatnonzero(energies <= least + layers.tolerance)
    weight = np.zeros(len(energies))
    weight[starts] = _weights(layers, starts)
    about = float(weight.sum())
    if not np.isfinite(about):
        raise ValueError(f"'{owner}' expected fewer than 2^1024 ground states (got sizes {layers.sizes})")
    found = TransferGroundStates(layers.sizes, 0.0, least, _exact_count(layers, starts, about), layers, weight)
    state = found.sample(1, torch.Generator().manual_seed(0))
    return replace(found, energy=float(ising_energy(state, field.double()[None], bonds.double()[None])))


class _Sweep:
    """Least energies and numbers of ways for all states of the last layer, given some states of the first."""

    def __init__(self, layers: Layers, starts: _Table, modulus: int | None = None, keep: bool = False) -> None:
        self.layers = layers
        self.kept: dict[tuple[int, int], tuple[_Table, _Table]] = {}
        energy = _first_energy(layers, starts)
        count = (energy < layers.infinity).astype(np.float64 if modulus is None else np.int64)
        for t, j in layers.steps():
            if keep:
                self.kept[t, j] = energy, count
            bond = layers.between[t - 1, j]
            energy, count = _replace_energy(energy, j, bond), _replace_count(energy, count, j, bond, layers.tolerance)
            if modulus is not None:
                count = count % modulus
            if j == layers.width - 1:
                energy += layers.layer_energy(t)[:, None]
        self.energy, self.count = _close(layers, starts, energy), count

    def last_weights(self) -> _Table:
        """How many of the best configurations end in each state of the last layer, ``[first, last]``."""
        least = self.energy <= self.energy.min(0) + self.layers.tolerance
        out: _Table = (self.count * least).T
        return out

    def choices(self, t: int, j: int, row: _Table, states: _Table) -> tuple[_Table, _Table]:
        """The numbers of ways that lead to the given states with the site before site ``j`` up, and down."""
        energy, count = self.kept[t, j]
        up = states & ~(1 << j)
        down = up | (1 << j)
        pull = self.layers.between[t - 1, j] * (1 - 2 * ((states >> j) & 1))
        gap = energy[up, row] - energy[down, row] - 2 * pull
        tolerance = self.layers.tolerance
        return count[up, row] * (gap <= tolerance), count[down, row] * (gap >= -tolerance)


def _first_energy(layers: Layers, starts: _Table) -> _Table:
    """The energies of the first layer alone, ``[last, first]``: of all its states, or of those that it may start in."""
    first = layers.layer_energy(0)
    if not layers.closed:
        return first[:, None]
    energy = np.full((len(first), len(starts)), 2 * layers.infinity)
    energy[starts, np.arange(len(starts))] = first[starts]
    return energy


def _replace_energy(energy: _Table, j: int, bond: Any) -> _Table:
    """Let the site of the next layer take the place of site ``j`` of the last one, on which it hangs."""
    old = energy.reshape(-1, 2, 1 << j, energy.shape[1])
    new = np.empty_like(old)
    for spin, pull in ((0, bond), (1, -bond)):
        np.minimum(old[:, 0] - pull, old[:, 1] + pull, out=new[:, spin])
    return new.reshape(energy.shape)


def _replace_count(energy: _Table, count: _Table, j: int, bond: Any, tolerance: float) -> _Table:
    """The numbers of ways that belong to :func:`_replace_energy`."""
    old, ways = (table.reshape(-1, 2, 1 << j, table.shape[1]) for table in (energy, count))
    new, gap = np.empty_like(ways), old[:, 0] - old[:, 1]
    for spin, pull in ((0, bond), (1, -bond)):
        np.multiply(ways[:, 0], gap - 2 * pull <= tolerance, out=new[:, spin])
        new[:, spin] += ways[:, 1] * (gap - 2 * pull >= -tolerance)
    return new.reshape(count.shape)


def _close(layers: Layers, starts: _Table, energy: _Table) -> _Table:
    """Bind the last layer to the first."""
    if not layers.closed:
        return energy
    out: _Table = energy + layers.closing_energy()[starts ^ np.arange(len(energy))[:, None]]
    return out


def _least_energies(layers: Layers) -> _Table:
    """The least energy for each state of the first layer of a closed lattice; of an open one, the least of all."""
    starts = np.arange(1 << layers.width) if layers.closed else np.zeros(1, dtype=np.int64)
    flipped = layers.closed and not layers.field.any()
    if flipped:
        starts = starts[: len(starts) // 2]  # the others are these upside down
    least = []
    for chunk in _chunks(starts, max(_STARTS, _CHUNK >> layers.width)):
        energy = _first_energy(layers, chunk)
        for t, j in layers.steps():
            energy = _replace_energy(energy, j, layers.between[t - 1, j])
            if j == layers.width - 1:
                energy += layers.layer_energy(t)[:, None]
        least.append(_close(layers, chunk, energy).min(0))
    found = np.concatenate(least)
    return np.concatenate([found, found[::-1]]) if flipped else found


def _weights(layers: Layers, starts: _Table, modulus: int | None = None) -> list[Any]:
    """How many of the best configurations start with each of the given states, or the residues of these numbers."""
    out: list[Any] = []
    # Numbers that overflow are told from the sum, which then is no finite number.
    with np.errstate(over="ignore", invalid="ignore"):
        for chunk in _chunks(starts, max(_STARTS, _CHUNK >> layers.width)):
            found = _Sweep(layers, chunk, modulus).last_weights()
            # Residues of up to 62 bits would overflow in a plain sum.
            out += found.sum(1).tolist() if modulus is None else [sum(row) % modulus for row in found.tolist()]
    return out


def _exact_count(layers: Layers, starts: _Table, about: float) -> int:
    """The number of ground states as an integer: its residues are counted where doubles run out of digits."""
    if about < 2**53:
        return round(about)
    count, product = 0, 1
    for modulus in _MODULI:
        if product > 1.001 * about:
            return count
        residue = sum(_weights(layers, starts, modulus)) % modulus
        count += product * ((residue - count) * pow(product, -1, modulus) % modulus)
        product *= modulus
    return count if product > 1.001 * about else int(about)


def _chunks(values: _Table, size: int) -> Iterator[_Table]:
    return (values[i : i + size] for i in range(0, len(values), size))


def _kept_bytes(layers: Layers) -> int:
    """The memory that the tables of one state of the first layer need."""
    return int(layers.num * layers.width + 1) << (layers.width + 4)


def _draw(weights: _Table, noise: _Table) -> _Table:
    """Indices drawn in proportion to the weights, by uniform numbers."""
    total = np.cumsum(weights)
    # Rounding must not lead beyond the last index with a weight.
    found = np.searchsorted(total, noise * total[-1], side="right")
    out: _Table = np.minimum(found, np.flatnonzero(weights)[-1])
    return out


def _uniform(num: int, generator: torch.Generator | None) -> _Table:
    device = None if generator is None else generator.device
    out: _Table = torch.rand(num, generator=generator, dtype=torch.float64, device=device).cpu().numpy()
    return out
