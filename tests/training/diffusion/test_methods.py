from __future__ import annotations

import pytest

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.training.diffusion.methods import COMPARED, METHODS, OPTIONS, method_options


@pytest.mark.parametrize("name", [*METHODS, *COMPARED, *(f"sympe-exact@{option}" for option in OPTIONS)])
def test_every_method_gives_a_model(name: str) -> None:
    config = DiffusionConfig(("C",), ("none", "single"), 4, **method_options(name))
    assert config.symmetry_breaking == name.split("@")[0]


def test_several_options() -> None:
    assert method_options("sympe-refinement@noisy@time") == {
        "symmetry_breaking": "sympe-refinement",
        "draw_from": "noisy",
        "modulation": "time",
    }
    assert method_options("noise@nodes") == {"symmetry_breaking": "noise", "pair_vector_dim": 0}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digress", r"expected a method among none, noise, .* \(got 'digress'\)"),
        ("sympe-exact@fast", r"expected clean, noisy, .* after 'sympe-exact' \(got 'fast' in 'sympe-exact@fast'\)"),
        ("none@noisy", r"expected nothing after 'none' \(got 'noisy' in 'none@noisy'\)"),
        ("noise@noisy", r"expected time, nodes, drop after 'noise' \(got 'noisy' in 'noise@noisy'\)"),
        ("sympe-exact@noisy@clean", r"expected options that agree \(got 'sympe-exact@noisy@clean'\)"),
    ],
)
def test_wrong_names(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"'method_options' {message}"):
        method_options(name)
