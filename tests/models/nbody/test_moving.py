import torch

from pyg_symbreak.models.nbody.moving import Move, SmallLinear, displacement_head


def test_untrained_particles_fly_straight_on():
    moves = [Move(8, 3, num_steps=4) for _ in range(4)]
    pos, vel = torch.zeros(2, 5, 3), torch.randn(2, 5, 3)
    start = vel
    for move in moves:
        pos, vel = move(torch.randn(2, 5, 8), pos, vel)
    assert (pos - start).abs().max() < 0.5
    assert (pos - start).abs().max() > 0  # not exactly: there is something to learn from


def test_a_kick_moves_and_lasts():
    move = Move(1, 1, num_steps=2)
    with torch.no_grad():
        move.linear.weight.copy_(torch.tensor([[10.0], [1.0]]))  # shift, kick
    pos, vel = move(torch.ones(1, 1), torch.zeros(1, 1), torch.zeros(1, 1))
    assert (pos.item(), vel.item()) == (10.5, 1.0)


def test_small_starts():
    assert SmallLinear(4, 2, bias=False).bias is None
    assert SmallLinear(400, 200).weight.std() < 0.011
    assert displacement_head(16, 3)(torch.randn(7, 16)).abs().max() < 0.2


def test_reset_parameters():
    move = Move(4, 3, 2)
    before = move.linear.weight.clone()
    move.reset_parameters()
    assert not torch.equal(before, move.linear.weight)
