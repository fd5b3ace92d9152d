r"""An energy is compared over all elements of a finite group."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.finite_groups import (
    FiniteElement,
    FiniteGroup,
    FiniteGroupCanonicalizer,
    check_element,
    check_group,
    flat_noise,
    group_elements,
    relax,
)
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.groups.copies import Input, input_ptr, repeat_input


class EnergyCanonicalizer(FiniteGroupCanonicalizer):
    r"""Draws an element of a finite group by the energies of the moved inputs, from `"Equivariance with Learned
    Canonicalization Functions" <https://arxiv.org/abs/2211.06489>`_.

    .. math::
        \tilde g \in \arg\min_{g \in G} E(g^{-1} \cdot x) \qquad \text{or} \qquad
        P(\tilde g = g \mid x) \propto \exp\bigl(-E(g^{-1} \cdot x) / \tau\bigr)

    The network :math:`E` need not have any symmetry: it sees all :math:`|G|` moved copies of the input in one pass, and
    moving the input only moves the copies among each other. A network that is equivariant itself may give one score for
    every element at once, in a single pass over the input (``logits``).

    *Law.* With ``temperature`` zero, uniform among the elements whose energy is within ``resolution`` of the least,
    relative to the largest magnitude; else in proportion to :math:`\exp(-E / \tau)`. An input with a stabiliser
    :math:`G_x` has equal energies on the cosets of it, and is drawn uniformly on each. The law is the same in training
    and in evaluation. Given the Gumbel ``noise`` the draw is deterministic, and equivariant exactly.

    When gradients are wanted, the element is a :class:`~pyg_symbreak.canonicalizers.RelaxedFiniteOrthogonal`, or a
    :class:`~pyg_symbreak.canonicalizers.RelaxedLatticeSymmetry`: whatever it moves passes gradients to the energies,
    forward values stay those of the element. :meth:`log_prob` serves score-function estimators (REINFORCE).

    Args:
        network: A module that maps a batch of inputs to one energy each, ``[B]`` or ``[B, 1]``; with ``logits`` to
            scores of the elements, ``[B, |G|]``, larger for likelier ones.
        group: The finite group, such as ``PointGroup.dihedral(4)``, or ``LatticeGroup.p4m(8)``, whose many elements
            call for ``logits``.
        temperature: The temperature :math:`\tau` of the law; 0 takes the least energy.
        resolution: The largest relative difference of energies that count as equal at temperature 0.
        softness: The temperature of the weights that carry the gradient.
        straight_through: Whether moved values pass gradients to the network.
        logits: Whether the network gives the scores of all elements; it must then be equivariant, that is, move its
            scores by the regular representation of the group.
        inputs: What attributes of the graphs hold, by name, as in :class:`~pyg_symbreak.nn.Canonicalize`; by default
            ``pos`` and ``vel``, of lattices ``field``, ``bonds`` and ``spins``. An input that is a tensor holds grids,
            ``[B, …, height, width]``.

    Raises:
        TypeError: If ``group`` is no :class:`~pyg_symbreak.groups.PointGroup` and no
            :class:`~pyg_symbreak.groups.LatticeGroup`.
        ValueError: If an argument is out of range, or the network returns something else than finite numbers of the
            right shape.

    .. code-block:: python

        >>> from pyg_symbreak.groups import PointGroup
        >>> class LowerLeft(torch.nn.Module):  # the energy is the value at the lower left
        ...     def forward(self, image):
        ...         return image[:, 0, -1, 0]
        >>> image = torch.tensor([[[[5.0, 0.0], [7.0, 6.0]]]])
        >>> g = EnergyCanonicalizer(LowerLeft(), PointGroup.cyclic(4))(image)
        >>> g.inverse().act_dense(image)
        tensor([[[[6., 7.],
                  [0., 5.]]]])
    """

    def __init__(
        self,
        network: torch.nn.Module,
        group: FiniteGroup,
        *,
        temperature: float = 0.0,
        resolution: float = 1e-5,
        softness: float = 1.0,
        straight_through: bool = True,
        logits: bool = False,
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        check_group("EnergyCanonicalizer", group)
        if not temperature >= 0:
            raise ValueError(f"'EnergyCanonicalizer' expected 'temperature' to be at least 0 (got {temperature})")
        for name, scale in (("resolution", resolution), ("softness", softness)):
            if not scale > 0:
                raise ValueError(f"'EnergyCanonicalizer' expected '{name}' to be positive (got {scale})")
        super().__init__(group)
        self.network = network
        self.temperature, self.resolution, self.softness = temperature, resolution, softness
        self.straight_through, self.logits, self.inputs = straight_through, logits, inputs

    def forward(
        self,
        data: Input,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> FiniteElement:
        energy = self.energies(data)
        noise = self.noise(data, generator=generator) if noise is None else noise
        gumbel = flat_noise("EnergyCanonicalizer", noise["gumbel"], self.group, energy.size(0))
        if self.temperature > 0:
            score = gumbel.to(energy) - energy / self.temperature
            index = score.detach().argmax(1)
        else:
            score = -energy
            index = gumbel.to(energy).masked_fill(~self._least(energy), float("-inf")).argmax(1)
        g = group_elements(self.group, index, input_ptr(data))
        if not (self.straight_through and energy.requires_grad):
            return g
        return relax(g, torch.softmax(score / self.softness, 1), self._log_law(energy))

    def energies(self, data: Input) -> Tensor:
        r"""The energies :math:`E(g^{-1} \cdot x)` of all elements :math:`g`, ``[B, |G|]``, float64.

        They move by the regular representation of the group when the input is moved.
        """
        ptr, size = input_ptr(data), len(self.group)
        shapes: tuple[tuple[int, ...], ...] = ((ptr.numel() - 1, size),)
        if self.logits:
            out: Tensor = self.network(data)
        else:
            back = self.elements(data).inverse()
            copies = repeat_input(data, size)
            moved = back.act_dense(copies) if isinstance(copies, Tensor) else back.act_data(copies, self.inputs)
            out = self.network(moved)
            shapes = ((back.num_graphs,), (back.num_graphs, 1))
        if out.shape not in shapes:
            raise ValueError(
                f"'EnergyCanonicalizer' expected 'network' to return a tensor of shape {list(shapes[0])} "
                f"(got {list(out.shape)})"
            )
        if not bool(torch.isfinite(out).all()):
            raise ValueError("'EnergyCanonicalizer' expected 'network' to return finite numbers (got NaN or infinity)")
        return -out.double() if self.logits else out.double().view(size, -1).t()

    def log_prob(self, data: Input, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of drawn elements, ``[B]`` float64, differentiable at a temperature.

        At temperature 0 it is minus the logarithm of the number of least energies, or minus infinity.

        Raises:
            TypeError: If ``g`` belongs to another kind of group.
            ValueError: If ``g`` belongs to another group.
        """
        index = check_element("EnergyCanonicalizer.log_prob", g, self.group)
        energy = self.energies(data)
        if self.temperature > 0:
            law = self._log_law(energy)
        else:
            least = self._least(energy)
            law = torch.where(least, -least.sum(1, keepdim=True).double().log(), float("-inf"))
        return law.gather(1, index.unsqueeze(1)).squeeze(1)

    def prior_loss(self, g: GroupElement) -> Tensor:
        r"""The mean of :math:`-\log P(\mathrm{id} \mid x)`, at the temperature of the weights if the law has none.

        Raises:
            TypeError: If ``g`` was drawn without gradients, and so does not know its law.
        """
        logits = getattr(g, "logits", None)
        if logits is None:
            raise TypeError(
                "'EnergyCanonicalizer.prior_loss' expected an element as drawn, with gradients and "
                f"'straight_through=True' (got '{type(g).__name__}')"
            )
        loss: Tensor = -logits[:, 0].mean() if g.num_graphs > 0 else logits.sum()
        return loss

    def _log_law(self, energy: Tensor) -> Tensor:
        return torch.log_softmax(-energy / (self.temperature or self.softness), 1)

    def _least(self, energy: Tensor) -> Tensor:
        """Which energies count as the least of their row."""
        energy = energy.detach()
        scale = energy.abs().amax(1, keepdim=True).clamp(min=1)
        return energy - energy.amin(1, keepdim=True) <= self.resolution * scale

    def extra_repr(self) -> str:
        return (
            f"group={self.group.name}, temperature={self.temperature}, resolution={self.resolution}, "
            f"softness={self.softness}, straight_through={self.straight_through}, logits={self.logits}"
        )
