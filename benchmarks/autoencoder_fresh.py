"""Trained autoencoders on graphs that nobody has looked at: new seeds, and no copy of a training graph.

The test splits of the protocol are fixed, small, and for trees, sparse and regular graphs mostly isomorphic to training
graphs. This scores the kept checkpoints of a comparison on fresh graphs of the same kinds, once on all of them and once
on those alone that have no copy in the training split.

    python benchmarks/autoencoder_fresh.py --results results/autoencoder.json --runs runs/autoencoder
"""

import argparse
import json
from pathlib import Path

import torch

from pyg_symbreak.datasets import load_dataset, seen_graphs
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.autoencoder import evaluate
from pyg_symbreak.training.fit import load_autoencoder
from pyg_symbreak.training.loader import InMemoryLoader
from pyg_symbreak.training.machine import machine, tune_allocator, versions

FRESH_SEED = 77


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results/autoencoder.json"))
    parser.add_argument("--runs", type=Path, default=Path("runs/autoencoder"))
    parser.add_argument("--methods", nargs="+", default=["none", "uniform", "sympe-exact", "sympe-refinement"])
    parser.add_argument("--num-graphs", type=int, default=1000)
    parser.add_argument("--out", default="results/autoencoder_fresh.json")
    args = parser.parse_args()
    tune_allocator()
    runs = [run for run in json.loads(args.results.read_text())["runs"] if run["method"] in args.methods]
    rows = []
    for data in dict.fromkeys(run["data"] for run in runs):
        fresh = load_dataset(data, "test", seed=FRESH_SEED, num_graphs=args.num_graphs)
        seen = seen_graphs(fresh, load_dataset(data, "train"))
        unseen = fresh[~seen]
        share = float(seen.float().mean())
        for run in (run for run in runs if run["data"] == data and run["status"] == "finished"):
            model = load_autoencoder(args.runs / run["key"] / "best.ckpt")
            row = {"data": data, "method": run["method"], "seed": run["seed"], "seen_share": share}
            for name, graphs in (("fresh", fresh), ("unseen", unseen)):
                loader = InMemoryLoader(graphs, batch_size=500, shuffle=False)
                row[name] = {**evaluate(model, loader, seed=run["seed"], draws=1), "graphs": len(graphs)}
            rows.append(row)
        for method in args.methods:
            exact = [row["unseen"]["exact"] for row in rows if row["data"] == data and row["method"] == method]
            if exact:
                print(f"{data:10s} {method:18s} unseen graphs exact: {100 * sum(exact) / len(exact):.2f} %", flush=True)
    record = {"seed": FRESH_SEED, "runs": rows, "machine": machine(), "versions": versions()}
    atomic_write(args.out, json.dumps(record, indent=1).encode())
    print(args.out)


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
