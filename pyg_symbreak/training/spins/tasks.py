r"""The systems that ground states are predicted of, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from torch import Tensor

from pyg_symbreak.datasets import IsingGroundStates, RandomBondIsing
from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.training.spins.energies import Cooling
from pyg_symbreak.training.spins.methods import SpinSettings
from pyg_symbreak.training.spins.plane import Axis, Plane
from pyg_symbreak.training.symmetrize.config import SymmetrizeTrainConfig
from pyg_symbreak.training.symmetrize.examples import GraphExamples, TaskData
from pyg_symbreak.transforms import LatticeToGraph

COMPARED: Final = ("none", "noise", "uniform", "sympe-exact", "sympe-energy", "graph-none", "graph-sympe", "graph-rank")


@dataclass(frozen=True)
class SpinTask:
    r"""A kind of systems, and how models are trained for them by default.

    Args:
        name: What it is called on the command line.
        about: What the systems are, in a line.
        dataset: Makes the data set of a split, with as many systems as told: of ``"train"``, ``"val"``, ``"test"``, and
            of ``"rotated"`` if there is such a test set.
        counts: The number of systems of each split.
        spin_flip: Whether reversing all spins is a symmetry of every system.
        settings: The sizes of the networks.
        train: How models are trained.
        cooling: How the temperature falls.
        quick: What ``--quick`` changes of ``train``.
        quick_settings: What it changes of ``settings``.
        plane: The phase diagram, if there is one.
        best_of: For systems without a phase diagram: numbers of samples of which the best is taken.
        methods: The methods that are compared unless told otherwise.
        loss: What models are trained with by default, see :class:`~pyg_symbreak.training.spins.energies.SpinEnergies`.
    """

    name: str
    about: str
    dataset: Callable[[str, int, int, str | None], Any]
    counts: dict[str, int]
    spin_flip: bool
    settings: SpinSettings
    train: SymmetrizeTrainConfig
    cooling: Cooling = field(default_factory=Cooling)
    quick: dict[str, Any] = field(default_factory=dict)
    quick_settings: dict[str, int] = field(default_factory=lambda: {"width": 4})
    plane: Plane | None = None
    best_of: tuple[int, ...] = ()
    methods: tuple[str, ...] = COMPARED
    loss: str = "both"

    def group(self, size: int) -> LatticeGroup:
        r"""All symmetries of the kind of systems, on a square lattice."""
        return LatticeGroup.full((size, size), spin_flip=self.spin_flip)

    def systems(self, split: str, size: int, *, graph: bool = False, root: str | None = None) -> Any:
        r"""The systems of a split.

        Args:
            split: One of :attr:`counts`.
            size: The side of the lattices.
            graph: Whether models see them as graphs, too.
            root: The folder of the data sets; by default they are made in memory.

        Returns:
            A data set, or a list.
        """
        made = self.dataset(split, size, self.counts[split], root)
        transform = LatticeToGraph() if graph else None
        return made if transform is None else [transform(system) for system in made]

    def examples(self, split: str, size: int, *, graph: bool = False, root: str | None = None) -> GraphExamples:
        r"""The :meth:`systems` of a split, with the energies of their ground states as targets."""
        return spin_examples(self.systems(split, size, graph=graph, root=root))

    def data(self, size: int, *, graph: bool = False, root: str | None = None) -> TaskData:
        r"""The examples to train, validate and test with; see :meth:`examples`."""
        return TaskData(*(self.examples(split, size, graph=graph, root=root) for split in ("train", "val", "test")))


def spin_examples(systems: Any) -> GraphExamples:
    r"""Systems, with the energies of their ground states as targets.

    Args:
        systems: A data set, or a sequence of graphs, with ``energy [1]``.
    """
    return GraphExamples(systems, target=_energy)


def _energy(batch: Any) -> Tensor:
    energy: Tensor = batch.energy
    return energy


def _uniform(couplings: str) -> Callable[[str, int, int, str | None], IsingGroundStates]:
    def make(split: str, size: int, count: int, root: str | None) -> IsingGroundStates:
        if split == "rotated":
            return IsingGroundStates(root, split="test", size=size, couplings="rotated", num_graphs=count)
        return IsingGroundStates(root, split=split, size=size, couplings=couplings, num_graphs=count)

    return make


def _glass(split: str, size: int, count: int, root: str | None) -> RandomBondIsing:
    # Training on energies needs no ground states.
    return RandomBondIsing(root, split=split, size=size, num_graphs=count, exact=split != "train")


_TRAIN = SymmetrizeTrainConfig(
    epochs=25, batch_size=32, learning_rate=1e-2, gradient_clip=1.0, ema_decay=0.98, validate_every=1, test_passes=4
)

_ALL: Final = (
    SpinTask(
        name="phases",
        about="Jx = 1, Jy in [−3, 3], h in [0, 2]: ferromagnets and stripes in a field",
        dataset=_uniform("paper"),
        counts={"train": 1600, "val": 200, "test": 200, "rotated": 200},
        spin_flip=False,
        settings=SpinSettings(),
        train=_TRAIN,
        quick={"epochs": 4},
        plane=Plane(Axis("Jy", -3, 3, 25), Axis("h", 0, 2, 17), ("Jx", 1.0)),
    ),
    SpinTask(
        name="zero-field",
        about="Jx and Jy in [−3, 3] without a field: four phases, all symmetric under the reversal of all spins",
        dataset=_uniform("zero-field"),
        counts={"train": 1600, "val": 200, "test": 200},
        spin_flip=True,
        settings=SpinSettings(),
        train=_TRAIN,
        quick={"epochs": 4},
        plane=Plane(Axis("Jx", -3, 3, 21), Axis("Jy", -3, 3, 21), ("h", 0.0)),
    ),
    SpinTask(
        name="glass",
        about="±J spin glasses: every bond 1 or −1 at random",
        dataset=_glass,
        counts={"train": 4000, "val": 100, "test": 100},
        spin_flip=True,
        settings=SpinSettings(num_layers=4),
        train=replace(_TRAIN, epochs=10, learning_rate=3e-3, gradient_clip=0.3),
        # Cold from the first step: no order is uniform, and so none is there to be mistaken for another.
        cooling=Cooling(heat=0.0),
        quick={"epochs": 1},
        quick_settings={"width": 4, "num_layers": 1, "graph_width": 16, "graph_layers": 2, "recurrent_rounds": 16},
        best_of=(1, 4, 16, 64),
        loss="energy",
        methods=("none", "noise", "sympe-exact", "recurrent", "graph-sympe"),
    ),
)

SPIN_TASKS: Final[dict[str, SpinTask]] = {task.name: task for task in _ALL}
r"""The kinds of systems."""


def get_spin_task(name: str) -> SpinTask:
    r"""Returns a task by its name.

    Raises:
        ValueError: If there is none of that name.

    Example:
        >>> get_spin_task("zero-field").group(8)
        LatticeGroup("p4m1'", 8x8)
    """
    if name not in SPIN_TASKS:
        raise ValueError(f"'spins' expected a task among {', '.join(SPIN_TASKS)} (got {name!r})")
    return SPIN_TASKS[name]
