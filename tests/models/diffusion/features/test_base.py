import networkx as nx
import pytest
import torch

from pyg_symbreak.groups import Permutation
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.features import (
    RRWP,
    CycleCounts,
    MolecularFeatures,
    SpectralProjectors,
    StructuralFeature,
    make_features,
)
from pyg_symbreak.models.diffusion.features.base import node_entries, pair_entries, pair_matrix

CONSTANTS = {"valences": (4, 3, 2, 1), "weights": (12.0, 14.0, 16.0, 19.0), "bond_orders": (0, 1, 2, 3)}
BUILD = {
    "rrwp": lambda dtype: RRWP(6, 4, dtype=dtype),
    "cycles": lambda dtype: CycleCounts(4, dtype=dtype),
    "spectral": lambda dtype: SpectralProjectors(4, dtype=dtype),
    "molecular": lambda dtype: MolecularFeatures(**CONSTANTS, num_edge_types=4, dtype=dtype),
    "all": lambda dtype: make_features(
        ["rrwp", "cycles", "spectral", "molecular"], 4, num_steps=3, dtype=dtype, **CONSTANTS
    ),
}
TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-11}

every_feature = pytest.mark.parametrize("name", BUILD)
both_dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def matrices(pairs, n):
    """``[B, n, n, F]`` from ``[B, P, F]``."""
    out = pairs.new_zeros(pairs.size(0), n, n, pairs.size(2))
    row, col = torch.triu_indices(n, n, 1)
    out[:, row, col] = out[:, col, row] = pairs
    return out


