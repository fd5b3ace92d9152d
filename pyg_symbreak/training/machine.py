r"""Where a result comes from: versions and machine; and the allocator setting that training wants."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

import torch

import pyg_symbreak

_PACKAGES = ("torch", "torch-geometric", "numpy", "networkx", "lightning", "rdkit")

# The names of these numbers in malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def versions() -> dict[str, str]:
    r"""Returns the versions of Python, of this package and of the installed packages that a result depends on.

    Example:
        >>> versions()["torch"] == torch.__version__
        True
    """
    found = {"python": platform.python_version(), "pyg_symbreak": pyg_symbreak.__version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int | float]:
    r"""Describes this machine: system, processor, usable cores, memory in GiB and accelerator.

    Example:
        >>> machine()["cores"] >= 1
        True
    """
    description: dict[str, str | int | float] = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        description["memory_gib"] = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    return description


def peak_memory_mb() -> float | None:
    r"""Returns the largest resident memory of this process so far, in MB (10⁶ bytes); ``None`` if not known.

    Example:
        >>> (peak_memory_mb() or 1) > 0
        True
    """
    status = Path("/proc/self/status")
    if status.is_file():  # what getrusage tells of a child process starts from the peak of its parent
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) * 1024e-6, 1)
    try:
        import resource
    except ImportError:  # Windows
        return None
    scale = 1e-6 if sys.platform == "darwin" else 1024e-6
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale, 1)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def tune_allocator() -> bool:
    r"""Tells glibc's allocator to keep large blocks instead of returning them to the system after each step.

    Dense training steps allocate and free the same large blocks again and again; mapping them anew each time can
    cost half of the time of a step. It changes the whole process, so only programs call it, never the library.

    Returns:
        Whether the setting was made; elsewhere than on Linux with glibc nothing happens.

    Example:
        >>> tune_allocator() in (True, False)
        True
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
    settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 256 * 2**20))
    done = [mallopt(name, value) == 1 for name, value in settings]
    return all(done)
