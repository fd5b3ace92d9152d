import pytest

from pyg_symbreak.models.autoencoder import DECODERS, ENCODERS, PRESETS, SYMMETRY_BREAKING, AutoencoderConfig, Preset


@pytest.mark.parametrize(
    ("name", "valid"), [("symmetry_breaking", SYMMETRY_BREAKING), ("encoder", ENCODERS), ("decoder", DECODERS)]
)
def test_an_unknown_choice_lists_the_valid_ones(name, valid):
    with pytest.raises(ValueError, match=f"expected '{name}' to be one of {', '.join(valid)} .got 'nope'."):
        AutoencoderConfig(**{name: "nope"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_nodes": 0}, "'max_nodes' to be at least 1 .got 0."),
        ({"embedding_dim": 0}, "'embedding_dim' to be at least 1"),
        ({"num_layers": 0}, "'num_layers' to be at least 1"),
        ({"num_edge_types": 1}, "'num_edge_types' to be at least 2 .got 1."),
        ({"num_node_types": -1}, "'num_node_types' to be at least 0"),
        ({"latent_noise": float("nan")}, "'latent_noise' to be at least 0 .got nan."),
        ({"embedding_dim": 1}, "'embedding_dim' to be at least 2 with the decoder 'sorted' .got 1."),
    ],
)
def test_sizes_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderConfig(**options)


def test_attributes_follow_the_types():
    assert AutoencoderConfig().node_attrs == AutoencoderConfig().edge_attrs == ()
    typed = AutoencoderConfig(num_node_types=4, num_edge_types=4)
    assert (typed.node_attrs, typed.edge_attrs) == (("node_type",), ("edge_type",))


def test_presets_differ_between_methods_in_the_method_only():
    for preset in PRESETS.values():
        assert isinstance(preset, Preset)
        sympe, noise = preset.config("sympe-exact"), preset.config("noise", encoder="egnn")
        assert (sympe.decoder, noise.decoder) == ("sorted", "distance")
        assert sympe.embedding_dim == noise.embedding_dim == 8
        assert preset.config("noise", encoder="egnn", decoder="inner").decoder == "inner"
        pairs = preset.config("sympe-exact", encoder="ign")
        assert (pairs.encoder, pairs.decoder, 2 * pairs.hidden_dim) == ("ign", "sorted", sympe.hidden_dim)
