"""Four lines make any backbone equivariant: to the numbering of nodes, to rotations and reflections, or to both.

A canonicalizer draws a group element from the input; `Symmetrize` runs the backbone on the input as that element sees
it, carries the output back, and takes the mean over the draws. The same words for graphs, for points and for images.
"""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import (
    EnergyCanonicalizer,
    ExactCanonicalizer,
    FrameCanonicalizer,
    PrincipalAxesCanonicalizer,
)
from pyg_symbreak.groups import FiniteOrthogonal, Orthogonal, Permutation, PointGroup
from pyg_symbreak.models.backbones import AdjacencyMLP
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.nn.vector import VectorFrame


class CoordinateMLP(torch.nn.Module):
    """Moves every point by what a perceptron says of its coordinates: no symmetry at all."""

    def __init__(self):
        super().__init__()
        layers = [torch.nn.Linear(3, 32), torch.nn.SiLU(), torch.nn.Linear(32, 3)]
        self.mlp = torch.nn.Sequential(*layers)

    def forward(self, data):
        return self.mlp(data.pos)


def four_lines():
    """The models: a canonicalizer and a backbone each."""
    mlp = AdjacencyMLP(in_channels=0, out_channels=4, max_nodes=6)
    graphs = Symmetrize(mlp, ExactCanonicalizer(), output="graph")

    frame = FrameCanonicalizer(VectorFrame(1), dim=3)
    points = Symmetrize(CoordinateMLP(), frame, output="vector")

    axes = PrincipalAxesCanonicalizer(dim=3)
    averaged = Symmetrize(CoordinateMLP(), axes, num_draws="all", output="vector")

    energy = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 5), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.LazyLinear(1))
    cnn = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 5, padding=2), torch.nn.ReLU(), torch.nn.Conv2d(8, 1, 5, padding=2))
    images = Symmetrize(cnn, EnergyCanonicalizer(energy, PointGroup.dihedral(4)), output="dense")
    return {"graphs": graphs, "points": points, "points, all axes": averaged, "images": images}


def main():
    torch.manual_seed(0)
    ring, triangles = torch.tensor([0, 1, 2, 3, 4, 5]), torch.tensor([1, 2, 0, 4, 5, 3])
    edges = [torch.stack([ring, ring.roll(1)]), torch.stack([ring, triangles])]
    pairs = Batch.from_data_list([Data(edge_index=torch.cat([e, e.flip(0)], 1), num_nodes=6) for e in edges])
    cloud, image = Data(pos=torch.randn(20, 3)), torch.randn(3, 1, 12, 12)
    turn, ptr = Orthogonal.random(torch.tensor([0, 20]), dim=3), torch.arange(4)
    inputs = {
        "graphs": (pairs, Permutation.random(pairs.ptr), lambda g, out: out),
        "points": (cloud, turn, lambda g, out: g.act_as(out, "vector")),
        "points, all axes": (cloud, turn, lambda g, out: g.act_as(out, "vector")),
        "images": (image, FiniteOrthogonal.random(ptr, PointGroup.dihedral(4)), lambda g, out: g.act_dense(out)),
    }
    errors = {}
    for name, model in four_lines().items():
        x, g, carry = inputs[name]
        moved = g.act_dense(x) if isinstance(x, torch.Tensor) else g.act_data(x)
        with torch.no_grad():
            backbone = float((model.backbone(moved) - carry(g, model.backbone(x))).abs().max())
            errors[name] = float((model(moved) - carry(g, model(x))).abs().max())
        print(f"{name:18s} moved output − output of the moved: {backbone:.3f} alone, {errors[name]:.0e} symmetrized")
    with torch.no_grad():
        one, two = four_lines()["graphs"](pairs)
    difference = float((one - two).norm())
    print(f"one ring or two, which message passing cannot tell apart: outputs differ by {difference:.3f}")
    return errors, difference


if __name__ == "__main__":
    main()
