import pytest
import torch

from pyg_symbreak.groups import LatticeGroup, LatticeSymmetry

KINDS = {"site": "dense", "spin": "spin", "bond": "bond", "regular": "regular", "graph": "graph"}
GROUPS = {
    "p4m": LatticeGroup.p4m(4),
    "p4m flip": LatticeGroup.p4m(4, spin_flip=True),
    "p4 odd": LatticeGroup.p4(3),
    "p2mm": LatticeGroup.p2mm(3, 5),
    "p2mm flip": LatticeGroup.p2mm(5, 3, spin_flip=True),
    "p1": LatticeGroup.p1(3, 4),
    "ring": LatticeGroup.p1(5, spin_flip=True),
    "cubic": LatticeGroup.cubic(3),
}


def move(g, x, kind):
    """Moved input fields or outputs of a layer."""
    if isinstance(x, dict):
        return {name: g.act_as(value, KINDS[name]) for name, value in x.items()}
    if kind == "elements":
        group = g.group
        return g.act_as(x.view(-1, group.num_parts, *group.sizes), "regular").flatten(1)
    return g.act_as(x, KINDS[kind])


def largest_defect(function, x, group, output, kind="regular"):
    """The largest entry of f(g x) − g f(x), for one random lattice under every element of the group or 64 of them."""
    if len(group) <= 400:
        g = LatticeSymmetry.all(1, group)
    else:
        g = LatticeSymmetry.random(64, group, torch.Generator().manual_seed(5))

    def copies(value):
        return value.expand(g.num_graphs, *value.shape[1:])

    many = {name: copies(value) for name, value in x.items()} if isinstance(x, dict) else copies(x)
    with torch.no_grad():
        return float((function(move(g, many, kind)) - move(g, copies(function(x)), output)).abs().max())


def random_fields(group, channels, batch=1, dtype=torch.float64):
    """Random input fields."""
    sizes = group.sizes
    shape = {kind: (number, group.dim) if kind == "bond" else (number,) for kind, number in channels.items()}
    return {kind: torch.randn(batch, *lead, *sizes, dtype=dtype) for kind, lead in shape.items()}


def shake(model, dtype=torch.float64):
    """Give every parameter a random value, biases and norms too."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model.to(dtype)


@pytest.fixture(params=list(GROUPS))
def group(request):
    return GROUPS[request.param]


@pytest.fixture
def defect():
    return largest_defect


@pytest.fixture
def fields():
    return random_fields


@pytest.fixture
def shaken():
    return shake
