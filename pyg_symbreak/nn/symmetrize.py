r"""Average a backbone over several draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyg_symbreak.canonicalizers import Canonicalizer
from pyg_symbreak.canonicalizers.base import reset
from pyg_symbreak.groups import GroupElement
from pyg_symbreak.groups.copies import Input, num_graphs, repeat_input
from pyg_symbreak.nn.carry import Kind, Output, carry_back, check_output, move_input
from pyg_symbreak.nn.rank_pair import positive


@dataclass(frozen=True)
class Draws:
    r"""The outputs of single draws, all carried back.

    Args:
        values: One row a draw, ``[k, …]``; a tuple of such where the backbone returns a tuple.
        elements: The drawn elements, over ``k`` copies of the batch, one copy after the other; a list of ``k`` where
            the draws were made one by one.
    """

    values: Output
    elements: GroupElement | list[GroupElement]

    @property
    def mean(self) -> Any:
        r"""The mean over the draws: what :class:`Symmetrize` returns."""
        return _each(self.values, lambda value: value.mean(0))

    @property
    def standard_error(self) -> Any:
        r"""The Monte-Carlo error of the mean, one standard deviation; NaN for a single draw."""
        return _each(self.values, _standard_error)


class Symmetrize(torch.nn.Module):
    r"""Makes any backbone :math:`\varphi` equivariant in expectation, from `"Learning Probabilistic Symmetrization for
    Architecture Agnostic Equivariance" <https://arxiv.org/abs/2306.02866>`_.

    .. math::
        f(x) = \frac{1}{k} \sum_{j=1}^{k} \tilde g_j \cdot \varphi(\tilde g_j^{-1} \cdot x), \qquad
        \tilde g_j \sim \mathrm{law}(\tilde g \mid x) \text{ independent}

    All draws run as one batch of ``k`` copies of the graphs. A canonicalizer with a finite list of equally likely
    elements can be averaged over all of them, without any draw: frame averaging (`Puny et al., 2022
    <https://arxiv.org/abs/2110.03336>`_) and group averaging.

    Args:
        backbone: A module called as ``backbone(data, ...)`` with a ``Batch``, or with a tensor where the input is one.
        canonicalizer: What draws the elements.
        num_draws: The number of draws :math:`k` in training; ``"all"`` for the exact mean over
            :meth:`~pyg_symbreak.canonicalizers.Canonicalizer.elements`.
        num_draws_eval: The number of draws in evaluation; ``num_draws`` by default.
        output: What the backbone returns, as in :class:`~pyg_symbreak.nn.Canonicalize`.
        inputs: What attributes of the graphs hold, as in :class:`~pyg_symbreak.nn.Canonicalize`.
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
        >>> model = Symmetrize(First(), UniformCanonicalizer(), num_draws=1000, output="graph")
        >>> bool((model(pair) - 0.5).abs() < 0.1)
        True
        >>> round(float(model.sample(pair).standard_error), 3)  # a fair coin: 0.5 / √1000
        0.016
    """

    def __init__(
        self,
        backbone: torch.nn.Module,
        canonicalizer: Canonicalizer,
        num_draws: int | str = 1,
        num_draws_eval: int | str | None = None,
        output: Kind | tuple[Kind, ...] = "node",
        inputs: Mapping[str, str] | None = None,
        *,
        batched: bool = True,
    ) -> None:
        super().__init__()
        check_output("Symmetrize", output)
        num_draws_eval = num_draws if num_draws_eval is None else num_draws_eval
        _check_count(num_draws=num_draws, num_draws_eval=num_draws_eval)
        self.backbone, self.canonicalizer, self.output, self.inputs = backbone, canonicalizer, output, inputs
        self.num_draws, self.num_draws_eval, self.batched = num_draws, num_draws_eval, batched

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
        r"""Draw, run, carry back, average.

        Args:
            data: One graph or a batch of graphs, or values ``[B, …]`` that the group moves; it stays as it is.
            *args: Further arguments of the backbone.
            g: Elements over ``k`` copies of the batch to use in place of fresh draws.
            generator: The source of randomness of the draws.
            **kwargs: Further arguments of the backbone.
        """
        return self.sample(data, *args, g=g, generator=generator, **kwargs).mean

    def sample(
        self,
        data: Input,
        *args: Any,
        num_draws: int | str | None = None,
        g: GroupElement | None = None,
        generator: torch.Generator | None = None,
        **kwargs: Any,
    ) -> Draws:
        r"""Return the outputs of the single draws, for their spread or for a loss on the drawn elements.

        Args:
            data: As for the call.
            *args: Further arguments of the backbone.
            num_draws: A number of draws other than that of the mode; ``"all"`` for all elements.
            g: Elements over ``k`` copies of the batch to use in place of fresh draws.
            generator: The source of randomness of the draws.
            **kwargs: Further arguments of the backbone.

        Raises:
            ValueError: If the number of draws is not positive.
        """
        count = self.num_draws if self.training else self.num_draws_eval
        if num_draws is not None:
            _check_count(num_draws=num_draws)
            count = num_draws
        if g is None and count == "all":
            g = self.canonicalizer.elements(data)
        if g is not None:
            count = max(g.num_graphs // max(num_graphs(data), 1), 1)
        assert not isinstance(count, str)
        one_by_one = g is None and not self.batched
        copies = [repeat_input(data, 1)] * count if one_by_one else [repeat_input(data, count)]
        outs, elements = [], []
        for copy in copies:
            element = self.canonicalizer(copy, generator=generator) if g is None else g
            out = self.backbone(move_input(element.inverse(), copy, self.inputs), *args, **kwargs)
            outs.append(carry_back(element, out, self.output))
            elements.append(element)
        if isinstance(outs[0], tuple):
            values: Output = tuple(_rows(torch.cat(parts), count) for parts in zip(*outs))
        else:
            values = _rows(torch.cat(outs), count)
        return Draws(values, elements if one_by_one else elements[0])

    def extra_repr(self) -> str:
        return (
            f"num_draws={self.num_draws}, num_draws_eval={self.num_draws_eval}, output={self.output!r}, "
            f"batched={self.batched}"
        )


def _check_count(**counts: int | str) -> None:
    for name, count in counts.items():
        if not isinstance(count, str):
            positive("Symmetrize", **{name: count})
        elif count != "all":
            raise ValueError(f"'Symmetrize' expected '{name}' to be a number or 'all' (got {count!r})")


def _rows(out: Tensor, count: int) -> Tensor:
    return out.view(count, out.size(0) // count, *out.shape[1:])


def _standard_error(values: Tensor) -> Tensor:
    count = values.size(0)
    if count == 1:
        return torch.full_like(values[0], float("nan"))
    return values.std(0).div(count**0.5)


def _each(values: Output, function: Any) -> Any:
    return tuple(map(function, values)) if isinstance(values, tuple) else function(values)
