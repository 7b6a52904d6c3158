"""What a result has to tell about the machine and the software it was made with."""

from __future__ import annotations

import os
import platform
import resource
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def cpu_model() -> str:
    """Return the processor's name as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def usable_threads() -> int:
    """Return how many logical processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def package_version(name: str) -> str:
    """Return the version of an installed package, "" when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def machine_info() -> dict[str, Any]:
    """Return what identifies this machine and software: nothing personal, no paths, no kernel's release.

    The release is often a text of whoever runs the machine, and counts are the same on every one.
    """
    import psutil

    return {
        "cpu": cpu_model(),
        "architecture": platform.machine(),
        "logical_threads": psutil.cpu_count(logical=True) or 1,
        "usable_threads": usable_threads(),
        "memory_GB": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "numba": package_version("numba"),
        "llvmlite": package_version("llvmlite"),
        "numpy": package_version("numpy"),
    }


def peak_rss_MB() -> float:
    """Return the largest resident memory of this process so far (MB = 1e6 bytes)."""
    try:
        # getrusage would also count the process that started this one, up to the moment it did.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
