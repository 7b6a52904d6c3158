"""What the configurations of a page cost with other versions of simkit, from records kept beside its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simkit.bench.history.metrics import CPU_PER_EVENT
from simkit.bench.history.table import Entry, read_history
from simkit.record.machine import machine_name
from simkit.report.figures.versions import VersionCost, versions_figure
from simkit.report.ladder import ReportedLadder
from simkit.report.page_parts import PageSection

KEPT = ("results", "simkit-results")  # folders that records are kept below


def kept_folders(record: Path, given: Path | None = None) -> list[Path]:
    """Return where other records lie: the folder given, or that of results around a record; and its own."""
    around = given or next((folder for folder in record.resolve().parents if folder.name in KEPT), None)
    return [around, record.parent] if around is not None else []


def versions_sections(ladder: ReportedLadder, folders: Sequence[Path]) -> list[PageSection]:
    """Return the section of throughput against versions; nothing where there is one version only.

    Compared is what is the same but for the version: machine, engine and what an event depends on.
    """
    entries = read_history(folders)[0] if folders else []
    machine = machine_name(ladder.provenance.machine)
    points: dict[str, list[VersionCost]] = {}
    order: dict[str, str] = {}
    for name, side in ladder.sides.items():
        same = (machine, side.scenario_hash, "+".join(side.speedups), side.engine.get("name", ""))
        # Of the records of a version the youngest counts; entries come oldest first.
        found = {version_of(e): e for e in entries if _identity(e) == same and CPU_PER_EVENT in e.figures}
        points[name] = [_point(version, entry) for version, entry in found.items()]
        for point in points[name]:
            order[point.version] = max(order.get(point.version, ""), point.created)
    if len(order) < 2:
        return []
    versions = sorted(order, key=lambda version: order[version])
    drawn = {
        name: sorted(of, key=lambda point: versions.index(point.version)) for name, of in points.items() if of
    }
    return [
        PageSection("versions", "Versions", "Was it always that fast?", [versions_figure(versions, drawn)])
    ]


def version_of(entry: Entry) -> str:
    """Return the commit of an entry in short, else the version."""
    changed = "+" if entry.commit.endswith("+") else ""
    return entry.commit[:8] + changed if entry.commit else entry.version


def _identity(entry: Entry) -> tuple[str, str, str, str]:
    about = entry.configuration
    return about.machine, about.hash, about.speedups, about.engine


def _point(version: str, entry: Entry) -> VersionCost:
    figure = entry.figures[CPU_PER_EVENT]
    return VersionCost(version, entry.created, figure.value, figure.lo, figure.hi)
