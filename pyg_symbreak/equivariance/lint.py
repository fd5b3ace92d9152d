r"""Is a network equivariant, layer by layer, for every value that its parameters may take?"""

from __future__ import annotations

from typing import Any

from torch import Tensor, fx, nn
from torch.nn.utils.parametrize import type_before_parametrizations

from pyg_symbreak.equivariance.lint_arithmetic import INVARIANT, UNKNOWN
from pyg_symbreak.equivariance.lint_functions import judge_function, name_of
from pyg_symbreak.equivariance.lint_layers import Judge
from pyg_symbreak.equivariance.lint_report import Finding, LintReport, Problem
from pyg_symbreak.equivariance.lint_space import Space, read_spaces
from pyg_symbreak.equivariance.lint_trace import NamedTracer

RESULT = "output"
Values = dict[fx.Node, Any]


def lint(module: nn.Module, spaces: Any, *, trainable: bool = True) -> LintReport:
    r"""Check the layers of a network against the representations on its feature spaces.

    The network is traced by :mod:`torch.fx`; no input is needed. Representations travel along through activations,
    dropout, norms and sums; where a linear layer makes a new space, the user tells its representation. The rules:

    - *activation*: it carries the representation before it into that after it, see
      :func:`~pyg_symbreak.equivariance.admissible`;
    - *bias*: a bias, and any constant that is added, is invariant;
    - *linear*: a weight intertwines the representations before and after it;
    - *dropout*: the mask is constant on orbits of coordinates;
    - *norm*: its statistics are taken over sets that the group keeps, and its affine parameters are constant on orbits
      (weight) and invariant (bias);
    - *prelu*, *scale*: slopes and factors are constant on orbits;
    - *sum*, *product*, *output*: kinds match where tensors meet.

    What holds for the present values only, because a parameter is learned without a constraint, is found as well.

    Args:
        module: The network, in the mode to be judged: dropout counts in training mode only.
        spaces: The representation on the input, or a mapping from names to representations (or to
            :class:`~pyg_symbreak.equivariance.Space`, with another axis than the last): ``""`` is the first input,
            another input goes by the name of its argument; the path of a submodule stands for what it returns, the
            name of an operation in the traced graph for its result, and ``"output"`` for the result of the network.
        trainable: Whether parameters that have a gradient may take any value; ``False`` judges all by their values, as
            for a network that has been trained.

    Raises:
        ValueError: If a name belongs to nothing, or a representation does not have the size of its layer.
        TypeError: If an annotation is no representation.

    .. code-block:: python

        >>> from pyg_symbreak.equivariance import special_orthogonal, permutation
        >>> layers = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
        >>> rho = special_orthogonal(3)
        >>> [f"{found.where}: {found.problem.rule}" for found in lint(layers, {"": rho, "0": rho}).findings]
        ['0 (Linear): bias', '0 (Linear): linear', '1 (ReLU): activation']
        >>> print(lint(nn.Sequential(nn.ReLU(), nn.Dropout(0.0)), permutation(4)))
        2 places checked, nothing found.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"'lint' expected a module (got {type(module).__name__})")
    read = read_spaces(spaces)
    tracer = NamedTracer()
    try:
        graph = tracer.trace(module)
    except Exception as error:
        raise ValueError(
            f"'lint' expected a network that torch.fx can trace, apart from what submodules do inside "
            f"(got {type(module).__name__}: {error})"
        ) from error
    wanted = _places(graph, tracer, read)
    judge = Judge(trainable)
    values: Values = {}
    for node in graph.nodes:
        values[node] = _step(judge, module, tracer, node, wanted.get(node), values)
    findings = tuple(Finding(where, problem) for where, problem in judge.problems)
    return LintReport(findings, tuple(judge.checked), tuple(judge.assumed), tuple(judge.unknown))


def _places(graph: fx.Graph, tracer: NamedTracer, spaces: dict[str, Space]) -> dict[fx.Node, Space]:
    """The operation that each annotation belongs to."""
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    known: dict[str, list[fx.Node]] = {node.name: [node] for node in graph.nodes if node.op != "output"}
    known.update({str(node.target): [node] for node in inputs})
    known.update(tracer.outputs)
    known[""] = inputs[:1]
    for node in graph.nodes:
        if node.op == "output" and isinstance(node.args[0], fx.Node):
            known[RESULT] = [node.args[0]]
    missing = sorted(set(spaces) - set(known))
    if missing:
        raise ValueError(
            f"'lint' expected names of inputs, submodules or operations (got {missing}; known are {sorted(known)})"
        )
    # A name that says more wins: the result of the network, then a container, then what is inside.
    found: dict[fx.Node, Space] = {}
    for name in sorted(spaces, key=lambda name: (name != RESULT, name.count("."), name)):
        for node in known[name]:
            found[node] = spaces[name]
    return found


def _step(
    judge: Judge,
    module: nn.Module,
    tracer: NamedTracer,
    node: fx.Node,
    target: Space | None,
    values: dict[fx.Node, Any],
) -> Any:
    if node.op == "placeholder":
        return UNKNOWN if target is None else target
    if node.op == "get_attr":
        return _attribute(module, str(node.target))
    args = [fx.node.map_arg(argument, lambda other: values[other]) for argument in node.args]
    kwargs = {key: fx.node.map_arg(argument, lambda other: values[other]) for key, argument in node.kwargs.items()}
    if node.op == "output":
        return None
    if node.op == "call_module":
        layer = module.get_submodule(str(node.target))
        where = f"{node.target} ({type_before_parametrizations(layer).__name__})"
        if str(node.target) in tracer.opaque:
            judge.skip(where, f"not traced: {tracer.opaque[str(node.target)]}" + ("" if target else "; annotate it"))
            return target or UNKNOWN
        first = args[0] if args else next(iter(kwargs.values()), UNKNOWN)
        if first is INVARIANT:
            return INVARIANT if target is None else target
        space = first if isinstance(first, Space) else None
        return judge.layer(where, layer, space, target) or UNKNOWN
    where = f"{node.name} ({name_of(node.target)})"
    return judge_function(judge, where, name_of(node.target), args, kwargs, target)


def _attribute(module: nn.Module, path: str) -> Any:
    value: Any = module
    for part in path.split("."):
        value = getattr(value, part)
    return value if isinstance(value, Tensor) else UNKNOWN


__all__ = ["Finding", "LintReport", "Problem", "Space", "lint"]
