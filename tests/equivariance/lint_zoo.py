"""Small networks with one planted defect each, and others without any."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from pyg_symbreak.equivariance import (
    cyclic_plane,
    octahedral,
    permutation,
    sign,
    special_orthogonal,
    standard,
    tensor_power,
    trivial,
)
from pyg_symbreak.equivariance.lint_space import Space

SPACE = special_orthogonal(3)
TURNS = cyclic_plane(4)
POINTS = permutation(4)
PAIRS = tensor_power(3, 2)
CUBE = octahedral()
ODD = sign(3)
EVEN = trivial(1, num_generators=2)


@dataclass
class Case:
    module: nn.Module
    spaces: object
    where: str = ""
    rule: str = ""


class Mean(nn.Module):
    """The equivariant maps of points, x + mean, as a parametrization of a weight."""

    def forward(self, weight):
        return torch.eye(len(weight), dtype=weight.dtype) * weight[0, 0] + weight[0, 1]


class Shared(nn.Module):
    def forward(self, values):
        return values.mean().expand_as(values)


def tied(layer, name="weight", how=Mean):
    nn.utils.parametrize.register_parametrization(layer, name, how())
    return layer


def with_values(layer, name, values):
    with torch.no_grad():
        getattr(layer, name).copy_(torch.tensor(values))
    return layer


class Vectors(nn.Module):
    """Channels of vectors [N, channels, 3]: mixed by a linear layer, and scaled by a gate on their norms."""

    def __init__(self, bias=False, act="gate", drop=None):
        super().__init__()
        self.mix = nn.Linear(4, 4, bias=bias)
        self.act, self.drop = act, drop

    def forward(self, x):
        h = self.mix(x.transpose(-1, -2)).transpose(-1, -2)
        if self.act == "gate":
            h = h * torch.sigmoid(h.norm(dim=-1, keepdim=True))
        elif self.act == "sigmoid":
            h = torch.sigmoid(h)
        elif self.act == "square":
            h = h * h
        elif self.act == "mean":
            h = h * h.mean(dim=-1, keepdim=True)
        return h if self.drop is None else self.drop(h)


class Residual(nn.Module):
    def __init__(self, bias=None, factor=None, act=torch.tanh, offset=None):
        super().__init__()
        self.bias, self.factor, self.act, self.offset = bias, factor, act, offset

    def forward(self, x):
        h = self.act(x)
        if self.factor is not None:
            h = h * self.factor
        if self.bias is not None:
            h = h + self.bias
        if self.offset is not None:
            h = h + self.offset
        return x + h


class TwoInputs(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.how = how

    def forward(self, x, y):
        return torch.cat([x, y], dim=self.how) if isinstance(self.how, int) else x + y


class Hidden(nn.Module):
    """A loop over data, which no tracer follows."""

    def forward(self, x):
        while float(x.norm()) > 10:
            x = x / 2
        return x


def plain(*layers):
    return nn.Sequential(*layers)


DEFECTIVE = {
    "relu on the plane": Case(plain(nn.ReLU()), TURNS, "0 (ReLU)", "activation"),
    "tanh on space": Case(plain(nn.Identity(), nn.Tanh()), SPACE, "1 (Tanh)", "activation"),
    "gelu on a sign": Case(plain(nn.GELU()), ODD, "0 (GELU)", "activation"),
    "asymmetric hardtanh on the cube": Case(plain(nn.Hardtanh(-1, 2)), CUBE, "0 (Hardtanh)", "activation"),
    "functional elu": Case(Residual(act=F.elu), CUBE, "elu (elu)", "activation"),
    "sigmoid of vectors": Case(Vectors(act="sigmoid"), SPACE, "sigmoid (sigmoid)", "activation"),
    "softmax of vectors": Case(plain(nn.Softmax(-1)), CUBE, "0 (Softmax)", "activation"),
    "abs keeps a sign": Case(plain(nn.Identity()), {"": ODD, "0": EVEN}, "0 (Identity)", "activation"),
    "bias on vectors": Case(Vectors(bias=True), SPACE, "mix (Linear)", "bias"),
    "bias on points": Case(tied(nn.Linear(4, 4)), {"": POINTS, "output": POINTS}, "", "bias"),
    "added parameter": Case(Residual(bias=nn.Parameter(torch.zeros(3))), CUBE, "add (add)", "bias"),
    "added number": Case(Residual(offset=1.0), TURNS, "add (add)", "bias"),
    "free weight": Case(plain(nn.Linear(3, 3, bias=False)), {"": SPACE, "0": SPACE}, "0 (Linear)", "linear"),
    "dropout of coordinates": Case(plain(nn.Dropout(0.2)), SPACE, "0 (Dropout)", "dropout"),
    "norm over vectors": Case(plain(nn.LayerNorm(3, elementwise_affine=False)), SPACE, "0 (LayerNorm)", "norm"),
    "norm with free weight": Case(plain(nn.LayerNorm(4, bias=False)), POINTS, "0 (LayerNorm)", "norm"),
    "batch norm of a sign": Case(plain(nn.BatchNorm1d(1, affine=False)), ODD, "0 (BatchNorm1d)", "norm"),
    "prelu on points": Case(plain(nn.PReLU(4)), POINTS, "0 (PReLU)", "prelu"),
    "factor on points": Case(Residual(factor=torch.tensor([1.0, 2, 1, 1])), POINTS, "mul (mul)", "scale"),
    "kinds do not match": Case(TwoInputs("add"), {"": SPACE + SPACE, "y": SPACE * SPACE}, "", ""),
    "squares of coordinates": Case(Vectors(act="square"), SPACE, "mul (mul)", "product"),
    "mean of coordinates": Case(Vectors(act="mean"), SPACE, "mean (mean)", "sum"),
    "prelu with learned slopes": Case(
        plain(with_values(nn.PReLU(9), "weight", [0.1] * 8 + [0.2])), PAIRS, "0 (PReLU)", "prelu"
    ),
}
DEFECTIVE["kinds do not match"] = Case(TwoInputs("add"), {"": CUBE, "y": Space(CUBE, -2)}, "add (add)", "sum")
DEFECTIVE["bias on points"] = Case(plain(tied(nn.Linear(4, 4))), {"": POINTS, "0": POINTS}, "0 (Linear)", "bias")

CORRECT = {
    "relu on points": Case(plain(nn.ReLU(), nn.GELU()), POINTS),
    "anything on pairs": Case(plain(nn.SiLU(), nn.Softplus(), nn.Softmax(-1)), PAIRS),
    "odd functions on the plane": Case(plain(nn.Tanh(), nn.Softsign(), nn.Hardtanh(-2, 2)), TURNS),
    "odd functions on the cube": Case(Residual(act=torch.sin), CUBE),
    "abs of a sign": Case(plain(nn.Softshrink(0.5), nn.LeakyReLU(-1.0)), {"": ODD, "1": EVEN}),
    "identity on space": Case(plain(nn.Identity(), nn.Dropout(0.0), nn.LeakyReLU(1.0)), SPACE),
    "dropout in evaluation": Case(plain(nn.Dropout(0.5)).eval(), SPACE),
    "gated vectors": Case(Vectors(), SPACE),
    "whole vectors dropped": Case(Vectors(drop=nn.Dropout1d(0.5)), SPACE),
    "tied weight": Case(plain(tied(nn.Linear(4, 4, bias=False)), nn.ELU()), {"": POINTS, "0": POINTS}),
    "tied weight and bias": Case(plain(tied(tied(nn.Linear(4, 4)), "bias", Shared)), {"": POINTS, "0": POINTS}),
    "everything on invariants": Case(
        plain(nn.Linear(5, 3), nn.BatchNorm1d(3), nn.PReLU(3), nn.Dropout(0.5)),
        {"": trivial(5), "0": trivial(3)},
    ),
    "weight between signs": Case(plain(nn.Linear(1, 1, bias=False), nn.Tanh()), {"": ODD, "0": ODD}),
    "norm of points": Case(plain(nn.LayerNorm(4, elementwise_affine=False), nn.Mish()), POINTS),
    "root mean square of vectors": Case(plain(nn.RMSNorm(3, elementwise_affine=False)), SPACE),
    "norm with a tied weight": Case(plain(tied(nn.LayerNorm(4, bias=False), "weight", Shared)), POINTS),
    "normalised vectors": Case(Residual(act=lambda x: F.normalize(x, dim=-1)), SPACE),
    "one slope": Case(plain(nn.PReLU()), PAIRS),
    "added invariant": Case(Residual(bias=torch.full((4,), 2.0), act=F.relu), POINTS),
    "scaled by one number": Case(Residual(factor=torch.tensor(0.3)), CUBE),
    "joined spaces": Case(TwoInputs(-1), {"": SPACE, "y": SPACE, "output": SPACE + SPACE}),
    "standard representation": Case(plain(nn.Identity(), nn.LeakyReLU(1.0)), standard(4)),
}
