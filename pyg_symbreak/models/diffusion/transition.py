r"""Noise on categorical variables: a variable keeps its state or takes one drawn from a prior, in closed form."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.diffusion.categorical import draw_categorical, uniform
from pyg_symbreak.models.diffusion.constants import Constants

_TINY = 1e-30  # only keeps quotients finite that are not used


class Transition(Constants):
    r"""A chain that keeps its state with probability :math:`a` and else draws a new one from a prior :math:`m`.

    One step has the matrix :math:`Q = a I + (1 - a) 1 m^\top`, and products of such matrices have the same form, so

    .. math::
        q(x_t \mid x_0) &= \bar\alpha_t \delta_{x_t x_0} + (1 - \bar\alpha_t) m_{x_t} \\
        q(x_s \mid x_t, x_0) &= \frac{\bigl(a \delta_{x_s x_t} + (1 - a) m_{x_t}\bigr)
        \bigl(\bar\alpha_s \delta_{x_s x_0} + (1 - \bar\alpha_s) m_{x_s}\bigr)}{q(x_t \mid x_0)}, \qquad
        a = \bar\alpha_t / \bar\alpha_s, \quad s < t

    Source: D3PM (arXiv 2107.03006), with the marginal prior of DiGress (arXiv 2209.14734). Everything is :math:`O(S)`
    a variable; no matrix is made. The data have ``num_classes`` :math:`= K` classes, the chain has ``num_states``
    :math:`= S \ge K` states. Shares :math:`\bar\alpha` have the shape ``[B]`` of the leading dimension of the states
    (or none), and calculations the dtype of the probabilities, or float64 where there are none.

    Args:
        prior: The probabilities :math:`m` of the states, ``[S]``; they are normalised. Zeros are allowed.
        num_classes: The number of classes :math:`K`; all states by default.

    Raises:
        ValueError: If ``prior`` is no vector of non-negative numbers with a positive sum, or ``num_classes`` exceeds
            the states.

    .. code-block:: python

        >>> transition = Transition(torch.tensor([3.0, 1.0]))
        >>> transition.prior
        tensor([0.7500, 0.2500], dtype=torch.float64)
        >>> transition.posterior(torch.tensor([1]), torch.tensor([0]), torch.tensor([0.5]), torch.tensor([0.25]))
        tensor([[0.5833, 0.4167]], dtype=torch.float64)
    """

    prior: Tensor
    cdf: Tensor

    def __init__(self, prior: Tensor, num_classes: int | None = None) -> None:
        super().__init__()
        name = type(self).__name__
        prior = torch.as_tensor(prior).detach().double()
        if prior.dim() != 1 or not bool((prior >= 0).all()) or not 0 < float(prior.sum()) < torch.inf:
            raise ValueError(f"'{name}' expected 'prior' as a vector of probabilities (got {prior.tolist()})")
        num_classes = prior.numel() if num_classes is None else num_classes
        if not 1 <= num_classes <= prior.numel():
            raise ValueError(f"'{name}' expected 'num_classes' in 1 … {prior.numel()} (got {num_classes})")
        self.num_classes, self.num_states = num_classes, prior.numel()
        self.register_buffer("prior", prior / prior.sum())
        self.register_buffer("cdf", _bounds(self.prior), persistent=False)

    def _load_from_state_dict(self, *args: Any, **options: Any) -> None:
        super()._load_from_state_dict(*args, **options)
        self.cdf = _bounds(self.prior)

    def sample(
        self, shape: tuple[int, ...], generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        r"""Draw states from the prior, int64."""
        return self._from_prior(uniform(shape, device or self.prior.device, generator))

    def _from_prior(self, u: Tensor) -> Tensor:
        return torch.bucketize(u, self.cdf.to(u.dtype), right=True)

    def corrupt(self, x0: Tensor, alpha_bar: Tensor, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw :math:`x_t \sim q(x_t \mid x_0)`.

        Args:
            x0: States, ``[B, …]`` int64.
            alpha_bar: :math:`\bar\alpha_t`, ``[B]`` or a scalar.
        """
        u = uniform(x0.shape, x0.device, generator)
        keep = _spread(alpha_bar, x0, u.dtype)
        # Above the share that is kept, what is left of the same number is uniform again.
        return torch.where(u < keep, x0, self._from_prior((u - keep) / (1 - keep)))

    def posterior(self, xt: Tensor, x0: Tensor, alpha_bar_s: Tensor, alpha_bar_t: Tensor) -> Tensor:
        r"""Return :math:`q(x_s \mid x_t, x_0)`, ``[…, S]`` float64; zeros where :math:`q(x_t \mid x_0) = 0`.

        Args:
            xt: States at the later time, ``[B, …]`` int64.
            x0: Classes of the data, of the same shape.
            alpha_bar_s: The share at the earlier time, ``[B]`` or a scalar.
            alpha_bar_t: The share at the later time.
        """
        data = F.one_hot(x0, self.num_classes).to(self.prior.dtype)
        return self._mixture(xt, data, alpha_bar_s, alpha_bar_t)[0]

    def log_posterior(self, xt: Tensor, x0: Tensor, alpha_bar_s: Tensor, alpha_bar_t: Tensor) -> Tensor:
        r"""Return the logarithm of :meth:`posterior`; :math:`-\infty` where it is zero."""
        return self.posterior(xt, x0, alpha_bar_s, alpha_bar_t).log()

    def reverse(self, xt: Tensor, probs: Tensor, alpha_bar_s: Tensor, alpha_bar_t: Tensor) -> Tensor:
        r"""Return :math:`p(x_s \mid x_t) = \sum_k p_k\, q(x_s \mid x_t, x_0 = k)`, ``[…, S]``.

        Classes :math:`k` from which :math:`x_t` cannot come are left out and the others renormalised; where none is
        left the state stays.

        Args:
            xt: States at the later time, ``[B, …]`` int64.
            probs: Predicted probabilities of the classes, ``[B, …, K]``.
            alpha_bar_s: The share at the earlier time, ``[B]`` or a scalar.
            alpha_bar_t: The share at the later time.
        """
        out, total = self._mixture(xt, probs, alpha_bar_s, alpha_bar_t)
        stay = F.one_hot(xt, self.num_states).to(out.dtype)
        return torch.where(total > 0, out / total.clamp(min=torch.finfo(out.dtype).tiny), stay)

    def _mixture(self, xt: Tensor, probs: Tensor, alpha_bar_s: Tensor, alpha_bar_t: Tensor) -> tuple[Tensor, Tensor]:
        """The sum over possible classes, and the probability of these."""
        share = _Shares.between(alpha_bar_s, alpha_bar_t, probs)
        is_xt = F.one_hot(xt, self.num_states).to(probs.dtype)
        prior = self.prior.to(probs.dtype)
        here = prior[xt].unsqueeze(-1)
        probs = F.pad(probs, (0, self.num_states - self.num_classes))
        evidence = share.left_t * is_xt + share.noise_t * here  # q(x_t | x_0 = k) for every k
        possible = evidence > 0
        probs, evidence = torch.where(possible, probs, 0), torch.where(possible, evidence, 1)
        scaled = probs * (here / evidence)
        every = scaled.sum(-1, keepdim=True)
        out = share.lost * (share.left_s * scaled + share.noise_s * prior * every)
        out = out + is_xt * (share.kept * share.noise_s * every + probs * (share.left_t / evidence))
        return out, probs.sum(-1, keepdim=True)

    def log_reverse(self, xt: Tensor, log_probs: Tensor, alpha_bar_s: Tensor, alpha_bar_t: Tensor) -> Tensor:
        r"""Return the logarithm of :meth:`reverse` from log-probabilities, without underflow."""
        share = _Shares.between(alpha_bar_s, alpha_bar_t, log_probs)
        is_xt = F.one_hot(xt, self.num_states).to(log_probs.dtype)
        prior = self.prior.to(log_probs.dtype)
        here = prior[xt].unsqueeze(-1)
        log_probs = F.pad(log_probs, (0, self.num_states - self.num_classes), value=-torch.inf)
        evidence = share.left_t * is_xt + share.noise_t * here
        log_probs = log_probs.masked_fill(evidence <= 0, -torch.inf)
        total = _log_sum(log_probs)
        log_weight = log_probs - torch.where(evidence > 0, evidence, 1).log()
        log_scaled = here.log() + log_weight
        every = _log_sum(log_scaled)
        move = (share.lost * share.left_s).log() + log_scaled
        fresh = (share.lost * share.noise_s * prior).log() + every
        again = (share.kept * share.noise_s).log() + every  # noise that the last step kept
        held = share.left_t.log() + log_weight
        stay = torch.stack([again.expand_as(held), held], -1).masked_fill(is_xt.unsqueeze(-1) == 0, -torch.inf)
        out = _log_sum(torch.cat([torch.stack([move, fresh.expand_as(move)], -1), stay], -1)).squeeze(-1)
        possible = total > -torch.inf
        return torch.where(possible, out - total.masked_fill(~possible, 0), is_xt.log())

    def step(
        self,
        xt: Tensor,
        probs: Tensor,
        alpha_bar_s: Tensor,
        alpha_bar_t: Tensor,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Draw :math:`x_s` from :meth:`reverse` without making it: first a class, then the posterior given it.

        Given :math:`x_0 \ne x_t`, the state stays, becomes :math:`x_0` or is drawn afresh from the prior, with
        probabilities proportional to :math:`a (1 - \bar\alpha_s)`, :math:`(1 - a) \bar\alpha_s` and
        :math:`(1 - a)(1 - \bar\alpha_s)`. Given :math:`x_0 = x_t`, it is drawn afresh with probability
        :math:`(1 - a)(1 - \bar\alpha_s)\, m_{x_t} / q(x_t \mid x_0)` and else stays.

        Args:
            xt: States at the later time, ``[B, …]`` int64.
            probs: Predicted probabilities of the classes, ``[B, …, K]``, normalised or not.
            alpha_bar_s: The share at the earlier time, ``[B]`` or a scalar.
            alpha_bar_t: The share at the later time.
            generator: The source of random numbers.
        """
        here = self.prior.to(probs.dtype)[xt]
        x0 = torch.where(here > 0, draw_categorical(probs, generator), xt)
        left_s, left_t = (_spread(value, xt, probs.dtype) for value in (alpha_bar_s, alpha_bar_t))
        noise = 1 - left_t
        kept = left_t / left_s
        same = x0 == xt
        # Of the numbers in [0, 1) those below `fresh` draw from the prior, the next ones up to `move` take x0.
        fresh = (
            (1 - kept) * (1 - left_s) * torch.where(same, here / (left_t + noise * here).clamp(min=_TINY), 1 / noise)
        )
        move = fresh + (1 - kept) * left_s / noise
        u = uniform(xt.shape, xt.device, generator, probs.dtype)
        new = self._from_prior(u / fresh.clamp(min=_TINY))
        return torch.where(u < fresh, new, torch.where(u < move, x0, xt))

    def extra_repr(self) -> str:
        return f"num_classes={self.num_classes}, num_states={self.num_states}"


class UniformTransition(Transition):
    r"""Noise that draws every class alike.

    .. code-block:: python

        >>> UniformTransition(4).prior
        tensor([0.2500, 0.2500, 0.2500, 0.2500], dtype=torch.float64)
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__(torch.ones(max(num_classes, 0)), num_classes)


class MarginalTransition(Transition):
    r"""Noise that draws classes as often as the data do, as in DiGress.

    .. code-block:: python

        >>> MarginalTransition(torch.tensor([6, 2])).prior
        tensor([0.7500, 0.2500], dtype=torch.float64)
    """

    def __init__(self, prior: Tensor) -> None:
        super().__init__(prior)


class AbsorbingTransition(Transition):
    r"""Noise that masks: the last state, number ``num_classes``, is the mask, and no class.

    .. code-block:: python

        >>> AbsorbingTransition(2).prior
        tensor([0., 0., 1.], dtype=torch.float64)
    """

    def __init__(self, num_classes: int) -> None:
        prior = torch.zeros(max(num_classes, 0) + 1)
        prior[-1] = 1
        super().__init__(prior, num_classes)


def _log_sum(values: Tensor) -> Tensor:
    """A logsumexp over the last dimension, kept, with gradients that stay finite where all are minus infinity."""
    top = values.detach().amax(-1, keepdim=True)
    top = top.masked_fill(top == -torch.inf, 0)
    total = (values - top).exp().sum(-1, keepdim=True)
    return torch.where(total > 0, top + torch.where(total > 0, total, 1).log(), -torch.inf)


def _bounds(prior: Tensor) -> Tensor:
    """Where the unit interval is cut: a state is the number of bounds at or below a uniform number."""
    cdf = prior.cumsum(0)[:-1]
    # Beyond the last possible state they are out of reach, so that no rounding ever draws an impossible one.
    cdf[int(prior.nonzero().max()) :] = torch.inf
    return cdf


def make_transition(name: str, num_classes: int, prior: Tensor | None = None) -> Transition:
    r"""Return a transition by its name.

    Args:
        name: ``"marginal"``, ``"uniform"`` or ``"absorbing"``.
        num_classes: The number of classes.
        prior: The frequencies of the classes, for the marginal transition; all alike without them.

    Raises:
        ValueError: If the name is unknown.

    .. code-block:: python

        >>> make_transition("absorbing", 3).num_states
        4
    """
    if name == "absorbing":
        return AbsorbingTransition(num_classes)
    if name == "uniform" or (name == "marginal" and prior is None):
        return UniformTransition(num_classes)
    if name == "marginal":
        assert prior is not None
        return MarginalTransition(prior)
    raise ValueError(f"'make_transition' expected 'name' to be marginal, uniform or absorbing (got {name!r})")


def _spread(share: Tensor, like: Tensor, dtype: torch.dtype) -> Tensor:
    """Shares ``[B]`` beside values ``[B, …]``."""
    share = share.to(like.device, dtype)
    return share if share.dim() == 0 else share.view(-1, *[1] * (like.dim() - 1))


class _Shares(NamedTuple):
    """What is left of the data and what is noise, at both times and between them, beside the values of a batch."""

    left_s: Tensor
    left_t: Tensor
    noise_s: Tensor
    noise_t: Tensor
    kept: Tensor
    lost: Tensor

    @classmethod
    def between(cls, alpha_bar_s: Tensor, alpha_bar_t: Tensor, like: Tensor) -> _Shares:
        # Differences of shares that are close to one another keep their digits only before the cast.
        s, t = alpha_bar_s.double(), alpha_bar_t.double()
        some = s > 0  # without any data left at the earlier time, there is nothing to lose
        before = torch.where(some, s, 1)
        parts = (s, t, 1 - s, 1 - t, torch.where(some, t / before, 1), (s - t) / before)
        return cls(*(_spread(part, like, like.dtype) for part in parts))
