from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.datasets import ErdosRenyiGraphs
from pyg_symbreak.groups.ragged import node_pairs
from pyg_symbreak.metrics import ReconstructionMetrics, pair_targets, reconstruction_counts, reconstruction_scores

PAIRS = torch.tensor([[0, 0, 1], [1, 2, 2]])
PTR = torch.tensor([0, 3])


def dense_scores(batch, probability):
    """The reference's formulas on n x n matrices with a zero diagonal, one graph at a time."""
    loss, wrong, possible, tp, fp, fn, exact = 0.0, 0, 0, 0, 0, 0, 0
    pairs = node_pairs(batch.ptr)
    for g in range(batch.num_graphs):
        start, stop = int(batch.ptr[g]), int(batch.ptr[g + 1])
        truth, guess = torch.zeros(2, stop - start, stop - start, dtype=torch.float64)
        for (i, j), value in zip((pairs - start).t().tolist(), probability.tolist(), strict=True):
            if i >= 0 and j < stop - start:
                guess[i, j] = guess[j, i] = value
        for i, j in (batch.edge_index - start).t().tolist():
            if 0 <= i < stop - start:
                truth[i, j] = 1
        loss += torch.nn.functional.binary_cross_entropy(guess, truth, reduction="sum").item()
        hard = (guess > 0.5).double()
        wrong += int((hard - truth).abs().sum())
        possible += len(truth) ** 2 - len(truth)
        tp += int((hard * truth).sum())
        fp += int((hard * (1 - truth)).sum())
        fn += int(((1 - hard) * truth).sum())
        exact += bool((hard == truth).all())
    scores = loss / batch.num_graphs, 100 * wrong / possible, tp / (tp + 0.5 * (fp + fn)), exact / batch.num_graphs
    return dict(zip(("bce", "error_percent", "f1", "exact"), scores, strict=True))


@pytest.mark.parametrize("scale", [0.3, 6.0])
def test_scores_are_those_of_the_dense_formulas(scale):
    graphs = list(ErdosRenyiGraphs(split="val", sizes=[1, 2, 4, 6], num_graphs=16))
    batch = Batch.from_data_list(graphs)
    targets = pair_targets(batch)
    generator = torch.Generator().manual_seed(0)
    logits = scale * (2.0 * targets - 1) + torch.randn(targets.shape, generator=generator)
    metrics = ReconstructionMetrics()
    metrics.update(node_pairs(batch.ptr), logits, targets, batch.ptr)
    assert metrics.compute() == pytest.approx(dense_scores(batch, torch.sigmoid(logits.double())))


def test_accumulation_is_independent_of_batching_and_resets():
    graphs = list(ErdosRenyiGraphs(split="val", num_graphs=10))
    generator = torch.Generator().manual_seed(0)
    whole, parts = ReconstructionMetrics(), ReconstructionMetrics()
    batches = [Batch.from_data_list(graphs[:3]), Batch.from_data_list(graphs[3:])]
    logits = [torch.randn(pair_targets(batch).shape, generator=generator) for batch in batches]
    for batch, values in zip(batches, logits, strict=True):
        parts.update(node_pairs(batch.ptr), values, pair_targets(batch), batch.ptr)
    batch = Batch.from_data_list(graphs)
    whole.update(node_pairs(batch.ptr), torch.cat(logits), pair_targets(batch), batch.ptr)
    assert whole.compute() == pytest.approx(parts.compute())
    parts.reset()
    with pytest.raises(ValueError, match=r"'reconstruction_scores' expected at least one graph \(got 0\)"):
        parts.compute()


def test_counts_by_hand():
    counts = reconstruction_counts(PAIRS, torch.tensor([1.0, -1.0, 1.0]), torch.tensor([1, 1, 0]), PTR)
    assert counts[[0, 2, 3, 4, 5, 6, 7]].tolist() == [1, 6, 4, 2, 2, 2, 0]
    assert reconstruction_scores(counts)["f1"] == 0.5
    assert reconstruction_scores(counts)["error_percent"] == pytest.approx(200 / 3)


def test_a_logit_of_zero_is_no_edge():
    counts = reconstruction_counts(PAIRS, torch.zeros(3), torch.tensor([0, 0, 0]), PTR)
    assert reconstruction_scores(counts)["exact"] == 1.0


def test_edge_and_node_types():
    targets, types = torch.tensor([2, 0, 1]), torch.tensor([1, 0, 0])
    right = 9.0 * torch.nn.functional.one_hot(targets, 3)
    nodes = 9.0 * torch.nn.functional.one_hot(types, 2)
    scores = reconstruction_scores(reconstruction_counts(PAIRS, right, targets, PTR, nodes, types))
    assert scores == {
        "bce": pytest.approx(6 * 2.4678e-4, rel=1e-3),
        "error_percent": 0,
        "f1": 1,
        "exact": 1,
        "node_error_percent": 0,
    }
    wrong_type = right[[2, 1, 0]]  # both edges found, both with the other's type
    scores = reconstruction_scores(reconstruction_counts(PAIRS, wrong_type, targets, PTR, nodes, types))
    assert (scores["f1"], scores["exact"], scores["node_error_percent"]) == (0, 0, 0)
    scores = reconstruction_scores(reconstruction_counts(PAIRS, right, targets, PTR, nodes[[1, 0, 2]], types))
    assert (scores["error_percent"], scores["exact"]) == (0, 0)
    assert scores["node_error_percent"] == pytest.approx(200 / 3)


