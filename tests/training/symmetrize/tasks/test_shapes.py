from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Data

from pyg_symbreak.groups import Orthogonal
from pyg_symbreak.groups.ragged import node_ptr
from pyg_symbreak.training.symmetrize.tasks import shapes
from pyg_symbreak.training.symmetrize.tasks.shapes import DRAWS, TASK, PointNet, nearest


def test_nearest_points() -> None:
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0], [5.5, 0.0]])
    assert nearest(pos, 1).tolist() == [[1, 0, 3, 2], [0, 1, 2, 3]]
    assert nearest(pos, 10).size(1) == 12, "no more neighbours than there are"


def test_a_backbone_that_sees_the_pose_and_not_the_order() -> None:
    cloud = Data(pos=torch.randn(20, 3))
    net = PointNet(4)
    out = net(cloud)
    torch.testing.assert_close(net(Data(pos=cloud.pos.flip(0))), out)
    assert not torch.allclose(net(Data(pos=-cloud.pos)), out)


@pytest.mark.parametrize("draw", DRAWS)
def test_every_draw(draw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "_COUNTS", {"train": 4, "val": 4, "test": 4})
    data = TASK.data(None, 0)
    batch, target = data.train.batch(torch.arange(4))
    model = TASK.build(f"{draw}+pointnet", TASK.train, data).eval()
    with torch.no_grad():
        out = model(batch)
        assert out.shape == (len(target), 10)
        if draw == "frame":
            turn = Orthogonal.random(node_ptr(batch), 3, special=True)
            torch.testing.assert_close(model(turn.act_data(batch)), out, rtol=1e-3, atol=1e-3)
