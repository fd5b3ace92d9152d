r"""The inversion kernel of lattices: as little randomness as equivariance allows."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.finite_groups import FiniteGroupCanonicalizer, check_element, flat_noise
from pyg_symbreak.groups import GroupElement, LatticeGroup, LatticeSymmetry
from pyg_symbreak.groups.copies import Input
from pyg_symbreak.labeling.lattice import lattice_ranks


class ExactLatticeCanonicalizer(FiniteGroupCanonicalizer):
    r"""Draws from the inversion kernel of a periodic lattice under its space group, from `"Improving Equivariant
    Networks with Probabilistic Symmetry Breaking" <https://arxiv.org/abs/2503.21985>`_.

    The canonical form is the lexicographically least of all moved copies, found exactly
    (:func:`pyg_symbreak.labeling.lattice_ranks`); nothing is learned, and no rounding decides.

    *Law.* Uniform on the coset of the stabiliser :math:`G_x` that carries the canonical form to the input: exactly
    :math:`|G_x|` elements, each equally likely. An input without symmetries has one, and nothing is random; uniform
    couplings under ``p4m`` have :math:`8 n`. Given the Gumbel ``noise`` the draw is deterministic, and equivariant
    exactly.

    Args:
        group: The symmetries, such as ``LatticeGroup.p4m(8, spin_flip=True)``.
        inputs: What the input is made of, by name and kind, as in :func:`pyg_symbreak.labeling.lattice_ranks`; by
            default ``{"field": "spin", "bonds": "bond"}``, as far as the data has them. A target must not be among
            them. An input that is a tensor holds fields of scalars, ``[B, …, *sizes]``.
        decimals: To how many decimals values are rounded before they are compared; not at all by default.

    Raises:
        TypeError: If ``group`` is no :class:`~pyg_symbreak.groups.LatticeGroup`.
        ValueError: If an attribute is missing or has the wrong shape, or the lattice is open.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> uniform = Data(field=torch.zeros(1, 4, 4), bonds=torch.ones(1, 2, 4, 4), num_nodes=16)
        >>> canonicalizer = ExactLatticeCanonicalizer(LatticeGroup.p4m(4))
        >>> canonicalizer.stabilizer_order(uniform)
        tensor([128])
        >>> canonicalizer(uniform)
        LatticeSymmetry(num_graphs=1, group=LatticeGroup('p4m', 4x4))
    """

    group: LatticeGroup

    def __init__(
        self, group: LatticeGroup, inputs: Mapping[str, str] | None = None, *, decimals: int | None = None
    ) -> None:
        if not isinstance(group, LatticeGroup):
            raise TypeError(
                f"'ExactLatticeCanonicalizer' expected 'group' as a 'LatticeGroup' (got '{type(group).__name__}')"
            )
        super().__init__(group)
        self.inputs, self.decimals = inputs, decimals

    @torch.no_grad()
    def forward(
        self,
        data: Input,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> LatticeSymmetry:
        least = self._ranks(data) == 0
        noise = self.noise(data, generator=generator) if noise is None else noise
        gumbel = flat_noise("ExactLatticeCanonicalizer", noise["gumbel"], self.group, least.size(0))
        return LatticeSymmetry(gumbel.masked_fill(~least, float("-inf")).argmax(1), self.group, validate=False)

    @torch.no_grad()
    def stabilizer(self, data: Input) -> Tensor:
        r"""Whether each element leaves the input as it is, ``[B, |G|]``, by the numbers of the elements."""
        ranks = self._ranks(data)
        return ranks == ranks[:, :1]

    def stabilizer_order(self, data: Input) -> Tensor:
        r"""How many elements leave the input as it is, and so how many the draw is taken from, ``[B]``, int64."""
        return self.stabilizer(data).sum(1)

    @torch.no_grad()
    def log_prob(self, data: Input, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of drawn elements, ``[B]`` float64: :math:`-\log |G_x|` or minus infinity.

        Raises:
            TypeError: If ``g`` belongs to another kind of group.
            ValueError: If ``g`` belongs to another group.
        """
        index = check_element("ExactLatticeCanonicalizer.log_prob", g, self.group)
        least = self._ranks(data) == 0
        law = -least.sum(1).double().log()
        return law.masked_fill(~least.gather(1, index.unsqueeze(1)).squeeze(1), float("-inf"))

    def _ranks(self, data: Input) -> Tensor:
        return lattice_ranks(data, self.group, self.inputs, decimals=self.decimals)

    def extra_repr(self) -> str:
        inputs = "" if self.inputs is None else f", inputs={dict(self.inputs)}"
        return f"group={self.group!r}{inputs}" + ("" if self.decimals is None else f", decimals={self.decimals}")
