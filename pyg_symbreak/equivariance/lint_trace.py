r"""The operations of a network in their order, with the names of the submodules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import fx, nn

from pyg_symbreak.equivariance.registry import is_known


class NamedTracer(fx.Tracer):
    r"""A tracer that notes what every submodule returns, and steps over submodules that it cannot look into.

    .. code-block:: python

        >>> tracer = NamedTracer()
        >>> graph = tracer.trace(nn.Sequential(nn.Sequential(nn.Linear(3, 3), nn.ReLU())))
        >>> [node.target for node in graph.nodes], tracer.outputs["0"][0].target
        (['input', '0.0', '0.1', 'output'], '0.1')
    """

    def __init__(self) -> None:
        super().__init__()
        self.outputs: dict[str, list[fx.Node]] = {}
        r"""From the path of a submodule to the operations that give what it returns, one for each call."""
        self.opaque: dict[str, str] = {}
        r"""From the path of a submodule that could not be traced to the reason."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return is_known(m) or bool(super().is_leaf_module(m, module_qualified_name))

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        path = self.path_of_module(m)
        last = next(iter(reversed(self.graph.nodes)), None)
        try:
            out = super().call_module(m, forward, args, kwargs)
        except Exception as error:
            # What was noted of it so far goes, and it becomes a step of its own.
            for node in reversed(self.graph.nodes):
                if node is last:
                    break
                self.graph.erase_node(node)
            self.outputs = {name: nodes for name, nodes in self.outputs.items() if not name.startswith(f"{path}.")}
            self.opaque[path] = str(error).splitlines()[0] if str(error) else type(error).__name__
            out = self.create_proxy("call_module", path, args, kwargs)
        if isinstance(out, fx.Proxy):
            self.outputs.setdefault(path, []).append(out.node)
        return out
