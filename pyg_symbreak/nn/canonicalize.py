r"""Run any backbone on the canonical form and carry its output back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.groups.copies import Input
from pyg_symbreak.nn.carry import Kind, carry_back, check_output, move_input


class Canonicalize(torch.nn.Module):
    r"""Makes any backbone :math:`\varphi` equivariant by one draw, from `"Equivariance with Learned Canonicalization
    Functions" <https://arxiv.org/abs/2211.06489>`_.

    .. math::
        f(x) = \tilde g \cdot \varphi(\tilde g^{-1} \cdot x)

    The backbone need not be equivariant: it sees the nodes in canonical order (or the points in a canonical pose), and
    may use positions, flattened adjacency matrices, convolutions over the order. The result is equivariant in law, and
    exactly equivariant given the drawn element.

    Args:
        backbone: A module called as ``backbone(data, ...)`` with a ``Data`` or ``Batch``, or with a tensor ``[B, …]``
            where the input is one.
        canonicalizer: What draws the element.
        output: What the backbone returns, and so how the result is carried back: one of
            :data:`~pyg_symbreak.groups.KINDS`, such as ``"node"`` for scalars of the nodes ``[N, …]``, ``"pair"`` for
            padded values of pairs ``[B, n, n, …]``, ``"vector"`` and ``"point"`` for vectors and points of the nodes
            ``[N, …, d]``, or ``"graph"`` for invariants; a function ``(g, out) → g·out``; or a tuple of those for a
            backbone that returns a tuple.
        inputs: What attributes of the graphs hold, by name, such as ``{"pos": "point", "force": "vector"}``; the
            rule of the group by default (:meth:`~pyg_symbreak.groups.GroupElement.act_data`).

    Raises:
        ValueError: If ``output`` is unknown.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.canonicalizers import SpectralCanonicalizer
        >>> class Last(torch.nn.Module):
        ...     def forward(self, data):
        ...         return torch.arange(data.num_nodes) == data.num_nodes - 1
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> int(Canonicalize(Last(), SpectralCanonicalizer())(path).sum())
        1
    """

    def __init__(
        self,
        backbone: torch.nn.Module,
        canonicalizer: Canonicalizer,
        output: Kind | tuple[Kind, ...] = "node",
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        check_output("Canonicalize", output)
        self.backbone, self.canonicalizer, self.output, self.inputs = backbone, canonicalizer, output, inputs

    def reset_parameters(self) -> None:
        r"""Reset the backbone and the canonicalizer."""
        reset(self.backbone)
        reset(self.canonicalizer)

    def forward(
        self,
        data: Input,
        *args: Any,
        g: GroupElement | None = None,
        generator: torch.Generator | None = None,
        **kwargs: Any,
    ) -> Any:
        r"""Draw, run, carry back.

        Args:
            data: One graph or a batch of graphs, or values ``[B, …]`` that the group moves; it stays as it is.
            *args: Further arguments of the backbone.
            g: An element to use in place of a fresh draw.
            generator: The source of randomness of the draw.
            **kwargs: Further arguments of the backbone.
        """
        if g is None:
            g = self.canonicalizer(data, generator=generator)
        return carry_back(g, self.backbone(move_input(g.inverse(), data, self.inputs), *args, **kwargs), self.output)

    def extra_repr(self) -> str:
        return f"output={self.output!r}" + (f", inputs={self.inputs!r}" if self.inputs else "")
