r"""Spins by group convolutions on the torus, with symmetry breaking."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import (
    Canonicalizer,
    EnergyCanonicalizer,
    ExactLatticeCanonicalizer,
    UniformFiniteCanonicalizer,
)
from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.models.spins.batches import batch_lattices, sample_copies
from pyg_symbreak.models.spins.distribution import SpinDistribution
from pyg_symbreak.models.spins.score import ElementScores
from pyg_symbreak.models.spins.start import repeat_cell_
from pyg_symbreak.models.spins.units import energy_unit
from pyg_symbreak.nn import GroupSymPE
from pyg_symbreak.nn.lattice import LatticeNetwork

METHODS = ("none", "noise", "uniform", "sympe-exact", "sympe-energy")
MOVED = ("uniform", "sympe-exact", "sympe-energy")
SITES_AT_ONCE = 2**16


class SpinModel(torch.nn.Module):
    r"""Predicts ground states of spins on a periodic lattice: an equivariant network and what breaks its symmetries,
    after `"Improving Equivariant Networks with Probabilistic Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_.

    The network commutes with all symmetries of the lattice, so on uniform couplings the same mean comes out at every
    site. What breaks the symmetry is one of

    - ``"none"``: nothing;
    - ``"noise"``: standard normal numbers on the sites, drawn afresh at every call;
    - ``"uniform"``: a learned field (:class:`~pyg_symbreak.nn.GroupSymPE`), moved by a symmetry drawn uniformly
      (:class:`~pyg_symbreak.canonicalizers.UniformFiniteCanonicalizer`);
    - ``"sympe-exact"``: a learned field, moved by a draw from the inversion kernel of field and bonds
      (:class:`~pyg_symbreak.canonicalizers.ExactLatticeCanonicalizer`);
    - ``"sympe-energy"``: a learned field, moved by a symmetry of the least learned energy
      (:class:`~pyg_symbreak.canonicalizers.EnergyCanonicalizer` on :class:`ElementScores`).

    Couplings and fields enter the network in the unit of energy of each lattice
    (:func:`~pyg_symbreak.models.spins.energy_unit`), which ground states do not depend on. Given the draw, the spins
    are independent. With ``spin_flip`` in the group the network is odd: in no field and without symmetry breaking all
    means vanish.

    Args:
        method: One of the above.
        group: The symmetries, on the lattice of the learned field. Without one, other sizes may come.
        width: The number of functions on the group inside the network.
        num_layers: The number of blocks.
        kernel_size: The size of the kernels.
        field_channels: The number of learned fields.
        noise_channels: The number of noise channels, which may stand beside learned fields; by default as many as
            learned fields for ``"noise"``, and otherwise none.
        cell: The period of the pattern that the learned fields start from (see
            :func:`~pyg_symbreak.models.spins.start.repeat_cell_`); :obj:`None` for white noise.

    Shapes:
        - **input:** a batch with ``field`` ``[B, *sizes]`` and ``bonds`` ``[B, d, *sizes]``, and if it has ``periodic``
          ``[B]``, bool.
        - **output:** a distribution with logits ``[B, *sizes]``.

    Raises:
        TypeError: If ``group`` is no :class:`~pyg_symbreak.groups.LatticeGroup`.
        ValueError: If an option is unknown or out of range, a lattice is open, the input is missing or of another
            shape, or its lattice is not that of the learned field.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> neel = Data(field=torch.zeros(1, 4, 4), bonds=-torch.ones(1, 2, 4, 4), num_nodes=16)
        >>> group = LatticeGroup.p4m(4, spin_flip=True)
        >>> SpinModel("sympe-exact", group).sample(neel, 3).shape
        torch.Size([3, 1, 4, 4])
        >>> bool(SpinModel("none", group)(neel).mean.abs().max() < 1e-5)
        True
    """

    def __init__(
        self,
        method: str,
        group: LatticeGroup,
        *,
        width: int = 8,
        num_layers: int = 2,
        kernel_size: int = 3,
        field_channels: int = 4,
        noise_channels: int | None = None,
        cell: int | None = 2,
    ) -> None:
        super().__init__()
        if method not in METHODS:
            raise ValueError(f"'SpinModel' expected 'method' to be one of {', '.join(METHODS)} (got {method!r})")
        if not isinstance(group, LatticeGroup):
            raise TypeError(f"'SpinModel' expected 'group' as a 'LatticeGroup' (got '{type(group).__name__}')")
        if noise_channels is None:
            noise_channels = field_channels if method == "noise" else 0
        least = 1 if method == "noise" else 0
        if noise_channels < least or (method == "none" and noise_channels > 0):
            raise ValueError(
                "'SpinModel' expected 'noise_channels' of 0 for 'none', at least 1 for 'noise', at least 0 else "
                f"(got {noise_channels} for {method!r})"
            )
        self.method, self.group, self.noise_channels, self.cell = method, group, noise_channels, cell
        moved = method in MOVED
        self.sympe = GroupSymPE(field_channels, *group.sizes, kind="spin") if moved else None
        self.canonicalizer = _canonicalizer(method, group)
        inputs = {"spin": 1 + (field_channels if moved else 0) + noise_channels, "bond": 1}
        self.network = LatticeNetwork(inputs, width, num_layers, group, output="spin", kernel_size=kernel_size)
        self._start()

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh."""
        for module in (self.sympe, self.canonicalizer, self.network):
            if module is not None:
                module.reset_parameters()
        self._start()

    def _start(self) -> None:
        if self.sympe is not None and self.cell is not None:
            repeat_cell_(self.sympe.weight, self.cell)

    def symmetries(self, batch: GraphLike) -> LatticeGroup:
        r"""Return the symmetries under which the model is equivariant, on the lattice of a batch.

        Raises:
            ValueError: If the lattice has not these symmetries.
        """
        return self.group.resized(batch.field.shape[1:])

    def draw(self, batch: GraphLike, *, generator: torch.Generator | None = None) -> LatticeSymmetry | None:
        r"""Draw a symmetry for every lattice; ``None`` for methods without one.

        Args:
            batch: The lattices.
            generator: The source of randomness; the global one of torch by default.
        """
        if self.canonicalizer is None:
            return None
        g: LatticeSymmetry = self.canonicalizer(batch, generator=generator)
        return g

    def forward(
        self,
        batch: GraphLike,
        g: LatticeSymmetry | None = None,
        *,
        noise: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> SpinDistribution:
        r"""Predict the spins given one draw: :math:`f(h \cdot x, h \cdot g) = h \cdot f(x, g)` for all symmetries.

        Args:
            batch: The lattices.
            g: The symmetries that move the learned field; drawn if not given.
            noise: The noise of the sites, ``[B, noise_channels, *sizes]``, which moves as spins do; drawn if not given.
            generator: The source of randomness; the global one of torch by default.
        """
        field, bonds = self._check(batch)
        unit = energy_unit(field, bonds).view(-1, *[1] * self.group.dim)
        spin = [(field / unit).unsqueeze(1)]
        if self.sympe is not None:
            g = self.draw(batch, generator=generator) if g is None else g
            assert g is not None
            spin.append(self.sympe(g).to(field.dtype))
        if self.noise_channels > 0:
            spin.append(self._noise(field, noise, generator))
        inputs = {"spin": torch.cat(spin, dim=1), "bond": (bonds / unit.unsqueeze(1)).unsqueeze(1)}
        return SpinDistribution(self.network(inputs).squeeze(1))

    def sample(self, batch: GraphLike, num_samples: int = 1, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw configurations, ``[num_samples, B, *sizes]``, int8, each with a draw of its own.

        Args:
            batch: The lattices.
            num_samples: How many for each lattice.
            generator: The source of randomness; the global one of torch by default.
        """
        return sample_copies(
            lambda copies: self(copies, generator=generator), batch, num_samples, SITES_AT_ONCE, generator
        )

    def _noise(self, field: Tensor, noise: Tensor | None, generator: torch.Generator | None) -> Tensor:
        shape = (field.size(0), self.noise_channels, *field.shape[1:])
        if noise is None:
            device = field.device if generator is None else generator.device
            return torch.randn(shape, dtype=field.dtype, device=device, generator=generator).to(field.device)
        if noise.shape != shape:
            raise ValueError(f"'SpinModel' expected 'noise' of shape {list(shape)} (got {list(noise.shape)})")
        return noise

    def _check(self, batch: GraphLike) -> tuple[Tensor, Tensor]:
        field, bonds = batch_lattices(batch, "SpinModel")
        sizes = tuple(field.shape[1:])
        if self.sympe is not None and sizes != self.group.sizes:
            want, got = ("x".join(map(str, shape)) for shape in (self.group.sizes, sizes))
            raise ValueError(f"'SpinModel' expected lattices of the size of its learned field, {want} (got {got})")
        return field, bonds

    def extra_repr(self) -> str:
        return f"method={self.method!r}, group={self.group!r}, noise_channels={self.noise_channels}, cell={self.cell}"


def _canonicalizer(method: str, group: LatticeGroup) -> Canonicalizer | None:
    if method == "uniform":
        return UniformFiniteCanonicalizer(group)
    if method == "sympe-exact":
        return ExactLatticeCanonicalizer(group, {"field": "spin", "bonds": "bond"})
    if method == "sympe-energy":
        # Scores of symmetric sites differ by the rounding of single precision, which must not choose.
        return EnergyCanonicalizer(ElementScores(group), group, logits=True, resolution=1e-4)
    return None
