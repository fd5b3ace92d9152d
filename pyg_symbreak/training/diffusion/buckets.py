r"""A few paddings for graphs of many sizes."""

from __future__ import annotations

import torch
from torch import Tensor


def bucket_widths(num_nodes: Tensor, max_buckets: int, gain: float = 0.1) -> list[int]:
    r"""Choose the sizes that graphs are padded to, so that little is computed on padding.

    A graph padded to :math:`w` nodes costs :math:`w^2`. For each number of buckets the paddings with the smallest
    total cost are found by dynamic programming; one more bucket is used only if it saves a share ``gain`` of the cost.

    Args:
        num_nodes: The sizes of all graphs, ``[B]``.
        max_buckets: The largest number of paddings.
        gain: The share that another padding has to save.

    Returns:
        The paddings in ascending order; the last is the size of the largest graph.

    Raises:
        ValueError: If there are no graphs or ``max_buckets`` is not positive.

    .. code-block:: python

        >>> bucket_widths(torch.tensor([9] * 90 + [8] * 9 + [3]), max_buckets=4)
        [9]
        >>> bucket_widths(torch.tensor([10] * 50 + [40] * 50), max_buckets=4)
        [10, 40]
    """
    if num_nodes.numel() == 0 or max_buckets < 1:
        raise ValueError(
            "'bucket_widths' expected at least one graph and one bucket "
            f"(got {num_nodes.numel()} graphs and max_buckets={max_buckets})"
        )
    sizes, counts = torch.unique(num_nodes, return_counts=True)
    graphs = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    # cost[i, j]: of the sizes i … j padded to the size j.
    cost = (graphs[1:].unsqueeze(0) - graphs[:-1].unsqueeze(1)).double() * sizes.double().square()
    best, cuts = cost[0], [[int(j)] for j in range(sizes.numel())]
    chosen, least = cuts[-1], float(best[-1])
    for _ in range(min(max_buckets, sizes.numel()) - 1):
        # The last bucket holds the sizes i … j, those before it the sizes up to i - 1.
        total = torch.cat([best.new_full((1,), float("inf")), best[:-1]]).unsqueeze(1) + cost
        total = total.masked_fill(torch.ones_like(total).tril(-1).bool(), float("inf"))
        value, first = total.min(0)
        cuts = [[*cuts[max(0, int(i) - 1)], j] for j, i in enumerate(first)]
        best = value
        if float(best[-1]) > (1 - gain) * least:
            break
        chosen, least = cuts[-1], float(best[-1])
    return [int(sizes[j]) for j in chosen]
