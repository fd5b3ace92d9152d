r"""Average a backbone over several draws."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.groups.ragged import GraphLike, node_ptr
from pyg_symbreak.nn.canonicalize import carry_back, check_output, reset
from pyg_symbreak.nn.rank_pair import positive


class Symmetrize(torch.nn.Module):
    r"""Makes any backbone :math:`\varphi` equivariant in expectation, from `"Learning Probabilistic Symmetrization for
    Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_.

    .. math::
        f(x) = \frac{1}{k} \sum_{j=1}^{k} \tilde g_j \cdot \varphi(\tilde g_j^{-1} \cdot x), \qquad
        \tilde g_j \sim \mathrm{law}(\tilde g \mid x) \text{ independent}

    All draws run as one batch of ``k`` copies of the graphs.

    Args:
        backbone: A module called as ``backbone(data, ...)`` with a ``Batch``.
        canonicalizer: What draws the elements.
        num_draws: The number of draws :math:`k` in training.
        num_draws_eval: The number of draws in evaluation; ``num_draws`` by default.
        output: What the backbone returns, as in :class:`~pyg_symbreak.nn.Canonicalize`.
        batched: Whether to run all draws at once (more memory) or one after the other.

    Raises:
        ValueError: If ``output`` is unknown or a number of draws is not positive.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.canonicalizers import UniformCanonicalizer
        >>> class First(torch.nn.Module):
        ...     def forward(self, data):
        ...         return data.x[data.ptr[:-1]]
        >>> pair = Data(x=torch.tensor([[0.0], [1.0]]))
        >>> mean = Symmetrize(First(), UniformCanonicalizer(), num_draws=1000, output="graph")(pair)
        >>> bool((mean - 0.5).abs() < 0.1)
        True
    """

    def __init__(
        self,
        backbone: torch.nn.Module,
        canonicalizer: Canonicalizer,
        num_draws: int = 1,
        num_draws_eval: int | None = None,
        output: str = "node",
        *,
        batched: bool = True,
    ) -> None:
        super().__init__()
        check_output("Symmetrize", output)
        num_draws_eval = num_draws if num_draws_eval is None else num_draws_eval
        positive("Symmetrize", num_draws=num_draws, num_draws_eval=num_draws_eval)
        self.backbone, self.canonicalizer, self.output = backbone, canonicalizer, output
        self.num_draws, self.num_draws_eval, self.batched = num_draws, num_draws_eval, batched

    def reset_parameters(self) -> None:
        r"""Reset the backbone and the canonicalizer."""
        reset(self.backbone)
        reset(self.canonicalizer)

    def forward(self, data: GraphLike, *args: Any, generator: torch.Generator | None = None, **kwargs: Any) -> Tensor:
        r"""Draw, run, carry back, average.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            *args: Further arguments of the backbone.
            generator: The source of randomness of the draws.
            **kwargs: Further arguments of the backbone.
        """
        count = self.num_draws if self.training else self.num_draws_eval
        copies = [repeat_data(data, count)] if self.batched else [repeat_data(data, 1)] * count
        outs = []
        for copy in copies:
            g = self.canonicalizer(copy, generator=generator)
            outs.append(carry_back(g, self.backbone(g.inverse().act_data(copy), *args, **kwargs), self.output))
        out = torch.cat(outs)
        return out.view(count, out.size(0) // count, *out.shape[1:]).mean(0)

    def extra_repr(self) -> str:
        return (
            f"num_draws={self.num_draws}, num_draws_eval={self.num_draws_eval}, output={self.output!r}, "
            f"batched={self.batched}"
        )


def repeat_data(data: GraphLike, num_copies: int) -> Batch:
    r"""Batch ``num_copies`` copies of a graph or batch, one after the other, without taking a batch apart.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> repeat_data(Batch.from_data_list([Data(num_nodes=2), Data(num_nodes=1)]), 2).ptr
        tensor([0, 2, 3, 5, 6])
    """
    ptr = node_ptr(data)
    kind: Any = type(data).__bases__[-1] if isinstance(data, Batch) else type(data)
    alone: Data = kind.from_dict({key: value for key, value in data.to_dict().items() if key not in ("batch", "ptr")})
    alone.num_nodes = int(ptr[-1])
    out = Batch.from_data_list([alone] * num_copies)
    steps = torch.arange(num_copies, device=ptr.device).view(-1, 1) * ptr[-1]
    out.ptr = torch.cat([ptr[:1], (ptr[1:] + steps).view(-1)])
    out.batch = torch.repeat_interleave(torch.arange(out.ptr.numel() - 1, device=ptr.device), out.ptr.diff())
    # The copies are not its graphs, so it cannot be taken apart along them.
    out._num_graphs = out.ptr.numel() - 1
    del out._slice_dict, out._inc_dict
    return out
