from collections import Counter

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from pyg_symbreak.datasets import Glyphs
from pyg_symbreak.datasets.glyphs import GLYPHS, draw_strokes
from pyg_symbreak.groups import FiniteOrthogonal, PointGroup
from pyg_symbreak.groups.ragged import node_ptr

D4 = PointGroup.dihedral(4)


def test_counts_and_shapes():
    dataset = Glyphs(split="test", num_graphs=30)
    assert Counter(dataset.labels.tolist()) == dict.fromkeys(range(10), 3)
    assert dataset.images.shape == (30, 1, 16, 16)
    assert dataset.images.dtype == torch.float32
    batch = Batch.from_data_list(list(dataset))
    assert torch.equal(batch.image, dataset.images)
    assert batch.y.shape == batch.pose.shape == (30,)
    assert torch.equal(node_ptr(batch), torch.arange(31))
    assert dataset.classes == tuple(GLYPHS)


@pytest.mark.parametrize(("rotated", "group"), [("c4", PointGroup.cyclic(4)), ("d4", D4)])
def test_rotated_sets_hold_the_same_images_in_other_poses(rotated, group):
    upright, turned = (Glyphs(split="test", num_graphs=80, rotated=r) for r in (None, rotated))
    pose = torch.cat([data.pose for data in turned])
    assert set(pose.tolist()) == set(range(len(group)))
    assert torch.equal(FiniteOrthogonal(pose, group).inverse().act_dense(turned.images), upright.images)
    assert not torch.cat([data.pose for data in upright]).any()


def test_no_pose_makes_a_letter_look_like_another():
    drawn = torch.from_numpy(np.stack([draw_strokes(strokes, 16) for strokes in GLYPHS.values()]))
    poses = FiniteOrthogonal.all(torch.arange(11), D4).act_dense(drawn.repeat(8, 1, 1)).view(8, 10, -1)
    gap = torch.cdist(drawn.flatten(1), poses.flatten(0, 1)).view(10, 8, 10)
    assert gap.amin(1).fill_diagonal_(9).min() > 2
    own = gap.diagonal(dim1=0, dim2=2)  # [8, 10]: a letter against its own poses
    stabiliser = dict(zip(GLYPHS, (own < 1e-6).sum(0).tolist()))
    assert stabiliser == {"A": 2, "E": 2, "F": 1, "G": 1, "K": 2, "O": 8, "R": 1, "S": 2, "T": 2, "X": 8}


def test_letters_are_recognizable_by_their_mean():
    train, test = Glyphs(num_graphs=600), Glyphs(split="test", num_graphs=300, rotated="d4")
    means = torch.stack([train.images[train.labels == k].mean(0) for k in range(10)])
    poses = FiniteOrthogonal.all(torch.arange(11), D4).act_dense(means.repeat(8, 1, 1, 1))
    gap = torch.cdist(test.images.flatten(1), poses.flatten(1)).view(-1, 8, 10)
    assert (gap.amin(1).argmin(1) == test.labels).float().mean() > 0.9
    assert (gap[:, 0].argmin(1) == test.labels).float().mean() < 0.6


def test_strokes_lie_where_they_should():
    # A dot at the upper left is in the first row and column.
    dot = draw_strokes((((-1.25, 1.25), (-1.25, 1.25)),), 8, 0.2)
    assert np.unravel_index(dot.argmax(), dot.shape) == (0, 0)
    assert dot.sum() < 4
    assert 0 <= dot.min() <= dot.max() <= 1


def test_noise_and_size():
    clean = Glyphs(num_graphs=10, noise=0.0, size=12)
    assert clean.images.shape == (10, 1, 12, 12)
    assert clean.images.min() == 0
    assert Glyphs(num_graphs=10).images.min() < -0.1


def test_on_disk(tmp_path):
    dataset = Glyphs(tmp_path, "val", rotated="c4", num_graphs=3)
    assert repr(dataset) == "Glyphs(3, split=val, size=16, rotated=c4, noise=0.1, graphs=3, seed=1)"
    assert torch.equal(dataset.images, Glyphs(tmp_path, "val", rotated="c4", num_graphs=3).images)


def test_errors():
    with pytest.raises(ValueError, match=r"'Glyphs' expected 'rotated' to be None, 'c4' or 'd4' \(got 'so2'\)"):
        Glyphs(rotated="so2")
    with pytest.raises(ValueError, match=r"'Glyphs' expected 'size' to be at least 8 \(got 4\)"):
        Glyphs(size=4)
    with pytest.raises(ValueError, match=r"'Glyphs' expected 'noise' to be non-negative \(got -0.5\)"):
        Glyphs(noise=-0.5)
