import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import from_networkx

from pyg_symbreak.canonicalizers import SpectralCanonicalizer, spectral
from pyg_symbreak.groups import Permutation
from pyg_symbreak.testing import orbits_by_search


def graph(g):
    g = nx.convert_node_labels_to_integers(g)
    return Data(edge_index=from_networkx(g).edge_index, num_nodes=g.number_of_nodes())


def cells(data):
    """The classes of nodes that the canonicalizer cannot tell apart, from many draws."""
    canonicalizer = SpectralCanonicalizer()
    cell = canonicalizer._cells(data, torch.tensor([0, data.num_nodes]))
    return [int((cell == c).nonzero()[0]) for c in cell]


REPEATED = {
    "two triangles": nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)),
    "nine-cycle": nx.cycle_graph(9),
    "petersen": nx.petersen_graph(),
    "star": nx.star_graph(6),
    "complete": nx.complete_graph(7),
    "grid": nx.grid_2d_graph(3, 3),
    "path and point": nx.disjoint_union(nx.path_graph(4), nx.empty_graph(1)),
    "binary tree": nx.balanced_tree(2, 3),
}


@pytest.mark.parametrize("name", list(REPEATED))
def test_repeated_eigenvalues_leave_the_orbits_together_and_here_apart_from_each_other(name):
    data = graph(REPEATED[name])
    for seed in range(3):
        g = Permutation.random(torch.tensor([0, data.num_nodes]), torch.Generator().manual_seed(seed))
        moved = g.act_data(data)
        assert cells(moved) == orbits_by_search(moved).tolist()


def test_the_form_of_an_asymmetric_graph_does_not_depend_on_its_numbering():
    random = nx.gnp_random_graph(40, 0.2, seed=3)
    data = graph(random)
    canonicalizer = SpectralCanonicalizer()
    forms = set()
    for seed in range(5):
        g = Permutation.random(torch.tensor([0, 40]), torch.Generator().manual_seed(seed))
        moved = g.act_data(data)
        form = canonicalizer(moved).inverse().act_data(moved)
        forms.add(tuple(sorted(map(tuple, form.edge_index.T.tolist()))))
    assert len(forms) == 1


def test_draws_from_the_product_of_the_tied_classes():
    batch = Batch.from_data_list([graph(nx.cycle_graph(4))] * 2000)
    rank = SpectralCanonicalizer().rank(batch).view(-1, 4)
    assert rank.unique(dim=0).size(0) == 24


def test_batches_of_mixed_sizes_are_per_graph(monkeypatch):
    graphs = [graph(nx.gnp_random_graph(n, 0.4, seed=n)) for n in (9, 3, 17, 1, 12, 30, 2)] + [graph(nx.empty_graph(0))]
    batch = Batch.from_data_list(graphs)
    canonicalizer = SpectralCanonicalizer()
    cell = canonicalizer._cells(batch, batch.ptr)
    alone = [canonicalizer._cells(d, torch.tensor([0, d.num_nodes])) for d in graphs]
    assert torch.equal(cell, torch.cat([a + int(start) for a, start in zip(alone, batch.ptr)]))
    monkeypatch.setattr(spectral, "MAX_ENTRIES", 1)  # one graph at a time
    assert torch.equal(canonicalizer._cells(batch, batch.ptr), cell)


def test_disconnected_graphs_and_padding_do_not_mix():
    # The small graph is padded in the batch; padding must add neither components nor eigenvalues.
    small, large = graph(nx.empty_graph(5)), graph(nx.path_graph(8))
    batch = Batch.from_data_list([small, large])
    cell = SpectralCanonicalizer()._cells(batch, batch.ptr)
    assert cell[:5].unique().numel() == 1
    assert cell[5:].unique().numel() == 4


def test_directions_and_self_loops_do_not_count_and_parallel_edges_do():
    one_way = Data(edge_index=torch.tensor([[0, 2], [1, 1]]), num_nodes=3)
    assert cells(one_way) == [0, 1, 0]
    loop = Data(edge_index=torch.tensor([[0, 1, 1, 2, 0], [1, 0, 2, 1, 0]]), num_nodes=3)
    assert cells(loop) == [0, 1, 0]
    double = Data(edge_index=torch.tensor([[0, 1, 1, 2, 0, 1], [1, 0, 2, 1, 1, 0]]), num_nodes=3)
    assert cells(double) == [0, 1, 2]
    assert cells(Data(num_nodes=2)) == [0, 0]


def test_repeats_on_graphs_of_more_than_a_hundred_nodes():
    data = graph(nx.random_regular_graph(3, 120, seed=1))
    canonicalizer = SpectralCanonicalizer()
    draws = [canonicalizer.rank(data, generator=torch.Generator().manual_seed(0)) for _ in range(2)]
    assert torch.equal(*draws)


def test_repr_and_errors():
    assert repr(SpectralCanonicalizer()) == "SpectralCanonicalizer(resolution=1e-06)"
    with pytest.raises(ValueError, match=r"'SpectralCanonicalizer' expected 'resolution' to be positive \(got 0.0\)"):
        SpectralCanonicalizer(0.0)
