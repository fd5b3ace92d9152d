import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import Canonicalizer, HaarCanonicalizer, UniformCanonicalizer
from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.testing import assert_equivariant_draw

CLOUDS = Batch.from_data_list([Data(pos=torch.randn(n, 3, dtype=torch.float64)) for n in (2, 5)])
GRAPH = Data(num_nodes=4, edge_index=torch.tensor([[0, 1], [1, 2]]), x=torch.zeros(4, 1))


def turns(x, generator):
    return Orthogonal.random(node_ptr(x), 3, dtype=torch.float64, generator=generator)


class SortedNoise(Canonicalizer):
    """Sorts noise; one of its options is wrong."""

    def __init__(self, kind="node", tilt=0.0):
        super().__init__()
        self.kind, self.tilt = kind, tilt

    @property
    def noise_kinds(self):
        return {"key": self.kind}

    def noise(self, data, *, generator=None):
        return {"key": torch.rand(data.num_nodes, generator=generator, dtype=torch.float64)}

    def forward(self, data, *, noise=None, generator=None):
        key = noise["key"] + self.tilt * torch.arange(data.num_nodes)
        return self._from_rank(key.argsort().argsort(), node_ptr(data))


def test_accepts_what_is_equivariant():
    assert_equivariant_draw(SortedNoise(), GRAPH)
    assert_equivariant_draw(HaarCanonicalizer(3, translation=False), CLOUDS, sample=turns, atol=1e-10)


def test_leaves_the_generator_alone():
    state = torch.get_rng_state()
    assert_equivariant_draw(SortedNoise(), GRAPH)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("wrong", [SortedNoise(tilt=0.5), SortedNoise(kind="graph")])
def test_rejects_a_look_at_the_order_and_noise_that_does_not_move(wrong):
    with pytest.raises(AssertionError, match=r"the draw is not equivariant: .* differs by"):
        assert_equivariant_draw(wrong, GRAPH)


def test_rejects_a_transposed_frame_and_nan():
    class Transposed(HaarCanonicalizer):
        def forward(self, data, *, noise=None, generator=None):
            return super().forward(data, noise=noise).inverse()

    class Broken(HaarCanonicalizer):
        def forward(self, data, *, noise=None, generator=None):
            g = super().forward(data, noise=noise)
            return Orthogonal(g.matrix / 0 * 0, g.ptr, validate=False)

    for wrong in (Transposed(), Broken()):
        with pytest.raises(AssertionError, match=r"the draw is not equivariant: matrix differs by"):
            assert_equivariant_draw(wrong, CLOUDS, sample=turns)


def test_rejects_what_takes_no_noise_or_names_it_wrongly():
    with pytest.raises(TypeError, match=r"'UniformCanonicalizer.noise' expected a canonicalizer that takes its noise"):
        assert_equivariant_draw(UniformCanonicalizer(), GRAPH)

    class Unnamed(SortedNoise):
        @property
        def noise_kinds(self):
            return {}

    with pytest.raises(AssertionError, match=r"'noise_kinds' names \[\], and 'noise' \['key'\]"):
        assert_equivariant_draw(Unnamed(), GRAPH)


def test_given_elements_are_used():
    def only_the_reversal(x, generator):
        return Permutation(torch.tensor([3, 2, 1, 0]))

    assert_equivariant_draw(SortedNoise(), GRAPH, sample=only_the_reversal, num_samples=1)
