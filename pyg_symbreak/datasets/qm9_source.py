r"""Where QM9 is read from: two files, or the installed package ``qm9pack``."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

RAW_NAME: Final = "qm9_smiles.tsv.gz"
PROPERTIES_NAME: Final = "qm9_props.npz"
NUM_GDB9: Final = 133_885

#: Short names of the properties, and the columns they stand for; the columns name the units.
PROPERTIES: Final = {
    "A": "RotA_GHz",
    "B": "RotB_GHz",
    "C": "RotC_GHz",
    "mu": "Dipole_debye",
    "alpha": "Polarizability_bohr3",
    "homo": "HOMO_au",
    "lumo": "LUMO_au",
    "gap": "HOMO_LUMO_gap_au",
    "r2": "R2_bohr2",
    "zpve": "ZPVE_au",
    "u0": "InternalEnergy_0K_au",
    "u298": "InternalEnergy_298K_au",
    "h298": "Enthalphy_298K_au",
    "g298": "GibbsFreeEnergy_298K_au",
    "cv": "Heatcapacity_Cv_cal_mol_K",
}

Properties = npt.NDArray[np.float32]


class QM9Records(NamedTuple):
    r"""The molecules of QM9 as they stand in a source.

    Args:
        smiles: SMILES string of each GDB-9 number.
        properties: Properties ``[F]`` of each GDB-9 number; empty if none were asked for.
    """

    smiles: dict[int, str]
    properties: dict[int, Properties]


def qm9pack_folder() -> Path | None:
    r"""The folder of the tables of the package ``qm9pack``, or :obj:`None` if it is not installed.

    The package is found, not imported: it would need pandas.
    """
    spec = importlib.util.find_spec("qm9pack")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "data"
    return folder if (folder / "qm9_part1.csv").is_file() else None


def source_name(path: Path | None, properties: bool) -> str:
    r"""A short text that changes with the source: digests of the files, or the version of the package.

    Args:
        path: The file with the SMILES strings, or :obj:`None` for ``qm9pack``.
        properties: Whether the file with the properties is read, too.
    """
    if path is None:
        return "qm9pack" + metadata.version("qm9pack")
    files = [path, path.with_name(PROPERTIES_NAME)] if properties else [path]
    return "_".join(hashlib.sha256(file.read_bytes()).hexdigest()[:8] for file in files)


def columns(names: Sequence[str]) -> list[str]:
    r"""The columns that short names of properties stand for.

    Raises:
        ValueError: If a name is unknown.

    .. code-block:: python

        >>> columns(["mu", "gap"])
        ['Dipole_debye', 'HOMO_LUMO_gap_au']
    """
    unknown = [name for name in names if name not in PROPERTIES]
    if unknown:
        raise ValueError(f"'QM9Graphs' expected 'properties' among {', '.join(PROPERTIES)} (got {unknown[0]!r})")
    return [PROPERTIES[name] for name in names]


def read_files(path: Path, names: Sequence[str]) -> QM9Records:
    r"""Reads the file with the SMILES strings and, if there are names, the file of the properties beside it.

    Raises:
        FileNotFoundError: If properties are asked for and their file is not there.
        ValueError: If a file is damaged, or they do not have the same number of molecules.
    """
    smiles = _read_smiles(path)
    if not names:
        return QM9Records(smiles, {})
    table = _read_properties(path.with_name(PROPERTIES_NAME), columns(names))
    if len(table) != len(smiles):
        raise ValueError(
            f"'QM9Graphs' expected as many molecules in {PROPERTIES_NAME} as in {path}"
            f" (got {len(table)} and {len(smiles)})"
        )
    return QM9Records(smiles, dict(zip(smiles, table, strict=True)))


def read_qm9pack(folder: Path, names: Sequence[str]) -> QM9Records:
    r"""Reads the tables of ``qm9pack``.

    Raises:
        ValueError: If a table lacks a column.
    """
    smiles: dict[int, str] = {}
    properties: dict[int, Properties] = {}
    wanted = columns(names)
    for row in _rows(folder, ["Index", "SMILES", *wanted]):
        number = int(row[0])
        smiles[number] = row[1]
        if wanted:
            properties[number] = np.array(row[2:], dtype=np.float32)
    return QM9Records(smiles, properties)


def _rows(folder: Path, wanted: list[str]) -> Iterator[list[str]]:
    for path in sorted(folder.glob("qm9_part*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            if not set(wanted) <= set(header):
                raise ValueError(f"'QM9Graphs' expected the columns {', '.join(wanted)} in {path} (got {header})")
            places = [header.index(name) for name in wanted]
            for row in reader:
                yield [row[place] for place in places]


def _read_properties(path: Path, wanted: list[str]) -> Properties:
    if not path.is_file():
        raise FileNotFoundError(f"'QM9Graphs' expected the file {PROPERTIES_NAME} for 'properties' (got no {path})")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
            names, values = table["names"].tolist(), table["props"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"'QM9Graphs' expected {path} to hold 'names' and 'props' (got: {error})") from error
    missing = [name for name in wanted if name not in names]
    if missing or values.ndim != 2 or len(values) != len(names):
        raise ValueError(f"'QM9Graphs' expected a row for each of {wanted} in {path} (got {names}, {values.shape})")
    chosen: Properties = values[[names.index(name) for name in wanted]].T.astype(np.float32)
    return chosen


def _read_smiles(path: Path) -> dict[int, str]:
    content = path.read_bytes()
    try:
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("ascii")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"'QM9Graphs' expected {path} to be a whole text or gzip file (got: {error})") from error
    records: dict[int, str] = {}
    for row, line in enumerate(text.splitlines(), start=1):
        number, _, smiles = line.partition("\t")
        if not number.isdigit() or not 1 <= int(number) <= NUM_GDB9 or not smiles.strip():
            raise ValueError(
                f"'QM9Graphs' expected a number from 1 to {NUM_GDB9}, a tab and a SMILES string in line {row} of {path}"
                f" (got {line[:80]!r})"
            )
        records[int(number)] = smiles.strip()
    return records
