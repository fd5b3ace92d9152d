"""Charged particles to try the models on, and the motions that move them."""

import torch
from torch_geometric.data import Batch, Data

from pyg_symbreak.groups import Euclidean, Permutation, Product
from pyg_symbreak.groups.ragged import node_ptr


def particles(num_nodes=5, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    pos, vel = torch.randn(2, num_nodes, 3, dtype=dtype, generator=generator)
    charge = torch.randint(0, 2, (num_nodes,), generator=generator).to(dtype) * 2 - 1
    edge_index = (1 - torch.eye(num_nodes)).nonzero().t().contiguous()
    return Data(pos=pos, vel=vel, charge=charge, edge_index=edge_index, num_nodes=num_nodes)


def batch(sizes=(5, 5, 5), dtype=torch.float64):
    return Batch.from_data_list([particles(n, seed, dtype) for seed, n in enumerate(sizes)])


def motions(x, generator):
    return Euclidean.random(node_ptr(x), 3, dtype=x.pos.dtype, generator=generator)


def orders(x, generator):
    return Permutation.random(node_ptr(x), generator=generator)


def orders_and_motions(x, generator):
    return Product(orders(x, generator), motions(x, generator))
