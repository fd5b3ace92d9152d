r"""Ground states that are few enough to be listed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symbreak.spins.exact.ground_states import GroundStates


@dataclass(frozen=True)
class ListedStates(GroundStates):
    r"""Ground states as a list: all of them, or those that were found.

    Args:
        states: Spins ±1, int8 ``[k, *sizes]``, all different; ``count`` is either :math:`k` or :obj:`None`.

    Raises:
        ValueError: If there are no states, they do not have the sizes, or ``count`` is another number.

    .. code-block:: python

        >>> up = torch.ones(1, 3, 3, dtype=torch.int8)
        >>> states = ListedStates((3, 3), -18.0, -18.0, 2, torch.cat([up, -up]))
        >>> states.sample(5, torch.Generator().manual_seed(0)).flatten(1).sum(1).tolist()
        [9, -9, -9, 9, -9]
    """

    states: Tensor

    def __post_init__(self) -> None:
        if tuple(self.states.shape[1:]) != self.sizes or len(self.states) == 0:
            raise ValueError(
                f"'ListedStates' expected 'states' of shape [k, *{self.sizes}] (got {tuple(self.states.shape)})"
            )
        if self.count not in (None, len(self.states)):
            raise ValueError(f"'ListedStates' expected 'count' as None or {len(self.states)} (got {self.count})")

    def _sample(self, num: int, generator: torch.Generator | None) -> Tensor:
        device = self.states.device if generator is None else generator.device
        chosen = torch.randint(len(self.states), (num,), generator=generator, device=device)
        return self.states[chosen.to(self.states.device)]

    def _all(self) -> Tensor:
        return self.states.clone()
