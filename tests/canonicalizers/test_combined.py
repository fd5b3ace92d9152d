import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.canonicalizers import (
    CombinedCanonicalizer,
    ExactCanonicalizer,
    FrameCanonicalizer,
    HaarCanonicalizer,
    LearnedCanonicalizer,
    PrincipalAxesCanonicalizer,
)
from pyg_symbreak.groups import Euclidean, Orthogonal, Permutation, Product
from pyg_symbreak.nn import Canonicalize
from pyg_symbreak.nn.vector import VectorFrame
from pyg_symbreak.testing import assert_equivariant_draw, assert_equivariant_in_law
from tests.canonicalizers.cloud_cases import motions


def molecule():
    """A path of three atoms in space; its ends can be told apart by their places only."""
    pos = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.2, 0.0], [1.5, 1.0, 0.7]], dtype=torch.float64)
    return Data(pos=pos, edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))


def test_exactly_equivariant_given_the_noise():
    both = CombinedCanonicalizer(LearnedCanonicalizer().double(), PrincipalAxesCanonicalizer(translation=True))
    assert both.noise_kinds == {"0.ties": "node", "1.axes": "graph_vector"}
    assert_equivariant_draw(both, molecule(), sample=motions(Euclidean, 3, symmetric=True), atol=1e-10)


def test_equivariant_in_law_with_a_part_that_takes_no_noise():
    class First(torch.nn.Module):
        def forward(self, data):
            return data.pos[data.ptr[:-1]].tanh()

    both = CombinedCanonicalizer(ExactCanonicalizer(), HaarCanonicalizer())
    model = Canonicalize(First(), both, output="graph")
    sample = motions(Orthogonal, 3, symmetric=True)
    assert_equivariant_in_law(model, molecule(), sample=sample, output="graph", num_draws=400, num_samples=4)
    with pytest.raises(TypeError, match=r"'ExactCanonicalizer\.noise' expected a canonicalizer that takes its noise"):
        both.noise(molecule())


def test_parts_come_in_their_order_and_follow_the_generator():
    both = CombinedCanonicalizer(PrincipalAxesCanonicalizer(), ExactCanonicalizer())
    first, second = (both(molecule(), generator=torch.Generator().manual_seed(0)) for _ in range(2))
    assert isinstance(first, Product)
    assert [type(part) for part in first.parts] == [Orthogonal, Permutation]
    assert torch.equal(first.parts[0].matrix, second.parts[0].matrix)
    assert first.parts[1] == second.parts[1]


def test_prior_loss_is_that_of_the_trained_parts():
    frame = FrameCanonicalizer(VectorFrame(1).double())
    both = CombinedCanonicalizer(ExactCanonicalizer(), frame)
    g = both(molecule())
    assert torch.equal(both.prior_loss(g), frame.prior_loss(g.parts[1]))
    with pytest.raises(TypeError, match=r"expected a 'Product' \(got 'Permutation'\)"):
        both.prior_loss(g.parts[0])
    with pytest.raises(TypeError, match=r"'CombinedCanonicalizer\.prior_loss' expected a canonicalizer that"):
        CombinedCanonicalizer(ExactCanonicalizer()).prior_loss(Product(g.parts[0]))


def test_reset_and_errors():
    frame = FrameCanonicalizer(VectorFrame(1))
    before = frame.network.head.mix.weight.clone()
    CombinedCanonicalizer(ExactCanonicalizer(), frame).reset_parameters()
    assert not torch.equal(before, frame.network.head.mix.weight)
    with pytest.raises(ValueError, match=r"expected at least one canonicalizer \(got none\)"):
        CombinedCanonicalizer()
    with pytest.raises(TypeError, match=r"'CombinedCanonicalizer' expected canonicalizers \(got 'Identity'\)"):
        CombinedCanonicalizer(torch.nn.Identity())
