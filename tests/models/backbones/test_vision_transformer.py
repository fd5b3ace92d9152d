import pytest
import torch

from pyg_symbreak.models.backbones import VisionTransformer
from pyg_symbreak.models.backbones.timm_weights import adapt_channels, resize_kernel, resize_positions
from tests.models.backbones.peer import timm_vision_transformer


def weights(channels=3, patch=4, grid=4, width=12, depth=2, classes=5):
    """A file of weights as timm writes them, made by hand."""
    shapes = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, 1 + grid**2, width),
        "patch_embed.proj.weight": (width, channels, patch, patch),
        "patch_embed.proj.bias": (width,),
        "norm.weight": (width,),
        "norm.bias": (width,),
        "head.weight": (classes, width),
        "head.bias": (classes,),
    }
    for i in range(depth):
        block = {
            "norm1": (width,),
            "attn.qkv": (3 * width, width),
            "attn.proj": (width, width),
            "norm2": (width,),
            "mlp.fc1": (4 * width, width),
            "mlp.fc2": (width, 4 * width),
        }
        for name, shape in block.items():
            shapes[f"blocks.{i}.{name}.weight"], shapes[f"blocks.{i}.{name}.bias"] = shape, shape[:1]
    return {name: 0.3 * torch.randn(shape) for name, shape in shapes.items()}


def reference(state, image, heads, patch, depth=2):
    """The features of a vision transformer, written out plainly from its weights."""

    def linear(name, x):
        return x @ state[f"{name}.weight"].t() + state[f"{name}.bias"]

    def norm(name, x):
        deviation = x - x.mean(-1, keepdim=True)
        unit = deviation / (deviation.square().mean(-1, keepdim=True) + 1e-6).sqrt()
        return unit * state[f"{name}.weight"] + state[f"{name}.bias"]

    width, grid = state["norm.weight"].numel(), image.size(2) // patch
    tokens = [state["cls_token"][0].expand(image.size(0), -1)]
    for i in range(grid):
        for j in range(grid):
            pixels = image[:, :, i * patch : (i + 1) * patch, j * patch : (j + 1) * patch].flatten(1)
            kernel = state["patch_embed.proj.weight"].flatten(1)
            tokens.append(pixels @ kernel.t() + state["patch_embed.proj.bias"])
    x, size = torch.stack(tokens, 1) + state["pos_embed"], width // heads
    for b in range(depth):
        name = f"blocks.{b}"
        q, k, v = linear(f"{name}.attn.qkv", norm(f"{name}.norm1", x)).split(width, -1)
        parts = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            attention = (q[..., own] @ k[..., own].transpose(1, 2) / size**0.5).softmax(-1)
            parts.append(attention @ v[..., own])
        x = x + linear(f"{name}.attn.proj", torch.cat(parts, -1))
        hidden = linear(f"{name}.mlp.fc1", norm(f"{name}.norm2", x))
        x = x + linear(f"{name}.mlp.fc2", hidden * (1 + torch.erf(hidden / 2**0.5)) / 2)
    return norm("norm", x)


def test_loaded_weights_give_the_reference_forward():
    state, image = weights(), torch.randn(2, 3, 16, 16)
    model = VisionTransformer(3, 16, 4, width=12, num_layers=2, heads=3)
    model.load_timm_state_dict(state)
    torch.testing.assert_close(model(image), reference(state, image, 3, 4), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model(image, class_only=True), model(image)[:, :1])


def test_loaded_weights_are_converted():
    state, image = weights(), torch.randn(2, 5, 6, 6)
    model = VisionTransformer(5, 6, 2, width=12, num_layers=2, heads=2)
    model.load_timm_state_dict(state)
    kernel = resize_kernel(adapt_channels(state["patch_embed.proj.weight"], 5), 2)
    state |= {"patch_embed.proj.weight": kernel, "pos_embed": resize_positions(state["pos_embed"], 3)}
    torch.testing.assert_close(model(image), reference(state, image, 2, 2), rtol=1e-4, atol=1e-5)


