import pytest
import torch

from pyg_symbreak.canonicalizers import RelaxedFiniteOrthogonal, RelaxedLatticeSymmetry
from pyg_symbreak.canonicalizers.finite_groups import (
    all_elements,
    check_element,
    check_group,
    flat_noise,
    function_shape,
    group_elements,
    gumbel_noise,
    relax,
)
from pyg_symbreak.groups import FiniteOrthogonal, LatticeSymmetry, Orthogonal, PointGroup
from tests.canonicalizers.lattice_cases import GREY, P2MM, P4M, batch_of, named

GROUPS = {
    PointGroup.cyclic(4): (FiniteOrthogonal, RelaxedFiniteOrthogonal),
    PointGroup.dihedral(3): (FiniteOrthogonal, RelaxedFiniteOrthogonal),
    P2MM: (LatticeSymmetry, RelaxedLatticeSymmetry),
    GREY: (LatticeSymmetry, RelaxedLatticeSymmetry),
}


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_one_interface_for_every_finite_group(group):
    hard, soft = GROUPS[group]
    ptr = torch.arange(3) * getattr(group, "num_sites", 5)
    g = group_elements(group, torch.tensor([1, 2]), ptr)
    assert type(g) is hard
    assert g.index.tolist() == [1, 2]
    assert torch.equal(g.ptr, ptr)
    weights = torch.full((2, len(group)), 1 / len(group))
    relaxed = relax(g, weights, weights.log())
    assert type(relaxed) is soft
    assert torch.equal(relaxed.detach().index, g.index)
    assert relaxed.soft is weights
    assert torch.equal(relaxed.logits, weights.log())
    assert check_element("owner", relaxed, group) is relaxed.index


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_noise_moves_as_a_function_on_the_group(group):
    x = torch.zeros(2, *getattr(group, "sizes", (4, 4)))
    noise = gumbel_noise(group, x, torch.Generator().manual_seed(0))
    assert noise.shape == (2, *function_shape(group))
    assert noise.dtype == torch.float64
    flat = flat_noise("owner", noise, group, 2)
    h = group_elements(group, torch.tensor([1, len(group) - 1]), torch.arange(3))
    moved = flat_noise("owner", h.act_as(noise, "regular"), group, 2)
    every = all_elements(group, x)
    for k in range(len(group)):
        # The value at k comes to h k.
        place = h.compose(group_elements(group, torch.full((2,), k), torch.arange(3))).index
        assert torch.equal(moved.gather(1, place.unsqueeze(1)).squeeze(1), flat[:, k])
        assert every.index[2 * k : 2 * k + 2].tolist() == [k, k]


def test_gumbel_noise_has_the_law_of_gumbel():
    noise = gumbel_noise(P4M, torch.zeros(400, 4, 4), torch.Generator().manual_seed(0)).flatten()
    assert float(noise.mean()) == pytest.approx(0.5772, abs=0.03)
    assert float(noise.var()) == pytest.approx(torch.pi**2 / 6, abs=0.06)


def test_elements_of_batches():
    batch = batch_of(*named(P4M).values())
    every = all_elements(P4M, batch)
    assert every.num_graphs == 128 * len(batch)
    assert torch.equal(every.ptr, torch.arange(128 * len(batch) + 1) * 16)


def test_errors():
    with pytest.raises(
        TypeError, match=r"'owner' expected 'group' as a 'PointGroup' or a 'LatticeGroup' \(got 'str'\)"
    ):
        check_group("owner", "p4m")
    with pytest.raises(TypeError, match=r"'owner' expected 'g' as elements of LatticeGroup.* \(got 'Orthogonal'\)"):
        check_element("owner", Orthogonal.identity(torch.tensor([0, 1]), 2), P4M)
    with pytest.raises(ValueError, match=r"'owner' expected elements of LatticeGroup.*4x4.* \(got .*3x5.*\)"):
        check_element("owner", LatticeSymmetry.identity(1, P2MM), P4M)
    with pytest.raises(ValueError, match=r"'owner' expected the noise 'gumbel' of shape \[2, 8, 4, 4\] \(got \[1\]\)"):
        flat_noise("owner", torch.zeros(1), P4M, 2)
    with pytest.raises(TypeError, match=r"'group_elements' expected a finite group \(got 'int'\)"):
        group_elements(4, torch.zeros(1), torch.zeros(2))
    with pytest.raises(TypeError, match=r"'relax' expected elements of a finite group \(got 'Orthogonal'\)"):
        relax(Orthogonal.identity(torch.tensor([0, 1]), 2), torch.zeros(1, 1))
