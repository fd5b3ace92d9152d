"""A training step and a sampling step of the graph generator beside those of DiGress, on QM9 without hydrogens.

    PYG_SYMBREAK_DIGRESS=path/to/DiGress PYG_SYMBREAK_QM9=qm9_smiles.tsv.gz python benchmarks/diffusion.py

Both have the same width, depth, batch, optimiser, number of threads and setting of the allocator, and take turns, so
that they see the same load. A training step is everything from a PyG batch on: dense form, noise, features, forward,
loss, backward and optimiser. A sampling step is one step of the reverse chain: features, forward and the draw.
"DiGress" is its code as it is, which drops out a tenth of the updates; "DiGress, no dropout" does without, as we do.
Peak memory is that of a process of its own for each side. Without a file of molecules random ones stand in.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode
from torch_geometric.data import Batch, Data

sys.path.insert(0, str(Path(__file__).parent))
from digress import DiGress

from pyg_symbreak.models.diffusion.config import DiffusionConfig
from pyg_symbreak.models.diffusion.dense import DenseGraph
from pyg_symbreak.models.diffusion.flow import flow
from pyg_symbreak.models.diffusion.model import GraphDiffusion
from pyg_symbreak.models.diffusion.samplers import ancestral, initial_state
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.machine import machine, peak_memory_mb, tune_allocator, versions

SEED = 0
MOLECULES = 10_000
STEPS = {"ancestral": 500, "flow": 50}  # of a whole chain
WIDTH = {"node_dim": 256, "pair_dim": 64, "graph_dim": 64, "heads": 8}
TINY = {"node_dim": 16, "pair_dim": 8, "graph_dim": 8, "heads": 2}
SPECTRAL = {"features": ("cycles", "spectral")}  # the counterpart of the features of DiGress
SIDES = {
    "ours": SPECTRAL,
    "ours, a draw every step": {**SPECTRAL, "draw_from": "noisy"},
    "ours, no symmetry breaking": {**SPECTRAL, "symmetry_breaking": "none"},
    "ours, random walks": {"features": ("rrwp", "cycles")},
    "DiGress": {},
    "DiGress, no dropout": {"dropout": 0.0},
}


class Ours:
    """The package's generator with the same interface as the side of DiGress."""

    def __init__(self, batch, width, layers, device, bfloat16, **options):
        names = (("C", "N", "O", "F"), ("none", "single", "double", "triple"))
        self.batch, self.device, self.bfloat16 = batch.to(device), device, bfloat16
        self.graph = DenseGraph.from_batch(self.batch)
        config = DiffusionConfig(*names, max_nodes=9, num_layers=layers, **width, **options)
        self.model = GraphDiffusion.from_graphs(config, self.graph).to(device)
        settings = {"lr": 2e-4, "amsgrad": True, "weight_decay": 1e-12, "fused": True}
        self.optimizer = torch.optim.AdamW(self.model.parameters(), **settings)
        self.num_parameters = self.model.num_parameters

    def autocast(self):
        return torch.autocast(self.device, torch.bfloat16, enabled=self.bfloat16)

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        with self.autocast():
            loss = self.model.loss(DenseGraph.from_batch(self.batch))["loss"]
        loss.backward()
        self.optimizer.step()

    def start(self, sizes):
        model = self.model
        state = initial_state(sizes.to(self.device), model.node_transition, model.edge_transition)
        return state, model.breaking.draw_prior(state) if model.config.held else None

    @torch.no_grad()
    def reverse(self, state, steps, sampler="ancestral"):
        """The first steps of a whole chain."""
        model, (state, draw) = self.model.eval(), state
        run = ancestral if sampler == "ancestral" else flow
        noise = model.node_transition, model.edge_transition, model.schedule
        first = {"progress": lambda numbers: itertools.islice(numbers, steps)}
        with self.autocast():
            run(state, lambda graph, t: model.predict(graph, t, draw), *noise, STEPS[sampler], **first)


def molecules(path, count):
    """The first molecules of the training split of QM9, or random graphs of the same sizes."""
    if path:
        from pyg_symbreak.datasets import QM9Graphs

        dataset = QM9Graphs(path=path, split="train", num_graphs=count)
        return Batch.from_data_list([Data(**dataset[i].to_dict()) for i in range(len(dataset))])
    rng, graphs = np.random.default_rng(SEED), []
    for number in range(count):
        n = 9 if number == 0 else int(rng.integers(7, 10))
        bonds = {(int(rng.integers(0, i)), i) for i in range(1, n)} | {(0, n - 1)}
        index = torch.tensor(sorted(bonds)).t()
        kinds = torch.from_numpy(rng.integers(1, 4, index.size(1)))
        arcs, types = torch.cat([index, index.flip(0)], 1), torch.from_numpy(rng.integers(0, 4, n))
        graphs.append(Data(edge_index=arcs, edge_type=kinds.repeat(2), node_type=types, num_nodes=n))
    return Batch.from_data_list(graphs)


