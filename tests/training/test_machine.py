from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pyg_symbreak.training.machine import machine, peak_memory_mb, tune_allocator, versions


def test_versions() -> None:
    assert versions()["torch"] == torch.__version__
    assert {"python", "pyg_symbreak", "torch-geometric", "numpy"} <= versions().keys()


def test_machine_is_plain_and_nameless() -> None:
    description = machine()
    assert {"system", "processor", "cores", "accelerator"} <= description.keys()
    assert platform.node() not in json.dumps(description).split('"') or not platform.node()


def test_tune_allocator_elsewhere_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert tune_allocator() is False


def test_tune_allocator_without_glibc_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert tune_allocator() is False


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's allocator only")
def test_tune_allocator_in_a_process_of_its_own() -> None:
    # The setting lasts for the process, so the test's own must not make it.
    code = "from pyg_symbreak.training.machine import tune_allocator as t; raise SystemExit(0 if t() else 1)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_peak_of_a_child_does_not_start_from_that_of_its_parent() -> None:
    if not Path("/proc/self/status").is_file():
        pytest.skip("needs /proc")
    block = torch.zeros(100_000_000)  # 400 MB
    block += 1
    parent = peak_memory_mb()
    code = "import pyg_symbreak.training.machine as m; print(m.peak_memory_mb())"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert parent - float(done.stdout) > 200
