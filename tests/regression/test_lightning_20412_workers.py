"""Lightning#20412: with seeded workers the same augmentations come back in every epoch."""

import pytest
import torch
from torch_geometric.loader import DataLoader

from pyg_symbreak.testing import graph_zoo
from pyg_symbreak.transforms import AddCanonicalRank

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),
]


class Rings(torch.utils.data.Dataset):
    transform = AddCanonicalRank()

    def __len__(self):
        return 8

    def __getitem__(self, i):
        return self.transform(graph_zoo()["petersen"])


def seed_worker(worker_id):
    torch.manual_seed(worker_id)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("worker_init_fn", [None, seed_worker])
def test_epochs_differ(persistent, worker_init_fn):
    loader = DataLoader(
        Rings(), batch_size=2, num_workers=2, persistent_workers=persistent, worker_init_fn=worker_init_fn
    )
    epochs = [torch.cat([batch.canonical_rank for batch in loader]) for _ in range(3)]
    assert not any(torch.equal(a, b) for i, a in enumerate(epochs) for b in epochs[:i])


def test_workers_and_graphs_differ():
    rows = torch.cat([batch.canonical_rank for batch in DataLoader(Rings(), batch_size=2, num_workers=2)]).view(8, 10)
    assert len({tuple(row) for row in rows.tolist()}) > 5
