r"""Sampling in few steps by discrete flow matching, from a denoiser that was trained for discrete diffusion."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from pyg_symbreak.models.diffusion.categorical import draw_categorical, weights
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.likelihood import Denoise
from pyg_symbreak.models.diffusion.samplers import Progress, check_last, final_types
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.transition import Transition

DISTORTIONS: dict[str, Callable[[float], float]] = {
    "identity": lambda u: u,
    "polydec": lambda u: 2 * u - u * u,
    "polyinc": lambda u: u * u,
    "cos": lambda u: (1 - math.cos(math.pi * u)) / 2,
    "revcos": lambda u: 2 * u - (1 - math.cos(math.pi * u)) / 2,
}
RATES = ("defog", "linear")


@torch.no_grad()
def flow(
    state: DenseGraph,
    denoise: Denoise,
    node_transition: Transition,
    edge_transition: Transition,
    schedule: NoiseSchedule,
    num_steps: int,
    rate: str = "defog",
    eta: float = 0.0,
    omega: float = 0.0,
    distortion: str = "polydec",
    last: str = "sample",
    generator: torch.Generator | None = None,
    progress: Progress | None = None,
) -> DenseGraph:
    r"""Draw graphs by a chain in continuous time from noise (:math:`t = 0`) to data (:math:`t = 1`), in Euler steps.

    Source: DeFoG (arXiv 2410.04263) and discrete flow models (arXiv 2402.04997). The chain follows the linear path
    :math:`p_t(x \mid x_1) = t\, \delta_{x x_1} + (1 - t)\, m_x`, which is the noise of diffusion with
    :math:`\bar\alpha = t`; so the denoiser is asked at the step of ``schedule`` that leaves the share :math:`t` of the
    data, and needs no other training. The rates are those of :func:`flow_rates`. As the number of steps grows the law
    of the graphs tends to that of the model whatever ``eta`` and ``rate`` are, as long as ``omega`` is zero; in the
    last step the data themselves are drawn.

    The steps end at the times :math:`f(i / N)`:

    ============ ==========================================
    ``identity`` :math:`f(u) = u`
    ``polydec``  :math:`f(u) = 2u - u^2`, finer at the end
    ``polyinc``  :math:`f(u) = u^2`
    ``cos``      :math:`f(u) = (1 - \cos \pi u) / 2`
    ``revcos``   :math:`f(u) = 2u - (1 - \cos \pi u) / 2`
    ============ ==========================================

    Args:
        state: Pure noise, of :func:`~pyg_symbreak.models.diffusion.samplers.initial_state`.
        denoise: The prediction of the data, a :data:`~pyg_symbreak.models.diffusion.likelihood.Denoise`.
        node_transition: The noise on nodes.
        edge_transition: The noise on pairs.
        schedule: The noise schedule of the denoiser.
        num_steps: The number :math:`N` of steps; each asks the denoiser once.
        rate: ``"defog"`` or ``"linear"``, see :func:`flow_rates`.
        eta: Stochasticity, at least 0.
        omega: Target guidance, at least 0.
        distortion: One of the names in the table.
        last: ``"sample"``, or ``"argmax"`` for the likeliest class of each variable in the last step.
        generator: The source of random numbers, on any device.
        progress: Wraps the iterable of steps, for example ``tqdm``.

    Raises:
        ValueError: If ``num_steps`` is not positive, ``eta`` or ``omega`` is negative, or a name is unknown.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.samplers import initial_state
        >>> from pyg_symbreak.models.diffusion.transition import AbsorbingTransition
        >>> noise = AbsorbingTransition(2)
        >>> state = initial_state(torch.tensor([2]), noise, noise)
        >>> def path(noisy, time):  # always predicts an edge between two nodes of class 1
        ...     return torch.tensor([[[-torch.inf, 0.0]] * 2]), torch.tensor([[[-torch.inf, 0.0]]])
        >>> graph = flow(state, path, noise, noise, NoiseSchedule(100), num_steps=5)
        >>> graph.x, graph.e
        (tensor([[1, 1]]), tensor([[1]]))
    """
    if num_steps < 1:
        raise ValueError(f"'flow' expected at least one step in 'num_steps' (got {num_steps})")
    if eta < 0 or omega < 0:
        raise ValueError(f"'flow' expected 'eta' and 'omega' of at least 0 (got {eta} and {omega})")
    if rate not in RATES:
        raise ValueError(f"'flow' expected 'rate' to be one of {', '.join(RATES)} (got {rate!r})")
    if distortion not in DISTORTIONS:
        raise ValueError(f"'flow' expected 'distortion' to be one of {', '.join(DISTORTIONS)} (got {distortion!r})")
    check_last("flow", last)
    times = [DISTORTIONS[distortion](i / num_steps) for i in range(num_steps)]
    shares = torch.tensor(times, dtype=torch.float64, device=state.x.device)
    clock = schedule.time_of(shares).to(torch.get_default_dtype())
    for i in progress(range(num_steps)) if progress is not None else range(num_steps):
        logits = denoise(state, clock[i].expand(state.num_graphs))
        types = []
        for transition, values, logit in zip((node_transition, edge_transition), (state.x, state.e), logits):
            if i == num_steps - 1:
                types.append(final_types(transition, values, logit, last, generator))
                continue
            probs = weights(logit)
            rates = flow_rates(
                transition, values, probs / probs.sum(-1, keepdim=True), times[i], rate=rate, eta=eta, omega=omega
            )
            types.append(_euler(values, rates * (times[i + 1] - times[i]), generator))
        state = state.with_types(*types)
    return state


def flow_rates(
    transition: Transition,
    values: Tensor,
    probs: Tensor,
    t: float,
    rate: str = "defog",
    eta: float = 0.0,
    omega: float = 0.0,
) -> Tensor:
    r"""Return the rates at which states jump, the expectation over the predicted data :math:`k \sim p`.

    With :math:`p_t(j \mid k) = t \delta_{jk} + (1 - t) m_j` and :math:`Z_k` the number of states :math:`j` with
    :math:`p_t(j \mid k) > 0`, the rate from :math:`i` to :math:`j \ne i` given :math:`k` is the sum of

    ================= =================================================================================================
    ``defog``         :math:`\max(0, \partial_t p_t(j \mid k) - \partial_t p_t(i \mid k)) / (Z_k\, p_t(i \mid k))`,
                      where :math:`p_t(j \mid k) > 0`
    (or) ``linear``   :math:`\delta_{jk} / (1 - t)`: the state only ever jumps to the data, at a rate that does not
                      depend on the prior, so that steps can be long
    stochasticity     :math:`\eta\, p_t(j \mid k)`, which keeps detailed balance with :math:`p_t`
    target guidance   :math:`\omega\, \delta_{jk} / (Z_k\, p_t(i \mid k))`, which does not keep :math:`p_t`
    ================= =================================================================================================

    Data :math:`k` with :math:`p_t(i \mid k) = 0` are left out: a state that is no noise is the data. The two choices
    of ``rate`` agree for masking noise. The cost is :math:`O(S)` a variable.

    Args:
        transition: The noise.
        values: The states :math:`i`, ``[…]`` int64.
        probs: The predicted probabilities of the classes, ``[…, K]``.
        t: The time in :math:`[0, 1)`.
        rate: ``"defog"`` or ``"linear"``.
        eta: Stochasticity :math:`\eta`.
        omega: Target guidance :math:`\omega`.

    Returns:
        Rates ``[…, S]``; zero for the state itself.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.transition import AbsorbingTransition
        >>> flow_rates(AbsorbingTransition(2), torch.tensor([2]), torch.tensor([[0.25, 0.75]]), t=0.5)
        tensor([[0.5000, 1.5000, 0.0000]])
    """
    num_states = transition.num_states
    prior = transition.prior.to(probs.dtype)
    probs = F.pad(probs, (0, num_states - transition.num_classes))
    is_here = F.one_hot(values, num_states).to(probs.dtype)
    here = prior[values].unsqueeze(-1)
    probs = torch.where(here > 0, probs, is_here)
    elsewhere = probs * (1 - is_here)  # the data to which the state has yet to jump; it is noise there
    support = (prior > 0).sum() + (prior == 0)
    scale = 1 / ((1 - t) * torch.where(here > 0, here, 1))  # 1 / p(i | k), for every k but i
    pull = elsewhere / support
    if rate == "linear":
        rates = elsewhere / (1 - t)
    else:
        rise = torch.where(prior > 0, (here - prior).clamp(min=0), 0)
        others = pull.sum(-1, keepdim=True) - pull
        rates = scale * (others * rise + pull * (1 + here - prior))
    if omega > 0:
        rates = rates + omega * scale * pull
    if eta > 0:
        rates = rates + eta * (t * probs + (1 - t) * prior)
    return rates * (1 - is_here)


def _euler(values: Tensor, jumps: Tensor, generator: torch.Generator | None) -> Tensor:
    """Take one step with jump probabilities ``[…, S]``, brought down to one where their sum exceeds it."""
    stay = (1 - jumps.sum(-1, keepdim=True)).clamp(min=0)
    return draw_categorical(jumps.scatter_add(-1, values.unsqueeze(-1), stay), generator)
