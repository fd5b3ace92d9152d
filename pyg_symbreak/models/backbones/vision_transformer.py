r"""The vision transformer, whose weights can be loaded."""

from __future__ import annotations

import torch
from torch import Tensor

from pyg_symbreak.models.backbones.block import TransformerBlock
from pyg_symbreak.models.backbones.timm_weights import (
    Source,
    adapt_channels,
    read_timm_state_dict,
    resize_kernel,
    resize_positions,
)


class VisionTransformer(torch.nn.Module):
    r"""A transformer over the patches of square images, from `"An Image is Worth 16x16 Words"
    <https://arxiv.org/abs/2010.11929>`_, with the layers and the names of timm's ``VisionTransformer``: a class token,
    learned positions, biased queries, keys and values, exact GELU, norms with ``eps=1e-6``; no head.

    Args:
        channels: The number of channels of an image.
        image_size: The number of pixels along a side, a multiple of ``patch_size``.
        patch_size: The number of pixels along a side of a patch.
        width: The number of channels of a token, a multiple of ``heads``.
        num_layers: The number of blocks.
        heads: The number of attention heads. Weights do not tell it: 3 for "tiny", 6 for "small", 12 for "base".
        mlp_ratio: The width of the perceptrons, relative to ``width``.
        dropout: The share of updates and hidden units dropped in training.

    Shapes:
        - **input:** images ``[B, channels, image_size, image_size]``.
        - **output:** ``[B, 1 + grid ** 2, width]``: the class token, then the patches row by row, after the last norm.

    Raises:
        ValueError: If the size of the image is no multiple of that of the patches, or an image has another shape.

    .. code-block:: python

        >>> VisionTransformer(3, image_size=32, patch_size=8, width=12, num_layers=1)(torch.randn(2, 3, 32, 32)).shape
        torch.Size([2, 17, 12])
    """

    def __init__(
        self,
        channels: int,
        image_size: int = 224,
        patch_size: int = 16,
        width: int = 192,
        num_layers: int = 12,
        heads: int = 3,
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = {"channels": channels, "image_size": image_size, "patch_size": patch_size, "num_layers": num_layers}
        for name, value in sizes.items():
            if value < 1:
                raise ValueError(f"'VisionTransformer' expected '{name}' to be at least 1 (got {value})")
        if image_size % patch_size:
            raise ValueError(
                f"'VisionTransformer' expected 'image_size' to be a multiple of 'patch_size' = {patch_size} "
                f"(got {image_size})"
            )
        self.image_size, self.grid, self.width = image_size, image_size // patch_size, width
        self.patch_embed = PatchEmbedding(channels, width, patch_size)
        self.cls_token = torch.nn.Parameter(torch.empty(1, 1, width))
        self.pos_embed = torch.nn.Parameter(torch.empty(1, 1 + self.grid**2, width))
        self.blocks = torch.nn.ModuleList(TransformerBlock(width, heads, mlp_ratio, dropout) for _ in range(num_layers))
        self.norm = torch.nn.LayerNorm(width, eps=1e-6)
        self.drop = torch.nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draw all parameters afresh, from the laws that vision transformers are trained from."""
        for module in self.modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    torch.nn.init.zeros_(module.bias)
            elif isinstance(module, torch.nn.Conv2d | torch.nn.LayerNorm):
                module.reset_parameters()
        torch.nn.init.trunc_normal_(self.pos_embed, std=0.02)
        torch.nn.init.normal_(self.cls_token, std=1e-6)

    def forward(self, image: Tensor, class_only: bool = False) -> Tensor:
        r"""Run the transformer.

        Args:
            image: The images.
            class_only: Whether only the class token is wanted, ``[B, 1, width]``; the last block is cheaper then.
        """
        shape = (self.patch_embed.proj.in_channels, self.image_size, self.image_size)
        if image.dim() != 4 or image.shape[1:] != shape:
            wanted = ", ".join(map(str, shape))
            raise ValueError(f"'VisionTransformer' expected images [B, {wanted}] (got {_shown(image)})")
        x = torch.cat([self.cls_token.expand(image.size(0), -1, -1), self.patch_embed(image)], dim=1)
        x = self.drop(x + self.pos_embed)
        first = torch.zeros(1, dtype=torch.long, device=x.device) if class_only else None
        for number, block in enumerate(self.blocks, start=1):
            x = block(x, None, first if number == len(self.blocks) else None)
        out: Tensor = self.norm(x)
        return out

    @torch.no_grad()
    def load_timm_state_dict(self, source: Source) -> None:
        r"""Load the weights of one of timm's vision transformers (``vit_*``, ``deit_*``) with as many blocks.

        The head is left out. A patch embedding of another number of channels or size of patches is adapted
        (:func:`~pyg_symbreak.models.backbones.timm_weights.adapt_channels`,
        :func:`~pyg_symbreak.models.backbones.timm_weights.resize_kernel`), and positions are interpolated to the grid
        at hand (:func:`~pyg_symbreak.models.backbones.timm_weights.resize_positions`).

        Args:
            source: A local file, ``.safetensors`` or ``.pth`` (no code in it is run), or a dictionary of tensors.

        Raises:
            ValueError: If the weights are not those of such a transformer; nothing is loaded then.
        """
        state = read_timm_state_dict(source)
        own = self.state_dict()
        missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
        if missing or unknown:
            got = " and ".join(part for part in (_some("no", missing), _some("also", unknown)) if part)
            raise ValueError(
                "'VisionTransformer' expected the weights of a plain vision transformer "
                f"with {len(self.blocks)} blocks (got {got})"
            )
        kernel = state["patch_embed.proj.weight"]
        if kernel.dim() == 4:
            kernel = adapt_channels(kernel, own["patch_embed.proj.weight"].size(1))
            state["patch_embed.proj.weight"] = resize_kernel(kernel, self.image_size // self.grid)
        if state["pos_embed"].dim() == 3:
            state["pos_embed"] = resize_positions(state["pos_embed"], self.grid)
        for name, value in state.items():
            if value.shape != own[name].shape:
                raise ValueError(
                    f"'VisionTransformer' expected '{name}' of shape {list(own[name].shape)} (got {_shown(value)})"
                )
        self.load_state_dict(state)

    def extra_repr(self) -> str:
        return f"image_size={self.image_size}, grid={self.grid}, width={self.width}"


class PatchEmbedding(torch.nn.Module):
    r"""Maps patches linearly, ``[B, channels, S, S]`` → ``[B, (S / patch_size) ** 2, width]``.

    Args:
        channels: The number of channels of an image.
        width: The number of channels of a token.
        patch_size: The number of pixels along a side of a patch.
    """

    def __init__(self, channels: int, width: int, patch_size: int) -> None:
        super().__init__()
        self.proj = torch.nn.Conv2d(channels, width, patch_size, patch_size)

    def forward(self, image: Tensor) -> Tensor:
        tokens: Tensor = self.proj(image)
        return tokens.flatten(2).transpose(1, 2)


def _shown(value: Tensor) -> str:
    return str(list(value.shape))


def _some(word: str, names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:3])
    return f"{word} {shown}{', …' if len(names) > 3 else ''}" if names else ""
