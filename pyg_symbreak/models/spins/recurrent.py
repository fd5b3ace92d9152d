r"""Spins by many rounds of the same small network, which feeds the local fields of its state back to it."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.spins.batches import batch_lattices, sample_copies
from pyg_symbreak.models.spins.distribution import SpinDistribution

SITES_AT_ONCE = 2**17


class RecurrentSpinModel(torch.nn.Module):
    r"""Predicts low states of spins with arbitrary couplings by a learned descent from noise.

    Every site has a state :math:`x_u \in \mathbb{R}^C`, which starts as noise. In each of many rounds it sees the local
    fields of its neighbours' states, as a spin does that is cooled:

    .. math::
        x_u \leftarrow x_u + a_t B \tanh\Bigl(A \Bigl[x_u, \, {\textstyle\sum_v} J_{u v} x_v, \, h_u\Bigr]\Bigr), \qquad
        \ell_u = w^\top x_u

    All maps are linear or odd, and neighbours are only summed over: the model commutes with all symmetries of the
    lattice and with the reversal of all spins and of the field, given the noise. Couplings without any symmetry, those
    of a spin glass, leave an inversion kernel nothing to draw but the direction of all spins, and a single answer;
    their many ground states, in many orbits, take noise.

    Args:
        width: The number :math:`C` of channels.
        hidden: The number of hidden units.
        num_rounds: The number of rounds.

    Shapes:
        - **input:** a batch with ``field`` ``[B, *sizes]`` and ``bonds`` ``[B, d, *sizes]``; open lattices may come,
          too, as their bonds across the boundary are zero.
        - **output:** a distribution with logits ``[B, *sizes]``.

    Raises:
        ValueError: If an option is out of range, or the lattices are malformed.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> glass = Data(field=torch.zeros(1, 6, 6), bonds=torch.randn(1, 2, 6, 6).sign(), num_nodes=36)
        >>> RecurrentSpinModel().sample(glass, 5).shape
        torch.Size([5, 1, 6, 6])
    """

    def __init__(self, width: int = 16, hidden: int = 32, num_rounds: int = 32) -> None:
        super().__init__()
        for name, value in (("width", width), ("hidden", hidden), ("num_rounds", num_rounds)):
            if value < 1:
                raise ValueError(f"'RecurrentSpinModel' expected '{name}' to be at least 1 (got {value})")
        self.width, self.num_rounds = width, num_rounds
        self.inner = torch.nn.Linear(2 * width + 1, hidden, bias=False)
        self.outer = torch.nn.Linear(hidden, width, bias=False)
        self.head = torch.nn.Linear(width, 1, bias=False)
        self.step = torch.nn.Parameter(torch.empty(num_rounds))
        self.start = torch.nn.Parameter(torch.empty(width))
        self._start()

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.inner, self.outer, self.head):
            module.reset_parameters()
        self._start()

    def _start(self) -> None:
        torch.nn.init.ones_(self.step)
        torch.nn.init.normal_(self.start, std=0.5)

    def symmetries(self, batch: GraphLike) -> LatticeGroup:
        r"""Return symmetries under which the model is equivariant: all those of the lattice of a batch."""
        return LatticeGroup.full(batch.field.shape[1:], spin_flip=True)

    def forward(
        self, batch: GraphLike, *, noise: Tensor | None = None, generator: torch.Generator | None = None
    ) -> SpinDistribution:
        r"""Predict the spins given the noise.

        Args:
            batch: The lattices.
            noise: Where the states start, before they are scaled, ``[B, *sizes, width]``; standard normal numbers if
                not given.
            generator: The source of randomness; the global one of torch by default.
        """
        field, bonds = batch_lattices(batch, "RecurrentSpinModel", open_too=True)
        shape = (*field.shape, self.width)
        if noise is None:
            device = field.device if generator is None else generator.device
            noise = torch.randn(shape, dtype=field.dtype, device=device, generator=generator)
        elif noise.shape != shape:
            raise ValueError(f"'RecurrentSpinModel' expected 'noise' of shape {list(shape)} (got {list(noise.shape)})")
        x, h = noise.to(field.device) * self.start, field.unsqueeze(-1)
        # Along direction a, the bond of a site leads to the next one, and that of the one before leads to it.
        dims = [field.dim() - 1 - a for a in range(bonds.size(1))]
        ahead = [bonds[:, a].unsqueeze(-1) for a in range(len(dims))]
        behind = [bond.roll(1, dim) for bond, dim in zip(ahead, dims)]
        from_state, from_local, from_field = torch.split(self.inner.weight, [self.width, self.width, 1], dim=1)
        pushed = h * from_field[:, 0]
        for step in self.step:
            local = torch.zeros_like(x)
            for dim, forth, back in zip(dims, ahead, behind):
                local = local + forth * x.roll(-1, dim) + back * x.roll(1, dim)
            x = x + step * self.outer(torch.tanh(x @ from_state.t() + local @ from_local.t() + pushed))
        return SpinDistribution(self.head(x).squeeze(-1))

    def sample(self, batch: GraphLike, num_samples: int = 1, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw configurations, ``[num_samples, B, *sizes]``, int8, each from noise of its own.

        Args:
            batch: The lattices.
            num_samples: How many for each lattice.
            generator: The source of randomness; the global one of torch by default.
        """
        return sample_copies(
            lambda copies: self(copies, generator=generator), batch, num_samples, SITES_AT_ONCE, generator
        )

    def extra_repr(self) -> str:
        return f"width={self.width}, num_rounds={self.num_rounds}"
