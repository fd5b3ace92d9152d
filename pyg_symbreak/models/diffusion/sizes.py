r"""How many nodes a generated graph has."""

from __future__ import annotations

import torch
from torch import Tensor


class SizeHistogram(torch.nn.Module):
    r"""The law of the number of nodes, as counted in the training graphs.

    Args:
        counts: ``[max_nodes + 1]``: how many graphs have 0, 1, 2, … nodes; at least one is not zero.

    Raises:
        ValueError: If counts are negative, not finite or all zero.

    .. code-block:: python

        >>> sizes = SizeHistogram(torch.tensor([0, 0, 3, 1]))
        >>> sizes.log_prob(torch.tensor([2])).exp()
        tensor([0.7500], dtype=torch.float64)
        >>> set(sizes.sample(64).tolist()) <= {2, 3}
        True
    """

    probability: Tensor

    def __init__(self, counts: Tensor) -> None:
        super().__init__()
        counts = counts.to(torch.float64)
        if counts.dim() != 1 or not bool((counts >= 0).all()) or not 0 < float(counts.sum()) < float("inf"):
            raise ValueError(f"'SizeHistogram' expected counts that are not all zero (got {counts.tolist()})")
        self.register_buffer("probability", counts / counts.sum())

    @classmethod
    def of(cls, num_nodes: Tensor, max_nodes: int) -> SizeHistogram:
        r"""Count the sizes of graphs.

        .. code-block:: python

            >>> SizeHistogram.of(torch.tensor([1, 3, 3, 3]), max_nodes=3).probability.tolist()
            [0.0, 0.25, 0.0, 0.75]
        """
        if num_nodes.numel() and int(num_nodes.max()) > max_nodes:
            raise ValueError(
                f"'SizeHistogram' expected graphs of at most {max_nodes} nodes (got one of {int(num_nodes.max())})"
            )
        return cls(torch.bincount(num_nodes, minlength=max_nodes + 1))

    def sample(self, num_graphs: int, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw sizes, ``[num_graphs]`` int64."""
        device = self.probability.device if generator is None else generator.device
        law = self.probability.to(device)
        return torch.multinomial(law, num_graphs, replacement=True, generator=generator).to(self.probability.device)

    def log_prob(self, num_nodes: Tensor) -> Tensor:
        r"""The logarithm of the probability of sizes, float64; minus infinity for a size that never occurred."""
        law = self.probability
        inside = num_nodes < law.numel()
        return torch.where(inside, law[num_nodes.clamp(max=law.numel() - 1)], 0.0).log()

    def extra_repr(self) -> str:
        return f"max_nodes={self.probability.numel() - 1}"
