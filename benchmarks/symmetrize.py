"""A training step of probabilistic symmetrization beside that of LPS's own code, on EXP-classify and on n-body.

    PYG_SYMBREAK_LPS=path/to/lps python benchmarks/symmetrize.py --root DIR

Both have the same batch, the same number k of draws, the same backbone (widths and layers), optimiser, number of
threads and setting of the allocator, and take turns, so that they see the same load. A training step is everything from
a batch on: draws, backbone, loss with the entropy of the soft permutations, backward, clipping and optimiser. "Ours,
recommended" is what this package uses for the task. DIR holds the folders ``exp`` and ``nbody`` of the data sets.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings
from pathlib import Path

import torch
from torch.nn import functional as F
from torch_geometric.data import Batch

sys.path.insert(0, str(Path(__file__).parent))
import lps

from pyg_symbreak.canonicalizers import ExactCanonicalizer, LearnedCanonicalizer, ScoreGIN
from pyg_symbreak.datasets import EXP, NBody
from pyg_symbreak.models.backbones import AdjacencyMLP, IdentifiedGIN, PairTransformer
from pyg_symbreak.models.nbody import build_nbody, nbody_draw
from pyg_symbreak.nn import Symmetrize
from pyg_symbreak.training.machine import machine, tune_allocator, versions
from pyg_symbreak.training.results import merge_results

SEED, GRAPHS = 0, 100
WIDTHS = (2048, 4096, 2048, 10)  # of the perceptron of LPS


class Ours:
    """One training step of a symmetrized backbone."""

    def __init__(self, model, batch, target, loss, clip=0.0):
        self.model, self.batch, self.target, self.loss, self.clip = model, batch, target, loss, clip
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        draws = self.model.sample(self.batch)
        loss = self.loss(draws.mean, self.target)
        if hasattr(self.model.canonicalizer, "entropy"):
            loss = loss + 0.1 * self.model.canonicalizer.entropy(draws.elements)
        loss.backward()
        if self.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        return loss


def graphs(batch, backbone, draws, exact=False):
    """Our model of EXP-classify with the backbone of LPS."""
    if backbone == "mlp":
        net = AdjacencyMLP(2, 1, lps.LARGEST, WIDTHS)
    else:
        net = IdentifiedGIN(2, 1, lps.LARGEST, 64, 3)
    draw = LearnedCanonicalizer(ScoreGIN(4, 64, 3, virtual_node=True), noise_dim=2, temperature=0.01, normalize=True)
    model = Symmetrize(net, ExactCanonicalizer(node_attrs=("x",)) if exact else draw, draws, output="graph")
    return Ours(model, batch, batch.y.view(-1, 1).float(), F.binary_cross_entropy_with_logits, clip=0.1)


class PairBackbone(torch.nn.Module):
    """The transformer of LPS, one token a pair, eight layers of width 64, on positions, velocities and charges."""

    def __init__(self):
        super().__init__()
        inputs = {"node_attrs": ("pos", "vel"), "pair_channels": 2, "pair_attr": "pairs", "adjacency": False}
        self.net = PairTransformer(6, 3, 5, 64, 8, 4, "vector", mlp_ratio=1.0, **inputs)

    def forward(self, data):
        pos, charge = data.pos.view(-1, 5, 3), data.charge.view(-1, 5)
        distance = (pos.unsqueeze(2) - pos.unsqueeze(1)).square().sum(-1)
        data.pairs = torch.stack([charge.unsqueeze(2) * charge.unsqueeze(1), distance], dim=-1)
        return data.pos + self.net(data)


def bodies(batch, backbone, draws):
    """Our model of n-body: with the tokens of LPS ("pairs"), or as recommended."""
    if backbone == "pairs":
        model = Symmetrize(PairBackbone(), nbody_draw("lps", order=True), draws, output="point")
    else:
        model = build_nbody("lps", backbone, draws)
    return Ours(model, batch, batch.y, F.mse_loss)


def sides(name, folder, batch, draws):
    """What is compared, by name; the first is the peer."""
    if name == "exp, MLP":
        return {
            "LPS": lps.Graphs(folder, batch, "mlp", draws),
            "ours": graphs(batch, "mlp", draws),
        }
    if name == "exp, GIN-ID":
        return {
            "LPS": lps.Graphs(folder, batch, "gin", draws),
            "ours": graphs(batch, "gin", draws),
            "ours, exact draw": graphs(batch, "gin", draws, exact=True),
        }
    if name == "n-body, transformer":
        return {
            "LPS": lps.Bodies(folder, batch, "transformer", draws),
            "ours, same tokens": bodies(batch, "pairs", draws),
            "ours, recommended": bodies(batch, "transformer", draws),
        }
    return {"LPS": lps.Bodies(folder, batch, "gnn", draws), "ours, recommended": bodies(batch, "gnn", draws)}


def interleaved(models, repeats):
    """Wall times of training steps that take turns; the first turn only warms up."""
    times = {name: [] for name in models}
    for repeat in range(repeats + 1):
        for name, model in models.items():
            start = time.perf_counter()
            model.train()
            if repeat:
                times[name].append(time.perf_counter() - start)
    return times


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, help="folder with the folders 'exp' and 'nbody'")
    parser.add_argument("--lps", default=os.environ.get("PYG_SYMBREAK_LPS"), help="a checkout of LPS")
    parser.add_argument("--draws", type=int, nargs=2, default=(10, 20), help="k on EXP and on n-body")
    parser.add_argument("--graphs", type=int, default=GRAPHS, help="graphs of a batch")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="some of the comparisons")
    parser.add_argument("--out", default="results/symmetrize_speed.json")
    options = parser.parse_args(arguments)
    if not options.lps:
        parser.error("give --lps or set PYG_SYMBREAK_LPS to a checkout of LPS")
    tune_allocator()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # those of the peer
    exp = Batch.from_data_list(list(EXP(f"{options.root}/exp", split="train")[: options.graphs]))
    nbody = Batch.from_data_list(list(NBody(f"{options.root}/nbody", split="train")[: options.graphs]))
    exp.x, nbody.charge = F.one_hot(exp.x.view(-1).long(), 2).float(), nbody.charge.float()
    for name in options.only or ("exp, GIN-ID", "exp, MLP", "n-body, transformer", "n-body, gnn"):
        torch.manual_seed(SEED)
        draws = options.draws[name.startswith("n-body")]
        models = sides(name, options.lps, exp if name.startswith("exp") else nbody, draws)
        times = interleaved(models, options.repeats)
        peer = statistics.median(times["LPS"])
        record = {"key": f"{name}/k{draws}", "task": name, "draws": draws, "graphs": options.graphs, "sides": {}}
        for side, values in times.items():
            median = statistics.median(values)
            weights = sum(p.numel() for p in models[side].model.parameters())
            row = {"seconds": median, "min": min(values), "max": max(values), "weights": weights}
            record["sides"][side] = {**row, "faster": peer / median, "faster, min": min(times["LPS"]) / min(values)}
            print(f"{name:22s} k={draws:<3d} {side:20s} {median:8.3f} s   {peer / median:6.1f}×", flush=True)
        merge_results(options.out, [record], machine=machine(), versions=versions())
    return 0


if __name__ == "__main__":
    sys.exit(main())
