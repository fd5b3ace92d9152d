"""Predict ground states of magnets: the input is the same at every site, no answer is.

Couplings are the same all over a periodic lattice, so that an equivariant network can only give every spin the same
mean, and without a field zero. With a learned field, moved by a symmetry drawn anew each time, the same network answers
with one of the ground states, and each as often as the others. The likelihood of the ground state that it is shown is
exact over all draws, so that it never has to guess which one is meant.
"""

import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import IsingGroundStates
from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.metrics.spins import ground_state_law, relative_gap
from pyg_symbreak.models.spins import SpinModel, free_energy, marginal_log_likelihood
from pyg_symbreak.spins import ising_energy, uniform_ground_states

PHASES = {"ferromagnet": (1.0, 2.0), "antiferromagnet": (-1.0, -1.5), "stripes": (1.0, -2.0)}


def train(method, batch, steps):
    """A small network, trained on the ground states that it is shown and on the energy of its own."""
    group = LatticeGroup.p4m(batch.field.size(1), spin_flip=True)
    model = SpinModel(method, group, width=6, num_layers=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        law = model(batch)
        likelihood = marginal_log_likelihood(model, batch, batch.spins, law=law) / group.num_sites
        loss = (free_energy(law, batch.field, batch.bonds) - likelihood).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def main(steps=100, size=4, draws=300):
    torch.manual_seed(0)
    batch = Batch.from_data_list(list(IsingGroundStates(size=size, couplings="zero-field", num_graphs=32)))
    couplings = torch.tensor([(jx, jy, 0.0) for jx, jy in PHASES.values()])
    tests = Batch.from_data_list(list(IsingGroundStates(split="test", size=size, couplings=couplings)))
    found = {}
    for method in ("none", "sympe-exact"):
        spins = train(method, batch, steps).sample(tests, draws)
        gaps = relative_gap(ising_energy(spins, tests.field, tests.bonds), tests.energy).mean(0)
        for number, (phase, pair) in enumerate(PHASES.items()):
            states = uniform_ground_states((size, size), pair, 0.0).all()
            law = ground_state_law(spins[:, number], states)
            found[method, phase] = float(gaps[number]), law
            print(
                f"{method:12s} {phase:16s} {100 * gaps[number]:6.1f} % above the ground state; "
                f"draws of each ground state: {law.counts.tolist()}"
            )
    return found


if __name__ == "__main__":
    main()
