import copy

import pytest
import torch

from pyg_symbreak.models.diffusion.features import (
    FEATURES,
    RRWP,
    CycleCounts,
    Features,
    MolecularFeatures,
    SpectralProjectors,
    make_features,
)

CONSTANTS = {"valences": (4, 3, 2, 1), "weights": (12.0, 14.0, 16.0, 19.0), "bond_orders": (0, 1, 2, 3)}


def test_concatenation(zoo, pad):
    graph = pad(zoo, 9)
    each = [RRWP(3, 4), MolecularFeatures(**CONSTANTS, num_edge_types=4), CycleCounts(4), SpectralProjectors(4)]
    together = Features(each)
    assert (together.node_dim, together.pair_dim, together.graph_dim) == (2 + 3 + 3 + 4, 3 + 4, 1 + 4 + 6)
    columns = zip(*(feature(graph) for feature in each))
    for part, column in zip(together(graph), columns):
        assert torch.equal(part, torch.cat([piece for piece in column if piece is not None], dim=-1))


def test_parts_that_nothing_gives_are_none(zoo, pad):
    nodes, pairs, whole = Features([CycleCounts(4)])(pad(zoo, 8))
    assert nodes.size(2) == 3
    assert pairs is None
    assert whole.size(1) == 4


def test_no_features(zoo, pad):
    nothing = make_features([], num_edge_types=4)
    assert (nothing.node_dim, nothing.pair_dim, nothing.graph_dim) == (0, 0, 0)
    assert nothing(pad(zoo, 8)) == (None, None, None)


def test_features_may_be_nested_and_copied(zoo, pad):
    inner = Features([RRWP(2, 4), CycleCounts(4)])
    outer = copy.deepcopy(Features([inner, SpectralProjectors(4)]))
    flat = Features([RRWP(2, 4), CycleCounts(4), SpectralProjectors(4)])
    for one, other in zip(outer(pad(zoo, 8)), flat(pad(zoo, 8))):
        assert torch.equal(one, other)


def test_make_features_passes_options_on(zoo, pad):
    options = {**CONSTANTS, "num_steps": 5, "max_length": 4, "num_values": 2, "times": (1.0,)}
    made = make_features(list(FEATURES), 4, dtype=torch.float64, **options)
    assert [type(feature) for feature in made.features] == list(FEATURES.values())
    assert [feature.dtype for feature in made.features] == [torch.float64] * 4
    rrwp, cycles, spectral, molecular = made.features
    assert (rrwp.num_steps, cycles.max_length, spectral.num_values, spectral.times) == (5, 4, 2, (1.0,))
    assert molecular.valence.tolist() == [4, 3, 2, 1, 0]
    assert make_features(["cycles"], 4, **options).features[0].max_length == 4


def test_features_must_agree():
    with pytest.raises(ValueError, match=r"'Features' expected features with one 'num_edge_types' .*\(got .*2.*3"):
        Features([RRWP(2, 2), CycleCounts(3)])
    with pytest.raises(ValueError, match=r"one 'dtype' \(got .*float32.*float64"):
        Features([RRWP(2, 2), CycleCounts(2, dtype=torch.float64)])


@pytest.mark.parametrize("names", [["rrwp", "wings"], ["cycles", "cycles"]])
def test_names(names):
    text = r"'make_features' expected 'names' to be different ones of rrwp, cycles, spectral, molecular \(got \["
    with pytest.raises(ValueError, match=text):
        make_features(names, 2, num_steps=3)


def test_options():
    with pytest.raises(TypeError, match=r"'make_features' expected options among .*num_steps.* \(got 'steps'\)"):
        make_features(["rrwp"], 2, steps=3)
    with pytest.raises(TypeError, match=r"'make_features' expected 'num_steps' for the feature 'rrwp' \(got \[\]\)"):
        make_features(["rrwp"], 2)
