import builtins
import sys

import pytest
import torch
from torch.nn import functional as F

from pyg_symbreak.models.backbones.timm_weights import (
    adapt_channels,
    read_timm_state_dict,
    resize_kernel,
    resize_positions,
)
from tests.models.backbones.peer import timm_vision_transformer


def test_reads_files_and_dictionaries_without_the_head(tmp_path):
    state = {"norm.weight": torch.randn(3), "cls_token": torch.randn(1, 1, 3)}
    head = {"head.weight": torch.ones(2), "head_dist.bias": torch.ones(2), "fc_norm.weight": torch.ones(2)}
    torch.save(state | head, tmp_path / "plain.pth")
    torch.save({"model": state | head, "epoch": 3}, tmp_path / "nested.pt")
    safetensors = pytest.importorskip("safetensors.torch")
    safetensors.save_file(state | head, tmp_path / "a.safetensors")
    sources = [tmp_path / "plain.pth", str(tmp_path / "nested.pt"), tmp_path / "a.safetensors", {"state_dict": state}]
    for source in sources:
        found = read_timm_state_dict(source)
        assert found.keys() == state.keys()
        assert all(torch.equal(found[key], state[key]) for key in state)


class Harmful:
    def __reduce__(self):
        return (pytest.fail, ("code of the file was run",))


def test_no_code_of_a_file_is_run(tmp_path):
    torch.save({"a": Harmful()}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=r"'read_timm_state_dict' expected a file of weights \(got '.*a.pth': "):
        read_timm_state_dict(tmp_path / "a.pth")


def test_errors(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"'read_timm_state_dict' expected a local file of weights \(got 'no.pth'\)"):
        read_timm_state_dict("no.pth")
    for name in ("a.pth", "a.safetensors"):
        for content in (b"", b"nonsense" * 20):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(ValueError, match=r"'read_timm_state_dict' expected a file of weights \(got '"):
                read_timm_state_dict(tmp_path / name)
    for wrong in ({"a": 1.0}, {"model": [1]}):
        message = r"'read_timm_state_dict' expected a dictionary of tensors \(got other values\)"
        with pytest.raises(ValueError, match=message):
            read_timm_state_dict(wrong)
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("safetensors"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "safetensors.torch", raising=False)
    with pytest.raises(ImportError, match=r"expected safetensors for 'a.safetensors' .* install pyg_symbreak\[train\]"):
        read_timm_state_dict(tmp_path / "a.safetensors")


@pytest.mark.parametrize("channels", [1, 3, 6, 9])
def test_grey_images_keep_their_embedding(channels):
    kernel, grey = torch.randn(5, 3, 2, 2), torch.randn(4, 1, 2, 2)
    expected = F.conv2d(grey.expand(4, 3, 2, 2), kernel)
    found = F.conv2d(grey.expand(4, channels, 2, 2), adapt_channels(kernel, channels))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_channels_in_turn():
    kernel = torch.arange(3.0).view(1, 3, 1, 1)
    assert adapt_channels(kernel, 4).flatten().tolist() == [0, 0.75, 1.5, 0]
    assert adapt_channels(kernel, 2).flatten().tolist() == [0, 1.5]
    assert adapt_channels(kernel, 3) is kernel


def test_enlarged_patches_keep_their_embedding():
    kernel, patch = torch.randn(5, 2, 4, 4), torch.randn(7, 2, 4, 4)
    larger = F.interpolate(patch, size=(8, 8), mode="bicubic", antialias=True)
    torch.testing.assert_close(
        F.conv2d(larger, resize_kernel(kernel, 8)), F.conv2d(patch, kernel), rtol=1e-3, atol=1e-3
    )
    assert resize_kernel(kernel, 4) is kernel
    assert resize_kernel(kernel.half(), 2).dtype == torch.half


def test_positions():
    positions = torch.randn(1, 10, 4)
    assert resize_positions(positions, 3) is positions
    for grid in (2, 5):
        found = resize_positions(positions, grid)
        assert found.shape == (1, 1 + grid**2, 4)
        assert torch.equal(found[:, 0], positions[:, 0])
    ramp = torch.arange(8.0).view(1, 1, 8).expand(1, 8, 8).flatten(1).unsqueeze(2)
    found = resize_positions(torch.cat([torch.zeros(1, 1, 1), ramp], 1), 4)[0, 1:].view(4, 4)
    torch.testing.assert_close(found, found[:1].expand(4, 4))  # rows are rows still
    assert found[0].diff().min() > 0
    without_class = resize_positions(positions[:, 1:], 3)
    assert torch.equal(without_class[:, 1:], positions[:, 1:])
    assert without_class[:, 0].abs().sum() == 0
    with pytest.raises(ValueError, match=r"'resize_positions' expected positions of a square grid \(got 8\)"):
        resize_positions(torch.zeros(1, 8, 4), 3)


@pytest.mark.parametrize(("size", "grid", "channels"), [(8, 5, 1), (4, 3, 4), (2, 1, 5)])
def test_as_timm_does(size, grid, channels):
    timm_vision_transformer()
    from timm.layers import resample_abs_pos_embed, resample_patch_embed
    from timm.models._manipulate import adapt_input_conv

    kernel, positions = torch.randn(6, 3, 4, 4), torch.randn(1, 17, 6)
    torch.testing.assert_close(adapt_channels(kernel, channels), adapt_input_conv(channels, kernel))
    torch.testing.assert_close(resize_kernel(kernel, size), resample_patch_embed(kernel, [size, size]))
    torch.testing.assert_close(resize_positions(positions, grid), resample_abs_pos_embed(positions, [grid, grid]))
