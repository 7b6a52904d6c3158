"""Where, when and with what a record was made."""

from __future__ import annotations

from datetime import UTC, datetime

import simkit
from simkit.bench.schema import Provenance
from simkit.plugins import loaded
from simkit.record.machine import code_commit, machine_info, package_version

VERSIONS = ("numba", "llvmlite", "numpy", "scipy", "xraylib")


def make_provenance(command: str, seed: int) -> Provenance:
    """Return where and with what this was measured."""
    return Provenance(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        versions={
            "simkit": simkit.__version__,
            "commit": code_commit(),
            **{name: package_version(name) for name in VERSIONS},
            **loaded(),
        },
        machine=machine_info(),
        seeds={"base": seed},
    )
