"""A large file of SMILES strings on its way to graphs: rate, memory, resumption, reading.

    python benchmarks/molecules_from_smiles.py --molecules moses_train.csv.gz --out results/molecules_from_smiles.json

The strings of the file are repeated until there are ``--lines`` of them. The first run is killed half way and started
again; the rate is that of the second run, finding the first half and joining all files included. Memory is that of all
processes together, sampled: "pss" counts memory that several processes share once, "rss" once for each of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import torch
from torch_geometric.loader import DataLoader

from pyg_symbreak.datasets import MoleculesOnDisk
from pyg_symbreak.datasets.smiles_file import smiles_lines
from pyg_symbreak.training.machine import machine, versions
from pyg_symbreak.training.results import merge_results


def write_lines(source, path, lines):
    """Repeat the strings of a file."""
    texts = itertools.cycle(list(itertools.islice(smiles_lines(source), lines)))
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{text}\n" for text in itertools.islice(texts, lines))


class Memory:
    """Peak memory in MB, and CPU seconds, of a process and its descendants, sampled in a thread."""

    def __init__(self, pid):
        self.pid, self.peak, self.cpu, self.over = pid, {"pss": 0.0, "rss": 0.0}, {}, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        import psutil

        while not self.over.wait(0.25):
            total = {"pss": 0.0, "rss": 0.0}
            try:
                processes = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process in processes:
                try:
                    used, busy = process.memory_full_info(), process.cpu_times()
                    self.cpu[process.pid] = busy.user + busy.system
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
                total = {name: total[name] + getattr(used, name) / 1e6 for name in total}
            self.peak = {name: max(self.peak[name], total[name]) for name in total}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def build(path, root, workers, stop_after=None):
    """Parse a file; a process of its own, so that its memory is that of this work alone."""
    torch.set_num_threads(1)
    seen = 0

    def progress(lines):
        nonlocal seen
        seen += lines
        if stop_after is not None and seen >= stop_after:
            os.kill(os.getpid(), 9)

    MoleculesOnDisk(path, root, num_workers=workers, progress=progress, fractions=(0.98, 0.01, 0.01))


def timed(path, root, workers, stop_after=None):
    process = multiprocessing.get_context("spawn").Process(target=build, args=(path, root, workers, stop_after))
    start = time.perf_counter()
    process.start()
    with Memory(process.pid) as memory:
        process.join()
    return {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": sum(memory.cpu.values()),
        "exit": process.exitcode,
        **memory.peak,
    }


def reading(path, root):
    """Molecules per second out of the finished files, in random order."""
    dataset = MoleculesOnDisk(path, root, fractions=(0.98, 0.01, 0.01))
    order = np.random.default_rng(0).permutation(len(dataset))[:20_480]
    rates = {}
    start = time.perf_counter()
    for part in order.reshape(-1, 512):
        dataset.batch(part)
    rates["batch"] = len(order) / (time.perf_counter() - start)
    start = time.perf_counter()
    for i in order[:5_000]:
        dataset[int(i)]
    rates["single"] = 5_000 / (time.perf_counter() - start)
    start = time.perf_counter()
    for _ in DataLoader(dataset[: len(order)], batch_size=512, shuffle=True):
        pass
    rates["loader"] = len(order) / (time.perf_counter() - start)
    size = sum(file.stat().st_size for file in dataset.store.rglob("*") if file.is_file())
    return {"per_second": rates, "molecules": len(dataset), "dropped": dataset.dropped, "bytes": size}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--molecules", required=True, help="a file of SMILES strings")
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", default="results/molecules_from_smiles.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    where = {**machine(), "load_before": round(os.getloadavg()[0], 2)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.smi"
        write_lines(options.molecules, path, options.lines)
        killed = timed(path, folder, options.workers, options.lines // 2)
        rest = timed(path, folder, options.workers)
        found = reading(path, folder)
    parsed = options.lines - options.lines // 2
    run = {
        "key": f"{options.lines} lines, {options.workers} workers", "status": "finished", "lines": options.lines,
        "workers": options.workers, "killed_half_way": killed, "resumed": rest, "reading": found,
        "lines_per_second": parsed / rest["seconds"], "lines_per_cpu_second": parsed / rest["cpu_seconds"],
        "machine": where, "versions": versions(),
    }  # fmt: skip
    merge_results(options.out, [run])
    print(json.dumps(run, indent=1))


if __name__ == "__main__":
    main()
