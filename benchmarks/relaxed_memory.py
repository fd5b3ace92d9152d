"""Memory and time of relaxed permutations in a training step, beside the dense formulation.

    python benchmarks/relaxed_memory.py --out results/relaxed_memory.json

A step sorts scores, moves 64 node features to canonical order and back, and carries gradients to scores and features;
"adjacency" also moves the adjacency matrices, which are dense for both. "dense" is what people write: scores padded to
the largest graph, a soft matrix for each by 20 unrolled sweeps in log space, a hard matrix with its gradient, and
products of matrices. Every measurement is made in a process of its own; "peak" is the largest resident memory of that
process less what it held when a tiny step had been made and the inputs were ready. Times are CPU seconds of one thread,
the better of two steps. The sizes are like those of peptides: a mean of 150 nodes and up to 444. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import torch

from pyg_symbreak.canonicalizers import RelaxedPermutation
from pyg_symbreak.groups import Permutation
from pyg_symbreak.training.machine import machine, peak_memory_mb, versions
from pyg_symbreak.training.results import merge_results

TEMPERATURE, SWEEPS, CHANNELS, LARGEST = 0.01, 20, 64, 444
CASES = {"peptides, 32 graphs": (32, 1), "444 nodes, 1 draw": (1, 1), "444 nodes, 10 draws": (1, 10)}


def sizes(case):
    """How many nodes the graphs have, with the largest in every batch as in a data set of fixed width."""
    count, draws = CASES[case]
    generator = torch.Generator().manual_seed(0)
    spread = (torch.randn(count - 1, generator=generator) * 0.55).exp() * 122
    return torch.cat([torch.tensor([LARGEST]), spread.long().clamp(8, LARGEST)]).repeat(draws)


def inputs(size, kind):
    generator, width = torch.Generator().manual_seed(1), int(size.max())
    ptr = torch.nn.functional.pad(size.cumsum(0), (1, 0))
    score = torch.rand(int(ptr[-1]), generator=generator).requires_grad_()
    x = torch.randn(score.numel(), CHANNELS, generator=generator).requires_grad_()
    adjacency = None
    if kind == "adjacency":
        adjacency = torch.zeros(size.numel(), width, width)
        for block, n in zip(adjacency, size.tolist()):
            block[:n, :n] = torch.rand(n, n, generator=generator) < 0.01
    return score, x, adjacency, ptr, torch.arange(width) < size.unsqueeze(1)


def finish(nodes, back, matrices):
    loss = nodes.tanh().square().sum() + back.tanh().sum()
    return loss if matrices is None else loss + matrices.tanh().square().sum() + matrices[:, 0].sum()


def ours(score, x, adjacency, ptr, inside):
    """The step with index maps."""
    batch = torch.repeat_interleave(torch.arange(ptr.numel() - 1), ptr.diff())
    order = score.detach().argsort()
    order = order[batch[order].argsort(stable=True)]
    canonical = Permutation.from_order(order - ptr[:-1][batch], ptr)
    g = RelaxedPermutation.sort(score, canonical, TEMPERATURE, SWEEPS)
    nodes = g.act(x)
    matrices = None if adjacency is None else g.act_dense(adjacency, (1, 2))
    return finish(nodes, g.inverse().act(nodes.cos()), matrices)


def dense(score, x, adjacency, ptr, inside):
    """The step with matrices; padding sorts behind everything and has weight on itself only."""
    padded = score.new_zeros(inside.shape).masked_scatter(inside, score)
    order = padded.detach().masked_fill(~inside, float("inf")).argsort(1)
    ordered = padded.gather(1, order)
    logits = -(ordered.unsqueeze(2) - padded.unsqueeze(1)).abs() / TEMPERATURE
    block = inside.unsqueeze(2) & inside.unsqueeze(1)
    logits = logits.masked_fill(~block, float("-inf")).masked_fill(torch.diag_embed(~inside), 0.0)
    for _ in range(SWEEPS):
        logits = logits - logits.logsumexp(1, keepdim=True)
        logits = logits - logits.logsumexp(2, keepdim=True)
    soft = logits.exp()
    hard = torch.zeros_like(soft).scatter(2, order.unsqueeze(2), 1.0)
    matrix = (hard - soft).detach() + soft
    features = x.new_zeros(*inside.shape, CHANNELS).masked_scatter(inside.unsqueeze(2), x)
    nodes = matrix @ features
    matrices = None if adjacency is None else matrix @ adjacency @ matrix.mT
    return finish(nodes[inside], (matrix.mT @ nodes.cos())[inside], matrices)


def child(method, case, kind):
    """Measure one method in this process."""
    torch.set_num_threads(1)
    step = {"ours": ours, "dense": dense}[method]
    step(*inputs(torch.tensor([4, 3]), kind)).backward()
    score, x, *rest = inputs(sizes(case), kind)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts from here
    held = peak_memory_mb()
    seconds = []
    for _ in range(2):
        start = time.process_time()
        grads = torch.autograd.grad(step(score, x, *rest), (score, x))
        seconds.append(time.process_time() - start)
    norms = [float(grad.double().norm()) for grad in grads]
    print(
        json.dumps({"held_mb": held, "peak_mb": peak_memory_mb() - held, "cpu_seconds": min(seconds), "norms": norms})
    )


def measure(case, kind):
    found = {}
    for method in ("ours", "dense"):
        command = [sys.executable, __file__, "--method", method, "--case", case, "--kind", kind]
        out = subprocess.run(command, capture_output=True, text=True, check=True)
        found[method] = json.loads(out.stdout)
    for ours_norm, dense_norm in zip(*(found[method].pop("norms") for method in ("ours", "dense"))):
        if abs(ours_norm - dense_norm) > 2e-3 * dense_norm:
            raise AssertionError(f"{case}, {kind}: the two steps differ, {ours_norm} and {dense_norm}")
    size = sizes(case)
    return {
        "key": f"{case}, {kind}", "status": "finished", "nodes": int(size.sum()), "graphs": size.numel(), **found,
        "memory_ratio": found["dense"]["peak_mb"] / found["ours"]["peak_mb"],
        "process_memory_ratio": sum(v for k, v in found["dense"].items() if k.endswith("_mb"))
        / sum(v for k, v in found["ours"].items() if k.endswith("_mb")),
        "time_ratio": found["dense"]["cpu_seconds"] / found["ours"]["cpu_seconds"],
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="results/relaxed_memory.json")
    parser.add_argument("--method", choices=("ours", "dense"), help=argparse.SUPPRESS)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=("nodes", "adjacency"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.method is not None:
        child(options.method, options.case, options.kind)
        return
    where = {**machine(), "load_before": round(os.getloadavg()[0], 2)}
    for case in CASES:
        for kind in ("nodes", "adjacency"):
            run = measure(case, kind)
            merge_results(options.out, [run], machine=where, versions=versions())
            mb, times = ([run[m][name] for m in ("ours", "dense")] for name in ("peak_mb", "cpu_seconds"))
            print(
                f"{run['key']:32}  {mb[0]:7.1f} MB, dense {mb[1]:7.1f} MB ({run['memory_ratio']:4.1f} times)   "
                f"{times[0] * 1e3:7.1f} ms, dense {times[1] * 1e3:7.1f} ms ({run['time_ratio']:4.1f} times)",
                flush=True,
            )


if __name__ == "__main__":
    main()
