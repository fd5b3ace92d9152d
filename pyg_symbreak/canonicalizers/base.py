r"""The abstract canonicalizer: a random group element drawn from the input."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.groups import GroupElement, Permutation
from pyg_symbreak.groups.ragged import GraphLike, node_ptr
from pyg_symbreak.labeling import automorphism_counts


class Canonicalizer(torch.nn.Module, ABC):
    r"""Draws a group element :math:`\tilde g` from a graph, equivariantly in law.

    .. math::
        \mathrm{law}(\tilde g \mid h \cdot x) = h \cdot \mathrm{law}(\tilde g \mid x) \quad \text{for every } h \in G

    :math:`\tilde g^{-1} \cdot x` is the canonical form of the input: for permutations the node at position ``p`` of
    that form is the node of rank ``p``, and ``g.order`` (the rank of its inverse) is the canonical rank of every node.

    The element is returned and never stored, so one canonicalizer may serve many inputs at once. The law is the same in
    training and in evaluation mode. Every subclass documents its law.

    A canonicalizer whose randomness is a tensor has it drawn by :meth:`noise`, says in :attr:`noise_kinds` how the
    group moves it, and takes it as the argument ``noise`` of its call. Given the noise nothing is random any more, and
    the draw is equivariant exactly:
    :math:`\tilde g(h \cdot x, h \cdot \varepsilon) = h \cdot \tilde g(x, \varepsilon)`.
    """

    @abstractmethod
    def forward(self, data: GraphLike, *, generator: torch.Generator | None = None) -> GroupElement:
        r"""Draw one element for every graph of ``data``.

        Args:
            data: One graph or a batch of graphs; it stays as it is.
            generator: The source of randomness; the global one of torch by default.
        """

    @property
    def noise_kinds(self) -> dict[str, str]:
        r"""What each tensor of :meth:`noise` holds, as in :meth:`~pyg_symbreak.groups.GroupElement.act_as`."""
        return {}

    def noise(self, data: Any, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        r"""Draw the randomness of one draw for every graph of ``data``, to be handed over as ``noise``.

        Args:
            data: The graphs.
            generator: The source of randomness; the global one of torch by default.

        Raises:
            TypeError: If the randomness of this canonicalizer is no tensor.
        """
        raise TypeError(f"'{type(self).__name__}.noise' expected a canonicalizer that takes its noise as tensors")

    @property
    def num_elements(self) -> int | None:
        r"""How many elements a draw is taken from, whatever the graph; :obj:`None` if there is no such number."""
        return None

    def elements(self, data: Any) -> GroupElement:
        r"""All elements that may be drawn, as one for each of :attr:`num_elements` copies of the whole batch.

        Where all are equally likely, the mean over them is the limit of many draws.

        Raises:
            TypeError: If they cannot be listed.
        """
        raise TypeError(f"'{type(self).__name__}.elements' expected a canonicalizer with finitely many elements")

    def prior_loss(self, g: GroupElement) -> Tensor:
        r"""How far drawn elements are from the identity, averaged over the graphs.

        A pretrained backbone has seen its inputs as they are, so a canonicalizer that is trained with it should keep
        them near that (`Kaba et al., 2023 <https://arxiv.org/abs/2211.06489>`_; `Mondal et al., 2023
        <https://arxiv.org/abs/2310.01647>`_). This is a matter of training only: it pulls at the network, and leaves
        the draw equivariant.

        Raises:
            TypeError: If the canonicalizer has nothing that can be pulled at.
        """
        raise TypeError(f"'{type(self).__name__}.prior_loss' expected a canonicalizer that is trained")

    @torch.no_grad()
    def rank(self, data: GraphLike, *, generator: torch.Generator | None = None) -> Tensor:
        r"""Draw canonical ranks: the position of every node in the canonical form, ``[N]``, int64.

        Raises:
            TypeError: If the canonicalizer draws no permutations.
        """
        element = self(data, generator=generator)
        if not isinstance(element, Permutation):
            raise TypeError(
                f"'{type(self).__name__}.rank' expected a canonicalizer that draws permutations "
                f"(got '{type(element).__name__}')"
            )
        return element.order

    def log_prob(self, data: GraphLike, g: GroupElement) -> Tensor:
        r"""The logarithm of the probability of drawing ``g``, ``[B]`` float64, or an upper bound on it.

        The law of an equivariant draw does not change under :math:`\mathrm{Aut}(x)`, and no automorphism but the
        identity leaves an order as it is. No order is therefore more likely than :math:`1 / |\mathrm{Aut}(x)|`, whose
        logarithm is returned here; the inversion kernel attains it. Attributes count that the canonicalizer has in
        ``node_attrs`` and ``edge_attrs``; one that reads others must override this method.

        Args:
            data: The graphs.
            g: Elements that were drawn from them; their support is not checked.

        Raises:
            TypeError: If the elements are no permutations, which have a density at best.
        """
        if not isinstance(g, Permutation):
            name = type(self).__name__
            raise TypeError(f"'{name}.log_prob' expected 'g' as permutations (got '{type(g).__name__}')")
        attrs = {name: getattr(self, name) for name in ("node_attrs", "edge_attrs") if hasattr(self, name)}
        counts = automorphism_counts(data, **attrs)
        return torch.tensor([-math.log(count) for count in counts], dtype=torch.float64, device=node_ptr(data).device)

    def reset_parameters(self) -> None:
        r"""Draw all learnable parameters afresh, if there are any."""
        for child in self.children():
            reset(child)

    @staticmethod
    def _from_rank(rank: Tensor, ptr: Tensor) -> Permutation:
        """The element whose canonical form puts every node at its rank."""
        return Permutation(rank, ptr, validate=False).inverse()


def reset(module: torch.nn.Module) -> None:
    """Reset a module that knows how to, or its children."""
    function = getattr(module, "reset_parameters", None)
    if function is not None:
        function()
    else:
        for child in module.children():
            reset(child)
