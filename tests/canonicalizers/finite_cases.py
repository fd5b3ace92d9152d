"""Networks and inputs for the tests of finite groups."""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import FiniteOrthogonal
from pyg_symbreak.groups.copies import input_ptr
from pyg_symbreak.groups.ragged import node_ptr, segment_mean


class ImageNet(torch.nn.Module):
    """No symmetry at all."""

    def __init__(self, size=6, out=1):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(size * size, 16), torch.nn.Tanh(), torch.nn.Linear(16, out)
        )

    def forward(self, image):
        return self.layers(image)


class PointNet(torch.nn.Module):
    def __init__(self, out=1):
        super().__init__()
        self.first, self.last = torch.nn.Linear(2, 16), torch.nn.Linear(16, out)

    def forward(self, data):
        return self.last(segment_mean(torch.tanh(self.first(data.pos)), node_ptr(data)))


class Template(torch.nn.Module):
    """Scores of all elements at once: the agreement with a picture moved by each; equivariant by construction."""

    def __init__(self, group, size=6):
        super().__init__()
        self.group, self.weight = group, torch.nn.Parameter(torch.randn(1, 1, size, size))

    def forward(self, image):
        every = FiniteOrthogonal.all(torch.arange(2, device=image.device), self.group)
        return image.flatten(1) @ every.act_dense(self.weight.expand(len(self.group), -1, -1, -1)).flatten(1).t()


def images(count=5, size=6, dtype=torch.float64):
    return torch.randn(count, 1, size, size, dtype=dtype)


def clouds(dtype=torch.float64):
    return Batch.from_data_list([Data(pos=torch.randn(n, 2, dtype=dtype)) for n in (4, 1, 0, 7)])


def random_element(canonicalizer, data):
    return FiniteOrthogonal.random(input_ptr(data), canonicalizer.group)


def move(g, data):
    return g.act_dense(data) if isinstance(data, torch.Tensor) else g.act_data(data)
