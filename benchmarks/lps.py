"""One side of benchmarks/symmetrize.py: the code of LPS (Kim et al., NeurIPS 2023), unchanged, from a checkout.

Nothing is copied: its own models with their own interfaces run, with the settings of its scripts. Its sparse products
need torch_sparse; where that is not installed, torch's own sparse product takes its place.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path
from types import SimpleNamespace

import torch
from torch.nn import functional as F
from torch_geometric.utils import to_dense_adj, to_dense_batch

LARGEST = 64  # it pads every graph of EXP to as many nodes


def load(folder, part, names):
    """Modules of one of the folders of its checkout; two of them have modules of the same names."""
    path, had = list(sys.path), set(sys.modules)
    if "torch_sparse" not in sys.modules and importlib.util.find_spec("torch_sparse") is None:
        sys.modules["torch_sparse"] = _sparse()
    sys.path.insert(0, str(Path(folder) / "src_synthetic" / part))
    try:
        return SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - had:
            if name.split(".")[0] in ("interface", "gin", "gnn", "backbone", "transformer", "utils", "vnn"):
                del sys.modules[name]


def _sparse():
    """The two names of torch_sparse that it uses, by torch's compressed rows."""

    class SparseTensor:
        def __init__(self, row, col, sparse_sizes):
            ones = torch.ones(row.numel(), device=row.device)
            self.matrix = torch.sparse_coo_tensor(torch.stack([row, col]), ones, sparse_sizes)

        def t(self):
            return self.matrix.t().to_sparse_csr()

    module = types.ModuleType("torch_sparse")
    module.SparseTensor, module.matmul = SparseTensor, torch.matmul
    return module


class Graphs:
    """Its model of EXP-classify: backbone "mlp" or "gin", k draws, hard permutations, entropy 0.1, clipping 0.1."""

    def __init__(self, folder, batch, backbone, draws, device="cpu"):
        code = load(folder, "graph_separation", ("interface",))
        options = {"n": LARGEST, "d": batch.x.size(1), "num_interface_layers": 3, "backbone": backbone, "tau": 0.01}
        self.model = code.interface.InterfacedModel(**options, task="EXPclassify").to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.data, self.draws = _padded(batch).to(device), draws
        self.target = batch.y.view(-1, 1).float().to(device)

    def train(self):
        self.optimizer.zero_grad()
        out, entropy = self.model(self.data, n_samples=self.draws)
        loss = F.binary_cross_entropy_with_logits(out, self.target) + 0.1 * entropy
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 0.1)
        self.optimizer.step()
        return loss


class _Padded(SimpleNamespace):
    def to(self, device):
        return _Padded(**{key: value.to(device) for key, value in vars(self).items()})


def _padded(batch):
    """A batch as its transform leaves it: features, adjacency and edges of each graph with padding."""
    sizes, count = batch.ptr.diff(), batch.num_graphs
    edges = torch.bincount(batch.batch[batch.edge_index[0]], minlength=count)
    index = torch.full((count, 2, LARGEST**2), -1)
    start = edges.cumsum(0) - edges
    for number in range(count):
        own = batch.edge_index[:, start[number] : start[number] + edges[number]] - batch.ptr[number]
        index[number, :, : edges[number]] = own
    return _Padded(
        pad_x=to_dense_batch(batch.x.float(), batch.batch, max_num_nodes=LARGEST)[0],
        pad_adj=to_dense_adj(batch.edge_index, batch.batch, max_num_nodes=LARGEST),
        pad_edge_idx=index,
        n=sizes,
        e=edges,
        idx=torch.arange(count),
    )


class Bodies:
    """Its model of n-body: "transformer" with S_n × O(3) or "gnn" with O(3), the settings of its scripts."""

    def __init__(self, folder, batch, backbone, draws, device="cpu"):
        code = load(folder, "nbody", ("interface",))
        self.model = code.interface.InterfacedModel(
            symmetry="SnxO3" if backbone == "transformer" else "O3",
            backbone=backbone,
            transformer_num_layers=8,
            transformer_dropout=0.0,
            tau=0.1,
            vnn_hidden_dim=64,
            vnn_dropout=0.08,
        ).to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, weight_decay=1e-12)
        self.draws, count, n = draws, batch.num_graphs, 5
        pos, vel = batch.pos.view(count, n, 3), batch.vel.view(count, n, 3)
        charge = batch.charge.view(count, n).float()
        distance = (pos.unsqueeze(2) - pos.unsqueeze(1)).square().sum(-1)
        kinds = torch.stack([charge.unsqueeze(2) * charge.unsqueeze(1), distance], dim=-1)
        kinds = kinds * (1 - torch.eye(n)).view(1, n, n, 1)
        pairs = (1 - torch.eye(n)).nonzero().t().expand(count, 2, n * (n - 1))
        inputs = (torch.stack([pos, vel], dim=-1), kinds, pairs, torch.arange(count))
        self.inputs, self.target = [value.to(device) for value in inputs], batch.y.view(count, n, 3).to(device)

    def train(self):
        self.optimizer.zero_grad()
        out, entropy = self.model(*self.inputs, n_samples=self.draws)
        loss = F.mse_loss(out, self.target) + 0.1 * entropy
        loss.backward()
        self.optimizer.step()
        return loss
