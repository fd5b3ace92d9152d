r"""The methods of the autoencoder comparison by name, and the settings recommended for each data set."""

from __future__ import annotations

from pyg_symbreak.datasets import DATASETS
from pyg_symbreak.models.autoencoder import PRESETS, SYMMETRY_BREAKING, AutoencoderConfig, Preset
from pyg_symbreak.models.autoencoder.config import RANKED

_EGNN = ("egnn", "egnn+sympe-exact", "egnn+sympe-refinement")

METHODS = (*SYMMETRY_BREAKING, *_EGNN)
r"""The names: a way to break symmetries with the message-passing encoder, or with the E(n)-GNN; ``"egnn"`` alone is the
E(n)-GNN of the reference, which starts from Gaussian coordinates."""


COMPARED = tuple(name for name in DATASETS if name in PRESETS or name.split("-")[0] in PRESETS)
r"""The names of the data sets that there are recommended settings for."""


def check_method(name: str) -> str:
    r"""Returns the name of a method if it is one.

    Args:
        name: One of :data:`METHODS`.

    Raises:
        ValueError: If it is none of them.

    Example:
        >>> check_method("egnn+sympe-exact")
        'egnn+sympe-exact'
    """
    if name not in METHODS:
        raise ValueError(f"'method_config' expected 'name' to be one of {', '.join(METHODS)} (got {name!r})")
    return name


def preset(data: str) -> Preset:
    r"""Returns the settings recommended for a data set: its own, or those of the data set it is a variant of.

    Args:
        data: The name of a data set.

    Raises:
        ValueError: If there are none.

    Example:
        >>> preset("community-leaky") == preset("community")
        True
    """
    if data not in COMPARED:
        raise ValueError(f"'preset' expected 'data' to be one of {', '.join(COMPARED)} (got {data!r})")
    return PRESETS[data if data in PRESETS else data.split("-")[0]]


def method_config(name: str, data: str, decoder: str | None = None) -> AutoencoderConfig:
    r"""Returns the model that a method means on a data set.

    Args:
        name: One of :data:`METHODS`.
        data: The name of a data set.
        decoder: A decoder other than the recommended one. For a method that does not order the nodes that is
            ``"inner"``: the decoder that sorts embeddings would itself break ties at random.

    Raises:
        ValueError: If a name is unknown.

    Example:
        >>> config = method_config("egnn+sympe-exact", "er-0.25")
        >>> config.encoder, config.symmetry_breaking
        ('egnn', 'sympe-exact')
    """
    check_method(name)
    if not name.startswith("egnn"):
        return preset(data).config(name, decoder=decoder or (None if name in RANKED else "inner"))
    breaking = name.partition("+")[2] or "noise"
    return preset(data).config(breaking, encoder="egnn", decoder=decoder)
