import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Orthogonal, Permutation
from pyg_symbreak.nn.vector import FrameHead, ScoreAndFrame, VectorFrame


def batch(sizes=(4, 0, 1, 6), dim=3):
    clouds = [Data(pos=torch.randn(n, dim, dtype=torch.float64), num_nodes=n) for n in sizes]
    return Batch.from_data_list(clouds)


@pytest.mark.parametrize("dim", [2, 3, 4])
def test_vectors_of_graphs_turn_and_do_not_depend_on_the_numbering(dim):
    torch.manual_seed(0)
    data = batch(dim=dim)
    network = VectorFrame(1, dim).double()
    frame = network(data, data.pos.unsqueeze(1))
    assert frame.shape == (4, dim, dim)
    turn = Orthogonal.random(data.ptr, dim, dtype=torch.float64)
    torch.testing.assert_close(network(data, turn.act(data.pos).unsqueeze(1)), turn.act_dense(frame))
    moved = Permutation.random(data.ptr).act_data(data)
    torch.testing.assert_close(network(moved, moved.pos.unsqueeze(1)), frame)


def test_a_graph_without_nodes_has_zero_vectors_and_graphs_do_not_mix():
    torch.manual_seed(0)
    data = batch()
    network = VectorFrame(1).double()
    frame = network(data, data.pos.unsqueeze(1))
    assert not frame[1].any()
    alone = Data(pos=data.pos[5:])
    torch.testing.assert_close(network(alone, alone.pos.unsqueeze(1)), frame[3:])


def test_scores_are_invariant_and_move_with_the_nodes():
    torch.manual_seed(0)
    data = batch()
    network = ScoreAndFrame(1).double()
    scores, frame = network(data, data.pos.unsqueeze(1))
    assert scores.shape == (11,)
    turn = Orthogonal.random(data.ptr, 3, dtype=torch.float64)
    turned, turned_frame = network(data, turn.act(data.pos).unsqueeze(1))
    torch.testing.assert_close(turned, scores)
    torch.testing.assert_close(turned_frame, turn.act_dense(frame))
    g = Permutation.random(data.ptr)
    moved = g.act_data(data)
    torch.testing.assert_close(network(moved, moved.pos.unsqueeze(1))[0], g.act(scores))


def test_frames_of_fresh_networks_are_no_mere_noise():
    # A plain mean of centred points would vanish, and all vectors of a frame would be nearly parallel.
    for seed in range(10):
        torch.manual_seed(seed)
        pos = torch.randn(5, 3)
        pos = pos - pos.mean(0)
        values = torch.linalg.svdvals(VectorFrame(1)(Data(pos=pos), pos.unsqueeze(1)).detach())[0]
        assert values[0] > 0.05
        assert values[1] > 0.003


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_vectors_that_vanish_by_symmetry_are_near_zero(dtype):
    tetrahedron = torch.tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=dtype)
    for seed in range(5):
        torch.manual_seed(seed)
        turned = Orthogonal.random(torch.tensor([0, 4]), 3, dtype=dtype).act(tetrahedron)
        frame = VectorFrame(1).to(dtype)(Data(pos=turned), turned.unsqueeze(1))
        assert float(frame.detach().abs().max()) < 1e3 * torch.finfo(dtype).eps


def test_frame_head_weighs_vectors_by_standardised_scalars():
    head = FrameHead(1, 1, 2, eps=1e-9).double()
    with torch.no_grad():
        head.weigh.weight.fill_(3.0)
        head.mix.weight.copy_(torch.tensor([[1.0], [0.0], [0.0], [1.0]]))  # plain in row 0, weighted in row 1
    s = torch.tensor([[5.0], [7.0]]).double()
    v = torch.tensor([[[2.0, 0.0]], [[4.0, 2.0]]]).double()
    out = head(s, v, torch.tensor([0, 2]))
    torch.testing.assert_close(out, torch.tensor([[[3.0, 1.0], [1.0, 1.0]]]).double())


def test_reset_repr_and_errors():
    for network in (VectorFrame(1), ScoreAndFrame(1)):
        before = network.head.mix.weight.clone()
        network.reset_parameters()
        assert not torch.equal(before, network.head.mix.weight)
    assert "eps=0.01" in repr(FrameHead(8, 4, 3))
    with pytest.raises(ValueError, match=r"'FrameHead' expected 'dim' to be at least 1 \(got 0\)"):
        FrameHead(8, 4, 0)
