r"""The running mean of the weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel


class WarmDecay:
    r"""Updates a running mean whose decay grows from 0.1 to its value, so that the first weights are soon forgotten.

    At update :math:`k` the decay is :math:`\min(d, (1 + k) / (10 + k))`.

    Args:
        decay: The decay :math:`d` in the long run.

    .. code-block:: python

        >>> mean = [torch.zeros(1)]
        >>> WarmDecay(0.999)(mean, [torch.ones(1)], 0)
        >>> mean
        [tensor([0.9000])]
    """

    def __init__(self, decay: float) -> None:
        self.decay, self.updates = decay, 0

    def __call__(
        self,
        mean: tuple[Tensor, ...] | list[Tensor],
        weights: tuple[Tensor, ...] | list[Tensor],
        num_averaged: Tensor | int,
    ) -> None:
        # The count comes from the run, not from the tensor, which may lie on a GPU.
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(mean, weights, 1 - decay)


class RunningMean:
    r"""A copy of a model whose weights follow those of the model slowly, by
    :class:`torch.optim.swa_utils.AveragedModel`.

    It is no module: nothing of it is trained, moved or synchronised along with the model.

    Args:
        model: The model.
        decay: The decay; 0 keeps no copy.

    .. code-block:: python

        >>> layer = torch.nn.Linear(1, 1)
        >>> mean = RunningMean(layer, 0.99)
        >>> mean.update(layer, 1)
        >>> torch.equal(mean.model.weight, layer.weight)
        True
    """

    def __init__(self, model: torch.nn.Module, decay: float) -> None:
        self.decay = WarmDecay(decay)
        self.averaged = AveragedModel(model, multi_avg_fn=self.decay) if decay else None
        self._plain = model
        if self.averaged is not None:
            self.averaged.requires_grad_(False)
            self.averaged.eval()

    @property
    def model(self) -> torch.nn.Module:
        r"""The model to validate and to save: the mean, or the model itself where no mean is kept."""
        return self._plain if self.averaged is None else self.averaged.module

    def to(self, device: torch.device) -> None:
        r"""Move the copy, but not its counter, so that reading it does not wait for a GPU."""
        if self.averaged is not None:
            self.averaged.to(device)
            self.averaged.n_averaged = self.averaged.n_averaged.cpu()

    @torch.no_grad()
    def update(self, model: torch.nn.Module, updates: int) -> None:
        r"""Take in the weights of the model.

        Args:
            model: The model.
            updates: The number of updates before this one.
        """
        if self.averaged is not None:
            self.decay.updates = updates
            self.averaged.update_parameters(model)

    def state_dict(self) -> dict[str, Tensor]:
        r"""Return the state of the averaged model, empty where no mean is kept."""
        return {} if self.averaged is None else dict(self.averaged.state_dict())

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        r"""Read what :meth:`state_dict` returned."""
        if self.averaged is not None:
            self.averaged.load_state_dict(state)
