r"""What the transforms of this package share."""

from __future__ import annotations

import copy
import inspect
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.labeling import canonical_rank, random_canonical_rank
from pyg_symbreak.transforms.randomness import draw_generator

RESERVED = ("index", "batch", "face", "adj")


class GraphTransform(BaseTransform):  # type: ignore[misc]
    r"""A transform of a ``Data`` or a ``Batch`` that leaves its input as it is.

    Subclasses implement :meth:`_apply`, which gets a shallow copy. ``repr`` shows every argument of the constructor,
    which is what lets PyG notice that a ``pre_transform`` has changed. A ``Batch`` is treated graph by graph, and
    ``batch.to_data_list()`` and ``batch[i]`` know the attributes that were added.

    Random transforms draw afresh at every access, from :func:`~pyg_symbreak.transforms.draw_generator`: the same seed
    gives the same draws with any number of loader workers.
    """

    def forward(self, data: Data, *, generator: torch.Generator | None = None) -> Data:
        r"""Transform one graph or a batch.

        Args:
            data: The input; it stays as it is.
            generator: The source of randomness; that of the loader, or the global one of torch, by default.

        Raises:
            TypeError: If ``data`` is no homogeneous graph.
            ValueError: If ``data`` is malformed.
        """
        if not isinstance(data, Data):
            name = type(self).__name__
            raise TypeError(f"'{name}' expected a homogeneous 'Data' or 'Batch' (got '{type(data).__name__}')")
        ptr = node_ptr(data)
        if generator is None:
            generator = draw_generator(ptr.device)
        return self._apply(copy.copy(data), ptr, generator)

    @abstractmethod
    def _apply(self, data: Data, ptr: Tensor, generator: torch.Generator | None) -> Data:
        """Change a shallow copy of the input; its tensors must not be changed in place."""

    def __repr__(self) -> str:
        names = [name for name in inspect.signature(type(self).__init__).parameters if name != "self"]
        arguments = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({arguments})"


class RankTransform(GraphTransform):
    r"""A transform that needs a canonical rank of every node."""

    randomize: bool
    node_attrs: tuple[str, ...]
    edge_attrs: tuple[str, ...]
    max_search_nodes: int | None
    on_budget: str

    def _set_labelling(
        self,
        randomize: bool,
        node_attrs: Sequence[str],
        edge_attrs: Sequence[str],
        max_search_nodes: int | None,
        on_budget: str,
    ) -> None:
        self.randomize = randomize
        self.node_attrs = check_names(self, "node_attrs", node_attrs)
        self.edge_attrs = check_names(self, "edge_attrs", edge_attrs)
        if max_search_nodes is not None and max_search_nodes < 1:
            raise ValueError(f"{_owner(self)} expected 'max_search_nodes' of at least 1 (got {max_search_nodes})")
        if on_budget not in ("raise", "uncertified"):
            raise ValueError(f"{_owner(self)} expected 'on_budget' as 'raise' or 'uncertified' (got '{on_budget}')")
        self.max_search_nodes = max_search_nodes
        self.on_budget = on_budget

    def _options(self, edge_attrs: Sequence[str] = ()) -> dict[str, Any]:
        """The arguments of the labelling engine, with further edge attributes if wanted."""
        names = tuple(dict.fromkeys((*self.edge_attrs, *edge_attrs)))
        options: dict[str, Any] = {"node_attrs": self.node_attrs, "edge_attrs": names, "on_budget": self.on_budget}
        if self.max_search_nodes is not None:
            options["max_search_nodes"] = self.max_search_nodes
        return options

    def _rank(self, data: Data, generator: torch.Generator | None, edge_attrs: Sequence[str] = ()) -> Tensor:
        """The canonical rank of every node, random if wanted."""
        graph = with_edges(data)
        if self.randomize:
            return random_canonical_rank(graph, generator=generator, **self._options(edge_attrs))
        return canonical_rank(graph, **self._options(edge_attrs))


def with_edges(data: Data) -> Data:
    """The graph itself, or a copy with no edges where it does not say that it has none."""
    if data.edge_index is not None:
        return data
    out = copy.copy(data)
    out.edge_index = torch.empty(2, 0, dtype=torch.long, device=node_ptr(data).device)
    return out


def check_names(owner: object, argument: str, names: Sequence[str]) -> tuple[str, ...]:
    """A tuple of attribute names, or an error where a single string was meant as one name."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{_owner(owner)} expected '{argument}' as a sequence of names (got {names!r})")
    return tuple(names)


def check_attr_name(owner: object, name: str | None) -> str | None:
    """Refuse names whose values PyG would increment or concatenate in its own way when it makes a batch."""
    if name is None:
        return None
    if not isinstance(name, str) or not name:
        raise TypeError(f"{_owner(owner)} expected 'attr_name' as a name or None (got {name!r})")
    for word in RESERVED:
        if word in name:
            raise ValueError(
                f"{_owner(owner)} expected an 'attr_name' without '{word}', which PyG treats in its own way "
                f"(got '{name}')"
            )
    return name


def check_positive(owner: object, argument: str, value: int) -> int:
    """A positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{_owner(owner)} expected '{argument}' as a positive integer (got {value!r})")
    return value


def feature_dtype(data: Data) -> torch.dtype:
    """The dtype of the features of a graph if they are real numbers, the default one of torch otherwise."""
    x = data.get("x")
    if isinstance(x, Tensor) and x.is_floating_point():
        return x.dtype
    return torch.get_default_dtype()


def write_node_attr(data: Data, name: str | None, value: Tensor, ptr: Tensor) -> Data:
    """Set a node attribute, or append to ``x`` where no name is given, and let a batch know of it."""
    if name is None:
        name = "x"
        x = data.get("x")
        if x is not None:
            x = x.view(-1, 1) if x.dim() == 1 else x
            dtype = torch.promote_types(x.dtype, value.dtype)  # integer features must not truncate what is appended
            value = value.view(-1, 1) if value.dim() == 1 else value
            value = torch.cat([x.to(dtype), value.to(dtype)], dim=-1)
    data[name] = value
    slices = getattr(data, "_slice_dict", None)
    if slices is not None:
        zeros = torch.zeros(ptr.numel() - 1, dtype=torch.long)
        data._slice_dict = {**slices, name: ptr.cpu()}
        data._inc_dict = {**data._inc_dict, name: zeros}
    return data


def _owner(owner: object) -> str:
    return f"'{type(owner).__name__}'"
