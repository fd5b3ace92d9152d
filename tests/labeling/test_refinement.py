import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.labeling.coloring import color_graphs
from pyg_symbreak.labeling.hashing import GOLDEN, mix
from pyg_symbreak.labeling.refinement import multiplier, refine


def cells(data):
    graphs = color_graphs(data)
    h = mix(graphs.color + GOLDEN)
    return refine(h, graphs.batch, graphs.num_graphs, graphs.src, graphs.dst, multiplier(graphs.kind))


def path(n):
    i = torch.arange(n - 1)
    return Data(edge_index=torch.stack([torch.cat([i, i + 1]), torch.cat([i + 1, i])]), num_nodes=n)


def test_a_path_has_a_cell_for_each_distance_to_its_ends():
    assert int(cells(path(21))[2].sum()) == 11


def test_hashes_do_not_depend_on_the_batch():
    alone = cells(path(5))[0]
    together = cells(Batch.from_data_list([path(40), path(5)]))[0]
    assert torch.equal(together[40:], alone)
