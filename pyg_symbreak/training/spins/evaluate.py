r"""What is measured of a trained spin model beside its energies: phases, ground states, phase diagram."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.metrics.spins import solved
from pyg_symbreak.spins import ising_energy
from pyg_symbreak.training.spins.energies import ENERGIES, SpinEnergies
from pyg_symbreak.training.spins.orders import orders_by_phase, plane_orders, recovered
from pyg_symbreak.training.spins.plane import Plane
from pyg_symbreak.training.spins.sampling import sampled
from pyg_symbreak.training.spins.tasks import SpinTask, spin_examples
from pyg_symbreak.training.spins.uniformity import degenerate, ground_state_scores
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.evaluate import evaluate
from pyg_symbreak.training.symmetrize.examples import GraphExamples
from pyg_symbreak.transforms import LatticeToGraph


@dataclass(frozen=True)
class Effort:
    r"""How much is measured after training.

    Args:
        samples: Configurations of each test system whose order parameters are measured.
        degenerate: Test systems whose ground states are counted.
        degenerate_samples: Configurations drawn of each of them.
        largest: The largest number of ground states of a system that is counted.
        plane_samples: Configurations of each point of the phase diagram.
        plane_columns: The columns of the phase diagram; 0 for those of the task.
        plane_rows: Its rows; 0 for those of the task.
    """

    samples: int = 8
    degenerate: int = 10
    degenerate_samples: int = 200
    largest: int = 40
    plane_samples: int = 8
    plane_columns: int = 0
    plane_rows: int = 0

    def plain(self) -> dict[str, int]:
        r"""All values by name."""
        return asdict(self)

    def plane(self, plane: Plane) -> Plane:
        r"""The plane with the columns and rows that are measured."""
        rows, columns = plane.shape
        return plane.resized(self.plane_columns or columns, self.plane_rows or rows)


QUICK = Effort(samples=2, degenerate=4, degenerate_samples=50, plane_samples=2, plane_columns=13, plane_rows=9)
r"""What is measured with ``--quick``."""


def measure(
    model: SpinEnergies,
    task: SpinTask,
    size: int,
    train: SymmetrizeTrainConfig,
    effort: Effort,
    *,
    graph: bool = False,
    root: str | None = None,
) -> dict[str, Any]:
    r"""Measures a trained model.

    Args:
        model: The model.
        task: The kind of systems.
        size: The side of the lattices.
        train: How it was trained: the seed decides the draws, and the accelerator where they are made.
        effort: How much to measure.
        graph: Whether the model sees lattices as graphs.
        root: The folder of the data sets.

    Returns:
        ``metrics``: of the rotated test set, if there is one, ``rotated_gap`` and ``rotated_gap_mode``; of tasks with a
        phase diagram ``recovered`` (:func:`~pyg_symbreak.training.spins.orders.recovered`) and the scores of
        :func:`~pyg_symbreak.training.spins.uniformity.ground_state_scores`; of the others ``solved_k``, the share in
        per cent of the test systems of which the best of k samples is a ground state. And of tasks with a phase
        diagram ``phases`` (:func:`~pyg_symbreak.training.spins.orders.orders_by_phase`) and ``plane`` (:func:`packed`).
    """
    if train.accelerator != "cpu" and torch.cuda.is_available():
        model = model.cuda()
    systems = task.systems("test", size, graph=graph, root=root)
    test = spin_examples(systems)
    rotated = task.examples("rotated", size, graph=graph, root=root) if "rotated" in task.counts else None
    found: dict[str, Any] = {"metrics": {}}
    if rotated is not None:
        scores = evaluate(model, rotated, ENERGIES, seed=train.seed, stream="rotated", size=train.batch_size)
        found["metrics"] = {f"rotated_{name}": scores[name] for name in ("gap", "gap_mode")}
    if task.plane is None:
        found["metrics"].update(best_of(model, test, task.best_of, train.seed))
        return found
    sets = [test] if rotated is None else [test, rotated]
    drawn = (sampled(model.model, examples, effort.samples, seed=train.seed, stream="orders") for examples in sets)
    found["phases"] = orders_by_phase(chain.from_iterable(drawn))
    found["metrics"]["recovered"] = recovered(found["phases"])
    chosen = degenerate(test.batch(torch.arange(len(test)))[0].degeneracy, effort.degenerate, effort.largest)
    if chosen.numel():
        few = spin_examples([systems[number] for number in chosen.tolist()])
        many = sampled(model.model, few, effort.degenerate_samples, seed=train.seed, stream="ground states", size=4)
        found["metrics"].update(ground_state_scores(many))
    plane, transform = effort.plane(task.plane), LatticeToGraph() if graph else None
    orders = plane_orders(model.model, plane, size, effort.plane_samples, seed=train.seed, transform=transform)
    found["plane"] = {name: packed(values) for name, values in orders.items()}
    return found


@torch.no_grad()
def best_of(model: SpinEnergies, examples: GraphExamples, counts: tuple[int, ...], seed: int) -> dict[str, float]:
    r"""The share of systems, in per cent, of which the best of some samples is a ground state.

    Args:
        model: The model.
        examples: The systems.
        counts: Numbers of samples.
        seed: Of the draws.
    """
    energies, exact = [], []
    for batch, spins in sampled(model.model, examples, max(counts), seed=seed, stream="best of", size=16):
        energies.append(ising_energy(spins, batch.field, batch.bonds))
        exact.append(batch.energy)
    energy, ground = torch.cat(energies, dim=1), torch.cat(exact)
    return {f"solved_{count}": 100 * solved(energy[:count], ground).value for count in counts}


def packed(values: Tensor) -> str:
    r"""Writes a grid of numbers between 0 and 1 as whole per cents, rows being separated by semicolons.

    A results file with a number a line would be as long as all else together.

    Args:
        values: ``[rows, columns]``.

    .. code-block:: python

        >>> packed(torch.tensor([[0.0, 0.123], [1.0, 0.5]]))
        '0 12;100 50'
    """
    return ";".join(" ".join(map(str, row)) for row in (100 * values).round().long().tolist())


def unpacked(text: str) -> Tensor:
    r"""Reads what :func:`packed` wrote.

    .. code-block:: python

        >>> unpacked("0 12;100 50")
        tensor([[0.0000, 0.1200],
                [1.0000, 0.5000]])
    """
    return torch.tensor([[float(value) / 100 for value in row.split()] for row in text.split(";")])
