import math

import pytest
import torch

from pyg_symbreak.canonicalizers import UniformFiniteCanonicalizer
from pyg_symbreak.groups import FiniteOrthogonal, LatticeSymmetry, Orthogonal, PointGroup
from pyg_symbreak.testing import assert_equivariant_draw, assert_equivariant_in_law, chi_square_uniform, replicate
from tests.canonicalizers.lattice_cases import GREY, P2MM, P4M, batch_of, named, random_symmetry


@pytest.mark.parametrize("group", [P2MM, P4M, GREY], ids=repr)
def test_every_element_comes_equally_often_whatever_the_lattice(group):
    canonicalizer = UniformFiniteCanonicalizer(group)
    for name in ("uniform", "stripes", "random"):
        data = replicate(named(group)[name], 30 * len(group))
        for noise in (None, canonicalizer.noise(data)):
            counts = canonicalizer(data, noise=noise).index.bincount(minlength=len(group))
            assert chi_square_uniform(counts) > 1e-5


def test_equivariant():
    canonicalizer = UniformFiniteCanonicalizer(GREY)
    assert_equivariant_draw(canonicalizer, batch_of(*named(GREY).values()), sample=random_symmetry(GREY))
    canonicalizer = UniformFiniteCanonicalizer(P2MM)
    assert_equivariant_in_law(canonicalizer, named(P2MM)["random"], sample=random_symmetry(P2MM), num_samples=3)


def test_grids_and_point_groups():
    canonicalizer = UniformFiniteCanonicalizer(PointGroup.dihedral(4))
    x = torch.randn(800, 3, 5, 5)
    g = canonicalizer(x)
    assert isinstance(g, FiniteOrthogonal)
    assert chi_square_uniform(g.index.bincount(minlength=8)) > 1e-5
    assert canonicalizer.noise(x)["gumbel"].shape == (800, 8)
    assert canonicalizer(x[:0]).num_graphs == 0


def test_probabilities_and_elements():
    canonicalizer, batch = UniformFiniteCanonicalizer(P4M), batch_of(*named(P4M).values())
    g = canonicalizer(batch, generator=torch.Generator().manual_seed(0))
    assert torch.equal(g.index, canonicalizer(batch, generator=torch.Generator().manual_seed(0)).index)
    log_prob = canonicalizer.log_prob(batch, g)
    torch.testing.assert_close(log_prob, torch.full((len(batch),), -math.log(128), dtype=torch.float64))
    assert canonicalizer.num_elements == 128
    assert canonicalizer.elements(batch).num_graphs == 128 * len(batch)
    assert repr(canonicalizer) == "UniformFiniteCanonicalizer(group=LatticeGroup('p4m', 4x4))"


def test_errors():
    data = named(P4M)["random"]
    with pytest.raises(TypeError, match=r"'UniformFiniteCanonicalizer' expected 'group' as .* \(got 'int'\)"):
        UniformFiniteCanonicalizer(4)
    canonicalizer = UniformFiniteCanonicalizer(P4M)
    with pytest.raises(ValueError, match=r"'UniformFiniteCanonicalizer' expected the noise 'gumbel' of shape"):
        canonicalizer(data, noise={"gumbel": torch.zeros(1, 3)})
    with pytest.raises(TypeError, match=r"'UniformFiniteCanonicalizer.log_prob' expected 'g' as elements of"):
        canonicalizer.log_prob(data, Orthogonal.identity(torch.tensor([0, 16]), 2))
    with pytest.raises(ValueError, match=r"'UniformFiniteCanonicalizer.log_prob' expected elements of"):
        canonicalizer.log_prob(data, LatticeSymmetry.identity(1, GREY))