def test_two_classes_agree_with_one_logit():
    generator = torch.Generator().manual_seed(0)
    logits, targets = torch.randn(3, generator=generator), torch.tensor([1, 0, 1])
    two = torch.stack([torch.zeros(3), logits], dim=1)
    assert torch.allclose(
        reconstruction_counts(PAIRS, logits, targets, PTR), reconstruction_counts(PAIRS, two, targets, PTR)
    )


def test_graphs_with_nothing_to_get_wrong():
    empty = torch.zeros((2, 0), dtype=torch.long)
    counts = reconstruction_counts(empty, torch.zeros(0), torch.zeros(0, dtype=torch.long), torch.tensor([0, 0, 1]))
    assert reconstruction_scores(counts) == {"bce": 0.0, "error_percent": 0.0, "f1": 1.0, "exact": 1.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pair_index": PAIRS[0]}, r"'pair_index' of shape \[2, P\] \(got \[3\]\)"),
        ({"logits": torch.zeros(2)}, r"'logits' of shape \[3\] or \[3, K\] \(got \[2\]\)"),
        ({"logits": torch.tensor([0.0, float("nan"), 0.0])}, r"'logits' without NaN \(got at least one\)"),
        ({"targets": torch.zeros(3, 1)}, r"'targets' of shape \[3\] \(got \[3, 1\]\)"),
        ({"targets": torch.tensor([0, 2, 0])}, r"'targets' in 0 … 1 \(got 0 … 2\)"),
        ({"node_logits": torch.zeros(3, 2)}, r"both 'node_logits' and 'node_types' or neither \(got one\)"),
        (
            {"node_logits": torch.zeros(3, 2), "node_types": torch.zeros(2)},
            r"'node_logits' of shape \[3, C\] and 'node_types' of shape \[3\] \(got \[3, 2\] and \[2\]\)",
        ),
        (
            {"node_logits": torch.full((3, 2), float("nan")), "node_types": torch.zeros(3)},
            r"'node_logits' without NaN \(got at least one\)",
        ),
    ],
)
def test_bad_arguments(changes, message):
    arguments = {"pair_index": PAIRS, "logits": torch.zeros(3), "targets": torch.tensor([1, 0, 1]), "ptr": PTR}
    with pytest.raises(ValueError, match=message):
        reconstruction_counts(**{**arguments, **changes})


def test_pair_targets_of_a_batch_with_types_and_any_order_of_edges():
    first = Data(edge_index=torch.tensor([[2, 0, 1, 1], [1, 1, 2, 0]]), kind=torch.tensor([3, 1, 3, 1]), num_nodes=3)
    alone = Data(edge_index=torch.zeros((2, 0), dtype=torch.long), kind=torch.tensor([], dtype=torch.long), num_nodes=1)
    second = Data(edge_index=torch.tensor([[0, 3], [3, 0]]), kind=torch.tensor([2, 2]), num_nodes=4)
    batch = Batch.from_data_list([first, alone, second])
    assert pair_targets(batch).tolist() == [1, 0, 1, 0, 0, 1, 0, 0, 0]
    assert pair_targets(batch, "kind").tolist() == [1, 0, 3, 0, 0, 2, 0, 0, 0]
    assert pair_targets(Data(num_nodes=3)).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("edges", "types", "message"),
    [
        ([[0], [1]], None, "both arcs of every edge"),
        ([[0, 1], [1, 0]], [1, 2], "both arcs of every edge, with one type"),
        ([[1], [1]], None, "without self-loops"),
        ([[0, 1, 0, 1], [1, 0, 1, 0]], None, r"every edge once \(got a repeated edge\)"),
        ([[0, 1], [1, 0]], [0, 0], r"2 edge types of at least 1 in 'kind' \(got 2 with minimum 0\)"),
        ([[0, 1], [1, 0]], [1], r"2 edge types of at least 1 in 'kind' \(got 1 with minimum 1\)"),
    ],
)
def test_pair_targets_rejects(edges, types, message):
    data = Data(edge_index=torch.tensor(edges), num_nodes=2, kind=None if types is None else torch.tensor(types))
    with pytest.raises(ValueError, match=message):
        pair_targets(data, None if types is None else "kind")


def test_pair_targets_without_the_attribute():
    with pytest.raises(
        ValueError, match=r"'pair_targets' expected 'data' to have the edge attribute 'kind' \(got none\)"
    ):
        pair_targets(Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2), "kind")
