r"""The variational bound on the likelihood of graphs under a discrete diffusion model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.categorical import categorical_kl, uniform
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.schedule import NoiseSchedule
from pyg_symbreak.models.diffusion.transition import Transition

Denoise: TypeAlias = Callable[[DenseGraph, Tensor], tuple[Tensor, Tensor]]
r"""A prediction of the data: a noisy graph and times :math:`t / T` ``[B]`` give the logits of the classes of the nodes
``[B, n, K_x]`` and of the pairs ``[B, P, K_e]``."""


def corrupt_graph(
    graph: DenseGraph,
    alpha_bar: Tensor,
    node_transition: Transition,
    edge_transition: Transition,
    generator: torch.Generator | None = None,
) -> DenseGraph:
    r"""Draw noisy graphs: every node and every pair on its own, from :math:`q(x_t \mid x_0)`.

    Args:
        graph: The data.
        alpha_bar: The share :math:`\bar\alpha_t` of every graph, ``[B]``, or a scalar.
        node_transition: The noise on nodes.
        edge_transition: The noise on pairs.
        generator: The source of random numbers.
    """
    x = node_transition.corrupt(graph.x, alpha_bar, generator)
    return graph.with_types(x, edge_transition.corrupt(graph.e, alpha_bar, generator))


def stratified_steps(
    num_graphs: int,
    num_steps: int,
    num_draws: int = 1,
    generator: torch.Generator | None = None,
    device: torch.device | str = "cpu",
) -> Tensor:
    r"""Draw steps, each uniform over :math:`1, …, T`, that cover the range evenly over the batch and over the draws.

    Draw ``r`` of graph ``b`` comes from the point :math:`(r + (\pi_r(b) + u) / B) / R` of the unit interval, with
    :math:`\pi_r` a random permutation of the graphs.

    Returns:
        Steps ``[num_draws, num_graphs]``, int64.

    .. code-block:: python

        >>> stratified_steps(4, num_steps=4).sort().values
        tensor([[1, 2, 3, 4]])
    """
    shape = (num_draws, num_graphs)
    place = uniform(shape, device, generator, torch.float64).argsort(1)
    u = uniform(shape, device, generator, torch.float64)
    draw = torch.arange(num_draws, device=u.device).view(-1, 1)
    point = (draw + (place + u) / num_graphs) / num_draws
    return (point * num_steps).long().clamp(max=num_steps - 1) + 1


def step_kl(
    transition: Transition, x0: Tensor, xt: Tensor, logits: Tensor, alpha_bar_s: Tensor, alpha_bar_t: Tensor
) -> Tensor:
    r"""Return :math:`\mathrm{KL}\bigl(q(x_s \mid x_t, x_0) \,\|\, p_\theta(x_s \mid x_t)\bigr)` of every variable.

    Args:
        transition: The noise.
        x0: The data, ``[B, …]`` int64.
        xt: The noisy states, of the same shape.
        logits: The prediction of the data, ``[B, …, K]``.
        alpha_bar_s: The share of the data at the earlier time, ``[B]`` or a scalar.
        alpha_bar_t: The share at the later time.

    Returns:
        Nats of shape ``[B, …]``, float64.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.transition import UniformTransition
        >>> x, one, half = torch.tensor([0]), torch.tensor(1.0), torch.tensor(0.5)
        >>> step_kl(UniformTransition(2), x, x, torch.zeros(1, 2), one, half)  # -log p(x_0): one bit
        tensor([0.6931], dtype=torch.float64)
    """
    log_q = transition.log_posterior(xt, x0, alpha_bar_s, alpha_bar_t)
    log_p = transition.log_reverse(xt, logits.double().log_softmax(-1), alpha_bar_s, alpha_bar_t)
    return categorical_kl(log_q, log_p)


def variational_bound(
    graph: DenseGraph,
    denoise: Denoise,
    node_transition: Transition,
    edge_transition: Transition,
    schedule: NoiseSchedule,
    log_size: Tensor | None = None,
    num_draws: int = 1,
    exact: bool = False,
    generator: torch.Generator | None = None,
) -> dict[str, Tensor]:
    r"""Estimate the variational bound on :math:`-\log p(G)`, in nats, of labelled graphs.

    .. math::
        -\log p(G) \le -\log p(n) + \mathrm{KL}\bigl(q(G_T \mid G) \,\|\, m\bigr)
        + \sum_{t=1}^{T} \mathbb{E}_{q(G_t \mid G)}
        \mathrm{KL}\bigl(q(G_{t-1} \mid G_t, G) \,\|\, p_\theta(G_{t-1} \mid G_t)\bigr)

    Each KL is the sum over nodes and unordered pairs; the term :math:`t = 1` is
    :math:`-\log p_\theta(G \mid G_1)`. The sum over :math:`t` is estimated by :math:`T` times its terms at
    :func:`stratified_steps`, without bias. The graph is labelled: no term for the :math:`n!` orders of its nodes
    enters, as in DiGress (arXiv 2209.14734), whose code sums over the entries of the :math:`n \times n` matrix and so
    counts every pair twice; ``nll_digress`` does the same. A bound that counts a pair twice is none on the likelihood:
    report it beside published numbers only. All terms are computed in float64.

    Args:
        graph: The data.
        denoise: The prediction of the data, a :data:`Denoise`.
        node_transition: The noise on nodes.
        edge_transition: The noise on pairs.
        schedule: The noise schedule.
        log_size: :math:`\log p(n)` of every graph, ``[B]``; without it the bound is on :math:`-\log p(G \mid n)`.
        num_draws: How many steps, each with its own noise, are drawn for a graph.
        exact: Whether to sum all :math:`T` terms, with ``num_draws`` draws of the noise for each.
        generator: The source of random numbers.

    Returns:
        Tensors ``[B]``, float64: ``nll``; its parts ``prior_kl``, ``diffusion`` (the sum over :math:`t`) and
        ``size``; ``nodes`` and ``pairs``, the same first two parts told by what they are about; ``nll_digress``. Thus
        ``nll = size + prior_kl + diffusion = size + nodes + pairs`` and ``nll_digress = nll + pairs``.

    Raises:
        ValueError: If ``num_draws`` is not positive.

    .. code-block:: python

        >>> from pyg_symbreak.models.diffusion.transition import UniformTransition
        >>> pair = DenseGraph(torch.tensor([[0, 1]]), torch.tensor([[1]]), torch.ones(1, 2, dtype=torch.bool))
        >>> def know(noisy, time):  # nothing of the nodes, everything of the pair
        ...     return torch.zeros(1, 2, 2), torch.tensor([[[-torch.inf, 0.0]]])
        >>> noise = UniformTransition(2)
        >>> bound = variational_bound(pair, know, noise, noise, NoiseSchedule(1), exact=True)
        >>> bound["nodes"], bound["pairs"]  # two nodes of log 2 nats
        (tensor([1.3863], dtype=torch.float64), tensor([0.], dtype=torch.float64))
    """
    if num_draws < 1:
        raise ValueError(f"'variational_bound' expected 'num_draws' of at least 1 (got {num_draws})")
    size, device, last = graph.num_graphs, graph.x.device, schedule.num_steps
    variables = (
        (graph.x, graph.mask, node_transition),
        (graph.e, graph.pair_mask, edge_transition),
    )
    prior = [_prior_kl(values, mask, transition, schedule) for values, mask, transition in variables]
    if exact:
        steps = torch.arange(1, last + 1, device=device).repeat(num_draws).view(-1, 1).expand(-1, size)
    else:
        steps = stratified_steps(size, last, num_draws, generator, device)
    terms = [torch.zeros_like(value) for value in prior]
    for t in steps:
        alpha_s, alpha_t = schedule.at(t - 1), schedule.at(t)
        noisy = corrupt_graph(graph, alpha_t, node_transition, edge_transition, generator)
        logits = denoise(noisy, schedule.time(t))
        for number, (values, mask, transition) in enumerate(variables):
            state = noisy.x if number == 0 else noisy.e
            divergence = step_kl(transition, values, state, logits[number], alpha_s, alpha_t)
            terms[number] = terms[number] + _masked_sum(divergence, mask)
    nodes, pairs = (value + total * (last / len(steps)) for value, total in zip(prior, terms))
    size_term = torch.zeros_like(nodes) if log_size is None else -log_size.to(nodes)
    prior_kl = prior[0] + prior[1]
    nll = size_term + nodes + pairs
    return {
        "nll": nll,
        "nll_digress": nll + pairs,
        "size": size_term,
        "prior_kl": prior_kl,
        "diffusion": nodes + pairs - prior_kl,
        "nodes": nodes,
        "pairs": pairs,
    }


def _prior_kl(values: Tensor, mask: Tensor, transition: Transition, schedule: NoiseSchedule) -> Tensor:
    left = schedule.alpha_bar[-1]
    data = torch.nn.functional.one_hot(values, transition.num_states).to(transition.prior.dtype)
    law = left * data + (1 - left) * transition.prior
    return _masked_sum(categorical_kl(law.log(), transition.prior.log().expand_as(law)), mask)


def _masked_sum(values: Tensor, mask: Tensor) -> Tensor:
    return values.masked_fill(~mask, 0).sum(1)
