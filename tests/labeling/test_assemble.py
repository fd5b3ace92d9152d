import math

import networkx as nx
import pytest
from torch_geometric.utils import from_networkx

from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.engine import label
from pyg_symbreak.labeling.individualize import CERTIFY


@pytest.mark.parametrize(
    ("graph", "order"), [(nx.petersen_graph(), 120), (nx.star_graph(5), 120), (nx.cycle_graph(7), 14)]
)
def test_the_proved_factors_multiply_to_the_group_order(graph, order):
    found = label(color_graphs(from_networkx(graph)), CERTIFY, want_symmetries=True)
    product = 1
    for proof in found.symmetries:
        for factor, is_factorial in zip(proof.factor.tolist(), proof.is_factorial.tolist()):
            product *= math.factorial(factor) if is_factorial else factor
    assert product == order
