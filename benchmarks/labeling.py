"""Exact labelling beside its peers: rates on molecules, growth on sparse graphs.

    python benchmarks/labeling.py --molecules QM9_SMILES.tsv.gz --out results/labeling.json

Every method starts from the same PyG batch; conversions are part of its time. "pynauty" is the loop that people write,
graph by graph over ``batch.to_data_list()``; "pynauty, tuned" converts the whole batch to lists in one call first.
"coloured" takes atom types as node colours and bond types as edge colours. Without a file of molecules (or the
environment variable PYG_SYMBREAK_QM9) molecule-like random graphs stand in. The methods take turns, so that they see
the same load; medians of wall time make the rates; best CPU times, which other jobs disturb less, stand beside them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import time
import warnings
from pathlib import Path

import networkx as nx
import numpy as np
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import AddLaplacianEigenvectorPE, AddRandomWalkPE

from pyg_symbreak.labeling import random_canonical_rank

SEED = 0


def molecules(path, count):
    from rdkit import Chem

    with gzip.open(path, "rt") as file:
        lines = [line.split("\t")[1].strip() for line in file if "\t" in line]
    graphs = []
    for smiles in lines[:: max(1, len(lines) // count)]:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None or len(graphs) == count:
            continue
        Chem.Kekulize(molecule)
        bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble())) for b in molecule.GetBonds()]
        graphs.append(build([a.GetAtomicNum() for a in molecule.GetAtoms()], bonds))
    return graphs


def molecule_like(count):
    rng = np.random.default_rng(SEED)
    graphs = []
    for _ in range(count):
        n = int(rng.integers(7, 10))
        tree = {(int(rng.integers(0, i)), i) for i in range(1, n)}
        ring = {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(int(rng.integers(0, 3)))}
        bonds = [(i, j, int(rng.choice([1, 1, 1, 2]))) for i, j in sorted(tree | ring)]
        graphs.append(build(rng.choice([6, 6, 6, 7, 8], n).tolist(), bonds))
    return graphs


def build(types, bonds):
    arcs = sorted([(i, j, t) for i, j, t in bonds] + [(j, i, t) for i, j, t in bonds])
    table = torch.tensor(arcs, dtype=torch.long).reshape(-1, 3)
    return Data(
        edge_index=table[:, :2].t().contiguous(), edge_type=table[:, 2], node_type=torch.tensor(types),
        num_nodes=len(types),
    )  # fmt: skip


def split(batch):
    """Plain lists per graph, the cheapest conversion for the peers: one call for the whole batch."""
    ptr = batch.ptr.tolist()
    bounds = torch.searchsorted(batch.batch[batch.edge_index[0]], torch.arange(len(ptr))).tolist()
    src, dst = batch.edge_index.tolist()
    for g in range(len(ptr) - 1):
        first, last = bounds[g], bounds[g + 1]
        yield g, ptr[g], ptr[g + 1] - ptr[g], src[first:last], dst[first:last], slice(first, last)


def nauty(n, arcs, base=0, types=None, bonds=None):
    """Label one graph; bonds that are not single are subdivided by a node of their own colour."""
    import pynauty

    adjacency = {v: [] for v in range(n)}
    classes = []
    if types is None:
        for i, j in arcs:
            adjacency[i - base].append(j - base)
    else:
        groups = {}
        for v in range(n):
            groups.setdefault((0, types[v]), set()).add(v)
        for (i, j), kind in zip(arcs, bonds):
            if kind == 1:
                adjacency[i - base].append(j - base)
            elif i < j:
                adjacency[n] = [i - base, j - base]
                groups.setdefault((1, kind), set()).add(n)
                n += 1
        classes = [groups[key] for key in sorted(groups)]
    pynauty.canon_label(pynauty.Graph(n, False, adjacency, classes))


def loop_pynauty(batch, colored=False):
    """The loop that people write: one graph at a time out of the batch."""
    for data in batch.to_data_list():
        colors = (data.node_type.tolist(), data.edge_type.tolist()) if colored else ()
        nauty(data.num_nodes, data.edge_index.t().tolist(), 0, *colors)


def loop_pynauty_tuned(batch, colored=False):
    types = batch.node_type.tolist() if colored else None
    bonds = batch.edge_type.tolist() if colored else None
    for _, base, n, src, dst, place in split(batch):
        colors = (types[base : base + n], bonds[place]) if colored else ()
        nauty(n, zip(src, dst), base, *colors)


def loop_igraph(batch):
    import igraph

    for _, base, n, src, dst, _ in split(batch):
        igraph.Graph(n, [(i - base, j - base) for i, j in zip(src, dst) if i < j]).canonical_permutation()


def loop_networkx(batch):
    for _, _, _, src, dst, _ in split(batch):
        nx.weisfeiler_lehman_graph_hash(nx.Graph(zip(src, dst)), iterations=3)


def loop_laplacian(batch):
    transform = AddLaplacianEigenvectorPE(k=2, attr_name="pe", is_undirected=True)
    for data in batch.to_data_list():
        if data.num_nodes > 2:
            transform(data)


def loop_random_walk(batch):
    transform = AddRandomWalkPE(walk_length=16, attr_name="pe")
    for data in batch.to_data_list():
        transform(data)


def timings(functions, repeats, inner=None):
    """Wall and CPU times of interleaved runs, so that all methods see the same load of the machine."""
    wall, cpu = {name: [] for name in functions}, {name: [] for name in functions}
    for repeat in range(repeats + 1):
        for name, function in functions.items():
            for _ in range((inner or {}).get(name, 1)):
                start, busy = time.perf_counter(), time.process_time()
                function()
                if repeat > 0:
                    cpu[name].append(time.process_time() - busy)
                    wall[name].append(time.perf_counter() - start)
    return {name: (statistics.median(wall[name]), min(wall[name]), min(cpu[name])) for name in functions}


def rates(graphs, repeats, device):
    """Graphs per second by median wall time, best wall time and best CPU time (of all threads together)."""
    batch, few = Batch.from_data_list(graphs), Batch.from_data_list(graphs[:512])
    attributes = {"node_attrs": ["node_type"], "edge_attrs": ["edge_type"]}

    def ours(threads, there=batch, **options):
        # The engine itself takes one thread, however many torch has, unless there are millions of arcs.
        torch.set_num_threads(threads)
        random_canonical_rank(there, **options)
        if there.batch.is_cuda:
            torch.cuda.synchronize()
        torch.set_num_threads(1)

    fast = {}
    for suffix, options in (("", {}), (", coloured", attributes)):
        for threads in (1, 2):
            name = f"ours, {threads} thread{'s' * (threads > 1)}{suffix}"
            fast[name] = lambda threads=threads, options=options: ours(threads, **options)
        if device == "cuda":
            there = batch.to("cuda")
            fast[f"ours, cuda{suffix}"] = lambda options=options, there=there: ours(1, there, **options)
        fast[f"pynauty{suffix}"] = lambda colored=bool(suffix): loop_pynauty(batch, colored)
        fast[f"pynauty, tuned{suffix}"] = lambda colored=bool(suffix): loop_pynauty_tuned(batch, colored)
    fast["igraph"] = lambda: loop_igraph(batch)
    slow = {
        "networkx WL hash": lambda: loop_networkx(few),
        "AddRandomWalkPE(16)": lambda: loop_random_walk(few),
        "AddLaplacianEigenvectorPE(2)": lambda: loop_laplacian(few),
    }
    several = {name: 5 for name in fast if name.startswith("ours")}
    found = {name: [len(graphs) / t for t in times] for name, times in timings(fast, repeats, several).items()}
    return found | {name: [few.num_graphs / t for t in times] for name, times in timings(slow, 3).items()}


def compare(found):
    """One row for each method, with its ratio to both pynauty loops on the same input."""
    table = {}
    for name, (median, best, cpu) in found.items():
        row = {"graphs_per_second": median, "best": best, "cpu_best": cpu}
        suffix = ", coloured" if "coloured" in name else ""
        for peer in ("pynauty", "pynauty, tuned"):
            other = found[peer + suffix]
            row[f"ratio to {peer}"] = median / other[0]
            row[f"cpu ratio to {peer}"] = cpu / other[2]
        table[name] = row
    return table


def sparse(n, degree):
    rng = np.random.default_rng(SEED + n)
    if degree == "tree":
        edges = np.stack([np.arange(1, n), (rng.random(n - 1) * np.arange(1, n)).astype(np.int64)])
    else:
        edges = rng.integers(0, n, (2, n * degree // 2))
        edges = edges[:, edges[0] != edges[1]]
        edges = np.unique(np.sort(edges, 0), axis=1)
    edges = torch.from_numpy(edges)
    return Data(edge_index=torch.cat([edges, edges.flip(0)], 1), num_nodes=n)


def growth(largest, repeats=3):
    """Times of sparse graphs, and the exponent of time against (n + m) log(n + m): 1 means that growth."""
    table, exponents = [], {}
    for degree in ("tree", 3, 8):
        units, times = [], []
        for exponent in range(3, largest + 1):
            data = sparse(10**exponent, degree)
            count = 2 if exponent > 5 else repeats
            seconds, _, cpu = timings({"ours": lambda data=data: random_canonical_rank(data)}, count)["ours"]
            size = data.num_nodes + data.edge_index.size(1) // 2
            units.append(size * np.log2(size))
            times.append(cpu)
            table.append({
                "graph": degree, "nodes": data.num_nodes, "edges": size - data.num_nodes, "seconds": seconds,
                "cpu_seconds": cpu, "cpu_ns_per_unit": 1e9 * cpu / units[-1],
            })  # fmt: skip
            print(
                f"{degree!s:>5} 10^{exponent}: {seconds:9.4f} s, CPU {cpu:9.4f} s,"
                f" {1e9 * cpu / units[-1]:7.2f} ns per (n + m) log2(n + m)", flush=True,
            )  # fmt: skip
        # Below 10^4 nodes the constant cost of a call hides the growth.
        for first in {0, 1} if largest > 4 else {0}:
            slope = np.polyfit(np.log(units[first:]), np.log(times[first:]), 1)[0] if largest > 3 + first else None
            exponents[f"{degree}, from 10^{3 + first}"] = slope
            if slope is not None:
                print(f"{degree!s:>5} exponent from 10^{3 + first}: {slope:.2f}", flush=True)
    return {"table": table, "exponents": exponents}


def machine():
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    return {
        "cpu": model, "cores": os.cpu_count(), "load_before": os.getloadavg()[0],
        "python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__,
    }  # fmt: skip


def memory(graphs):
    """Growth of the peak resident memory in MB while one batch is labelled."""
    import resource

    batch = Batch.from_data_list(graphs)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    random_canonical_rank(batch)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--molecules", default=os.environ.get("PYG_SYMBREAK_QM9"))
    parser.add_argument("--count", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--largest", type=int, default=6, help="sparse graphs up to 10^LARGEST nodes")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--out", default="results/labeling.json")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    warnings.filterwarnings("ignore", message="The hashes produced for graphs")
    torch.set_num_threads(1)
    graphs = molecules(options.molecules, options.count) if options.molecules else molecule_like(options.count)
    where = machine()
    peak = memory(graphs)
    found = compare(rates(graphs, options.repeats, options.device))
    print(f"{'graphs per second':30s} {'median':>9s} {'best':>9s}   ratio to pynauty, to its tuned loop (by CPU time)")
    for name, row in found.items():
        print(
            f"{name:30s} {row['graphs_per_second']:9,.0f} {row['best']:9,.0f} {row['ratio to pynauty']:9.2f}"
            f" ({row['cpu ratio to pynauty']:.2f}) {row['ratio to pynauty, tuned']:9.2f}"
            f" ({row['cpu ratio to pynauty, tuned']:.2f})", flush=True,
        )  # fmt: skip
    print(f"memory added: {peak:.0f} MB")
    result = {
        "seed": SEED, "machine": where, "graphs": len(graphs), "source": "QM9" if options.molecules else "random",
        "graphs_per_second": {name: row["graphs_per_second"] for name, row in found.items()},
        "rates": found, "memory_mb": peak, "growth": growth(options.largest),
    }  # fmt: skip
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
