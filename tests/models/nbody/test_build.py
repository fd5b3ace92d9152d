import pytest
import torch

from pyg_symbreak.models.nbody import NBODY_BACKBONES, NBODY_DRAWS, NBodySettings, build_nbody, nbody_settings
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.testing import assert_equivariant, assert_equivariant_in_law
from tests.models.nbody.cases import batch, motions, orders_and_motions, particles

SMALL = {"channels": 16, "num_layers": 1}


def point(g, out):
    return g.act_as(out, "point")


@pytest.mark.parametrize("backbone", NBODY_BACKBONES)
@pytest.mark.parametrize("draw", NBODY_DRAWS)
def test_every_method(draw, backbone):
    model = build_nbody(draw, backbone, num_draws=2, num_draws_eval=3, **SMALL)
    data = batch((5, 5), torch.float32)
    out = model(data)
    assert out.shape == data.pos.shape
    out.square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    assert isinstance(model, Symmetrize) == (draw != "none")
    assert (model.eval()(data) - data.pos).abs().max() < 10


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("backbone", ["gnn", "transformer"])
@pytest.mark.parametrize("draw", ["learned", "lps"])
def test_exact_with_coupled_noise(draw, backbone, training):
    model, data = build_nbody(draw, backbone, **SMALL).double().train(training), batch((5, 5))
    generator = torch.Generator().manual_seed(0)
    noise = model.canonicalizer.noise(data, generator=generator)
    kinds = model.canonicalizer.noise_kinds
    plain = model(data, g=model.canonicalizer(data, noise=noise))
    for _ in range(4):
        h = (orders_and_motions if backbone == "transformer" else motions)(data, generator)
        moved = h.act_data(data)
        coupled = {name: h.act_as(value, kinds[name]) for name, value in noise.items()}
        found = model(moved, g=model.canonicalizer(moved, noise=coupled))
        assert (found - point(h, plain)).abs().max() < 1e-10


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("draw", "backbone"), [("lps", "transformer"), ("uniform", "transformer"), ("lps", "gnn")])
def test_equivariant_in_law(draw, backbone, training):
    model = build_nbody(draw, backbone, **SMALL).double().train(training)
    with torch.no_grad():  # an untrained backbone hardly depends on the pose
        for p in model.backbone.head.parameters():
            p.normal_(std=0.5)
    sample = orders_and_motions if backbone == "transformer" else motions
    assert_equivariant_in_law(model, particles(), sample=sample, output=point, num_samples=1, num_draws=1000)


def test_all_principal_axes_are_exact():
    model = build_nbody("frame-averaging", "gnn", num_draws_eval="all", **SMALL).double().eval()
    assert_equivariant(model, batch((5, 5)), sample=orders_and_motions, output=point)


@pytest.mark.parametrize("backbone", ["transformer", "gnn", "egnn"])
def test_plain(backbone):
    rich, plain = (build_nbody("uniform", name).backbone for name in (backbone, f"{backbone}-plain"))
    assert (rich.radial, plain.radial) == (True, False)
    assert backbone == "egnn" or (rich.moving, plain.moving) == (True, False)


def test_no_draw_is_not_equivariant():
    with pytest.raises(AssertionError, match="not equivariant"):
        assert_equivariant(build_nbody("none", "gnn", **SMALL).double(), batch(), sample=motions, output=point)


def test_settings():
    assert nbody_settings("lps", "transformer") == NBodySettings()
    assert nbody_settings("learned", "gnn").test_draws == nbody_settings("none", "egnn").test_draws == 1


@pytest.mark.parametrize("function", [build_nbody, nbody_settings])
def test_unknown(function):
    with pytest.raises(ValueError, match=r"'build_nbody' expected 'draw' among none, .* \(got 'best'\)"):
        function("best", "gnn")
    with pytest.raises(ValueError, match=r"'build_nbody' expected 'backbone' among transformer, .* \(got 'mlp'\)"):
        function("lps", "mlp")
