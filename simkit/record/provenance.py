"""Where, when and with what a record was made, and what its making took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from simkit.plugins import loaded
from simkit.record.machine import code_commit, machine_info, package_version
from simkit.record.part import Part

VERSIONS = ("numba", "llvmlite", "numpy", "scipy", "xraylib")


class Provenance(Part):
    """Everything needed to do it again."""

    created: str
    command: str
    versions: dict[str, str]
    machine: dict[str, Any]
    seeds: dict[str, int]


class Budget(Part):
    """Where the time went, in wall seconds; `to_settle_s` is the budget that would settle what is open."""

    asked_s: float | None
    used_s: float
    compile_s: float
    setup_s: float
    timing_s: float
    physics_s: float
    score_s: float = 0.0
    rounds: int
    to_settle_s: float | None = None


class Apart(Part):
    """Something that the two sides of a comparison do not have in common: a scenario's key, a version, ..."""

    key: str
    a: str
    b: str


def make_provenance(command: str, seed: int, packages: Sequence[str] = ()) -> Provenance:
    """Return where and with what this was measured; packages: more of those whose versions matter."""
    return Provenance(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        versions={
            "simkit": package_version("simkit"),
            "commit": code_commit(),
            **{name: package_version(name) for name in (*VERSIONS, *packages)},
            **loaded(),
        },
        machine=machine_info(),
        seeds={"base": seed},
    )
