import pytest
import torch

from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.guidance import guided

GRAPH = DenseGraph(torch.zeros(2, 3).long(), torch.zeros(2, 3).long(), torch.ones(2, 3).bool())
TIME = torch.ones(2)


def fixed(seed):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 3, 4, generator=generator), torch.randn(2, 3, 2, generator=generator)
    return lambda graph, time: logits


@pytest.mark.parametrize("scale", [-0.5, 0.3, 1.0, 2.5])
def test_the_laws_are_multiplied(scale):
    for conditional, free, got in zip(
        fixed(0)(GRAPH, TIME), fixed(1)(GRAPH, TIME), guided(fixed(0), fixed(1), scale)(GRAPH, TIME)
    ):
        law = conditional.softmax(-1) ** scale * free.softmax(-1) ** (1 - scale)
        torch.testing.assert_close(got.softmax(-1), law / law.sum(-1, keepdim=True))


def test_only_the_denoiser_that_counts_is_kept():
    one, two = fixed(0), fixed(1)
    assert guided(one, two, 1.0) is one
    assert guided(one, two, 0.0) is two


def test_excluded_classes_stay_excluded():
    def some(which):
        logits = torch.zeros(2, 3, 4)
        logits[..., which] = -torch.inf
        return lambda graph, time: (logits, logits)

    for scale in (0.5, 2.0, -1.0):
        for got in guided(some([0, 1]), some([0, 2]), scale)(GRAPH, TIME):
            assert not got.isnan().any()
            assert bool((got[..., :3] == -torch.inf).all())
            assert bool((got[..., 3] == 0).all())
