r"""Files of generated graphs: SMILES, graph6, and PyTorch files."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import torch
from torch_geometric.data import Data

from pyg_symbreak.cli.graph_files import read_graphs
from pyg_symbreak.training.atomic import atomic_write

SUFFIXES = {".smi": "smiles", ".smiles": "smiles", ".g6": "graph6", ".graph6": "graph6", ".pt": "pt"}
r"""The format of a file of samples, by the suffix of its name."""


def sample_format(path: Path) -> str:
    r"""Returns ``"smiles"``, ``"graph6"`` or ``"pt"``.

    Raises:
        ValueError: If the suffix is none of :data:`SUFFIXES`.

    Example:
        >>> sample_format(Path("mols.smi"))
        'smiles'
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"'diffusion' expected a file named {', '.join('*' + s for s in SUFFIXES)} (got {str(path)!r})"
        )
    return SUFFIXES[path.suffix.lower()]


def write_smiles(path: Path, smiles: Sequence[str | None], keep_invalid: bool = False) -> None:
    r"""Writes SMILES strings, one a line.

    Args:
        path: The file.
        smiles: The molecules; :obj:`None` for a sample that is none.
        keep_invalid: Whether such a sample becomes an empty line; by default it is left out.

    Raises:
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    lines = [text or "" for text in smiles if text or keep_invalid]
    atomic_write(path, "".join(line + "\n" for line in lines).encode())


def read_smiles(path: Path) -> list[str | None]:
    r"""Reads SMILES strings, the first word of each line; an empty line is a sample that is no molecule.

    Raises:
        ValueError: If the file is no text.
        OSError: If the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"'read_smiles' expected a text file (got {str(path)!r}: {error})") from error
    return [line.split()[0] if line.strip() else None for line in lines]


def write_graphs(path: Path, graphs: Sequence[Data]) -> None:
    r"""Writes graphs: graph6, one a line, or a PyTorch file with a list of dictionaries, each for one ``Data``.

    ``[Data.from_dict(d) for d in torch.load(path)]`` reads the latter.

    Args:
        path: The file, named ``*.g6`` or ``*.pt``.
        graphs: The graphs.

    Raises:
        ValueError: If graph6 would lose types of nodes or edges.
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    if sample_format(path) == "pt":
        buffer = io.BytesIO()
        torch.save([graph.to_dict() for graph in graphs], buffer)
        atomic_write(path, buffer.getvalue())
        return
    lines = []
    for graph in graphs:
        if any(name in graph and graph[name].unique().numel() > 1 for name in ("node_type", "edge_type")):
            raise ValueError(f"'write_graphs' expected graphs of one type for graph6 (got types; name {path.stem}.pt)")
        net = nx.empty_graph(graph.num_nodes)
        net.add_edges_from(graph.edge_index.t().tolist())
        lines.append(nx.to_graph6_bytes(net, header=False))
    atomic_write(path, b"".join(lines))


def read_graph_file(path: Path) -> list[Data]:
    r"""Reads what :func:`write_graphs` wrote.

    Raises:
        ValueError: If the file is damaged, of another kind or empty.
        OSError: If the file cannot be read.
    """
    if sample_format(path) == "graph6":
        graphs = [named.data for named in read_graphs(path)]
    else:
        try:
            graphs = [Data.from_dict(values) for values in torch.load(io.BytesIO(path.read_bytes()), weights_only=True)]
        except OSError:
            raise
        except Exception as error:  # a broken archive surfaces as one of half a dozen types
            raise ValueError(
                f"'read_graph_file' expected a file of `diffusion sample` (got {str(path)!r}: {error})"
            ) from error
    if not graphs:
        raise ValueError(f"'read_graph_file' expected at least one graph (got the empty file {str(path)!r})")
    return graphs


def account_path(path: Path) -> Path:
    r"""The file beside a file of samples that tells how they were made.

    Example:
        >>> account_path(Path("a/mols.smi")).as_posix()
        'a/mols.smi.json'
    """
    return path.with_name(path.name + ".json")


def write_account(path: Path, account: dict[str, Any]) -> None:
    r"""Writes how the samples of a file were made.

    Raises:
        OSError: If the file cannot be written; the earlier file is untouched.
    """
    atomic_write(account_path(path), (json.dumps(account, indent=1) + "\n").encode())


def left_out(path: Path, lines: int) -> int:
    r"""Returns how many invalid samples were left out of a file, by its account; 0 if that does not fit.

    Args:
        path: The file of samples.
        lines: How many samples the file holds.
    """
    try:
        account = json.loads(account_path(path).read_text(encoding="utf-8"))
        generated, written = int(account["generated"]), int(account["written"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return max(0, generated - written) if written == lines else 0