def assert_parts(feature, parts, graph, dtype):
    nodes, pairs, graphs = parts
    size, n = graph.x.shape
    for part, shape in (
        (nodes, (size, n, feature.node_dim)),
        (pairs, (size, n * (n - 1) // 2, feature.pair_dim)),
        (graphs, (size, feature.graph_dim)),
    ):
        if shape[-1] == 0:
            assert part is None
        else:
            assert part.shape == shape
            assert part.dtype == dtype
            assert bool(part.isfinite().all())
            assert float(part.abs().max() if part.numel() else 0) <= 2
            assert not part.requires_grad
    assert nodes is None or not nodes[~graph.mask].any()
    assert pairs is None or not pairs[~graph.pair_mask].any()


@every_feature
@both_dtypes
def test_shapes_and_padding(name, dtype, zoo, pad):
    graph, feature = pad(zoo, 10), BUILD[name](dtype)
    assert_parts(feature, feature(graph), graph, dtype)


@every_feature
@pytest.mark.parametrize(("batch", "n"), [(0, 0), (0, 3), (2, 0), (2, 1), (1, 2)])
def test_tiny_batches(name, batch, n):
    x = torch.zeros(batch, n, dtype=torch.long)
    e = torch.zeros(batch, n * (n - 1) // 2, dtype=torch.long)
    graph, feature = DenseGraph(x, e, torch.ones(batch, n, dtype=torch.bool)), BUILD[name](torch.float32)
    assert_parts(feature, feature(graph), graph, torch.float32)


@every_feature
@both_dtypes
def test_nodes_take_their_features_along(name, dtype, zoo, pad):
    graph, feature = pad(zoo, 8), BUILD[name](dtype)
    ptr = torch.cat([torch.zeros(1, dtype=torch.long), graph.num_nodes.cumsum(0)])
    # A fixed point on padding: nodes stay in front.
    order = torch.stack([torch.cat([torch.randperm(k), torch.arange(k, 8)]) for k in graph.num_nodes.tolist()])
    moved = graph.move(Permutation.from_order(torch.cat([o[:k] for o, k in zip(order, graph.num_nodes.tolist())]), ptr))
    index = torch.arange(len(zoo)).view(-1, 1)
    assert torch.equal(moved.x, graph.x[index, order])
    assert not torch.equal(moved.e, graph.e)
    (nodes, pairs, graphs), (nodes_after, pairs_after, graphs_after) = feature(graph), feature(moved)
    close = {"rtol": 0, "atol": TOLERANCE[dtype]}
    if nodes is not None:
        torch.testing.assert_close(nodes_after, nodes[index, order], **close)
    if pairs is not None:
        before = matrices(pairs, 8)[index.unsqueeze(2), order.unsqueeze(2), order.unsqueeze(1)]
        torch.testing.assert_close(matrices(pairs_after, 8), before, **close)
    if graphs is not None:
        torch.testing.assert_close(graphs_after, graphs, **close)


@every_feature
@both_dtypes
def test_padding_changes_nothing(name, dtype, zoo, pad):
    feature = BUILD[name](dtype)
    tight, loose = feature(pad(zoo, 8)), feature(pad(zoo, 13))
    close = {"rtol": 0, "atol": TOLERANCE[dtype]}
    if tight[0] is not None:
        torch.testing.assert_close(tight[0], loose[0][:, :8], **close)
    if tight[1] is not None:
        torch.testing.assert_close(matrices(tight[1], 8), matrices(loose[1], 13)[:, :8, :8], **close)
    if tight[2] is not None:
        torch.testing.assert_close(tight[2], loose[2], **close)


@every_feature
def test_a_graph_alone_and_in_a_batch(name, zoo, pad):
    feature = BUILD[name](torch.float64)
    batch = feature(pad(zoo, 8))
    for b, g in enumerate(zoo):
        for one, all_of_them in zip(feature(pad([g], 8)), batch):
            assert (one is None) == (all_of_them is None)
            if one is not None:
                torch.testing.assert_close(one[0], all_of_them[b], rtol=0, atol=1e-11)


@every_feature
def test_float32_agrees_with_float64(name, zoo, pad):
    graph = pad(zoo, 8)
    for single, double in zip(BUILD[name](torch.float32)(graph), BUILD[name](torch.float64)(graph)):
        if single is not None:
            torch.testing.assert_close(single.double(), double, rtol=0, atol=2e-5)


@every_feature
def test_masked_pairs_are_no_edges(name, zoo, pad):
    graph, feature = pad(zoo, 8), BUILD[name](torch.float64)
    masked = DenseGraph(graph.x, torch.where((graph.e == 0) & graph.pair_mask, 4, graph.e), graph.mask)
    assert bool((masked.e == 4).any())
    for part, expected in zip(feature(masked), feature(graph)):
        assert expected is None or torch.equal(part, expected)


@every_feature
def test_autocast_changes_nothing(name, zoo, pad):
    graph, feature = pad(zoo, 8), BUILD[name](torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = feature(graph)
    for part, expected in zip(inside, feature(graph)):
        assert expected is None or torch.equal(part, expected)


@every_feature
def test_no_state_to_save(name):
    feature = BUILD[name](torch.float32)
    assert feature.state_dict() == {}
    assert list(feature.parameters()) == []
    assert "num_edge_types" in repr(feature)


def test_entries_and_matrices():
    value = torch.arange(12.0).view(2, 6)
    matrix = pair_matrix(value, 4)
    assert torch.equal(matrix, matrix.mT)
    blocks = torch.cat([matrix, 2 * matrix + 7 * torch.eye(4)], dim=2)
    assert torch.equal(pair_entries(blocks, 2), torch.stack([value, 2 * value], dim=2))
    assert torch.equal(node_entries(blocks, 2), torch.tensor([0.0, 7.0]).expand(2, 4, 2))


def test_adjacency(pad):
    g = nx.path_graph(3)
    nx.set_edge_attributes(g, {(0, 1): 3, (1, 2): 4}, "type")
    assert RRWP(1, 4).adjacency(pad([g], 3)).tolist() == [[[0, 1, 0], [1, 0, 0], [0, 0, 0]]]
    assert RRWP(1, 5).adjacency(pad([g], 3)).sum() == 4


def test_stray_types_on_padding_do_no_harm(pad):
    graph = pad([nx.path_graph(3)], 4)
    stray = DenseGraph(graph.x, torch.where(graph.pair_mask, graph.e, 1), graph.mask)
    assert torch.equal(RRWP(1, 4).adjacency(stray), RRWP(1, 4).adjacency(graph))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"num_edge_types": 1}, r"'RRWP' expected 'num_edge_types' of at least 2, 'no edge' included \(got 1\)"),
        ({"num_edge_types": 2, "dtype": torch.float16}, r"'RRWP' expected 'dtype' as float32 or float64 \(got torch.f"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError, match=text):
        RRWP(2, **arguments)


def test_the_base_class_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        StructuralFeature(2)
