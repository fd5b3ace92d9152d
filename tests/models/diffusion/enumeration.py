"""Diffusion of graphs with two or three nodes by explicit matrices over all their states: what closed forms must equal.

Nothing here is shared with the package but the values it is asked about.
"""

import itertools

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.transition import (
    AbsorbingTransition,
    MarginalTransition,
    Transition,
    UniformTransition,
)
from pyg_symbreak.testing.statistics import chi_square_sf

TRANSITIONS = {
    "uniform": UniformTransition(3),
    "marginal": MarginalTransition(torch.tensor([0.2, 0.7, 0.1])),
    "zero": MarginalTransition(torch.tensor([0.4, 0.0, 0.6])),
    "one": MarginalTransition(torch.tensor([0.0, 1.0, 0.0])),
    "absorbing": AbsorbingTransition(3),
    "general": Transition(torch.tensor([0.1, 0.3, 0.0, 0.6]), num_classes=2),
}


def matrix(prior: Tensor, share: float) -> Tensor:
    """The transition matrix that keeps a share, rows from, columns to."""
    return share * torch.eye(prior.numel(), dtype=torch.float64) + (1 - share) * prior.expand(prior.numel(), -1)


def chain(prior: Tensor, alpha_bar: Tensor) -> list[Tensor]:
    """Products of one-step matrices: the matrix from 0 to every t."""
    out = [torch.eye(prior.numel(), dtype=torch.float64)]
    for before, after in itertools.pairwise(alpha_bar.tolist()):
        out.append(out[-1] @ matrix(prior, after / before))
    return out


class World:
    """Graphs of ``n`` nodes: every state a vector of the types of nodes and pairs, and joint laws over all of them."""

    def __init__(self, n, node_transition, edge_transition, schedule, seed=0, num_data=None):
        self.n, self.schedule = n, schedule
        self.transitions = [node_transition] * n + [edge_transition] * (n * (n - 1) // 2)
        self.pair = node_transition, edge_transition
        self.data = self._all([transition.num_classes for transition in self.transitions])
        self.states = self._all([transition.num_states for transition in self.transitions])
        generator = torch.Generator().manual_seed(seed)
        law = torch.rand(len(self.data), generator=generator, dtype=torch.float64)
        # Data that the noise excludes would be known at once; a law with few graphs is far from a product.
        law[torch.randperm(len(law), generator=generator)[num_data or len(law) :]] = 0
        self.law = law / law.sum()
        self.products = [chain(transition.prior, schedule.alpha_bar) for transition in self.transitions]

    @staticmethod
    def _all(sizes):
        return torch.tensor(list(itertools.product(*map(range, sizes))))

    def graph(self, states):
        mask = torch.ones(len(states), self.n, dtype=torch.bool)
        return DenseGraph(states[:, : self.n].clone(), states[:, self.n :].clone(), mask)

    def number(self, graph):
        """The number of every graph among the data."""
        values, out = torch.cat([graph.x, graph.e], 1), 0
        for column, transition in zip(values.T, self.transitions):
            out = out * transition.num_classes + column
        return out

    def forward(self, t, matrices=None):
        """q(G_t | G_0): ``[data, states]``."""
        out = torch.ones(len(self.data), len(self.states), dtype=torch.float64)
        for i, product in enumerate(self.products):
            one = product[t] if matrices is None else matrices[i]
            out = out * one[self.data[:, i]][:, self.states[:, i]]
        return out

    def predicted(self, t, forward=None):
        """Per variable p(x_0 | G_t) of the data law, ``[states, K]``; uniform where G_t cannot be."""
        joint = self.law.view(-1, 1) * (self.forward(t) if forward is None else forward)
        out = []
        for i, transition in enumerate(self.transitions):
            mass = torch.zeros(transition.num_classes, len(self.states), dtype=torch.float64)
            mass.index_add_(0, self.data[:, i], joint)
            total = mass.sum(0)
            out.append(torch.where(total > 0, mass / total.clamp(min=1e-300), 1 / transition.num_classes).T)
        return out

    def denoise(self, graph, time):
        """The exact posterior of the data, at one time for the whole batch; shares are linear between steps."""
        place = float(time[0]) * self.schedule.num_steps
        low = min(int(place + 1e-9), self.schedule.num_steps - 1)
        ends = self.schedule.alpha_bar[low : low + 2].tolist()
        share = ends[0] + (place - low) * (ends[1] - ends[0])
        matrices = [matrix(transition.prior, share) for transition in self.transitions]
        predicted = self.predicted(None, self.forward(None, matrices))
        values, number = torch.cat([graph.x, graph.e], 1), 0
        for column, transition in zip(values.T, self.transitions):
            number = number * transition.num_states + column
        logits = [one[number].log() for one in predicted]
        nodes, pairs = torch.stack(logits[: self.n], 1), logits[self.n :]
        return nodes, torch.stack(pairs, 1) if pairs else torch.zeros(len(values), 0, self.pair[1].num_classes)

    def posterior(self, i, s, t):
        """q(x_s | x_t, x_0 = k) of variable i by Bayes: ``[x_t, k, x_s]``, zero where x_t cannot be."""
        prior, product = self.transitions[i].prior, self.products[i]
        alpha_bar = self.schedule.alpha_bar
        between = matrix(prior, float(alpha_bar[t] / alpha_bar[s]))
        joint = product[s][: self.transitions[i].num_classes].unsqueeze(0) * between.T.unsqueeze(1)
        evidence = joint.sum(-1, keepdim=True)
        return torch.where(evidence > 0, joint / evidence.clamp(min=1e-300), 0)

    def reverse(self, i, s, t, predicted):
        """p(x_s | G_t) of variable i: ``[states, x_s]``."""
        here = self.states[:, i]
        posterior = self.posterior(i, s, t)[here]
        possible = posterior.sum(-1) > 0.5
        weight = predicted[i] * possible
        total = weight.sum(-1, keepdim=True)
        out = (weight.unsqueeze(-1) * posterior).sum(1) / total.clamp(min=1e-300)
        stay = torch.nn.functional.one_hot(here, out.size(-1)).double()
        return torch.where(total > 0, out, stay)

    def reverse_chain(self, times):
        """The law over states after every step of the ancestral sampler with the exact denoiser, from pure noise."""
        law = torch.ones(len(self.states), dtype=torch.float64)
        for i, transition in enumerate(self.transitions):
            law = law * transition.prior[self.states[:, i]]
        for t, s in itertools.pairwise(times):
            predicted = self.predicted(t)
            kernel = torch.ones(len(self.states), len(self.states), dtype=torch.float64)
            for i in range(len(self.transitions)):
                kernel = kernel * self.reverse(i, s, t, predicted)[:, self.states[:, i]]
            law = law @ kernel
        return law

    def on_data(self, law):
        """A law over states told for the data alone."""
        number = torch.zeros(len(self.data), dtype=torch.long)
        for column, transition in zip(self.data.T, self.transitions):
            number = number * transition.num_states + column
        return law[number]


def chi_square(counts, law):
    """The p-value of counts under a law; cells of fewer than five expected are pooled."""
    expected = law * counts.sum()
    assert not bool((counts[law == 0] > 0).any())
    rare = expected < 5
    observed = torch.cat([counts[~rare].double(), counts[rare].sum().double().view(1)])
    expected = torch.cat([expected[~rare], expected[rare].sum().view(1)])
    keep = expected > 0
    statistic = ((observed - expected) ** 2)[keep] / expected[keep]
    return chi_square_sf(float(statistic.sum()), int(keep.sum()) - 1)
