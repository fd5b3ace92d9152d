import pytest
import torch

# Several test processes share the cores; more threads each would make them wait for one another.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(12345)
