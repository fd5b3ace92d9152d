"""The transforms under contract, and the graphs that they are tried on."""

import torch
from torch_geometric.data import Data

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import (
    AddCanonicalLaplacianPE,
    AddCanonicalRank,
    AddOrbits,
    AddRandomNodeFeatures,
    AddSymPE,
    RandomNodePermutation,
    ToCanonicalOrder,
)

ZOO = graph_zoo()

# name: (a transform, the attribute that it adds, every argument with a value that is not its default)
CASES = {
    "AddCanonicalRank": (
        AddCanonicalRank(),
        "canonical_rank",
        {"randomize": False, "attr_name": "r", "node_attrs": ("x",), "edge_attrs": ("edge_attr",)},
    ),
    "ToCanonicalOrder": (
        ToCanonicalOrder(),
        None,
        {"randomize": False, "node_attrs": ("x",), "edge_attrs": ("edge_attr",)},
    ),
    "AddSymPE": (
        AddSymPE(dim=4),
        "sympe",
        {"dim": 6, "encoding": "cosine", "max_nodes": 20, "randomize": False, "attr_name": "r", "node_attrs": ("x",)},
    ),
    "AddOrbits": (AddOrbits(), "orbit", {"attr_name": "r", "node_attrs": ("x",), "edge_attrs": ("edge_attr",)}),
    "AddRandomNodeFeatures": (
        AddRandomNodeFeatures(dim=3),
        "random_features",
        {"dim": 2, "distribution": "uniform", "attr_name": "r"},
    ),
    "AddCanonicalLaplacianPE": (
        AddCanonicalLaplacianPE(k=3),
        "laplacian_pe",
        {"k": 2, "normalization": None, "pad": False, "weight_attr": "w", "dense_threshold": 9, "randomize": False},
    ),
    "RandomNodePermutation": (RandomNodePermutation(), None, {}),
}
EXACT = ("AddOrbits",)
LABELLING = {"max_search_nodes": 7, "on_budget": "uncertified"}


def edges(*pairs):
    return torch.tensor(pairs, dtype=torch.long).view(-1, 2).t().contiguous()


INPUTS = {
    "no nodes": Data(x=torch.empty(0, 2), edge_index=edges()),
    "one node": Data(x=torch.ones(1, 2), edge_index=edges()),
    "two nodes": Data(x=torch.ones(2, 2), edge_index=edges((0, 1), (1, 0))),
    "no edges": Data(x=torch.ones(4, 2), edge_index=edges()),
    "edges not given": Data(x=torch.ones(3, 2)),
    "one self-loop alone": Data(x=torch.ones(1, 2), edge_index=edges((0, 0))),
    "self-loops": Data(x=torch.ones(3, 2), edge_index=edges((0, 0), (0, 1), (1, 0), (2, 2))),
    "duplicate edges": Data(x=torch.ones(3, 2), edge_index=edges((0, 1), (0, 1), (1, 0), (1, 0), (1, 2), (2, 1))),
    "directed": Data(x=torch.ones(4, 2), edge_index=edges((0, 1), (1, 2), (3, 2))),
    "disconnected": Data(x=torch.ones(5, 2), edge_index=edges((0, 1), (1, 0), (2, 3), (3, 2))),
    "vertex-transitive": Data(x=torch.ones(5, 2), edge_index=ZOO["cycle-5"].edge_index),
    "integer x": Data(x=torch.arange(6).view(3, 2), edge_index=edges((0, 1), (1, 0))),
    "float64 x": Data(x=torch.rand(3, 2, dtype=torch.float64), edge_index=edges((0, 1), (1, 0))),
    "vector x": Data(x=torch.rand(3), edge_index=edges((0, 1), (1, 0))),
    "no x": Data(num_nodes=3, edge_index=edges((0, 1), (1, 0))),
    "as many nodes as edges": Data(
        x=torch.arange(3.0), edge_attr=torch.arange(3), edge_index=edges((0, 1), (1, 2), (2, 0))
    ),
    "more of everything": Data(
        x=torch.rand(4, 2),
        edge_index=edges((0, 1), (1, 0), (2, 3), (3, 2)),
        edge_attr=torch.arange(4.0),
        y=torch.tensor([3]),
        pos=torch.rand(4, 3),
        mark=torch.tensor([True, False, True, False]),
        title="a graph",
    ),
}


def parts(data):
    return {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in data.items()}


def assert_same(first, second):
    assert list(first) == list(second)
    for key, value in first.items():
        if isinstance(value, torch.Tensor):
            assert value.dtype == second[key].dtype, key
            torch.testing.assert_close(value, second[key], rtol=1e-5, atol=1e-6, equal_nan=True)
        else:
            assert value == second[key], key
