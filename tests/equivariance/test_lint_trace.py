import torch
from torch import nn

from pyg_symbreak.equivariance.lint_trace import NamedTracer
from pyg_symbreak.equivariance.multiplier import Multiplier
from pyg_symbreak.equivariance.registry import register_activation


class Opaque(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.ReLU()

    def forward(self, x):
        x = self.inner(x)
        return x if x.sum() > 0 else -x


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.Sequential(nn.ReLU(), nn.Tanh())

    def forward(self, x):
        return self.act(self.act(x))


def names(graph):
    return [str(node.target) for node in graph.nodes]


def test_what_cannot_be_traced_is_one_step():
    tracer = NamedTracer()
    graph = tracer.trace(nn.Sequential(nn.Tanh(), Opaque(), nn.Tanh()))
    assert names(graph) == ["input", "0", "1", "2", "output"]
    assert list(tracer.opaque) == ["1"]
    assert "control flow" in tracer.opaque["1"]
    assert set(tracer.outputs) == {"0", "1", "2"}
    graph.lint()


def test_results_of_containers_and_of_every_call():
    tracer = NamedTracer()
    graph = tracer.trace(Twice())
    assert names(graph) == ["x", "act.0", "act.1", "act.0", "act.1", "output"]
    assert [node.target for node in tracer.outputs["act"]] == ["act.1", "act.1"]
    assert len(tracer.outputs["act.0"]) == 2


def test_registered_activations_are_steps():
    class Bend(nn.Module):
        def forward(self, x):
            return torch.sinh(x)

    assert names(NamedTracer().trace(nn.Sequential(Bend())))[1] != "0"
    register_activation(Bend, lambda module: Multiplier.odd("bend", module))
    assert names(NamedTracer().trace(nn.Sequential(Bend()))) == ["input", "0", "output"]
