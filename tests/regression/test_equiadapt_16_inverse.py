"""equiadapt#16: undoing a canonicalization fails, because the canonicalizer keeps what it drew to itself."""

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.canonicalizers import (
    ExactCanonicalizer,
    LearnedCanonicalizer,
    RefinementCanonicalizer,
    SpectralCanonicalizer,
    UniformCanonicalizer,
)
from pyg_symbreak.testing import graph_zoo

KINDS = [
    UniformCanonicalizer,
    ExactCanonicalizer,
    RefinementCanonicalizer,
    SpectralCanonicalizer,
    LearnedCanonicalizer,
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_inverse_of_the_returned_element_leads_back(kind):
    zoo = graph_zoo()
    canonicalizer = kind()
    batches = [Batch.from_data_list([zoo[a], zoo[b]]) for a, b in (("petersen", "path-3"), ("toluene", "cycle-5"))]
    # Two draws at once: nothing is kept on the module.
    elements = [canonicalizer(batch) for batch in batches]
    for g, batch in zip(elements, batches):
        x = torch.randn(batch.num_nodes, 2)
        torch.testing.assert_close(g.act(g.inverse().act(x)), x)
        back = g.act_data(g.inverse().act_data(batch))
        assert torch.equal(back.edge_index, batch.edge_index)
        assert torch.equal(back.node_color, batch.node_color)