def build(name, batch, options):
    torch.manual_seed(SEED)
    width, extra = TINY if options.small else WIDTH, dict(SIDES[name])
    if name.startswith("DiGress"):
        return DiGress(options.digress, batch, width, options.layers, options.device, **extra)
    return Ours(batch, width, options.layers, options.device, options.device == "cuda", **extra)


def clock(function, device):
    """Wall time of one call."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    wait()
    start = time.perf_counter()
    function()
    wait()
    return time.perf_counter() - start


def summary(times, steps=1):
    """Seconds a step of jobs of several steps."""
    return {name: pick(times) / steps for name, pick in (("median", statistics.median), ("min", min), ("max", max))}


def interleaved(functions, repeats, device):
    """Lists of wall times of functions that take turns; the first turn only warms up."""
    times = {name: [] for name in functions}
    for repeat in range(repeats + 1):
        for name, function in functions.items():
            seconds = clock(function, device)
            if repeat:
                times[name].append(seconds)
    return times


def measure(sides, batch, options):
    """One row for each side: seconds of a training step, of a sampling step and of one draw of the canonical walk."""
    sizes, steps = batch.ptr.diff(), options.steps
    states = {name: side.start(sizes) for name, side in sides.items()}
    jobs = {(name, "train"): side.train for name, side in sides.items()}
    for name, side in sides.items():
        jobs[name, "ancestral"] = lambda side=side, name=name: side.reverse(states[name], steps)
        if isinstance(side, Ours):
            jobs[name, "flow"] = lambda side=side, name=name: side.reverse(states[name], steps, "flow")
            jobs[name, "features"] = lambda side=side: side.model.features(side.graph)
        if isinstance(side, Ours) and side.model.config.ranked:
            # A draw of every step sees noisy graphs, here pure noise; a draw that is held sees the data.
            seen = side.graph if side.model.config.held else states[name][0]
            jobs[name, "draw"] = lambda side=side, seen=seen: side.model.breaking.draw(seen)
    times = interleaved(jobs, options.repeats, options.device)
    rows = {}
    for name, side in sides.items():
        row = {"parameters": side.num_parameters, "train": summary(times[name, "train"])}
        for sampler in STEPS:
            if (name, sampler) in times:
                row[sampler] = summary(times[name, sampler], steps)
                seconds = MOLECULES / batch.num_graphs * STEPS[sampler] * row[sampler]["median"]
                row[f"{MOLECULES} molecules, {sampler}"] = {"steps": STEPS[sampler], "seconds": seconds}
        with FlopCounterMode(display=False) as counter:
            side.train()
        row["train_flops"] = counter.get_total_flops()
        if isinstance(side, Ours):
            row["features"] = summary(times[name, "features"])
        if (name, "draw") in times:
            row["draw"], every = summary(times[name, "draw"]), not side.model.config.held
            row["draw_share_of_train"] = row["draw"]["median"] / row["train"]["median"]
            row["draw_share_of_sampling"] = every * row["draw"]["median"] / row["ancestral"]["median"]
        rows[name] = row
    return rows


def matmul_rate(device):
    """Floating-point operations per second of one large product of matrices: bfloat16 on a GPU, else float32."""
    size, dtype = (8192, torch.bfloat16) if device == "cuda" else (1024, torch.float32)
    left, right = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    return 2 * size**3 / statistics.median(interleaved({"": lambda: left @ right}, 10, device)[""])


def compare(rows):
    """Ratios of DiGress to every side of ours; above 1 we are faster."""
    ratios, fewer = {}, STEPS["ancestral"] / STEPS["flow"]
    for ours in [name for name in rows if name.startswith("ours")]:
        for peer in [name for name in rows if name.startswith("DiGress")]:
            both = {(key, pick): rows[peer][key][pick] / rows[ours][key][pick]
                    for key in ("train", "ancestral") for pick in ("median", "min")}  # fmt: skip
            speed = rows[peer]["ancestral"]["median"] / rows[ours]["flow"]["median"]
            ratios[f"{ours} / {peer}"] = {
                "train": both["train", "median"],
                "train, best times": both["train", "min"],
                "sampling step": both["ancestral", "median"],
                "sampling step, best times": both["ancestral", "min"],
                "sampling by flow": {"step count": fewer, "step speed": speed, "both": fewer * speed},
            }
    return ratios


def work(name, options):
    """One side alone: peak memory in MB, what of it was there before the first step, and seconds a step."""
    batch = molecules(options.molecules, options.batch_size)
    side, sizes = build(name, batch, options), batch.ptr.diff()
    state = side.start(sizes)
    job = side.train if options.measure == "train" else lambda: side.reverse(state, 1)
    before = memory(options.device, "VmRSS")
    times = interleaved({"": job}, options.repeats, options.device)[""]
    return {"peak_mb": memory(options.device, "VmHWM"), "before_mb": before, "seconds": summary(times)}


def memory(device, field):
    """MB on the GPU, or resident: now (VmRSS) or at most since the last look at the present (VmHWM)."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_memory_mb()
    if field == "VmRSS":
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak starts anew
    # Not the peak that getrusage knows: it starts from that of the process which started this one.
    return next(int(line.split()[1]) * 1024e-6 for line in status.read_text().splitlines() if line.startswith(field))


