from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.metrics import ReconstructionMetrics
from pyg_symbreak.models.autoencoder import AutoencoderConfig, GraphAutoencoder
from pyg_symbreak.training.autoencoder import GraphDataModule, evaluate, update_metrics
from pyg_symbreak.training.config import TrainConfig
from pyg_symbreak.training.data import Splits
from pyg_symbreak.training.loader import InMemoryLoader


def served(splits: Splits, config: TrainConfig, epoch: int, rank: int = 0, world: int = 1) -> list[Batch]:
    module = GraphDataModule(splits, config)
    module.trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank, world_size=world)  # type: ignore[assignment]
    return list(module.train_dataloader())


def graphs(batches: list[Batch]) -> list[tuple[int, ...]]:
    return [tuple(graph.edge_index.flatten().tolist()) for batch in batches for graph in batch.to_data_list()]


def test_every_epoch_serves_all_graphs_in_a_fresh_order(splits: Splits, train_config: TrainConfig) -> None:
    first, again, second = (graphs(served(splits, train_config, epoch)) for epoch in (0, 0, 1))
    assert first == again
    assert first != second
    assert sorted(first) == sorted(second) == sorted(tuple(g.edge_index.flatten().tolist()) for g in splits.train)


def test_processes_share_the_batches_of_one(splits: Splits, train_config: TrainConfig) -> None:
    alone = served(splits, train_config, 3)
    shares = [served(splits, train_config, 3, rank, 2) for rank in range(2)]
    assert len(shares[0]) == len(shares[1]) == len(alone) == 5
    for whole, left, right in list(zip(alone, *shares))[:4]:
        assert sorted(graphs([whole])) == sorted(graphs([left, right]))
    # 65 graphs: the last one goes to one process, and the other gets the first once more.
    assert [batch.num_graphs for batch in shares[1]] == [8, 8, 8, 8, 1]


def test_evaluate_repeats_and_leaves_no_trace(splits: Splits, model_config: AutoencoderConfig) -> None:
    model = GraphAutoencoder(model_config).train()
    loader = InMemoryLoader(splits.test, batch_size=8)
    state = torch.get_rng_state()
    first, again, other = (evaluate(model, loader, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert first == again != other


def test_evaluate_over_several_draws_is_their_mean(splits: Splits, model_config: AutoencoderConfig) -> None:
    model = GraphAutoencoder(model_config)
    loader = InMemoryLoader(splits.test, batch_size=8)
    one = evaluate(model, loader, seed=0)["bce"]
    both = evaluate(model, loader, seed=0, draws=2)["bce"]
    many = evaluate(model, loader, seed=0, draws=3)["bce"]
    assert one != both != many
    assert both == pytest.approx(one, rel=0.2)


def test_metrics_of_typed_graphs() -> None:
    ring = torch.tensor([[0, 1, 2, 1, 2, 0], [1, 2, 0, 0, 1, 2]])
    graph = Data(
        edge_index=ring, node_type=torch.tensor([0, 1, 1]), edge_type=torch.tensor([1, 2, 1, 1, 2, 1]), num_nodes=3
    )
    model = GraphAutoencoder(
        AutoencoderConfig(symmetry_breaking="none", num_node_types=2, num_edge_types=3, max_nodes=3)
    )
    metrics = ReconstructionMetrics()
    update_metrics(metrics, model, Batch.from_data_list([graph, graph]))
    assert metrics.compute().keys() == {"bce", "error_percent", "f1", "exact", "node_error_percent"}
