r"""Classifier-free guidance of a denoiser."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.likelihood import Denoise


def guided(denoise_conditional: Denoise, denoise_free: Denoise, scale: float) -> Denoise:
    r"""Return a denoiser that follows a condition more, or less, strongly than the conditional one.

    .. math::
        \log p_w(x_0 \mid G_t, y) = (1 - w) \log p(x_0 \mid G_t) + w \log p(x_0 \mid G_t, y) + \mathrm{const}

    Source: classifier-free guidance (arXiv 2207.12598), on the logits of every node and pair. A class that either
    denoiser excludes stays excluded. With ``scale`` 0 or 1 only the denoiser that counts is called.

    Args:
        denoise_conditional: A denoiser told the condition.
        denoise_free: The same denoiser without the condition.
        scale: The weight :math:`w`; 1 is the conditional model, more than 1 exaggerates the condition.

    .. code-block:: python

        >>> yes = lambda graph, time: (torch.tensor([[[1.0, 0.0]]]), torch.zeros(1, 0, 2))
        >>> free = lambda graph, time: (torch.tensor([[[0.5, 0.0]]]), torch.zeros(1, 0, 2))
        >>> graph = DenseGraph(torch.zeros(1, 1).long(), torch.zeros(1, 0).long(), torch.ones(1, 1).bool())
        >>> guided(yes, free, scale=2.0)(graph, torch.ones(1))[0]
        tensor([[[1.5000, 0.0000]]])
    """
    if scale == 1:
        return denoise_conditional
    if scale == 0:
        return denoise_free

    def denoise(graph: DenseGraph, time: Tensor) -> tuple[Tensor, Tensor]:
        pairs = zip(denoise_free(graph, time), denoise_conditional(graph, time))
        nodes, edges = (_extrapolate(free, conditional, scale) for free, conditional in pairs)
        return nodes, edges

    return denoise


def _extrapolate(free: Tensor, conditional: Tensor, scale: float) -> Tensor:
    excluded = (free == -torch.inf) | (conditional == -torch.inf)
    return torch.lerp(free, conditional, scale).masked_fill(excluded, -torch.inf)