def test_loads_files_and_keeps_its_dtype(tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    state, image = weights(), torch.randn(2, 3, 16, 16, dtype=torch.float64)
    torch.save({"model": {key: value.half() for key, value in state.items()}}, tmp_path / "a.pth")
    safetensors.save_file(state, tmp_path / "a.safetensors")
    outs = []
    for name in ("a.pth", "a.safetensors"):
        model = VisionTransformer(3, 16, 4, width=12, num_layers=2, heads=3).double()
        model.load_timm_state_dict(tmp_path / name)
        outs.append(model(image))
        assert outs[-1].dtype == torch.float64
    torch.testing.assert_close(outs[0], outs[1], rtol=0.05, atol=0.05)


# image size, patch size and channels of the model; timm's own has 32 pixels in patches of 8 and 3 channels
@pytest.mark.parametrize(("size", "patch", "channels"), [(32, 8, 3), (24, 8, 3), (32, 8, 1), (40, 4, 7)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_against_timm(tmp_path, size, patch, channels, dtype):
    timm = timm_vision_transformer()
    arguments = {"embed_dim": 24, "depth": 3, "num_heads": 3, "num_classes": 7}
    trained = timm.VisionTransformer(img_size=32, patch_size=8, **arguments)
    with torch.no_grad():
        for p in trained.parameters():  # fresh ones have biases of zero and norms of one, which would hide mistakes
            p.add_(0.1 * torch.randn_like(p))
    torch.save(trained.state_dict(), tmp_path / "vit.pth")
    # timm converts the same weights by its own means.
    theirs = timm.VisionTransformer(img_size=size, patch_size=patch, in_chans=channels, **arguments)
    from timm.models._manipulate import adapt_input_conv

    state = dict(trained.state_dict())
    state["patch_embed.proj.weight"] = adapt_input_conv(channels, state["patch_embed.proj.weight"])
    theirs.load_state_dict(timm.checkpoint_filter_fn(state, theirs))
    ours = VisionTransformer(channels, size, patch, width=24, num_layers=3, heads=3)
    ours.load_timm_state_dict(tmp_path / "vit.pth")
    image = torch.randn(2, channels, size, size, dtype=dtype)
    ours, theirs = ours.to(dtype).eval(), theirs.to(dtype).eval()
    expected = theirs.forward_features(image)
    # Kernels are resized in single precision.
    exact = dtype == torch.float64 and patch == 8
    close = {"rtol": 0, "atol": 1e-10} if exact else {"rtol": 1e-3, "atol": 1e-4}
    torch.testing.assert_close(ours(image), expected, **close)
    torch.testing.assert_close(ours(image, class_only=True)[:, 0], theirs.pool(expected, "token"), **close)


def test_the_names_and_shapes_are_timms():
    timm = timm_vision_transformer()
    theirs = timm.vit_tiny_patch16_224(num_classes=0)
    ours = VisionTransformer(3)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {k: v.shape for k, v in theirs.state_dict().items()}


def test_weights_that_do_not_fit_leave_the_model_as_it_was():
    model = VisionTransformer(3, 16, 4, width=12, num_layers=2, heads=3)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    extra = {"blocks.0.ls1.gamma": torch.ones(12), "reg_token": torch.ones(1, 4, 12)}
    for state, got in (
        (weights(depth=1), r"no 'blocks.1.attn.proj.bias', .*, …"),
        (weights(depth=3), r"also 'blocks.2.attn.proj.bias', .*, …"),
        (weights() | extra, r"also 'blocks.0.ls1.gamma', 'reg_token'"),
    ):
        message = rf"'VisionTransformer' expected the weights of a plain .* with 2 blocks \(got {got}\)"
        with pytest.raises(ValueError, match=message):
            model.load_timm_state_dict(state)
    message = r"'VisionTransformer' expected '.*' of shape \[.*12.*\] \(got \[.*24.*\]\)"
    with pytest.raises(ValueError, match=message):
        model.load_timm_state_dict(weights(width=24))
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_gradients_and_reset():
    model = VisionTransformer(1, 4, 2, width=6, num_layers=1, heads=3, dropout=0.2)
    model(torch.randn(2, 1, 4, 4)).square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(7.0)
    model.reset_parameters()
    assert [name for name, p in model.named_parameters() if bool((p == 7.0).any())] == []
    assert "image_size=4, grid=2, width=6" in repr(model)
    assert model(torch.randn(0, 1, 4, 4)).shape == (0, 5, 6)


def test_errors():
    for name in ("channels", "image_size", "patch_size", "num_layers"):
        with pytest.raises(ValueError, match=rf"'VisionTransformer' expected '{name}' to be at least 1 \(got 0\)"):
            VisionTransformer(**({"channels": 1, "image_size": 4, "patch_size": 2} | {name: 0}))
    message = r"'VisionTransformer' expected 'image_size' to be a multiple of 'patch_size' = 4 \(got 6\)"
    with pytest.raises(ValueError, match=message):
        VisionTransformer(1, 6, 4)
    message = r"'VisionTransformer' expected images \[B, 1, 4, 4\] \(got \[2, 1, 4, 5\]\)"
    with pytest.raises(ValueError, match=message):
        VisionTransformer(1, 4, 2)(torch.zeros(2, 1, 4, 5))
