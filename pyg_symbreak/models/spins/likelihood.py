r"""The exact probability of a ground state over all draws that one input may lead to, from a single one of them."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.groups.ragged import GraphLike
from pyg_symbreak.labeling import lattice_stabilizer
from pyg_symbreak.models.spins.distribution import SpinDistribution


def spin_correlation(spins: Tensor, logits: Tensor, group: LatticeGroup) -> Tensor:
    r"""Compute the overlap of a configuration with a function on the sites that was moved by every element of a group.

    .. math::
        c_u = \langle y, \, u \cdot \ell \rangle = \sum_w y_w \, (u \cdot \ell)_w, \qquad u \in G

    For each part of the group, the overlaps with all translations are one cross-correlation, done by fast Fourier
    transforms: :math:`O(K n \log n)` instead of :math:`O(K n^2)`. Reversing all spins only changes the sign.

    Args:
        spins: Spins or other numbers :math:`y`, ``[B, *sizes]``.
        logits: The function :math:`\ell`, ``[B, *sizes]``, moved as spins are.
        group: The group of the lattice.

    Returns:
        The overlaps, ``[B, |G|]``, by the numbers of the elements; differentiable in both.

    Raises:
        ValueError: If the two are of different shapes, or do not lie on the lattice of the group.

    .. code-block:: python

        >>> stripes = torch.tensor([1.0, -1.0]).repeat(2).view(1, 1, 4).expand(1, 4, 4)
        >>> spin_correlation(stripes, stripes, LatticeGroup.p1(4, 4)).view(4, 4)[0].round()
        tensor([ 16., -16.,  16., -16.])
    """
    if spins.shape != logits.shape or tuple(spins.shape[1:]) != group.sizes:
        want = f"[B, {', '.join(map(str, group.sizes))}]"
        raise ValueError(
            f"'spin_correlation' expected 'spins' and 'logits' of shape {want} "
            f"(got {list(spins.shape)} and {list(logits.shape)})"
        )
    dims = tuple(range(-group.dim, 0))
    parts = len(group.point)
    moved = logits.flatten(1)[:, group.site_sources(logits.device)[:parts]].view(-1, parts, *group.sizes)
    spectrum = torch.fft.rfftn(spins.to(logits.dtype), dim=dims).unsqueeze(1) * torch.fft.rfftn(moved, dim=dims).conj()
    overlap = torch.fft.irfftn(spectrum, s=group.sizes, dim=dims).flatten(1)
    return torch.cat([overlap, -overlap], dim=1) if group.spin_flip else overlap


def stabilizer_log_likelihood(law: SpinDistribution, spins: Tensor, group: LatticeGroup, stabilizer: Tensor) -> Tensor:
    r"""Compute the logarithm of the probability of configurations, averaged over the stabiliser of the input.

    Let an equivariant network see the draw only through :math:`\tilde g \cdot v`. For an element :math:`u` of the
    stabiliser :math:`G_x` of the input, :math:`f(x, u \tilde g \cdot v) = f(u \cdot x, u \tilde g \cdot v) = u \cdot
    f(x, \tilde g \cdot v)`: one pass of the network tells its output for all draws that differ by an element of
    :math:`G_x`. Under the inversion kernel these are all draws that there are, so that

    .. math::
        P(y \mid x) = \frac{1}{|G_x|} \sum_{u \in G_x} \prod_w p\bigl(y_w \mid (u \cdot \ell)_w\bigr), \qquad
        \ell = f(x, \tilde g \cdot v)

    is the exact probability of the whole model, whichever :math:`\tilde g` was drawn. With draws that vary by more than
    the stabiliser (uniform ones, or noise beside the element) it is the probability given the rest of the draw; its
    logarithm, averaged over draws, is then a lower bound on that of the model (Jensen's inequality).

    Args:
        law: What the model returned for one draw, with logits ``[B, *sizes]``.
        spins: The configurations, ``[B, *sizes]``.
        group: The group of the lattice.
        stabilizer: Which elements leave the input as it is, ``[B, |G|]``, bool, by their numbers.

    Returns:
        ``[B]``, differentiable in the logits.

    Raises:
        ValueError: If the shapes do not fit, or some input has no stabiliser, not even the identity.

    .. code-block:: python

        >>> stripes = torch.tensor([1.0, -1.0]).repeat(2).view(1, 1, 4).expand(1, 4, 4)
        >>> group, law = LatticeGroup.p1(4, 4), SpinDistribution(10 * stripes)
        >>> alike = torch.ones(1, 16, dtype=torch.bool)  # uniform couplings: any translation leaves them as they are
        >>> stabilizer_log_likelihood(law, stripes, group, alike).exp(), law.log_prob(-stripes).exp()
        (tensor([0.5000]), tensor([0.]))
    """
    if stabilizer.dtype != torch.bool or tuple(stabilizer.shape) != (law.logits.size(0), len(group)):
        raise ValueError(
            f"'stabilizer_log_likelihood' expected 'stabilizer' of shape [{law.logits.size(0)}, {len(group)}] and "
            f"dtype bool (got {list(stabilizer.shape)} and {stabilizer.dtype})"
        )
    if not bool(stabilizer[:, 0].all()):
        raise ValueError("'stabilizer_log_likelihood' expected the identity in every stabiliser (got one without it)")
    overlap = spin_correlation(spins, law.logits, group).masked_fill(~stabilizer, -math.inf)
    magnitude = law.logits.abs()  # log 2 cosh, without overflow
    scale = (magnitude + F.softplus(-2 * magnitude)).flatten(1).sum(1)
    return overlap.logsumexp(1) - stabilizer.sum(1).to(scale.dtype).log() - scale


def marginal_log_likelihood(
    model: torch.nn.Module,
    batch: GraphLike,
    spins: Tensor,
    *,
    law: SpinDistribution | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Compute the logarithm of the probability of configurations under a model, by one draw and one pass.

    It is exact for models whose draw is from the inversion kernel, and for those that draw nothing; for the others a
    lower bound on average, see :func:`stabilizer_log_likelihood`.

    Args:
        model: A :class:`~pyg_symbreak.models.spins.SpinModel` or :class:`~pyg_symbreak.models.spins.GraphSpinModel`.
        batch: The lattices, with ``field`` ``[B, *sizes]`` and ``bonds`` ``[B, d, *sizes]``.
        spins: The configurations, ``[B, *sizes]``, such as ground states.
        law: What the model returned for the batch, if it was run already.
        generator: The source of randomness; the global one of torch by default.

    Returns:
        ``[B]``, differentiable in the parameters of the model.

    Raises:
        ValueError: As the model does, or if the shapes do not fit.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.models.spins import SpinModel
        >>> neel = Data(field=torch.zeros(1, 4, 4), bonds=-torch.ones(1, 2, 4, 4), num_nodes=16)
        >>> model = SpinModel("none", LatticeGroup.p4m(4, spin_flip=True))
        >>> round(marginal_log_likelihood(model, neel, torch.ones(1, 4, 4)).item() / math.log(2), 3)
        -16.0
    """
    group: LatticeGroup = model.symmetries(batch)  # type: ignore[operator]
    stabilizer = lattice_stabilizer(batch, group, {"field": "spin", "bonds": "bond"})
    law = model(batch, generator=generator) if law is None else law
    return stabilizer_log_likelihood(law, spins, group, stabilizer)