def alone(names, options):
    """Memory and time of sides in processes of their own, with the allocator tuned and as it is."""
    found, common = [], ["--small"] if options.small else []
    for name in ("digress", "molecules", "batch-size", "layers", "repeats", "threads", "device"):
        common += [f"--{name}", getattr(options, name.replace("-", "_")) or ""]
    for name in names:
        for what in ("train", "sample"):
            for malloc in ("tuned", "default"):
                call = [sys.executable, __file__, "--worker", name, "--measure", what, "--malloc", malloc, *common]
                out = subprocess.run(list(map(str, call)), capture_output=True, text=True, check=True).stdout
                found.append({"side": name, "measure": what, "malloc": malloc, **json.loads(out.splitlines()[-1])})
                print(found[-1], flush=True)
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digress", default=os.environ.get("PYG_SYMBREAK_DIGRESS"), help="a checkout of DiGress")
    parser.add_argument("--molecules", default=os.environ.get("PYG_SYMBREAK_QM9"))
    # "steps" are the sampling steps that are timed together.
    for name, default in {"batch-size": 512, "layers": 5, "repeats": 5, "steps": 2, "threads": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--malloc", choices=["tuned", "default"], default="tuned")
    parser.add_argument("--small", action="store_true", help="a tiny model, to see whether everything runs")
    parser.add_argument("--no-memory", action="store_true", help="without the processes that measure memory")
    parser.add_argument("--worker", choices=SIDES, help="one side alone")
    parser.add_argument("--measure", choices=["train", "sample"], default="train")
    parser.add_argument("--out", default="results/diffusion_speed.json")
    options = parser.parse_args(arguments)
    if options.malloc == "tuned":
        tune_allocator()
    torch.set_num_threads(options.threads)
    if options.worker:
        print(json.dumps(work(options.worker, options)))
        return
    load, common = os.getloadavg()[0], {"graphs": options.batch_size, "threads": options.threads}
    names = [name for name in SIDES if options.digress or name.startswith("ours")]
    batch = molecules(options.molecules, options.batch_size)
    rows = measure({name: build(name, batch, options) for name in names}, batch, options)
    rate = matmul_rate(options.device)
    for name, row in rows.items():
        row["share_of_matmul_rate"] = row["train_flops"] / row["train"]["median"] / rate
        steps = "  ".join(f"{key} {row[key]['median']:.3f} s" for key in ("train", *STEPS) if key in row)
        print(f"{name:28s} {row['parameters'] / 1e6:.2f} M  {steps}  {row['share_of_matmul_rate']:.0%} of matmul rate")
    ratios = compare(rows)
    for name, ratio in ratios.items():
        print(f"{name}: {json.dumps(ratio)}", flush=True)
    record = {
        **{"seed": SEED, "source": "QM9" if options.molecules else "random", "malloc": options.malloc, **common},
        "model": {**(TINY if options.small else WIDTH), "layers": options.layers},
        "rows": rows,
        "ratios": ratios,
        "matmul_flops_per_second": rate,
        "alone": [] if options.no_memory else alone([name for name in ("ours", "DiGress") if name in rows], options),
        "load_before": load,
        "machine": machine(),
        "versions": versions(),
    }
    atomic_write(options.out, (json.dumps(record, indent=1) + "\n").encode())
    print(options.out)


if __name__ == "__main__":
    main()
