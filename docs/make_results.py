"""Fills the result tables of the README from results/*.json; a test holds them up to date."""

import json
import re
import statistics
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TITLES = {
    "er-0.25": "ER .25",
    "er-0.20": "ER .20",
    "er-0.10": "ER .10",
    "community": "community",
    "trees": "trees",
    "regular-4": "4-regular",
    "qm9": "QM9",
}


def load(name: str) -> dict[str, Any]:
    """One results file."""
    return dict(json.loads((ROOT / "results" / f"{name}.json").read_text(encoding="utf-8")))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, first column to the left and the others to the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(values: list[float], digits: int) -> str:
    """Mean ± sample standard deviation; the latter only of several values."""
    mean = f"{statistics.fmean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.{digits}f}"


def runs_of(results: dict[str, Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The finished runs by data set and method."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in results["runs"]:
        if run["status"] == "finished":
            found.setdefault((run["data"], run["method"]), []).append(run)
    return found


def comparison(name: str, metric: str, digits: int, scale: float = 1) -> str:
    """Methods by data sets, one metric."""
    results = load(name)
    found = runs_of(results)
    data = [key for key in TITLES if any(key == pair[0] for pair in found)]
    methods = list(dict.fromkeys(method for _, method in found))
    rows = []
    for kind, label in (("distance", "*floor, distance decoder*"), ("pair", "*floor, any pair decoder*")):
        floors = [results["floors"][key].get(kind) for key in data]
        if any(floors):
            rows.append([label, *(f"{scale * floor[metric]:.{digits}f}" if floor else "–" for floor in floors)])
    for method in methods:
        cells = []
        for key in data:
            runs = found.get((key, method), [])
            values = [scale * run["metrics"][metric] for run in runs]
            cells.append(spread(values, digits) + ("" if len(values) == 5 else f" ({len(values)})") if values else "–")
        rows.append([f"`{method}`", *cells])
    return table(["method", *(TITLES[key] for key in data)], rows)


def protocol() -> str:
    """SymPE beside the published numbers, Satorras protocol, ER p = .25."""
    published = [
        ["GNN, published", "14.15", "4.62", ".907"],
        ["Noise-GNN, published", "4.56", "1.25", ".975"],
        ["E(n)-GNN, published", "1.65", "0.11", ".998"],
    ]
    found = runs_of(load("autoencoder"))
    rows = []
    for method in ("none", "noise", "egnn", "uniform", "sympe-exact", "sympe-refinement", "sympe-learned"):
        metrics = [run["metrics"] for run in found.get(("er-0.25", method), [])]
        if metrics:
            columns = (("bce", 2), ("error_percent", 3), ("f1", 4))
            rows.append([f"`{method}`", *(spread([m[key] for m in metrics], digits) for key, digits in columns)])
    return table(["ER .25", "BCE", "error %", "F1"], [*published, *rows])


def labeling() -> str:
    """Rates of the labelling engine beside its peers."""
    results = load("labeling")
    rates = results["graphs_per_second"]
    return table(["4,096 QM9 molecules", "graphs/s"], [[name, f"{rate:,.0f}"] for name, rate in rates.items()])


def speed() -> str:
    """Wall time to EGNN's published error."""
    results = load("autoencoder_speed")
    rows = [["reference loop, 100 epochs", f"{results['reference_training_seconds']:,.0f}", ""]]
    for method in dict.fromkeys(run["method"] for run in results["runs"]):
        runs = [run for run in results["runs"] if run["method"] == method]
        seconds = spread([run["seconds"] for run in runs], 1)
        rows.append([f"`{method}`", seconds, spread([run["speedup"] for run in runs], 0) + "×"])
    return table(["training to 0.11 % error", "seconds", "faster"], rows)


def decoders() -> str:
    """Methods by decoders on ER p = .25."""
    found: dict[tuple[str, str], list[float]] = {}
    for run in load("autoencoder_decoders")["runs"]:
        if run["status"] == "finished":
            key = run["method"], run["config"]["model"]["decoder"]
            found.setdefault(key, []).append(run["metrics"]["error_percent"])
    names = list(dict.fromkeys(decoder for _, decoder in found))
    methods = dict.fromkeys(method for method, _ in found)
    rows = [[f"`{m}`", *(spread(found[m, d], 3) if (m, d) in found else "–" for d in names)] for m in methods]
    return table(["ER .25, error %", *(f"`{name}`" for name in names)], rows)


def fresh() -> str:
    """Fresh graphs without a copy in training, rebuilt exactly."""
    found: dict[tuple[str, str], list[float]] = {}
    for run in load("autoencoder_fresh")["runs"]:
        found.setdefault((run["method"], run["data"]), []).append(100 * run["unseen"]["exact"])
    data = [key for key in TITLES if any(key == pair[1] for pair in found)]
    methods = dict.fromkeys(method for method, _ in found)
    rows = [[f"`{method}`", *(spread(found[method, key], 1) for key in data)] for method in methods]
    return table(["fresh graphs, exact %", *(TITLES[key] for key in data)], rows)


GENERATOR = {
    "NLL": lambda m: m["nll"],
    "NLL given the draw": lambda m: m["nll"] - m["nll_draw"],
    "valid %": lambda m: 100 * m["validity"],
    "unique %": lambda m: 100 * m["uniqueness"],
    "novel %": lambda m: 100 * m["novelty"],
    "V.U.N. %": lambda m: 100 * m["vun"],
    "FCD": lambda m: m["fcd"],
}


def generator(name: str) -> str:
    """Methods of the graph generator by metrics, mean ± deviation over seeds."""
    found = runs_of(load(name))
    rows = []
    for (_, method), runs in found.items():
        cells = [
            spread([value(run["metrics"]) for run in runs], 2 if "FCD" in key else 1 if "%" in key else 2)
            for key, value in GENERATOR.items()
        ]
        rows.append([f"`{method}`" + ("" if len(runs) == 3 else f" ({len(runs)})"), *cells])
    return table(["method", *GENERATOR], rows)


def generator_speed() -> str:
    """Steps of training and sampling beside those of DiGress."""
    rows = []
    for name, row in load("diffusion_speed")["rows"].items():
        cells = [f"{row['parameters'] / 1e6:.2f} M", *(f"{row[key]['median']:.2f}" for key in ("train", "ancestral"))]
        seconds = [row.get(f"10000 molecules, {sampler}") for sampler in ("ancestral", "flow")]
        rows.append([name, *cells, *(f"{found['seconds']:,.0f}" if found else "–" for found in seconds)])
    heads = ["training step, s", "sampling step, s", "10,000 molecules, 500 steps, s", "flow, 50 steps, s"]
    return table(["", "weights", *heads], rows)


def draws_table(name: str, metric: str, digits: int, scale: float = 1) -> str:
    """Methods by numbers of draws in training, one metric of a task of `pyg-symbreak symmetrize`."""
    found: dict[tuple[str, int], list[float]] = {}
    for run in load(name)["runs"]:
        if run["status"] == "finished":
            found.setdefault((run["method"], run["draws"]), []).append(scale * run["metrics"][metric])
    methods, counts = list(dict.fromkeys(method for method, _ in found)), sorted({count for _, count in found})
    most = max(len(values) for values in found.values())
    rows = []
    for method in methods:
        cells = []
        for count in counts:
            values = found.get((method, count), [])
            few = f" ({len(values)})" if len(values) != most else ""
            cells.append(spread(values, digits) + few if values else "–")
        rows.append([f"`{method}`", *cells])
    return table(["draw + backbone", *(f"k = {count}" for count in counts)], rows)


def nbody() -> str:
    """Mean squared errors of the n-body task beside those of LPS."""
    rows = [
        ["LPS, transformer, published", ".00417", ""],
        ["learned canonicalization, transformer, published", ".00779", ""],
    ]
    groups: dict[str, list[dict[str, Any]]] = {}
    for run in load("symmetrize_nbody")["runs"]:
        if run["status"] == "finished":
            groups.setdefault(run["method"], []).append(run)
    for method, runs in sorted(groups.items(), key=lambda item: statistics.fmean(r["metrics"]["mse"] for r in item[1])):
        values = [run["metrics"]["mse"] for run in runs]
        seconds = statistics.median(run["seconds"] for run in runs)
        few = f" ({len(runs)})" if len(runs) != 3 else ""
        rows.append([f"`{method}`", spread(values, 5).replace("0.", ".") + few, f"{seconds:.0f}"])
    return table(["draw + backbone", "test MSE", "seconds of training"], rows)


def separation() -> str:
    """Per cent of pairs of graphs that random models tell apart, and of isomorphic pairs, by sets of pairs."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in load("symmetrize_separation")["runs"]:
        if run["status"] == "finished":
            groups.setdefault((run["method"], run["data"].removeprefix("separate-")), []).append(run["metrics"])
    methods = list(dict.fromkeys(method for method, _ in groups))
    sets = list(dict.fromkeys(data for _, data in groups))
    rows = []
    for method in methods:
        cells = []
        for data in sets:
            found = groups.get((method, data), [])
            total = sum(values["pairs"] for values in found)
            names = ("separated", "separated_isomorphic")
            shares = [f"{100 * sum(values[name] for values in found) / total:.0f}" for name in names if found]
            cells.append(" / ".join(shares) or "–")
        rows.append([f"`{method}`", *cells])
    return table(["apart / copies apart, %", *sets], rows)


def symmetrize_speed() -> str:
    """Training steps beside those of LPS."""
    rows = []
    for run in load("symmetrize_speed")["runs"]:
        for side, row in run["sides"].items():
            faster = "" if side == "LPS" else f"{row['faster']:.1f}×"
            rows.append(
                [f"{run['task']}, k = {run['draws']}: {side}", f"{row['weights']:,}", f"{row['seconds']:.3f}", faster]
            )
    return table(["", "weights", "training step, s", "faster"], rows)


def ign() -> str:
    """The 2 → 2 layer beside the formulation of its paper."""
    rows = []
    for run in load("ign")["runs"]:
        seconds = [f"{1000 * run['seconds'][side]:.0f}" for side in ("ours", "grouped", "padded")]
        faster = [f"{run['speedup'][f'{side} / ours']:.1f}×" for side in ("grouped", "padded")]
        rows.append([f"{run['molecules'].upper()} sizes, {run['channels']} channels", *seconds, *faster])
    heads = ["ours, ms", "by size, ms", "padded, ms", "faster than by size", "than padded"]
    return table(["64 graphs, forward and backward", *heads], rows)


SPINS = {
    "gap": ("gap %", 3),
    "gap_mode": ("mode %", 3),
    "rotated_gap": ("rotated %", 3),
    "recovered": ("in phase %", 1),
    "exact": ("ground states %", 1),
    "found": ("found %", 1),
    "steps_to_target": ("steps to 0.1 %", 0),
}


def spins(name: str) -> str:
    """Methods by metrics of a task of `pyg-symbreak spins`."""
    found = runs_of(load(name))
    names = [key for key in SPINS if any(key in run["metrics"] for runs in found.values() for run in runs)]
    rows = []
    for (_, method), runs in found.items():
        cells = []
        for key in names:
            values = [run["metrics"].get(key) for run in runs]
            there = [value for value in values if value is not None]
            part = "" if len(there) in (0, len(values)) else f" ({len(there)} of {len(values)})"
            cells.append(spread(there, SPINS[key][1]) + part if there else "–")
        rows.append([f"`{method}`" + ("" if len(runs) == 5 else f" ({len(runs)})"), *cells])
    return table(["method", *(SPINS[key][0] for key in names)], rows)


def spin_glass() -> str:
    """Shares of spin glasses solved by a network and by annealing, by time."""
    (run,) = load("spin_glass")["runs"]
    shown = [row for row in run["curves"] if row["side"] != "network"]
    glass = [row for row in shown if row["side"] != "annealing"]
    fastest: list[dict[str, Any]] = []
    for row in sorted((row for row in shown if row["side"] == "annealing"), key=lambda row: row["ms_a_lattice"]):
        if not fastest or row["solved"] > fastest[-1]["solved"]:
            fastest.append(row)
    rows = [
        [row["side"], row["budget"], f"{row['ms_a_lattice']:.3g}", f"{100 * row['solved']:.1f}"]
        for row in (*glass, *fastest)
    ]
    return table(["", "budget", "ms a lattice", "solved %"], rows)


def lattice() -> str:
    """Training steps of group convolutions beside escnn's."""
    runs = [run for run in load("lattice")["runs"] if run["key"].startswith("escnn/")]
    sizes = sorted({run["size"] for run in runs})
    rows: dict[tuple[str, int], dict[int, str]] = {}
    for run in runs:
        rows.setdefault((run["network"], run["width"]), {})[run["size"]] = f"{run['speedup']['median']:.1f}×"
    cells = [[f"{network}, width {width}", *(row[size] for size in sizes)] for (network, width), row in rows.items()]
    return table(["escnn's time / ours", *(f"L = {size}" for size in sizes)], cells)


SECTIONS = {
    "protocol": protocol,
    "autoencoder": lambda: comparison("autoencoder", "error_percent", 3),
    "exact": lambda: comparison("autoencoder", "exact", 1, 100),
    "decoders": decoders,
    "fresh": fresh,
    "qm9": lambda: comparison("autoencoder_qm9", "exact", 2, 100),
    "speed": speed,
    "labeling": labeling,
    "generator": lambda: generator("diffusion"),
    "generator-speed": generator_speed,
    "generator-h": lambda: generator("diffusion_h"),
    "nbody": nbody,
    "exp-classify": lambda: draws_table("symmetrize_exp_classify", "accuracy", 1, 100),
    "glyphs": lambda: draws_table("symmetrize_glyphs", "accuracy", 1, 100),
    "separation": separation,
    "symmetrize-speed": symmetrize_speed,
    "ign": ign,
    "spins-phases": lambda: spins("spins_phases"),
    "spins-zero-field": lambda: spins("spins_zero_field"),
    "spins-graph": lambda: spins("spins_phases_graph"),
    "spin-glass": spin_glass,
    "lattice": lattice,
}


def render(text: str) -> str:
    """The README with its tables made afresh."""
    for name, make in SECTIONS.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", flags=re.S)
        if block.search(text):
            made = make()
            text = block.sub(lambda found, made=made: found[1] + made + "\n" + found[2], text)
    return text


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
