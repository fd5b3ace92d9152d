import networkx as nx
import pytest
from torch_geometric.utils import from_networkx

from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.engine import label
from pyg_symbreak.labeling.individualize import CERTIFY, SAMPLE


@pytest.mark.parametrize("mode", [CERTIFY, SAMPLE])
def test_every_mode_orders_the_nodes(mode):
    found = label(color_graphs(from_networkx(nx.petersen_graph())), mode)
    assert sorted(found.rank.tolist()) == list(range(10))
    assert not bool(found.failed.any())
