r"""Several canonicalizers side by side."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers.base import Canonicalizer
from pyg_symbreak.groups import GroupElement, Product
from pyg_symbreak.groups.ragged import GraphLike


class CombinedCanonicalizer(Canonicalizer):
    r"""Draws the parts of a direct product from one canonicalizer each, such as an exact order and a learned frame.

    Each part must be invariant in law to the groups of the others: an order must only depend on invariants (edges,
    types of atoms, not coordinates), a frame must not depend on the numbering of the nodes.

    *Law.* The product of the laws of the parts, which are drawn independently.

    Args:
        *canonicalizers: One for each part, in the order of the parts.

    Raises:
        ValueError: If there is none.
        TypeError: If one is no canonicalizer.

    .. code-block:: python

        >>> from torch_geometric.data import Data
        >>> from pyg_symbreak.canonicalizers import ExactCanonicalizer, PrincipalAxesCanonicalizer
        >>> both = CombinedCanonicalizer(ExactCanonicalizer(), PrincipalAxesCanonicalizer(translation=True))
        >>> cloud = Data(pos=torch.randn(3, 3), edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> [type(part).__name__ for part in both(cloud).parts]
        ['Permutation', 'Euclidean']
    """

    def __init__(self, *canonicalizers: Canonicalizer) -> None:
        super().__init__()
        if not canonicalizers:
            raise ValueError("'CombinedCanonicalizer' expected at least one canonicalizer (got none)")
        for part in canonicalizers:
            if not isinstance(part, Canonicalizer):
                raise TypeError(f"'CombinedCanonicalizer' expected canonicalizers (got '{type(part).__name__}')")
        self.canonicalizers = torch.nn.ModuleList(canonicalizers)

    @property
    def noise_kinds(self) -> dict[str, str]:
        return {f"{i}.{name}": kind for i, part in enumerate(self._parts) for name, kind in part.noise_kinds.items()}

    def noise(self, data: GraphLike, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the noise of all parts, each name preceded by the number of the part and a dot.

        Raises:
            TypeError: If the randomness of a part is no tensor.
        """
        noises = [part.noise(data, generator=generator) for part in self._parts]
        return {f"{i}.{name}": value for i, noise in enumerate(noises) for name, value in noise.items()}

    def forward(
        self,
        data: GraphLike,
        *,
        noise: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> Product:
        r"""Draw one element for every graph of ``data``.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            noise: The randomness of the draw, as from :meth:`noise`; drawn by the parts if not given.
            generator: The source of randomness; the global one of torch by default.
        """
        if noise is None:
            return Product(*(part(data, generator=generator) for part in self._parts))
        parts = []
        for i, part in enumerate(self._parts):
            own = {name.split(".", 1)[1]: value for name, value in noise.items() if name.startswith(f"{i}.")}
            parts.append(part(data, noise=own))
        return Product(*parts)

    def prior_loss(self, g: GroupElement) -> Tensor:
        r"""The sum of the prior losses of the parts that have parameters.

        Raises:
            TypeError: If ``g`` is no product, or no part has parameters.
        """
        if not isinstance(g, Product):
            raise TypeError(f"'CombinedCanonicalizer.prior_loss' expected a 'Product' (got '{type(g).__name__}')")
        trained = [(part, own) for part, own in zip(self._parts, g.parts) if any(True for _ in part.parameters())]
        if not trained:
            return super().prior_loss(g)
        return torch.stack([part.prior_loss(own) for part, own in trained]).sum()

    @property
    def _parts(self) -> list[Canonicalizer]:
        return list(self.canonicalizers)  # type: ignore[arg-type]
