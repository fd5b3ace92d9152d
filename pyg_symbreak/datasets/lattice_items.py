r"""Lattices with their ground states as items of data sets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symbreak.spins import GroundStates, check_lattice


def lattice_items(
    field: Tensor,
    bonds: Tensor,
    states: Sequence[GroundStates],
    generator: torch.Generator | None = None,
    periodic: bool = True,
    parameters: Tensor | None = None,
) -> list[Data]:
    r"""Make one graph of each lattice, with a ground state drawn at random.

    All attributes have a first dimension of one, so that a batch has ``field`` ``[B, *sizes]``, ``bonds``
    ``[B, d, *sizes]``, and so on.

    Args:
        field: The field of each site, ``[B, *sizes]``.
        bonds: The couplings, ``[B, d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.
        states: The ground states of each lattice.
        generator: The source of randomness, by default the global one of torch.
        periodic: Whether the lattices close up around their boundaries.
        parameters: What the couplings were made from, ``[B, k]``.

    Returns:
        Graphs with ``field``, ``bonds``, ``spins`` (one ground state, int8), ``energy`` and ``degeneracy`` (float64;
        NaN where the number of ground states is not known, infinity where it is too large), ``periodic``, and
        ``parameters`` if there are any; ``num_nodes`` is the number of sites.

    Raises:
        TypeError: If the field or the bonds are no floating point numbers.
        ValueError: If the lattices are malformed, or there are not as many results as lattices.

    .. code-block:: python

        >>> from pyg_symbreak.spins import uniform_ground_states
        >>> field, bonds = torch.zeros(1, 4, 4), torch.ones(1, 2, 4, 4)
        >>> [item] = lattice_items(field, bonds, [uniform_ground_states((4, 4), (1.0, 1.0))])
        >>> item.energy, item.degeneracy, item.num_nodes
        (tensor([-32.], dtype=torch.float64), tensor([2.], dtype=torch.float64), 16)
    """
    check_lattice(field, bonds, periodic, "lattice_items")
    if len(states) != len(field):
        raise ValueError(f"'lattice_items' expected ground states of {len(field)} lattices (got {len(states)})")
    energy = torch.tensor([state.energy for state in states], dtype=torch.float64)
    degeneracy = torch.tensor([_degeneracy(state.count) for state in states], dtype=torch.float64)
    items = []
    for i, state in enumerate(states):
        row = slice(i, i + 1)
        item = Data(
            field=field[row].clone(),
            bonds=bonds[row].clone(),
            spins=state.sample(1, generator),
            energy=energy[row],
            degeneracy=degeneracy[row],
            periodic=torch.tensor([periodic]),
            num_nodes=field[i].numel(),
        )
        if parameters is not None:
            item.parameters = parameters[row]
        items.append(item)
    return items


def _degeneracy(count: int | None) -> float:
    if count is None:
        return float("nan")
    return float(count) if count.bit_length() < 1024 else float("inf")
