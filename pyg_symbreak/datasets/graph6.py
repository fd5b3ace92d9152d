r"""Many graphs in the graph6 format at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_HEADER = b">>graph6<<"


def read_graph6(lines: bytes | Iterable[str | bytes]) -> list[tuple[int, npt.NDArray[np.int64]]]:
    r"""Decode graphs in graph6, all those of one size in one go.

    The format is that of B. D. McKay (`formats.txt <https://users.cecs.anu.edu.au/~bdm/data/formats.txt>`_): the number
    of nodes, then the upper triangle of the adjacency matrix column by column, six bits a character.

    Args:
        lines: The content of a file, or one text a graph. Empty lines and a leading ``>>graph6<<`` do not count.

    Returns:
        For each graph its number of nodes and its edges ``[m, 2]``, each once, the smaller node first.

    Raises:
        ValueError: If a line is malformed; the error tells which.

    .. code-block:: python

        >>> [(n, edges.tolist()) for n, edges in read_graph6(["@", "BW", "Bw"])]
        [(1, []), (3, [[0, 2], [1, 2]]), (3, [[0, 1], [0, 2], [1, 2]])]
    """
    texts = lines.split() if isinstance(lines, bytes) else [_as_bytes(line) for line in lines]
    texts = [text.removeprefix(_HEADER) for text in texts]
    by_length: dict[tuple[int, int], list[int]] = defaultdict(list)
    numbered = [(i, text) for i, text in enumerate(texts, start=1) if text]
    for place, (number, text) in enumerate(numbered):
        by_length[_num_nodes(number, text), len(text)].append(place)
    out: list[tuple[int, npt.NDArray[np.int64]]] = [(0, np.zeros((0, 2), dtype=np.int64))] * len(numbered)
    for (n, length), places in by_length.items():
        num_pairs = n * (n - 1) // 2
        width = -(-num_pairs // 6)
        table = np.frombuffer(b"".join(numbered[place][1] for place in places), dtype=np.uint8)
        table = table.reshape(len(places), length)[:, length - width :]
        bits = np.unpackbits(((table - 63) << 2).astype(np.uint8), axis=1).reshape(len(places), -1, 8)[:, :, :6]
        graph, pair = np.nonzero(bits.reshape(len(places), -1)[:, :num_pairs])
        column, row = np.tril_indices(n, -1)  # the upper triangle column by column is the lower one row by row
        edges = np.stack([row[pair], column[pair]], axis=1)
        bounds = np.searchsorted(graph, np.arange(1, len(places)))
        for place, part in zip(places, np.split(edges, bounds), strict=True):
            out[place] = (n, part)
    return out


def _as_bytes(line: str | bytes) -> bytes:
    return (line.encode() if isinstance(line, str) else line).strip()


def _num_nodes(number: int, text: bytes) -> int:
    """The number of nodes that a line begins with, after a check of the line."""
    values = np.frombuffer(text, dtype=np.uint8).astype(np.int64) - 63
    long = len(text) > 3 and values[0] == 63 and values[1] < 63
    n = int(values[1] << 12 | values[2] << 6 | values[3]) if long else int(values[0])
    start = 4 if long else 1
    if (
        values.min() < 0
        or values.max() > 63
        or (n == 63 and not long)
        or len(text) - start != -(-n * (n - 1) // 2 // 6)
    ):
        shown = text if len(text) <= 40 else text[:40] + b"..."
        raise ValueError(f"'read_graph6' expected line {number} to be graph6 (got {shown!r})")
    return n
