"""A training step of p4m networks on the torus beside escnn's, and how time and memory grow with the lattice.

    python benchmarks/lattice.py --out results/lattice.json

*Against escnn.* Both sides have the same number of regular fields of D4, the same layers and kernels (3 × 3, circular
padding), the same batch and one thread, and take turns in one run. "blocks" are residual networks: a lift, blocks of
norm, activation and convolution, and a readout to one scalar a site; escnn's norm is its ``InnerBatchNorm``, ours is
``LatticeNorm``. "convolutions" have nothing but convolutions and activations. A step is the forward pass, and the
backward pass to all weights. escnn is taken from the environment; without it only the rest is measured.

*Layouts.* One convolution of ours beside the plain way: channels first, ``F.pad(mode="circular")``, and filters looked
up weight by weight.

*Growth.* A step of our network on larger and larger lattices, and in a process of its own the largest resident memory,
less what it was after a step on the smallest lattice (Linux only).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from importlib import metadata
from pathlib import Path

import torch
from torch.nn import functional as F

from pyg_symbreak.groups import LatticeGroup
from pyg_symbreak.nn.lattice import LatticeConv, LatticeNetwork
from pyg_symbreak.training.machine import machine, peak_memory_mb, tune_allocator, versions
from pyg_symbreak.training.results import merge_results

SEED, LAYERS = 0, 4
NETWORKS = ("blocks", "convolutions")


class Convolutions(torch.nn.Module):
    """Our convolutions and activations, and a mean over the parts."""

    def __init__(self, width, layers, group):
        super().__init__()
        self.lift = LatticeConv({"site": 1}, width, group)
        self.layers = torch.nn.ModuleList([LatticeConv(width, width, group) for _ in range(layers)])

    def forward(self, fields):
        x = self.lift(fields)
        for layer in self.layers:
            x = layer(F.relu(x))
        return x.mean((1, 2)).unsqueeze(1)


def ours(network, width, layers=LAYERS):
    """Our network, on grids ``[B, 1, L, L]``."""
    group = LatticeGroup.p4m(8)
    model = LatticeNetwork({"site": 1}, width, layers, group) if network == "blocks" else None
    model = Convolutions(width, layers, group) if model is None else model
    return model, lambda x: model({"site": x})


def theirs(network, width, layers=LAYERS):
    """The same network from the layers of escnn."""
    from escnn import gspaces, nn

    space = gspaces.flipRot2dOnR2(N=4)
    scalar, regular = nn.FieldType(space, [space.trivial_repr]), nn.FieldType(space, width * [space.regular_repr])

    def conv(source, target, size=3):
        return nn.R2Conv(source, target, kernel_size=size, padding=size // 2, padding_mode="circular")

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lift = conv(scalar, regular)
            self.convs = torch.nn.ModuleList([conv(regular, regular) for _ in range(layers)])
            self.relus = torch.nn.ModuleList([nn.ReLU(regular, inplace=True) for _ in range(layers + 1)])
            if network == "blocks":
                self.norms = torch.nn.ModuleList([nn.InnerBatchNorm(regular) for _ in range(layers + 1)])
                self.readout = conv(regular, scalar, 1)

        def forward(self, x):
            x = self.lift(nn.GeometricTensor(x, scalar))
            for number, layer in enumerate(self.convs):
                if network == "blocks":
                    x = x + layer(self.relus[number](self.norms[number](x)))
                else:
                    x = layer(self.relus[number](x))
            if network == "blocks":
                return self.readout(self.relus[-1](self.norms[-1](x))).tensor
            return x.tensor.mean(1, keepdim=True)

    model = Network()
    return model, model


def has_escnn():
    try:
        import escnn  # noqa: F401
    except ImportError as error:
        print(f"escnn is not measured: {error}")
        return False
    return True


def clock(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def training_step(model, function, x):
    """A function that runs one step."""

    def step():
        model.zero_grad(set_to_none=True)
        function(x).square().mean().backward()

    return step


def interleaved(steps, repeats):
    """Seconds of steps that take turns; the first two turns warm up."""
    times = {name: [] for name in steps}
    for repeat in range(repeats + 2):
        for name, step in steps.items():
            seconds = clock(step)
            if repeat > 1:
                times[name].append(seconds)
    return times


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def defect(function, x):
    """How far a quarter turn of the input is from a quarter turn of the output."""
    with torch.no_grad():
        return float((function(x.rot90(1, (2, 3))) - function(x).rot90(1, (2, 3))).abs().max())


def against_escnn(network, width, size, batch_size, repeats):
    torch.manual_seed(SEED)
    x = torch.randn(batch_size, 1, size, size)
    sides = {"ours": ours(network, width), "escnn": theirs(network, width)}
    steps = {name: training_step(model, function, x) for name, (model, function) in sides.items()}
    times = interleaved(steps, repeats)
    ratios = [b / a for a, b in zip(times["ours"], times["escnn"])]
    record = {"key": f"escnn/{network}/{width}/{size}", "network": network, "width": width, "size": size}
    for name, (model, function) in sides.items():
        weights = sum(parameter.numel() for parameter in model.parameters())
        record[name] = {**summary(times[name]), "weights": weights, "defect": defect(function, x)}
    record["speedup"] = summary(ratios)
    record["speedup"]["best times"] = min(times["escnn"]) / min(times["ours"])
    return record


def plain_convolution(conv, x):
    """The same convolution, channels first."""
    bank = conv.weight["regular"].flatten().take(conv.plain_places)
    padded = F.pad(x.flatten(1, 2), (1, 1, 1, 1), mode="circular")
    return F.conv2d(padded, bank, conv.bias.repeat(conv.group.num_parts)).unflatten(1, (conv.group.num_parts, -1))


def layouts(width, size, batch_size, repeats):
    torch.manual_seed(SEED)
    conv = LatticeConv(width, width, LatticeGroup.p4m(8))
    # Every weight by its number: the filters that the layer writes out, where the weights are their own numbers.
    weight = conv.weight["regular"]
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.copy_(torch.arange(weight.numel(), dtype=torch.float32).view_as(weight))
        conv.plain_places = conv.filters().long().contiguous()
        weight.copy_(kept)
    first = torch.randn(batch_size, 8, width, size, size).requires_grad_()
    last = first.detach().permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2).requires_grad_()
    gradient = torch.randn(batch_size, 8, width, size, size)
    gradient_last = gradient.permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2)
    assert torch.allclose(plain_convolution(conv, first), conv(last), atol=1e-4)
    steps = {
        "ours": lambda: conv(last).backward(gradient_last),
        "plain": lambda: plain_convolution(conv, first).backward(gradient),
    }
    steps["filters alone"] = lambda: conv.filters().backward(conv.plain_places.float())
    times = interleaved(steps, repeats)
    record = {"key": f"layout/{width}/{size}", "width": width, "size": size}
    record.update({name: summary(values) for name, values in times.items()})
    record["speedup"] = statistics.median([b / a for a, b in zip(times["ours"], times["plain"])])
    return record


def growth(width, sizes, batch_size, repeats):
    """A step on every size, in turns."""
    torch.manual_seed(SEED)
    model, function = ours("blocks", width)
    inputs = {size: torch.randn(batch_size, 1, size, size) for size in sizes}
    times = interleaved({size: training_step(model, function, x) for size, x in inputs.items()}, repeats)
    for size in sizes:
        found = summary(times[size])
        per_site = {name: 1e6 * found[name] / (batch_size * size**2) for name in ("median", "min")}
        memory = memory_of(width, size, min(sizes), batch_size)
        record = {"key": f"growth/{width}/{size}", "width": width, "size": size, "batch_size": batch_size, **found}
        yield {**record, "microseconds per site": per_site, **memory}


def memory_of(width, size, smallest, batch_size):
    """The peak of a process of its own."""
    call = [sys.executable, str(Path(__file__).resolve()), "--worker", str(width), str(size), str(smallest)]
    done = subprocess.run([*call, str(batch_size)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def worker(width, size, smallest, batch_size):
    """Print the memory of a step."""
    model, function = ours("blocks", width)
    training_step(model, function, torch.randn(batch_size, 1, smallest, smallest))()
    before = peak_memory_mb()
    x = torch.randn(batch_size, 1, size, size)
    for _ in range(2):
        training_step(model, function, x)()
    peak = peak_memory_mb()
    print(json.dumps({"memory_mb": None if peak is None or before is None else round(peak - before, 1)}))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", nargs="*", type=int, default=[4, 8, 16])
    parser.add_argument("--sizes", nargs="*", type=int, default=[8, 16, 32])
    parser.add_argument("--growth", nargs="*", type=int, default=[8, 16, 32, 64, 128])
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--out", default="results/lattice.json")
    parser.add_argument("--worker", nargs=4, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if options.worker:
        worker(*options.worker)
        return 0
    tune_allocator()
    warnings.simplefilter("ignore")  # those of the peer
    found = versions()
    records = []

    def keep(record, text):
        records.append({**record, "repeats": options.repeats, "seed": SEED})
        print(f"{record['key']:28s} {text}", flush=True)
        merge_results(
            options.out, [records[-1]], machine=machine(), versions=found, settings={"threads": 1, "layers": LAYERS}
        )

    if options.sizes and has_escnn():
        found["escnn"] = metadata.version("escnn")
        for network in NETWORKS:
            for width in options.widths:
                for size in options.sizes:
                    record = against_escnn(network, width, size, options.batch_size, options.repeats)
                    record["batch_size"] = options.batch_size
                    text = " ".join(f"{side} {1e3 * record[side]['median']:8.2f} ms" for side in ("ours", "escnn"))
                    keep(record, f"{text}   {record['speedup']['median']:5.2f}×")
    for width in options.widths:
        for size in options.sizes:
            record = layouts(width, size, options.batch_size, options.repeats)
            record["batch_size"] = options.batch_size
            keep(record, f"ours {1e3 * record['ours']['median']:8.2f} ms, plain {record['speedup']:5.2f}× as long")
    for record in growth(8, options.growth, 2, options.repeats) if options.growth else ():
        text = f"{1e3 * record['median']:9.2f} ms {record['microseconds per site']['median']:6.2f} µs a site"
        keep(record, f"{text} {record['memory_mb']} MB")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
