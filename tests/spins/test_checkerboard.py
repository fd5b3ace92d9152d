import pytest
import torch

from pyg_symbreak.spins import cut_boundary, lattice_edges
from pyg_symbreak.spins.checkerboard import checkerboard


@pytest.mark.parametrize("sizes", [(4, 6), (5, 4), (3, 3), (5, 7), (7,), (3, 4, 5), (4, 4, 4)])
@pytest.mark.parametrize("periodic", [True, False])
def test_no_neighbours_share_a_color(sizes, periodic):
    n, d = torch.Size(sizes).numel(), len(sizes)
    numbers = torch.arange(1.0, d * n + 1).view(1, d, *sizes)
    bonds = numbers if periodic else cut_boundary(numbers)
    order, colors = checkerboard(bonds)
    assert len(colors) == (2 if not periodic or all(size % 2 == 0 for size in sizes) else 3)
    assert sorted(order.tolist()) == list(range(n))
    assert [(color.start, color.end) for color in colors] == [
        (a, b) for a, b in zip([0, *[c.end for c in colors]], [c.end for c in colors])
    ]
    color_of = torch.empty(n, dtype=torch.long)
    for k, color in enumerate(colors):
        assert torch.equal(order[color.start : color.end], color.sites)
        color_of[color.sites] = k
    source, target = lattice_edges(sizes, periodic)
    assert (color_of[source] != color_of[target]).all()
    weight = dict(zip(zip(*lattice_edges(sizes).tolist()), numbers.flatten().repeat(2).tolist()))
    for color in colors:
        for places, couplings in zip(color.around, color.bonds):
            pairs = zip(color.sites.tolist(), order[places].tolist())
            assert [weight[pair] for pair in pairs] == numbers.flatten()[couplings].tolist()
    assert sum(color.around.numel() for color in colors) == 2 * d * n
