import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.canonicalizers import HaarCanonicalizer
from pyg_symbreak.groups import Euclidean, Orthogonal
from pyg_symbreak.testing import assert_equivariant_in_law

CLOUDS = Batch.from_data_list([Data(pos=torch.randn(n, 3, dtype=torch.float64)) for n in (1, 4, 0, 2)])


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("translation", [False, True])
def test_exactly_equivariant_given_the_noise(special, translation):
    canonicalizer = HaarCanonicalizer(3, special=special, translation=translation)
    noise = canonicalizer.noise(CLOUDS)
    g = canonicalizer(CLOUDS, noise=noise)
    group = Euclidean if translation else Orthogonal
    assert isinstance(g, group)
    h = group.random(CLOUDS.ptr, 3, special=special, dtype=torch.float64)
    moved = {key: h.act_as(value, canonicalizer.noise_kinds[key]) for key, value in noise.items()}
    again = canonicalizer(h.act_data(CLOUDS), noise=moved)
    x = torch.randn(7, 3, dtype=torch.float64)
    torch.testing.assert_close(again.act(x), (h @ g).act(x), rtol=0, atol=1e-10)


@pytest.mark.parametrize("special", [False, True])
def test_law(special):
    def sample(x, generator):
        return Orthogonal.random(torch.tensor([0, 2]), 2, special=special, dtype=torch.float64, generator=generator)

    cloud = Data(pos=torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64))
    assert_equivariant_in_law(HaarCanonicalizer(2, special=special), cloud, sample=sample, num_draws=500)
    flips = torch.linalg.det(HaarCanonicalizer(2, special=special)(Batch.from_data_list([cloud] * 400)).matrix) < 0
    assert int(flips.sum()) == 0 if special else 140 < int(flips.sum()) < 260


def test_seeds_repeat():
    one, two = (HaarCanonicalizer()(CLOUDS, generator=torch.Generator().manual_seed(1)).matrix for _ in range(2))
    assert torch.equal(one, two)
    assert one.dtype == torch.float64


def test_errors_and_repr():
    with pytest.raises(ValueError, match=r"'HaarCanonicalizer' expected 'data.pos' \(got \['num_nodes'\]\)"):
        HaarCanonicalizer()(Data(num_nodes=2))
    with pytest.raises(ValueError, match=r"'HaarCanonicalizer' expected 'data.pos' of shape \[2, 3\] \(got \[2, 2\]\)"):
        HaarCanonicalizer()(Data(pos=torch.zeros(2, 2)))
    assert repr(HaarCanonicalizer(2)) == "HaarCanonicalizer(dim=2, special=False, translation=False)"
