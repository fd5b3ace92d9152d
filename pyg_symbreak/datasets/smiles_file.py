r"""SMILES strings out of files as people have them: .smi, .csv, .tsv, .txt, plain, gzipped or in a tar archive."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, Final

DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}

#: A list of SMILES strings, or the path of a file with them.
SmilesSource = str | Path | Sequence[str]


def digest(source: SmilesSource) -> str:
    r"""The SHA-256 of a file, or of the strings of a list, in hexadecimal digits.

    Raises:
        FileNotFoundError: If the file is not there.

    >>> digest(["C", "CC"])[:8], digest(["CC", "C"])[:8]
    ('3e2a0e24', '0ec089d1')
    """
    total = hashlib.sha256()
    if isinstance(source, (str, Path)):
        with _existing(source).open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    else:
        for text in source:
            total.update(text.encode() + b"\n")
    return total.hexdigest()


def smiles_lines(source: SmilesSource, column: str | int | None = None) -> Iterator[str]:
    r"""Yields the SMILES strings of a file or list one by one; the file is never held in memory.

    The suffix of the name tells the format: ``.csv`` and ``.tsv`` files have columns, any other text file has one
    molecule a line, and what follows the string after white space is ignored. A file may be gzipped; ``.tar.gz``,
    ``.tgz`` and ``.tar`` are archives with one file. Empty lines are left out, in plain text also those that start with
    ``#``.

    Args:
        source: The path of a file, or a list of strings.
        column: Name of the column, when the first line names the columns, or its number, from 0, when the first line is
            a molecule. By default a ``.csv`` or ``.tsv`` file has a column called ``smiles``, in any capitals, or else
            only one column and no header; and a plain file has no header.

    Raises:
        FileNotFoundError: If the file is not there.
        ValueError: If there is no such column, or the file is damaged or no text.

    >>> list(smiles_lines(["C", "", "CC ethane"]))
    ['C', 'CC']
    """
    if not isinstance(source, (str, Path)):
        yield from (text.split()[0] for text in source if text.strip())
        return
    path = _existing(source)
    try:
        with ExitStack() as stack:
            file, name = _opened(path, stack)
            delimiter = DELIMITERS.get(Path(name).suffix.lower())
            rows = csv.reader(file, delimiter=delimiter) if delimiter else (line.split() for line in file)
            if delimiter or column is not None:
                yield from _column(rows, column, path)
            else:
                yield from (row[0] for row in rows if row and not row[0].startswith("#"))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, tarfile.TarError, csv.Error) as error:
        raise ValueError(f"'MoleculesFromSmiles' expected {path} to be a whole text file (got: {error})") from error


def chunks(lines: Iterator[str], size: int) -> Iterator[list[str]]:
    r"""Cuts a stream into lists of ``size`` strings; the last may be shorter.

    >>> list(chunks(iter("abcde"), 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    chunk: list[str] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _existing(source: str | Path) -> Path:
    path = Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"'MoleculesFromSmiles' expected a list of SMILES or a file (got no file {path})")
    return path


def _opened(path: Path, stack: ExitStack) -> tuple[IO[str], str]:
    name = path.name.lower()
    with path.open("rb") as start:
        gzipped = start.read(2) == b"\x1f\x8b"
    if name.endswith((".tar.gz", ".tgz", ".tar")):
        archive = stack.enter_context(tarfile.open(path))  # noqa: SIM115
        members = [member for member in archive if member.isfile()]
        if len(members) != 1:
            raise ValueError(f"'MoleculesFromSmiles' expected one file in the archive {path} (got {len(members)})")
        content = archive.extractfile(members[0])
        assert content is not None  # it is a file
        return io.TextIOWrapper(content, encoding="utf-8", newline=""), members[0].name
    if gzipped:
        return stack.enter_context(gzip.open(path, "rt", encoding="utf-8", newline="")), name.removesuffix(".gz")
    return stack.enter_context(path.open(encoding="utf-8", newline="")), name


def _column(rows: Iterator[list[str]], column: str | int | None, path: Path) -> Iterator[str]:
    if isinstance(column, int):
        place = column
    else:
        header = [name.strip() for name in next(rows, [])]
        wanted = [i for i, name in enumerate(header) if name == column or (column is None and name.lower() == "smiles")]
        if not wanted and (column is not None or len(header) > 1):
            what = "a column 'smiles', or 'column'," if column is None else f"the column {column!r}"
            raise ValueError(f"'MoleculesFromSmiles' expected {what} in {path} (got the columns {header})")
        place = wanted[0] if wanted else 0
        rows = rows if wanted else chain([header], rows)
    for number, row in enumerate(rows, start=1):
        if not 0 <= place < len(row):
            if not row:
                continue
            raise ValueError(
                f"'MoleculesFromSmiles' expected more than {place} columns in row {number} of {path} (got {row})"
            )
        if text := row[place].strip():
            yield text
