"""What a result has to tell about the machine and the software it was made with."""

from __future__ import annotations

import math
import os
import platform
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def cpu_model() -> str:
    """Return the processor's name as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def usable_threads() -> int:
    """Return how many logical processors this process may use, a quota of its control group included."""
    allowed, quota = len(usable_processors()), cpu_quota()
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def usable_processors() -> set[int]:
    """Return the logical processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def cpu_quota() -> float | None:
    """Return how many processors the control group of this process allows, None for no limit (cgroups(7))."""
    groups = {}  # controllers: path; "" of version 2
    for line in read_text("/proc/self/cgroup").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        groups[controllers] = path.strip("/")
    limits = []
    # Limits of the groups above count, too; in a container its own path may not be there, but its root is.
    for above in _upwards(groups.get("", "")):
        quota, _, period = read_text(f"/sys/fs/cgroup/{above}/cpu.max").partition(" ")
        limits.append((quota, period))
    for above in _upwards(next((path for names, path in groups.items() if "cpu" in names.split(",")), "")):
        folder = f"/sys/fs/cgroup/cpu/{above}"
        limits.append((read_text(f"{folder}/cpu.cfs_quota_us"), read_text(f"{folder}/cpu.cfs_period_us")))
    found = [int(quota) / int(period) for quota, period in limits if quota.isdigit() and period.isdigit()]
    return min(found, default=None)


def _upwards(path: str) -> list[str]:
    """Return a path and all above it, "" last."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:n]) for n in range(len(parts), -1, -1)]


def physical_cores() -> int | None:
    """Return how many cores the usable processors are of; None where the system does not tell."""
    cores = set()
    for cpu in usable_processors():
        topology = f"/sys/devices/system/cpu/cpu{cpu}/topology"
        siblings = read_text(f"{topology}/core_cpus_list") or read_text(f"{topology}/thread_siblings_list")
        if not siblings:
            return None
        cores.add(siblings)
    return len(cores)


def read_text(path: str) -> str:
    """Return the text of one of the system's files, "" where there is none."""
    try:
        return Path(path).read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def package_version(name: str) -> str:
    """Return the version of an installed package, "" when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def folder_name(text: str) -> str:
    """Return `text` as the name of a folder on any system: letters, digits, and . _ + - between them."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.").lower() or "unnamed"


def machine_name(machine: Mapping[str, Any]) -> str:
    """Return what the machine of a record is called: the name given, or its processor and their number.

    It is fit for the name of a folder, whatever the record says.
    """
    model = re.sub(
        r"\((?:R|TM|C)\)|\b(?:CPU|Processor)\b", " ", str(machine.get("cpu") or "unknown"), flags=re.I
    )
    return folder_name(str(machine.get("name") or f"{model} {machine.get('logical_threads', '')}"))


@cache
def code_commit() -> str:
    """Return the commit of the code that is measured, with a "+" where it was changed since; "" for unknown.

    It is what the environment variable SIMKIT_COMMIT says, or that of the checkout this package lies in, or
    what was written when the package was built.
    """
    return os.environ.get("SIMKIT_COMMIT", "").strip() or commit_of(Path(__file__).parents[1])


def commit_of(package: Path) -> str:
    """Return the commit of the package in a folder, "" where nobody knows it."""
    git = ["git", "-C", str(package)]
    try:
        if not (package.parent / ".git").exists():
            return (package / "commit.txt").read_text("utf-8").strip()
        head, changed = (
            subprocess.run([*git, *words], capture_output=True, encoding="utf-8", check=True).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", "."))
        )
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")


@cache
def machine_info() -> dict[str, Any]:
    """Return what identifies this machine and software: nothing personal, no paths, no kernel's release.

    The release is often a text of whoever runs the machine, and counts are the same on every one. A name is
    there only where the environment variable SIMKIT_MACHINE gives one.
    """
    import psutil

    given = os.environ.get("SIMKIT_MACHINE", "").strip()
    return {
        **({"name": folder_name(given)} if given else {}),
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
