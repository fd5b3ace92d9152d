import pytest
import torch

from pyg_symbreak.models.diffusion.constants import Constants


class Holder(Constants):
    def __init__(self):
        super().__init__()
        self.register_buffer("third", torch.tensor(1 / 3, dtype=torch.float64))
        self.register_buffer("count", torch.tensor(3))
        self.register_buffer("none", None)


@pytest.mark.parametrize("cast", [torch.nn.Module.half, torch.nn.Module.float, torch.nn.Module.bfloat16])
def test_casts_leave_the_digits(cast):
    model = cast(torch.nn.Sequential(torch.nn.Linear(2, 2), Holder()))
    assert model[0].weight.dtype != torch.float64
    assert model[1].third.dtype == torch.float64
    assert float(model[1].third) == 1 / 3
    assert model[1].count.dtype == torch.int64


def test_other_devices():
    assert Holder().to("meta").third.device.type == "meta"
    assert Holder().to("meta", torch.float16).third.dtype == torch.float64
