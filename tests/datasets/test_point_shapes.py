from collections import Counter

import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import PointShapes


def test_counts_classes_and_sizes():
    dataset = PointShapes(split="test", sizes=[64, 65], num_graphs=40)
    assert Counter(int(cloud.y) for cloud in dataset) == dict.fromkeys(range(10), 4)
    assert {cloud.num_nodes for cloud in dataset} == {64, 65}
    assert dataset[0].pos.dtype == torch.float32
    assert dataset.classes[0] == "sphere"
    assert len(dataset.classes) == 10
    batch = Batch.from_data_list(list(dataset))
    assert batch.y.shape == (40,)
    assert batch.pos.shape == (batch.num_nodes, 3)


def test_splits_differ_and_repeat():
    first, again, other = (PointShapes(split=split, num_graphs=5) for split in ("train", "train", "val"))
    assert all(torch.equal(a.pos, b.pos) for a, b in zip(first, again))
    assert not any(a.pos.shape == b.pos.shape and torch.allclose(a.pos, b.pos) for a, b in zip(first, other))


@pytest.mark.parametrize("rotated", ["z", "so3"])
def test_rotated_sets_hold_the_same_clouds_in_other_poses(rotated):
    upright = PointShapes(split="test", num_graphs=20)
    turned = PointShapes(split="test", num_graphs=20, rotated=rotated)
    for a, b in zip(upright, turned):
        assert torch.equal(a.y, b.y)
        u, _, v = torch.linalg.svd(b.pos.double().t() @ a.pos.double())
        q = u @ v
        torch.testing.assert_close(a.pos.double() @ q.t(), b.pos.double(), rtol=0, atol=1e-5)
        assert torch.linalg.det(q) > 0
        assert not torch.allclose(a.pos, b.pos, atol=1e-2)
        assert torch.allclose(a.pos[:, 2], b.pos[:, 2], atol=1e-5) == (rotated == "z")


def test_noise():
    def off_the_sphere(noise):
        dataset = PointShapes(split="test", num_graphs=10, noise=noise)
        (cloud,) = (data.pos for data in dataset if int(data.y) == 2)
        # Without noise a face of the box is flat.
        return (cloud.abs().amax(0) - cloud.abs()).sort(0)[0][:5].amax()

    assert off_the_sphere(0.0) < 1e-6 < 1e-4 < off_the_sphere(0.02)


def test_on_disk(tmp_path):
    dataset = PointShapes(tmp_path, "val", rotated="so3", num_graphs=3)
    assert repr(dataset) == "PointShapes(3, split=val, n=64..128, rotated=so3, noise=0.02, graphs=3, seed=1)"
    again = PointShapes(tmp_path, "val", rotated="so3", num_graphs=3)
    assert torch.equal(dataset[1].pos, again[1].pos)
    assert len(list((tmp_path / "processed").glob("PointShapes*"))) == 1


def test_errors():
    with pytest.raises(ValueError, match=r"'PointShapes' expected 'rotated' to be None, 'z' or 'so3' \(got 'x'\)"):
        PointShapes(rotated="x")
    with pytest.raises(ValueError, match=r"'PointShapes' expected 'noise' to be non-negative \(got -1\)"):
        PointShapes(noise=-1)
    with pytest.raises(ValueError, match=r"'PointShapes' expected 'sizes' to hold at least one number"):
        PointShapes(sizes=[0])
    with pytest.raises(ValueError, match=r"'PointShapes' expected 'split' to be one of"):
        PointShapes(split="tset")
