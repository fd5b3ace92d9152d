from __future__ import annotations

import math

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.datasets import SymmetricGraphZoo, load_dataset
from pyg_symbreak.datasets.base import undirected_data
from pyg_symbreak.metrics import wl_floor

PATH = undirected_data([(0, 1), (1, 2)], 3)
ASYMMETRIC = undirected_data([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6)], 7)
ZOO = SymmetricGraphZoo()


def entropy(*shares):
    return -sum(p * math.log(p) for p in shares if p > 0)


@pytest.mark.parametrize(
    ("name", "decoder", "expected"),
    [
        ("er-0.25", "distance", (2.74, 1.20, 0.976)),
        ("er-0.25", "pair", (1.38, 0.750, 0.985)),
        ("er-0.20", "distance", (4.29, 1.73, 0.955)),
        ("er-0.20", "pair", (2.11, 1.095, 0.972)),
        ("er-0.10", "distance", (10.26, 3.37, 0.796)),
        ("er-0.10", "pair", (4.90, 2.335, 0.867)),
        ("community-leaky", "distance", (2.18, 0.64, 0.990)),
        ("community-leaky", "pair", (0.82, 0.244, 0.996)),
        ("community", "distance", (3.92, 0.93, 0.987)),
        ("community", "pair", (1.59, 0.453, 0.993)),
    ],
)
def test_floors_of_the_test_splits(name, decoder, expected):
    scores = wl_floor(load_dataset(name, "test"), decoder)
    assert scores["bce"] == pytest.approx(expected[0], abs=0.006)
    assert scores["error_percent"] == pytest.approx(expected[1], abs=0.006)
    assert scores["f1"] == pytest.approx(expected[2], abs=0.0006)


def test_by_hand():
    # Colours: the two ends, the middle. The pair of ends is no edge; both pairs with the middle are.
    assert wl_floor([PATH], "pair") == {"bce": 0.0, "error_percent": 0.0, "f1": 1.0, "exact": 1.0}
    assert wl_floor([PATH], "distance") == {"bce": 0.0, "error_percent": 0.0, "f1": 1.0, "exact": 1.0}
    triangle = undirected_data([(0, 1), (1, 2), (0, 2)], 3)
    assert wl_floor([PATH, triangle], "pair")["exact"] == 1.0
    # Equal colours are at distance zero in both graphs: three pairs of four are edges, and the ends of the path suffer.
    scores = wl_floor([PATH, triangle], "distance")
    assert scores["bce"] == pytest.approx(2 * 4 * entropy(0.75, 0.25) / 2)
    assert scores["error_percent"] == pytest.approx(100 / 6)
    assert scores["f1"] == pytest.approx(5 / 5.5)
    assert scores["exact"] == 0.5


@pytest.mark.parametrize("n", [5, 8])
def test_cycles_are_one_class_of_pairs(n):
    graph = ZOO[ZOO.names.index(f"cycle-{n}")]
    share, pairs = 2 / (n - 1), n * (n - 1)
    for decoder in ("pair", "distance"):
        scores = wl_floor([graph], decoder)
        assert scores["bce"] == pytest.approx(pairs * entropy(share, 1 - share))
        assert scores["error_percent"] == pytest.approx(100 * min(share, 1 - share))
        assert scores["f1"] == 0.0  # a share of one half is no edge
        assert scores["exact"] == 0.0


@pytest.mark.parametrize("decoder", ["pair", "distance"])
def test_a_graph_with_distinct_colours_has_no_floor(decoder):
    assert wl_floor([ASYMMETRIC], decoder) == {"bce": 0.0, "error_percent": 0.0, "f1": 1.0, "exact": 1.0}


def test_the_pair_decoder_is_never_worse():
    dataset = load_dataset("trees", "val", num_graphs=60)
    pair, distance = wl_floor(dataset, "pair"), wl_floor(dataset, "distance")
    assert pair["bce"] <= distance["bce"]
    assert pair["error_percent"] <= distance["error_percent"]
    assert pair["exact"] <= 1


def test_node_attributes_lower_the_floor():
    square = undirected_data([(0, 1), (1, 2), (2, 3), (3, 0)], 4, color=torch.tensor([0, 1, 2, 3]))
    assert wl_floor([square], "pair")["exact"] == 0.0
    assert wl_floor([square], "pair", node_attrs=("color",))["exact"] == 1.0


def test_edge_types_are_told_apart_and_rebuilt():
    # A square with two opposite double edges: one colour, and per node one single, one double edge and one gap.
    square = undirected_data([(0, 1), (1, 2), (2, 3), (3, 0)], 4)
    square.kind = torch.tensor([2, 1, 2, 1, 1, 2, 1, 2])
    scores = wl_floor([square], "pair", edge_attr="kind")
    assert scores["bce"] == pytest.approx(12 * math.log(3))
    assert scores["error_percent"] == pytest.approx(200 / 3)


def test_chunks_do_not_matter(monkeypatch):
    dataset = load_dataset("er-0.10", "val", num_graphs=30)
    whole = wl_floor(dataset)
    monkeypatch.setattr("pyg_symbreak.metrics.floor._CHUNK", 7)
    assert wl_floor(dataset) == pytest.approx(whole)


def test_graphs_without_pairs():
    single = Data(edge_index=torch.zeros((2, 0), dtype=torch.long), num_nodes=1)
    assert wl_floor([single, single]) == {"bce": 0.0, "error_percent": 0.0, "f1": 1.0, "exact": 1.0}


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"'wl_floor' expected 'decoder' to be 'distance' or 'pair' \(got 'mlp'\)"):
        wl_floor([PATH], "mlp")
    with pytest.raises(
        ValueError, match=r"'wl_floor' expected no 'edge_attr' with the distance decoder \(got 'kind'\)"
    ):
        wl_floor([PATH], "distance", edge_attr="kind")
    with pytest.raises(ValueError, match=r"'wl_floor' expected at least one graph \(got 0\)"):
        wl_floor([])
