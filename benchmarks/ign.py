"""The equivariant linear layer of order 2 → 2 against the formulation of the paper, in one run.

The reference is the one of "Invariant and Equivariant Graph Networks" (Maron et al., ICLR 2019), written plainly: all
15 basis maps are computed on tensors [B, C, n, n], stacked, and mixed by one dense einsum. Batches are graphs of the
sizes of molecules. The reference runs twice: on the batch padded to its largest graph, and on every group of graphs of
one size by itself, which wastes nothing on padding. One step is the forward pass, and the backward pass to the weights
and the input; all take turns, on one thread. Index lists are built once a batch and serve all layers of a network; they
are timed on their own, and "alone" means a network of one layer, which builds them for itself.

    python benchmarks/ign.py --out results/ign.json
"""

import argparse
import json
import statistics
import time

import torch

from pyg_symbreak.nn.ign import EquivariantLinear, Tuples
from pyg_symbreak.training.atomic import atomic_write
from pyg_symbreak.training.machine import machine, versions

# Mean, standard deviation and bounds of the number of atoms: QM9 with hydrogens, and ZINC without.
MOLECULES = {"qm9": (18.0, 2.9, 3, 29), "zinc": (23.2, 4.5, 9, 37)}


def reference_maps(x):
    """The 15 basis maps, ``[B, C, n, n]`` → ``[B, C, 15, n, n]``, sums as means."""
    n = x.size(-1)
    diagonal = torch.diagonal(x, dim1=2, dim2=3)
    rows, columns = x.mean(3), x.mean(2)
    trace, total = diagonal.mean(2, keepdim=True), rows.mean(2, keepdim=True)
    along = [v.unsqueeze(3).expand(-1, -1, -1, n) for v in (diagonal, rows, columns)]
    across = [v.unsqueeze(2).expand(-1, -1, n, -1) for v in (diagonal, rows, columns)]
    everywhere = [v.unsqueeze(3).expand(-1, -1, n, n) for v in (trace, total)]
    on_diagonal = [torch.diag_embed(v.expand(-1, -1, n)) for v in (diagonal, rows, columns, trace, total)]
    return torch.stack([x, x.transpose(2, 3), *along, *across, *everywhere, *on_diagonal], 2)


def reference(x, weight):
    """The layer of the paper; ``weight`` is ``[15, in, out]``."""
    return torch.einsum("bijmn,jio->bomn", reference_maps(x), weight)


def matching_weight(layer):
    """The weights of our layer, in the order of ``reference_maps``."""
    diagonal, itself = ((0, 1),), ((0,), (1,))
    pooled = [(diagonal, (0,)), (itself, (0,)), (itself, (1,))]
    one, none = [(itself, (0,)), (itself, (1,))], [(itself, ())]
    wanted = [((itself, (0, 1)), (itself, (0, 1)), axes) for axes in ((0, 1), (1, 0))]
    wanted += [(source, target, (0,)) for target in one for source in pooled]
    wanted += [((source, ()), target, ()) for target in none for source in (diagonal, itself)]
    wanted += [(source, (diagonal, (0,)), (0,)) for source in pooled]
    wanted += [((source, ()), (diagonal, ()), ()) for source in (diagonal, itself)]
    rows = [(tuple(basis.source), tuple(basis.target), basis.axes) for basis in layer.basis]
    return layer.weight.detach()[[rows.index(key) for key in wanted]]


def step(function, x, weight, gradient):
    """Seconds of one forward and backward pass."""
    x.grad = weight.grad = None
    begin = time.perf_counter()
    function(x).backward(gradient)
    return time.perf_counter() - begin


def compare(name, channels, batch_size, repeats, seed):
    """Median seconds of the three, and the medians of the ratios inside one round."""
    mean, deviation, low, high = MOLECULES[name]
    generator = torch.Generator().manual_seed(seed)
    sizes = (mean + deviation * torch.randn(batch_size, generator=generator)).round().long().clamp(low, high)
    ptr = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
    tuples, layer = Tuples(ptr), EquivariantLinear(2, 2, channels, channels, bias=False)
    x = torch.randn(tuples.count(2), channels, generator=generator)
    gradient = torch.randn(tuples.count(2), channels, generator=generator)
    weight = matching_weight(layer).requires_grad_()
    largest = int(sizes.max())

    def dense(value):
        return tuples.pad(value, 2).permute(0, 3, 1, 2).contiguous()

    mask = dense(torch.ones(tuples.count(2), 1))
    # A plain mean over padding is wrong by a known factor; what counts here is the time, of the same operations.
    padded, padded_gradient = dense(x).requires_grad_(), dense(gradient) * mask
    groups = []
    for size in sorted(set(sizes.tolist())):
        rows = sizes[tuples.graph(2)] == size
        square = (int((sizes == size).sum()), size, size, channels)
        parts = (value[rows].view(square).permute(0, 3, 1, 2).contiguous() for value in (x, gradient))
        groups.append((rows, *parts))
    flat = x.clone().requires_grad_()
    worst = 0.0
    with torch.no_grad():
        ours = layer(x, tuples)
        for rows, part, _ in groups:
            expected = reference(part, weight).permute(0, 2, 3, 1).reshape(-1, channels)
            worst = max(worst, float((ours[rows] - expected).abs().max()))
    times = {"ours": [], "alone": [], "padded": [], "grouped": []}
    for round_number in range(repeats + 1):
        found = {
            "ours": step(lambda value: layer(value, tuples), flat, layer.weight, gradient),
            "alone": step(lambda value: layer(value, Tuples(ptr)), flat, layer.weight, gradient),
            "padded": step(lambda value: reference(value, weight), padded, weight, padded_gradient),
            "grouped": 0.0,
        }
        for _, part, part_gradient in groups:
            found["grouped"] += step(
                lambda value: reference(value, weight), part.detach().requires_grad_(), weight, part_gradient
            )
        if round_number > 0:  # the first one warms up
            for key, seconds in found.items():
                times[key].append(seconds)
    ratios = {
        f"{key} / {ours}": [a / b for a, b in zip(times[key], times[ours])]
        for ours in ("ours", "alone")
        for key in ("padded", "grouped")
    }
    return {
        "molecules": name,
        "channels": channels,
        "graphs": batch_size,
        "nodes": int(sizes.sum()),
        "largest": largest,
        "seconds": {key: statistics.median(value) for key, value in times.items()},
        "speedup": {key: statistics.median(value) for key, value in ratios.items()},
        "smallest_speedup": {key: min(value) for key, value in ratios.items()},
        "largest_difference": worst,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", nargs="+", type=int, default=[16, 32, 64])
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="results/ign.json")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for name in MOLECULES:
        for channels in args.channels:
            rows.append(compare(name, channels, args.batch_size, args.repeats, args.seed))
            print(rows[-1], flush=True)
    record = {"threads": 1, "repeats": args.repeats, "runs": rows, "machine": machine(), "versions": versions()}
    atomic_write(args.out, json.dumps(record, indent=1).encode())
    print(args.out)


if __name__ == "__main__":
    main()
