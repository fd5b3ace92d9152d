r"""Run any backbone on the canonical form and carry its output back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.groups.ragged import GraphLike

OUTPUTS = ("node", "edge", "pair", "dense", "graph")


class Canonicalize(torch.nn.Module):
    r"""Makes any backbone :math:`\varphi` equivariant by one draw, from `"Equivariance with Learned Canonicalization
    Functions" <https://arxiv.org/abs/2211.06489>`_.

    .. math::
        f(x) = \tilde g \cdot \varphi(\tilde g^{-1} \cdot x)

    The backbone need not be equivariant: it sees the nodes in canonical order (or the points in a canonical pose), and
    may use positions, flattened adjacency matrices, convolutions over the order. The result is equivariant in law, and
    exactly equivariant given the drawn element.

    Args:
        backbone: A module called as ``backbone(data, ...)`` with a ``Data`` or ``Batch``.
        canonicalizer: What draws the element.
        output: What the backbone returns, and so how the result is carried back: ``"node"``, values ``[N, …]``;
            ``"edge"``, values ``[E, …]``, whose edges keep their places; ``"pair"``, padded values ``[B, n, n, …]`` for
            pairs of nodes (permutations only); ``"dense"``, blocks ``[B, …]`` on which the group acts, such as padded
            node values or one vector per graph; ``"graph"``, invariant values, left as they are.

    Raises:
        ValueError: If ``output`` is unknown.
        TypeError: If ``output="pair"`` meets a group other than permutations.

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

    def __init__(self, backbone: torch.nn.Module, canonicalizer: Canonicalizer, output: str = "node") -> None:
        super().__init__()
        check_output("Canonicalize", output)
        self.backbone, self.canonicalizer, self.output = backbone, canonicalizer, output

    def reset_parameters(self) -> None:
        r"""Reset the backbone and the canonicalizer."""
        reset(self.backbone)
        reset(self.canonicalizer)

    def forward(
        self,
        data: GraphLike,
        *args: Any,
        g: GroupElement | None = None,
        generator: torch.Generator | None = None,
        **kwargs: Any,
    ) -> Tensor:
        r"""Draw, run, carry back.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            *args: Further arguments of the backbone.
            g: An element to use in place of a fresh draw.
            generator: The source of randomness of the draw.
            **kwargs: Further arguments of the backbone.
        """
        if g is None:
            g = self.canonicalizer(data, generator=generator)
        return carry_back(g, self.backbone(g.inverse().act_data(data), *args, **kwargs), self.output)

    def extra_repr(self) -> str:
        return f"output={self.output!r}"


def check_output(owner: str, output: str) -> None:
    """Check the name of a kind of output."""
    if output not in OUTPUTS:
        raise ValueError(f"'{owner}' expected 'output' in {OUTPUTS} (got '{output}')")


def carry_back(g: GroupElement, out: Tensor, output: str) -> Tensor:
    """Let ``g`` act on what a backbone returned."""
    if output == "node":
        return g.act(out)
    if output == "dense":
        return g.act_dense(out)
    if output == "pair":
        if not isinstance(g, Permutation):
            raise TypeError(f"'output=\"pair\"' expected a group of permutations (got '{type(g).__name__}')")
        return g.act_dense(out, dims=(1, 2))
    return out


def reset(module: torch.nn.Module) -> None:
    """Reset a module that knows how to, or its children."""
    function = getattr(module, "reset_parameters", None)
    if function is not None:
        function()
    else:
        for child in module.children():
            reset(child)
