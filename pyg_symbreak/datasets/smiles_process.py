r"""Parsing SMILES strings chunk by chunk, in several processes if wanted."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from pyg_symbreak.datasets.molecule_table import MoleculeTable, parse_smiles
from pyg_symbreak.datasets.smiles_file import SmilesSource, chunks, smiles_lines

_PRELOAD = ["pyg_symbreak.datasets.molecule_table", "rdkit.Chem"]


@dataclass(frozen=True)
class ParsedChunk:
    r"""What became of a run of SMILES strings.

    Args:
        number: Which run, from 0.
        lines: How many strings.
        table: Those that are molecules.
        dropped: How many are not, by reason.
    """

    number: int
    lines: int
    table: MoleculeTable
    dropped: dict[str, int]


@dataclass(frozen=True)
class Parsing:
    r"""How SMILES strings are read and parsed.

    Args:
        source: A file, or a list of strings.
        column: As for :func:`~pyg_symbreak.datasets.smiles_file.smiles_lines`.
        bonds: ``"kekule"`` or ``"aromatic"``.
        hydrogens: Whether hydrogens are nodes.
        max_nodes: Larger molecules are left out.
        chunk_size: How many strings are parsed at a time.
        num_workers: How many processes parse; 0 for none but this one.

    Raises:
        ValueError: If a number is out of range.
    """

    source: SmilesSource
    column: str | int | None = None
    bonds: str = "kekule"
    hydrogens: bool = False
    max_nodes: int | None = None
    chunk_size: int = 10_000
    num_workers: int = 0

    def __post_init__(self) -> None:
        for name, least in (("max_nodes", 1), ("chunk_size", 1), ("num_workers", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"'Parsing' expected '{name}' to be at least {least} (got {value})")

    def options(self) -> dict[str, str]:
        r"""Short texts for the name of a file.

        >>> Parsing([]).options()
        {'bonds': 'kekule', 'hydrogens': 'no', 'nodes': 'any'}
        """
        hydrogens = "yes" if self.hydrogens else "no"
        return {"bonds": self.bonds, "hydrogens": hydrogens, "nodes": str(self.max_nodes or "any")}

    def chunks(self, done: Callable[[int], bool] = lambda number: False) -> Iterator[ParsedChunk]:
        r"""Yields the parsed chunks in order.

        Args:
            done: Tells for the number of a chunk whether it is to be passed over, because it is there already.
        """
        waiting = (
            (number, lines)
            for number, lines in enumerate(chunks(smiles_lines(self.source, self.column), self.chunk_size))
            if not done(number)
        )
        if self.num_workers == 0:
            for number, lines in waiting:
                yield self.parse(number, lines)
            return
        # A server that has the libraries loaded forks the workers, so that they share that memory.
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(_PRELOAD)
        with ProcessPoolExecutor(self.num_workers, context, initializer=_end_with_parent) as pool:
            running: deque[Future[ParsedChunk]] = deque()
            try:
                for number, lines in waiting:
                    running.append(pool.submit(_parse, self.settings(), number, lines))
                    if len(running) > self.num_workers:  # so that few chunks are in memory at a time
                        yield running.popleft().result()
                while running:
                    yield running.popleft().result()
            finally:
                for future in running:
                    future.cancel()

    def settings(self) -> Parsing:
        r"""The same without the source, to be sent to a worker."""
        return Parsing([], None, self.bonds, self.hydrogens, self.max_nodes, self.chunk_size)

    def parse(self, number: int, lines: list[str]) -> ParsedChunk:
        r"""Parses one chunk.

        >>> Parsing([]).parse(0, ["CO", "C("]).dropped
        {'syntax': 1}
        """
        start = number * self.chunk_size
        table, dropped = parse_smiles(lines, start, self.bonds, self.hydrogens, self.max_nodes)
        return ParsedChunk(number, len(lines), table, dropped)


def _end_with_parent() -> None:
    # A worker whose parent was killed would wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _parse(parsing: Parsing, number: int, lines: list[str]) -> ParsedChunk:
    return parsing.parse(number, lines)
