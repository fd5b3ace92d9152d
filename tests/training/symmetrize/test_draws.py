from __future__ import annotations

import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.symmetrize.draws import DRAWS, permutation_draw, split_method, symmetrized
from pyg_symbreak.training.symmetrize.examples import TaskData


@pytest.mark.parametrize("name", DRAWS)
def test_every_draw_orders_the_nodes_of_every_graph(name: str, data: TaskData) -> None:
    batch, _ = data.train.batch(torch.arange(4))
    canonicalizer = permutation_draw(name, in_channels=1)
    if canonicalizer is None:
        assert name == "none"
        return
    g = canonicalizer(batch)
    assert isinstance(g, Permutation)
    for ranks in g.rank.view(4, 6):
        assert sorted(ranks.tolist()) == list(range(6))


def test_which_draws_are_trained() -> None:
    trained = [
        name
        for name in DRAWS
        if name != "none" and any(p.requires_grad for p in permutation_draw(name, 1).parameters())
    ]
    assert trained == ["learned", "lps"]


def test_an_unknown_draw() -> None:
    with pytest.raises(ValueError, match=r"expected a draw among none, uniform, .* \(got 'sorted'\)"):
        permutation_draw("sorted", 1)


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("lps", r"expected a draw and a backbone, as in 'lps\+mlp' \(got 'lps'\)"),
        ("lps+cnn", r"expected a backbone among mlp \(got 'cnn'\)"),
        ("mlp+lps", r"expected a draw among lps \(got 'mlp'\)"),
        ("", "expected a draw and a backbone"),
    ],
)
def test_methods_that_are_none(method: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_method(method, ["lps"], ["mlp"])


def test_numbers_of_draws() -> None:
    backbone = torch.nn.Identity()
    assert symmetrized(backbone, None, 3, 5, "graph") is backbone
    model = symmetrized(backbone, permutation_draw("uniform", 1), 3, 5, "node")
    assert isinstance(model, Symmetrize)
    assert (model.num_draws, model.num_draws_eval, model.output) == (3, 5, "node")
