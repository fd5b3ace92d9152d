"""Which activations a representation admits, with a proof or a witness, and a lint that finds a bias on vectors."""

import torch
from torch import nn

from pyg_symbreak.equivariance import admissible, analyse, cyclic_plane, octahedral, special_orthogonal, tensor_power
from pyg_symbreak.equivariance.lint import lint


class GatedVectors(nn.Module):
    """Vectors [nodes, channels, 3]: mix channels, then scale every vector by a gate on its norm."""

    def __init__(self, channels, bias):
        super().__init__()
        self.mix = nn.Linear(channels, channels, bias=bias)

    def forward(self, x):
        h = self.mix(x.transpose(-1, -2)).transpose(-1, -2)
        return x + h * torch.sigmoid(h.norm(dim=-1, keepdim=True))


def main():
    print(analyse(octahedral()))
    reports = {}
    for rho in (tensor_power(4, 2), octahedral(), cyclic_plane(3), special_orthogonal(3)):
        for activation in (nn.ReLU(), nn.Tanh()):
            name = f"{type(activation).__name__} on {rho.name}"
            reports[name] = admissible(activation, rho)
            print(f"\n{name}\n{reports[name]}")

    # The parameters are learned, so the bias counts whatever its value is.
    findings = {bias: lint(GatedVectors(8, bias), special_orthogonal(3)) for bias in (True, False)}
    for bias, report in findings.items():
        print(f"\nbias={bias}: {report}")
    return reports, findings


if __name__ == "__main__":
    main()
