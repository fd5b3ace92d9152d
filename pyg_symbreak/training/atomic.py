r"""Files that are either the old ones or the new ones, never half of each."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def atomic_write(path: str | os.PathLike[str], content: bytes) -> None:
    r"""Replaces a file by new content at once, so that a kill or a full disk leaves the old file whole.

    The bytes go to a temporary file in the same folder, are forced to the disk, and only then take the name.

    Args:
        path: The file to write; folders above it are made.
        content: All the bytes of the new file.

    Raises:
        OSError: If the disk is full or the folder is not writable; the earlier file is untouched and no
            temporary file is left.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> atomic_write(path, b"one")
        >>> path.read_bytes()
        b'one'
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_and_replace(target, content)
    except OSError as error:
        message = f"'atomic_write' expected to write {len(content)} bytes to 'path', the earlier file is untouched"
        raise OSError(error.errno, f"{message} (got {error.strerror})", str(target)) from error


def _write_and_replace(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; the mode becomes the one an ordinary new file would get.
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def file_lock(path: str | os.PathLike[str]) -> Iterator[None]:
    r"""Keeps other processes that ask for the lock of the same file waiting until the block ends.

    The lock is on a file ``.<name>.lock`` beside it and dies with the process. On Windows nothing is locked.

    Args:
        path: The file that is guarded; it need not exist.

    Example:
        >>> import tempfile
        >>> with file_lock(Path(tempfile.mkdtemp()) / "a.json"):
        ...     pass
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f".{target.name}.lock", "w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
