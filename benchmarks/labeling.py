"""Exact labelling beside its peers: rates on molecules, growth on sparse graphs.

    python benchmarks/labeling.py --molecules QM9_SMILES.tsv.gz --out results/labeling.json

Every method starts from the same PyG batch; conversions are part of its time. Without a file of molecules (or the
environment variable PYG_SYMBREAK_QM9) molecule-like random graphs stand in.
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


def loop_pynauty(batch, colored=False):
    import pynauty

    types = batch.node_type.tolist() if colored else None
    bonds = batch.edge_type.tolist() if colored else None
    for _, base, n, src, dst, place in split(batch):
        adjacency = {v: [] for v in range(n)}
        classes = []
        if not colored:
            for i, j in zip(src, dst):
                adjacency[i - base].append(j - base)
        else:
            # Bonds that are not single are subdivided by a node of their own colour.
            groups = {}
            for v in range(n):
                groups.setdefault((0, types[base + v]), set()).add(v)
            for i, j, kind in zip(src, dst, bonds[place]):
                if kind == 1:
                    adjacency[i - base].append(j - base)
                elif i < j:
                    adjacency[n] = [i - base, j - base]
                    groups.setdefault((1, kind), set()).add(n)
                    n += 1
            classes = [groups[key] for key in sorted(groups)]
        pynauty.canon_label(pynauty.Graph(n, False, adjacency, classes))


def loop_pynauty_per_graph(batch):
    """The loop that most people write: one graph at a time out of the batch."""
    import pynauty

    for data in batch.to_data_list():
        adjacency = {v: [] for v in range(data.num_nodes)}
        for i, j in data.edge_index.t().tolist():
            adjacency[i].append(j)
        pynauty.canon_label(pynauty.Graph(data.num_nodes, adjacency_dict=adjacency))


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


def median_seconds(functions, repeats):
    """Medians of interleaved runs, so that all methods see the same load of the machine."""
    times = {name: [] for name in functions}
    for repeat in range(repeats + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if repeat > 0:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def rates(graphs, repeats, device):
    batch, few = Batch.from_data_list(graphs), Batch.from_data_list(graphs[:512])
    attributes = {"node_attrs": ["node_type"], "edge_attrs": ["edge_type"]}
    fast = {
        "ours": lambda: random_canonical_rank(batch),
        "ours, coloured": lambda: random_canonical_rank(batch, **attributes),
        "pynauty": lambda: loop_pynauty(batch),
        "pynauty, coloured": lambda: loop_pynauty(batch, True),
        "pynauty, to_data_list": lambda: loop_pynauty_per_graph(batch),
        "igraph": lambda: loop_igraph(batch),
    }
    if device == "cuda":
        there = batch.to("cuda")

        def on_gpu():
            random_canonical_rank(there)
            torch.cuda.synchronize()

        fast["ours, cuda"] = on_gpu
    slow = {
        "networkx WL hash": lambda: loop_networkx(few),
        "AddRandomWalkPE(16)": lambda: loop_random_walk(few),
        "AddLaplacianEigenvectorPE(2)": lambda: loop_laplacian(few),
    }
    found = {name: len(graphs) / t for name, t in median_seconds(fast, repeats).items()}
    found |= {name: few.num_graphs / t for name, t in median_seconds(slow, 3).items()}
    return found


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


def growth(largest):
    table = []
    for degree in ("tree", 3, 8):
        for exponent in range(3, largest + 1):
            data = sparse(10**exponent, degree)
            seconds = median_seconds({"ours": lambda data=data: random_canonical_rank(data)}, 3)["ours"]
            size = data.num_nodes + data.edge_index.size(1) // 2
            unit = 1e9 * seconds / (size * np.log2(size))
            table.append({"graph": degree, "nodes": data.num_nodes, "seconds": seconds, "ns_per_size_log_size": unit})
            print(f"{degree!s:>5} 10^{exponent}: {seconds:9.4f} s, {unit:6.2f} ns per (n + m) log2(n + m)", flush=True)
    return table


def machine():
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    return {
        "cpu": model, "cores": os.cpu_count(), "threads": torch.get_num_threads(), "load": os.getloadavg()[0],
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
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", default="results/labeling.json")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    warnings.filterwarnings("ignore", message="The hashes produced for graphs")
    torch.set_num_threads(options.threads)
    graphs = molecules(options.molecules, options.count) if options.molecules else molecule_like(options.count)
    peak = memory(graphs)
    found = rates(graphs, options.repeats, options.device)
    for name, rate in found.items():
        peer = "pynauty, coloured" if "coloured" in name else "pynauty"
        print(f"{name:30s} {rate:12,.0f} graphs/s {rate / found[peer]:8.2f} x {peer}", flush=True)
    print(f"memory added: {peak:.0f} MB")
    result = {
        "seed": SEED, "machine": machine(), "graphs": len(graphs), "source": "QM9" if options.molecules else "random",
        "graphs_per_second": found, "ratio": found["ours"] / found["pynauty"],
        "ratio_per_graph_loop": found["ours"] / found["pynauty, to_data_list"],
        "ratio_coloured": found["ours, coloured"] / found["pynauty, coloured"], "memory_mb": peak,
        "growth": growth(options.largest),
    }  # fmt: skip
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
