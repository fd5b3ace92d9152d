import json

import pytest

from pyg_symbreak.models.diffusion.config import RANKED, SYMMETRY_BREAKING, DiffusionConfig

SMALL = {"node_types": ("C", "O"), "edge_types": ("none", "single"), "max_nodes": 4}


def test_survives_a_file():
    config = DiffusionConfig(
        **SMALL, valences=(4, 2), weights=(12.0, 16.0), bond_orders=(0, 1), features=("molecular",)
    )
    assert DiffusionConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_held_only_where_something_is_ranked():
    for name in SYMMETRY_BREAKING:
        assert DiffusionConfig(**SMALL, symmetry_breaking=name).held == (name in RANKED)
        assert not DiffusionConfig(**SMALL, symmetry_breaking=name, draw_from="noisy").held


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symmetry_breaking": "sympe"}, r"'symmetry_breaking' to be one of none, .* \(got 'sympe'\)"),
        ({"draw_from": "both"}, r"'draw_from' to be one of noisy, clean \(got 'both'\)"),
        ({"walk": "width"}, r"'walk' to be one of none, breadth, depth \(got 'width'\)"),
        ({"modulation": "space"}, r"'modulation' to be one of none, time \(got 'space'\)"),
        ({"transition": "gaussian"}, r"'transition' to be one of marginal, uniform, absorbing \(got 'gaussian'\)"),
        ({"features": ("rrwp", "lappe")}, r"'features' to be names among .* \(got \('rrwp', 'lappe'\)\)"),
        ({"features": ("molecular",)}, r"'valences' to be 2 numbers, one for each node type \(got \(\)\)"),
        ({"max_nodes": 0}, r"'max_nodes' to be at least 1 \(got 0\)"),
        ({"num_layers": 0}, r"'num_layers' to be at least 1 \(got 0\)"),
        ({"pair_vector_dim": -1}, r"'pair_vector_dim' to be at least 0 \(got -1\)"),
        ({"dropout": 1.0}, r"'dropout' to be in \[0, 1\) \(got 1.0\)"),
        ({"property_dropout": float("nan")}, r"'property_dropout' to be in \[0, 1\) \(got nan\)"),
        ({"node_types": ()}, r"'node_types' to be at least one name \(got \(\)\)"),
        ({"edge_types": ("none",)}, r"'edge_types' to be 'none' and at least one type of edge \(got"),
    ],
)
def test_errors(change, message):
    with pytest.raises(ValueError, match="'DiffusionConfig' expected " + message):
        DiffusionConfig(**{**SMALL, **change})


def test_a_file_of_another_version():
    values = DiffusionConfig(**SMALL).to_dict()
    with pytest.raises(
        ValueError, match=r"'DiffusionConfig' expected the values of this version \(got unknown \['new'\]"
    ):
        DiffusionConfig.from_dict({**values, "new": 1})
    del values["max_nodes"]
    with pytest.raises(ValueError, match=r"without \['max_nodes'\]"):
        DiffusionConfig.from_dict(values)
