"""One contract for every draw with every use: exact given the element or the noise, in law without."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import (
    EnergyCanonicalizer,
    ExactCanonicalizer,
    FrameCanonicalizer,
    HaarCanonicalizer,
    LearnedCanonicalizer,
    PrincipalAxesCanonicalizer,
    ProductCanonicalizer,
    RefinementCanonicalizer,
    ScoreGIN,
    SpectralCanonicalizer,
    TraversalCanonicalizer,
    UniformCanonicalizer,
    UniformFiniteCanonicalizer,
)
from pyg_symbreak.groups import Euclidean, FiniteOrthogonal, Orthogonal, Permutation, PointGroup, Product
from pyg_symbreak.groups.copies import repeat_data
from pyg_symbreak.groups.ragged import node_batch, node_ptr, segment_arange
from pyg_symbreak.nn import Canonicalize, Symmetrize
from pyg_symbreak.nn.vector import ScoreAndFrame, VectorFrame
from pyg_symbreak.testing import assert_equivariant_draw, assert_equivariant_in_law

DTYPE = torch.float64


class Crooked(torch.nn.Module):
    """No symmetry at all: weights that belong to positions and to axes."""

    def __init__(self, output, dim):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.output = output
        self.mix = torch.randn(dim, dim, dtype=DTYPE, generator=generator)
        self.place = torch.randn(8, 1, dtype=DTYPE, generator=generator)

    def forward(self, data):
        ptr = node_ptr(data)
        place, batch = segment_arange(ptr.diff()), node_batch(ptr)
        vector = torch.tanh(data.pos @ self.mix + 0.3) * self.place[place] + data.pos[:, :1]
        if self.output in ("vector", "point"):
            return vector
        node = vector.cos()[:, :2]
        if self.output == "node":
            return node
        dense = node.new_zeros(ptr.numel() - 1, 8, 2)
        dense[batch, place] = node
        if self.output == "pair":
            return dense.unsqueeze(1) - 2 * dense.unsqueeze(2)
        if self.output == "graph":
            return dense.sum(1)
        return vector.new_zeros(ptr.numel() - 1, vector.size(1)).index_add_(0, batch, vector)


def cloud(*rows):
    """A point cloud on a path."""
    pos = torch.tensor(rows, dtype=DTYPE)
    i = torch.arange(len(rows) - 1)
    edges = torch.cat([torch.stack([i, i + 1]), torch.stack([i + 1, i])], 1)
    return Data(pos=pos, x=torch.ones(len(rows), 1, dtype=DTYPE), edge_index=edges)


def clouds(dim):
    """In general position, and not: collinear, coincident, a single point, a square."""
    generator = torch.Generator().manual_seed(1)
    free = cloud(*torch.randn(5, dim, dtype=DTYPE, generator=generator).tolist())
    line = cloud(*[[t] + [2 * t] * (dim - 1) for t in (-1.0, 0.5, 3.0)])
    same = cloud(*[[1.0] * dim] * 3)
    point = cloud([0.3] * dim)
    square = cloud(*[[x, y] + [0.0] * (dim - 2) for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1))])
    return {"general": free, "collinear": line, "coincident": same, "point": point, "square": square}


class Norms(torch.nn.Module):
    """An energy that sees the axes."""

    def forward(self, data):
        weights = torch.tensor([1.0, 0.3], dtype=DTYPE)
        each = (data.pos @ weights).sin() + data.pos[:, 0].clamp(min=0)
        return each.new_zeros(data.num_graphs).index_add_(0, data.batch, each)


def frame(cls, special, translation, **kwargs):
    torch.manual_seed(0)
    network = VectorFrame(2) if cls is FrameCanonicalizer else ScoreAndFrame(2)
    return cls(network.double(), dim=3, special=special, translation=translation, noise_dim=1, **kwargs)


def learned(**kwargs):
    torch.manual_seed(0)
    return LearnedCanonicalizer(ScoreGIN(1 + kwargs.get("noise_dim", 0)).double(), **kwargs)


def symmetric(x, generator):
    return Permutation.random(node_ptr(x), generator)


def motions(group, special=False):
    def sample(x, generator):
        return group.random(node_ptr(x), 3, special=special, dtype=DTYPE, generator=generator)

    return sample


def finite(group):
    def sample(x, generator):
        return FiniteOrthogonal.random(node_ptr(x), group, generator=generator)

    return sample


def both(group):
    def sample(x, generator):
        return Product(symmetric(x, generator), motions(group)(x, generator))

    return sample


C4, D3 = PointGroup.cyclic(4), PointGroup.dihedral(3)
DRAWS = {
    "uniform": (UniformCanonicalizer, symmetric, 3),
    "exact": (ExactCanonicalizer, symmetric, 3),
    "refinement": (RefinementCanonicalizer, symmetric, 3),
    "spectral": (SpectralCanonicalizer, symmetric, 3),
    "traversal": (TraversalCanonicalizer, symmetric, 3),
    "learned": (learned, symmetric, 3),
    "learned with noise": (lambda: learned(noise_dim=1), symmetric, 3),
    "Haar O(3)": (HaarCanonicalizer, motions(Orthogonal), 3),
    "Haar SE(3)": (lambda: HaarCanonicalizer(special=True, translation=True), motions(Euclidean, True), 3),
    "frame O(3)": (lambda: frame(FrameCanonicalizer, False, False), motions(Orthogonal), 3),
    "frame SO(3)": (lambda: frame(FrameCanonicalizer, True, False), motions(Orthogonal, True), 3),
    "frame E(3)": (lambda: frame(FrameCanonicalizer, False, True), motions(Euclidean), 3),
    "frame SE(3)": (lambda: frame(FrameCanonicalizer, True, True), motions(Euclidean, True), 3),
    "axes O(3)": (PrincipalAxesCanonicalizer, motions(Orthogonal), 3),
    "axes SE(3)": (lambda: PrincipalAxesCanonicalizer(special=True, translation=True), motions(Euclidean, True), 3),
    "energy C4": (lambda: EnergyCanonicalizer(Norms(), C4), finite(C4), 2),
    "energy D3": (lambda: EnergyCanonicalizer(Norms(), D3, temperature=0.5), finite(D3), 2),
    "uniform D3": (lambda: UniformFiniteCanonicalizer(D3), finite(D3), 2),
    "S_n x O(3)": (lambda: frame(ProductCanonicalizer, False, False), both(Orthogonal), 3),
    "S_n x E(3)": (lambda: frame(ProductCanonicalizer, False, True), both(Euclidean), 3),
}
USES = {
    "canonicalize": Canonicalize,
    "symmetrize": lambda *args: Symmetrize(*args[:2], num_draws=3, num_draws_eval=2, output=args[2]),
}
OUTPUTS = ("node", "vector", "pair", "graph", "graph_vector")


def build(draw):
    make, sample, dim = DRAWS[draw]
    return make(), sample, dim


NOISY = [name for name in DRAWS if build(name)[0].noise_kinds]  # the noise of the others is no tensor


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("draw", DRAWS)
def test_exact_given_the_element(draw, use, training):
    canonicalizer, sample, dim = build(draw)
    batch = Batch.from_data_list(list(clouds(dim).values()))
    generator = torch.Generator().manual_seed(0)
    for output in OUTPUTS:
        model = USES[use](Crooked(output, dim), canonicalizer, output).train(training)
        copies = 1 if use == "canonicalize" else 3 if training else 2
        with torch.no_grad():
            g = canonicalizer(repeat_data(batch, copies), generator=generator)
            crooked = []
            for _ in range(4):
                h = sample(batch, generator)
                actual = model(h.act_data(batch), g=h.repeat(copies) @ g)
                expected = h.act_as(model(batch, g=g), output)
                torch.testing.assert_close(actual, expected, rtol=0, atol=1e-10)
                crooked.append(model.backbone(h.act_data(batch)) - h.act_as(model.backbone(batch), output))
            assert max(float(gap.abs().max()) for gap in crooked) > 0.01


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("draw", NOISY)
def test_exact_given_the_noise_on_degenerate_inputs_too(draw, training):
    canonicalizer, sample, dim = build(draw)
    batch = Batch.from_data_list(list(clouds(dim).values()))
    assert_equivariant_draw(canonicalizer.train(training), batch, sample=sample, atol=1e-10)


@pytest.mark.parametrize("shape", ["general", "collinear", "coincident", "point", "square"])
@pytest.mark.parametrize("draw", DRAWS)
def test_in_law_without(draw, shape):
    canonicalizer, sample, dim = build(draw)
    data = clouds(dim)[shape]
    output = "vector" if "S_n" in draw or sample is not symmetric else "node"
    model = Symmetrize(Crooked(output, dim), canonicalizer, num_draws=2, output=output).eval()
    assert_equivariant_in_law(
        model, data, sample=sample, output=lambda g, out: g.act_as(out, output), num_draws=150, num_samples=3
    )


@pytest.mark.parametrize("draw", NOISY)
def test_graphs_of_a_batch_do_not_see_each_other(draw):
    canonicalizer, _, dim = build(draw)
    graphs = list(clouds(dim).values())
    batch = Batch.from_data_list(graphs)
    noise = canonicalizer.noise(batch)
    with torch.no_grad():
        moved = canonicalizer(batch, noise=noise).inverse().act_data(batch)
        for number, graph in enumerate(graphs):
            low, high = int(batch.ptr[number]), int(batch.ptr[number + 1])
            rows = {"node": slice(low, high), "vector": slice(low, high)}
            own = {
                key: value[rows.get(canonicalizer.noise_kinds[key], slice(number, number + 1))]
                for key, value in noise.items()
            }
            alone = Batch.from_data_list([graph])
            single = canonicalizer(alone, noise=own).inverse().act_data(alone)
            torch.testing.assert_close(moved.pos[low:high], single.pos, rtol=0, atol=1e-9)
