import pytest
import torch

from pyg_symbreak.spins import bonds_to_edges, check_lattice, check_sizes, cut_boundary, lattice_edges


@pytest.mark.parametrize("sizes", [(5,), (3, 4), (3, 4, 5)])
@pytest.mark.parametrize("periodic", [True, False])
def test_edges_join_neighbours(sizes, periodic):
    source, target = lattice_edges(sizes, periodic)
    grid = torch.cartesian_prod(*[torch.arange(size) for size in sizes]).view(-1, len(sizes))
    step = (grid[target] - grid[source]).abs()
    if periodic:
        step = torch.minimum(step, torch.tensor(sizes) - step)
    assert (step.sum(1) == 1).all()
    bonds = sum(2 * (grid.size(0) - (0 if periodic else grid.size(0) // size)) for size in sizes)
    assert source.numel() == len({*zip(source.tolist(), target.tolist())}) == bonds


def test_couplings_follow_the_edges():
    sizes, n = (3, 4), 12
    names = torch.arange(2.0 * 2 * n).view(2, 2, *sizes)  # two lattices; each bond has its own number
    edges, weight = lattice_edges(sizes), bonds_to_edges(names).view(2, -1)
    for k in range(2 * n):
        a, site = divmod(k, n)
        row, column = divmod(site, 4)
        other = row * 4 + (column + 1) % 4 if a == 0 else (row + 1) % 3 * 4 + column
        assert edges[:, k].tolist() == [site, other]
        assert edges[:, k + 2 * n].tolist() == [other, site]
        assert weight[1, k] == weight[1, k + 2 * n] == names[1, a, row, column]


def test_an_open_lattice_is_a_torus_without_bonds_across():
    sizes = (3, 4, 3)
    bonds = cut_boundary(torch.rand(1, 3, *sizes) + 1)
    torus, weight = lattice_edges(sizes), bonds_to_edges(bonds)
    kept = weight != 0
    assert torch.equal(torus[:, kept], lattice_edges(sizes, periodic=False))
    assert torch.equal(weight[kept], bonds_to_edges(bonds, periodic=False))
    assert cut_boundary(bonds) is not bonds


@pytest.mark.parametrize("sizes", [(5,), (3, 4), (3, 4, 5)])
def test_good_lattices_pass(sizes):
    field, bonds = torch.zeros(4, *sizes), torch.ones(4, len(sizes), *sizes)
    assert check_lattice(field, bonds) == sizes
    assert check_lattice(field, cut_boundary(bonds), periodic=False) == sizes
    assert check_lattice(field, 0 * bonds) == sizes
    mixed = torch.cat([bonds[:2], cut_boundary(bonds[2:])])
    assert check_lattice(field, mixed, torch.tensor([True, True, False, False])) == sizes
    diluted = cut_boundary(bonds)
    diluted[:, 0].select(-1, 0).zero_()
    assert check_lattice(field, diluted) == sizes  # a torus may lack bonds anywhere


def test_boundaries_mixed_up():
    field, bonds = torch.zeros(2, 4, 4), torch.ones(2, 2, 4, 4)
    with pytest.raises(
        ValueError, match=r"'Net' expected an open lattice to have no bonds across its boundary \(got some in 2 of 2\)"
    ):
        check_lattice(field, bonds, False, owner="Net")
    mixed = torch.cat([bonds[:1], cut_boundary(bonds[:1])])
    with pytest.raises(ValueError, match=r"expected an open lattice .* \(got some in 1 of 2\)"):
        check_lattice(field, mixed, torch.tensor([False, True]))
    with pytest.raises(
        ValueError, match=r"'check_lattice' expected periodic boundaries \(got 1 of 2 lattices with all"
    ):
        check_lattice(field, mixed)


def test_errors():
    field, bonds = torch.zeros(2, 4, 5), torch.ones(2, 2, 4, 5)
    with pytest.raises(ValueError, match=r"expected 'bonds' of shape \(2, 2, 4, 5\) for a field of shape \(2, 4, 5\)"):
        check_lattice(field, bonds.transpose(2, 3))
    with pytest.raises(ValueError, match="expected 'bonds' of shape"):
        check_lattice(field, bonds[:, :1])
    with pytest.raises(TypeError, match=r"expected 'bonds' as floating point numbers \(got torch.int64\)"):
        check_lattice(field, bonds.long())
    with pytest.raises(TypeError, match="expected 'field' as floating point"):
        check_lattice(field.long(), bonds)
    with pytest.raises(ValueError, match=r"expected finite numbers in 'field' \(got NaN or infinity\)"):
        check_lattice(field.clone().fill_(float("nan")), bonds)
    with pytest.raises(ValueError, match=r"expected finite numbers in 'bonds'"):
        check_lattice(field, bonds / 0)
    with pytest.raises(ValueError, match=r"'check_lattice' expected sizes of at least 3, .* \(got \(2, 5\)\)"):
        check_lattice(field[:, :2], bonds[:, :, :2])
    with pytest.raises(ValueError, match=r"expected a lattice of 1, 2 or 3 dimensions \(got sizes \(\)\)"):
        check_lattice(torch.zeros(3), torch.zeros(3, 0))
    with pytest.raises(ValueError, match="expected sizes of at least 3"):
        lattice_edges((2, 4))
    assert check_sizes((3, 3, 3)) == (3, 3, 3)
