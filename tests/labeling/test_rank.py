import importlib.util
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling import canonical_rank, random_canonical_rank, refinement_rank, wl_colors

_spec = importlib.util.spec_from_file_location("labeling_zoo", Path(__file__).with_name("zoo.py"))
zoo = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(zoo)


SMALL = [name for name, (_, order) in zoo.ZOO.items() if order <= 120]


@pytest.mark.parametrize("name", [*SMALL, pytest.param("Shrikhande", marks=pytest.mark.slow)])
def test_draws_are_uniform_over_the_coset(name):
    data, order = zoo.ZOO[name]
    draws = order * 20
    batch = Batch.from_data_list([data] * draws)
    generator = torch.Generator().manual_seed(7)
    ranks = random_canonical_rank(batch, generator=generator, **zoo.attributes(data)).view(draws, -1)
    counts = Counter(map(tuple, ranks.tolist()))
    assert len(counts) == order
    statistic = sum((count - 20) ** 2 / 20 for count in counts.values())
    # Wilson–Hilferty: 3.72 standard deviations are exceeded with probability 1e-4.
    free = order - 1
    assert statistic < free * (1 - 2 / (9 * free) + 3.72 * (2 / (9 * free)) ** 0.5) ** 3
    forms = {str(zoo.relabelled(data, torch.tensor(rank))) for rank in counts}
    assert len(forms) == 1


@pytest.mark.parametrize("name", zoo.ZOO)
def test_renumbering_changes_nothing(name):
    data, _ = zoo.ZOO[name]
    options = zoo.attributes(data)
    form = zoo.relabelled(data, canonical_rank(data, **options))
    for _ in range(3):
        other, number = zoo.shuffled(data)
        assert zoo.relabelled(other, canonical_rank(other, **options)) == form
        assert torch.equal(wl_colors(other, **options)[number], wl_colors(data, **options))


def test_a_batch_is_its_graphs():
    graphs = [data for data, _ in zoo.ZOO.values() if not zoo.attributes(data)]
    batch = Batch.from_data_list(graphs)
    for function in (canonical_rank, wl_colors):
        assert torch.equal(function(batch), torch.cat([function(data) for data in graphs]))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.floats(0, 1), st.integers(0, 2**31), st.booleans())
def test_random_graphs_have_one_form(n, p, seed, directed):
    data = zoo.to_data(nx.gnp_random_graph(n, p, seed=seed, directed=directed))
    other, _ = zoo.shuffled(data, torch.Generator().manual_seed(seed))
    forms = [zoo.relabelled(graph, rank(graph)) for graph in (data, other) for rank in (canonical_rank,) * 2]
    assert all(form == forms[0] for form in forms)


def test_a_seed_repeats_the_draw_and_the_global_one_moves_on():
    data = zoo.ZOO["Petersen"][0]
    draws = [random_canonical_rank(data, generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*draws)
    assert len({tuple(random_canonical_rank(data).tolist()) for _ in range(8)}) > 1


def test_refinement_alone_draws_the_leaves_of_a_cycle():
    batch = Batch.from_data_list([zoo.ZOO["C6"][0]] * 400)
    ranks = refinement_rank(batch).view(400, 6)
    assert len(set(map(tuple, ranks.tolist()))) == 12
    assert refinement_rank(Data(num_nodes=0)).tolist() == []
