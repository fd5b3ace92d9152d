from __future__ import annotations

from dataclasses import fields

from pyg_symbreak.cli.diffusion.options import BreakingOptions, ModelOptions
from pyg_symbreak.models.diffusion.config import DiffusionConfig

# What the data decide, and what needs properties, which no command trains on.
OTHERS = {"node_types", "edge_types", "max_nodes", "bonds", "valences", "weights", "bond_orders"} | {
    "num_properties",
    "property_dropout",
}


def test_every_hyper_parameter_is_an_option() -> None:
    options = {**ModelOptions().to_dict(), **BreakingOptions().to_dict()}
    assert options.keys() | OTHERS == {field.name for field in fields(DiffusionConfig)}


def test_the_defaults_are_those_of_the_model() -> None:
    data = (("C",), ("none", "single"), 4)
    options = {**ModelOptions().to_dict(), **BreakingOptions().to_dict()}
    assert DiffusionConfig(*data, **options) == DiffusionConfig(*data)
