r"""What models of spins on lattices do with batches: check them, and repeat them to draw several configurations."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.spins import check_lattice


def batch_lattices(batch: GraphLike, owner: str, *, open_too: bool = False) -> tuple[Tensor, Tensor]:
    r"""Return the field ``[B, *sizes]`` and the bonds ``[B, d, *sizes]`` of a batch.

    Args:
        batch: The lattices. Without ``periodic``, a flag or one for each lattice, they are periodic.
        owner: Whom an error should name.
        open_too: Whether lattices may be open.

    Raises:
        TypeError: If the field or the bonds are no floating point numbers.
        ValueError: If there is no ``field`` or no ``bonds``, a lattice is open, or
            :func:`~pyg_symbreak.spins.check_lattice` refuses them.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ring = Data(field=torch.zeros(1, 4), bonds=torch.ones(1, 1, 4), num_nodes=4)
        >>> [value.shape for value in batch_lattices(ring, "SpinModel")]
        [torch.Size([1, 4]), torch.Size([1, 1, 4])]
    """
    for name in ("field", "bonds"):
        if not isinstance(batch.get(name), Tensor):
            raise ValueError(f"'{owner}' expected a batch with 'field' and 'bonds' (got none as '{name}')")
    field, bonds, periodic = batch.field, batch.bonds, batch.get("periodic")
    closed = torch.as_tensor(True if periodic is None else periodic, dtype=torch.bool)
    if not open_too and not bool(closed.all()):
        raise ValueError(f"'{owner}' expected periodic boundaries (got open ones)")
    check_lattice(field, bonds, closed, owner)
    return field, bonds


@torch.no_grad()
def sample_copies(
    predict: Callable[[GraphLike], SpinDistribution],
    batch: GraphLike,
    num_samples: int,
    sites_at_once: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Draw configurations of every lattice of a batch from copies of it, each with a draw of its own.

    Args:
        predict: What returns the law of the spins of a batch, given draws of its own.
        batch: The lattices.
        num_samples: How many configurations of each lattice.
        sites_at_once: How many sites a batch of copies has at most, if one copy has no more.
        generator: The source of randomness; the global one of torch by default.

    Returns:
        ``[num_samples, B, *sizes]``, int8.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> ring = Data(field=torch.tensor([[9.0, 9.0, -9.0]]), num_nodes=3)
        >>> sample_copies(lambda batch: SpinDistribution(batch.field), ring, 2, 100)
        tensor([[[ 1,  1, -1]],
        <BLANKLINE>
                [[ 1,  1, -1]]], dtype=torch.int8)
    """
    at_once = max(1, sites_at_once // max(batch.field.numel(), 1))
    out = []
    for first in range(0, num_samples, at_once):
        copies = min(at_once, num_samples - first)
        law = predict(repeat_data(batch, copies))
        out.append(law.sample(generator=generator).view(copies, *batch.field.shape))
    return torch.cat(out) if out else batch.field.new_empty((0, *batch.field.shape), dtype=torch.int8)
