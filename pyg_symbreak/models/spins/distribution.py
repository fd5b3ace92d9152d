r"""Independent spins, given what a network knows and what was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.spins import ising_energy


@dataclass(frozen=True)
class SpinDistribution:
    r"""Spins :math:`s_u = \pm 1` that are independent of each other, with the law

    .. math::
        P(s) = \prod_u \sigma(2 \, s_u \ell_u) = \prod_u \frac{e^{s_u \ell_u}}{2 \cosh \ell_u}, \qquad
        \mathbb{E}[s_u] = \tanh \ell_u .

    Ground states are far from independent spins. They become so given the element that a model has drawn: what the
    spins share lies in the draw.

    Args:
        logits: The logits :math:`\ell`, ``[B, *sizes]``.

    Raises:
        ValueError: If there is no dimension of sites.

    .. code-block:: python

        >>> import math
        >>> law = SpinDistribution(torch.tensor([[0.0, 20.0, -20.0]]))
        >>> law.mean
        tensor([[ 0.,  1., -1.]])
        >>> law.sample(5).shape, law.entropy() / math.log(2)
        (torch.Size([5, 1, 3]), tensor([1.]))
    """

    logits: Tensor

    def __post_init__(self) -> None:
        if self.logits.dim() < 2:
            raise ValueError(
                f"'SpinDistribution' expected 'logits' of shape [B, *sizes] (got {list(self.logits.shape)})"
            )

    @property
    def mean(self) -> Tensor:
        r"""The mean of every spin, ``[B, *sizes]``."""
        return self.logits.tanh()

    def sample(self, num_samples: int = 1, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw spins, ``[num_samples, B, *sizes]``, int8.

        Args:
            num_samples: The number of configurations of each lattice.
            generator: The source of randomness; the global one of torch by default.
        """
        up = (2 * self.logits.detach()).sigmoid()
        device = up.device if generator is None else generator.device
        coin = torch.rand(num_samples, *up.shape, dtype=up.dtype, device=device, generator=generator).to(up.device)
        return (coin < up).to(torch.int8) * 2 - 1

    def mode(self, *, tolerance: float = 1e-5, generator: torch.Generator | None = None) -> Tensor:
        r"""Return the likeliest configuration, ``[B, *sizes]``, int8; one of them where there are several.

        A spin whose logit is zero is drawn by a fair coin. A constant in its place would favour one direction, which
        no reversal of all spins turns round.

        Args:
            tolerance: Logits at most so far from zero count as zero: rounding must not choose a direction.
            generator: The source of the coins; the global one of torch by default.
        """
        logits = self.logits.detach()
        spins = (logits > 0).to(torch.int8) * 2 - 1
        undecided = logits.abs() <= tolerance
        return torch.where(undecided, SpinDistribution(torch.zeros_like(logits)).sample(generator=generator)[0], spins)

    def log_prob(self, spins: Tensor) -> Tensor:
        r"""Return the logarithm of the probability of configurations.

        Args:
            spins: Spins ±1, ``[..., B, *sizes]``.

        Returns:
            ``[..., B]``, differentiable in the logits.

        Raises:
            ValueError: If the shape does not end with that of the logits.
        """
        if spins.shape[-self.logits.dim() :] != self.logits.shape:
            want = f"[…, {', '.join(map(str, self.logits.shape))}]"
            raise ValueError(f"'SpinDistribution.log_prob' expected 'spins' of shape {want} (got {list(spins.shape)})")
        each = F.logsigmoid(2 * spins.to(self.logits.dtype) * self.logits)
        return each.flatten(spins.dim() - self.logits.dim() + 1).sum(-1)

    def entropy(self) -> Tensor:
        r"""Return the entropy of each lattice in nats, ``[B]``, differentiable."""
        each = 2 * self.logits * (2 * self.logits).sigmoid() - F.softplus(2 * self.logits)
        return -each.flatten(1).sum(1)

    def expected_energy(self, field: Tensor, bonds: Tensor) -> Tensor:
        r"""Return the expected energy :math:`\mathbb{E}[H(s)] = H(\mathbb{E}[s])` of each lattice, ``[B]``.

        It is exact, without samples: no spin is multiplied with itself, and the spins are independent.

        Args:
            field: The field of each site, ``[B, *sizes]``.
            bonds: The couplings, ``[B, d, *sizes]``, as in :func:`~pyg_symbreak.spins.ising_energy`.

        Raises:
            ValueError: If the shapes do not fit.
        """
        return ising_energy(self.mean, field, bonds)
