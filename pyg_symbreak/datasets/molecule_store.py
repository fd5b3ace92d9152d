r"""A table of molecules in files, written chunk by chunk and mapped into memory."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np

from pyg_symbreak.datasets.molecule_base import write_json
from pyg_symbreak.datasets.molecule_table import MoleculeTable
from pyg_symbreak.datasets.smiles_process import ParsedChunk, Parsing

_ACCOUNT: Final = "account.json"
_POINTERS: Final = ("node_ptr", "bond_ptr")


def write_store(folder: Path, parsing: Parsing, progress: Callable[[int], None] | None = None) -> dict[str, Any]:
    r"""Parses a source into the files of a folder, unless they are there already.

    Each parsed chunk becomes a file of its own at once, so that a run that was killed goes on with the first chunk that
    is missing. In the end the chunks are joined into one ``.npy`` file for each field of
    :class:`~pyg_symbreak.datasets.molecule_table.MoleculeTable`; the account of them is written last.

    Args:
        folder: The folder; made if missing. It belongs to this source and these settings.
        parsing: The source, and how it is parsed.
        progress: Called with the number of strings of each chunk that is parsed or was found.

    Returns:
        The account: ``"lines"``, ``"molecules"``, ``"dropped"`` by reason.
    """
    if (folder / _ACCOUNT).is_file():
        account: dict[str, Any] = json.loads((folder / _ACCOUNT).read_text(encoding="utf-8"))
        return account
    chunks = folder / f"chunks-{parsing.chunk_size}"
    chunks.mkdir(parents=True, exist_ok=True)
    count = 0

    def done(number: int) -> bool:
        nonlocal count
        count = number + 1
        found = _is_whole(_chunk_path(chunks, number))
        if found and progress is not None:
            progress(parsing.chunk_size)
        return found

    for chunk in parsing.chunks(done):
        _write_chunk(_chunk_path(chunks, chunk.number), chunk)
        if progress is not None:
            progress(chunk.lines)
    account = _join(folder, [_chunk_path(chunks, number) for number in range(count)])
    write_json(folder / _ACCOUNT, account)
    for chunks in folder.glob("chunks-*"):  # also those of another size
        shutil.rmtree(chunks)
    return account


def open_store(folder: Path) -> MoleculeTable:
    r"""The table of a folder that :func:`write_store` has finished; the arrays are mapped, not read."""
    return MoleculeTable(*(_mapped(folder / f"{name}.npy") for name in MoleculeTable._fields))


def _mapped(path: Path) -> Any:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.load(path, allow_pickle=False) if array.size == 0 else array


def _chunk_path(chunks: Path, number: int) -> Path:
    return chunks / f"{number:06d}.npz"


def _is_whole(path: Path) -> bool:
    # Chunks take their names when they are written, so a damaged one means a failing disk or a crash of the system.
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            return "dropped" in content
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def _write_chunk(path: Path, chunk: ParsedChunk) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    account = json.dumps({"lines": chunk.lines, "dropped": chunk.dropped})
    try:
        with part.open("wb") as file:
            np.savez(file, **chunk.table._asdict(), dropped=np.frombuffer(account.encode(), dtype=np.uint8))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read(paths: list[Path], *names: str) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            yield {name: content[name] for name in names}


def _join(folder: Path, paths: list[Path]) -> dict[str, Any]:
    lines, dropped = 0, Counter[str]()
    ends = {name: [np.zeros(1, dtype=np.int64)] for name in _POINTERS}
    last = dict.fromkeys(_POINTERS, 0)
    for content in _read(paths, "dropped", *_POINTERS):
        account = json.loads(content["dropped"].tobytes())
        lines += account["lines"]
        dropped.update(account["dropped"])
        for name in _POINTERS:
            ends[name].append(content[name][1:] + last[name])
            last[name] += int(content[name][-1])
    pointers = {name: np.concatenate(parts) for name, parts in ends.items()}
    for name, array in pointers.items():
        np.save(folder / f"{name}.npy", array)
    molecules = len(pointers["node_ptr"]) - 1
    totals = {"atom": last["node_ptr"], "ends": last["bond_ptr"], "kind": last["bond_ptr"]}
    fields = MoleculeTable._fields[2:]
    with ExitStack() as stack:
        files = {name: stack.enter_context((folder / f"{name}.npy").open("wb")) for name in fields}
        for number, content in enumerate(_read(paths, *fields)):
            for name, file in files.items():
                array = content[name]
                if number == 0:
                    shape = (totals.get(name, molecules), *array.shape[1:])
                    header = {"descr": array.dtype.str, "fortran_order": False, "shape": shape}
                    np.lib.format.write_array_header_2_0(file, header)
                file.write(np.ascontiguousarray(array).tobytes())
    return {"lines": lines, "molecules": molecules, "dropped": dict(sorted(dropped.items()))}
