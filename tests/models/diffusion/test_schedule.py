import math

import pytest
import torch

from pyg_symbreak.models.diffusion.schedule import KINDS, NoiseSchedule


@pytest.mark.parametrize("steps", [1, 2, 500])
@pytest.mark.parametrize("kind", KINDS)
def test_from_data_to_noise(kind, steps):
    alpha_bar = NoiseSchedule(steps, kind).alpha_bar
    assert alpha_bar.dtype == torch.float64
    assert alpha_bar.shape == (steps + 1,)
    assert alpha_bar[0] == 1
    assert alpha_bar[-1] == 0
    assert bool((alpha_bar.diff() < 0).all())


def test_values():
    cosine = NoiseSchedule(10).alpha_bar[3].item()
    share = [math.cos(math.pi / 2 * (u + 0.008) / 1.008) ** 2 for u in (0.3, 0)]
    assert cosine == pytest.approx(share[0] / share[1], abs=1e-15)
    assert NoiseSchedule(10, "linear").alpha_bar[3].item() == pytest.approx(0.7)
    assert NoiseSchedule(10, "polynomial").alpha_bar[3].item() == pytest.approx((1 - 0.09) ** 2)


def test_at_and_time():
    schedule = NoiseSchedule(4, "linear")
    assert schedule.at(torch.tensor([[0, 4], [1, 2]])).tolist() == [[1, 0], [0.75, 0.5]]
    assert schedule.time(torch.tensor([0, 1, 4])).tolist() == [0, 0.25, 1]
    assert schedule.time(torch.tensor(1)).dtype == torch.float32


@pytest.mark.parametrize("kind", KINDS)
def test_time_of_inverts(kind):
    schedule = NoiseSchedule(50, kind)
    times = torch.arange(51, dtype=torch.float64) / 50
    torch.testing.assert_close(schedule.time_of(schedule.alpha_bar), times, rtol=0, atol=1e-12)
    between = (schedule.alpha_bar[:-1] + schedule.alpha_bar[1:]) / 2
    torch.testing.assert_close(schedule.time_of(between), (times[:-1] + times[1:]) / 2, rtol=0, atol=1e-9)
    assert schedule.time_of(torch.tensor([-1.0, 2.0])).tolist() == [1, 0]
    assert schedule.time_of(torch.rand(2, 3)).shape == (2, 3)


def test_digits_survive_casts():
    assert NoiseSchedule(7).half().alpha_bar.dtype == torch.float64
    assert repr(NoiseSchedule(7)) == "NoiseSchedule(7, kind='cosine')"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoiseSchedule(0), r"'NoiseSchedule' expected at least one step in 'num_steps' \(got 0\)"),
        (lambda: NoiseSchedule(5, "sine"), r"'NoiseSchedule' expected 'kind' to be one of cosine, .* \(got 'sine'\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()
