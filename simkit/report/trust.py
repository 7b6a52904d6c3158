"""Can I trust it: how often verdicts were right where the right answer was known.

The figures are those that `studies/trust.py` counted, in `data/trust.json`, with where and when. Without
that file the section says that nothing was counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from simkit.bench.statistics.differences import MARGINS
from simkit.report.figures.trials import PHYSICS, SPEED, trials_figure
from simkit.report.numbers import HARD, percent
from simkit.report.page_parts import Cell, Mark, PageSection, Row, Table, Text

SCHEMA = "simkit.trust/1"
FILE = files("simkit.report") / "data" / "trust.json"
NOT_COUNTED = (
    "Not counted yet: this simkit carries no record of how often its verdicts were right. "
    "studies/trust.py in its sources makes hundreds of comparisons whose answer is known, and puts their "
    "count here."
)


def trust_sections() -> list[PageSection]:
    """Return the section: what was counted, or that nothing was."""
    if FILE.is_file():
        record = json.loads(FILE.read_text("utf-8"))
        if record["schema"] == SCHEMA and record["first"]:
            return [trust_section(record)]
    return [PageSection("trust", "Trust", "Can I trust it", [Text(NOT_COUNTED)])]


def trust_section(record: Mapping[str, Any]) -> PageSection:
    """Return the section of a summary of trials."""
    return PageSection(
        "trust",
        "Trust",
        "Can I trust it",
        [
            Table(
                f"{_where(record)} A rate meets what is wanted of it when even its one-sided "
                f"{percent(record['level'])} bound does (Clopper-Pearson).",
                ["comparisons", "counted", "rate", "bound", "wanted", "", "all verdicts"],
                [_row(row) for row in record["rows"]],
                words=[4, 5, 6],
                wide=True,
            ),
            Row(_figures(record)),
            Table(
                "Medians; spread: the standard deviation of the speedups found. Extra work is counted in "
                "steps: what it costs in time is near, and not known better than it is measured here.",
                [
                    *("comparisons", "speedup found", "spread", "smallest detectable", "blocks"),
                    *("95 % covers 1", "extra steps", "load average"),
                ],
                [_speed_row(kind, speed, record) for kind, speed in record["speeds"].items()],
                wide=True,
            ),
        ],
        "Comparisons whose right answer was known before, each with random numbers of its own: how often was "
        "the verdict wrong, or right?",
    )


def _where(record: Mapping[str, Any]) -> str:
    about = record["about"]
    days = dict.fromkeys(record[end][:10] for end in ("first", "last"))
    commits = list(dict.fromkeys(commit[:8] + ("+" if "+" in commit else "") for commit in record["commits"]))
    edited = " (+: with changes not committed)" if any(name.endswith("+") for name in commits) else ""
    return (
        f"{', '.join([about['scenario'], *about['overrides']])}; {' to '.join(days)}, commit "
        f"{', '.join(commits)}{edited}, on {_machines(record)}."
    )


def _machines(record: Mapping[str, Any]) -> str:
    # Where trials do not tell their machine, it is not known to be that of the summary.
    told = record.get("machines") or [record["machine"]]
    texts = dict.fromkeys(f"{m['cpu']}, {m['logical_threads']} logical processors" for m in told)
    return "; ".join(texts) + ("" if record.get("machines") else " (that of the summary)")


def _row(row: Mapping[str, Any]) -> list[Cell]:
    trials, bound = row["trials"], row["bound"]
    missing = f"{row['asked'] - trials} more to come" if trials < row["asked"] else ""
    wanted = "as it comes" if row["target"] is None else f"{row['side']} {100 * row['target']:g}{HARD}%"
    sign = "≥" if row["side"] == "at least" else "≤"
    words: dict[bool | None, tuple[str, Mark]] = {True: ("met", "good"), False: ("not met", "bad")}
    text, mark = words.get(row["met"], ("", ""))
    if row["met"] is None and row["target"] is not None:
        text, mark = ("not complete", "open")
    return [
        Cell(_kept_together(row["what"])),
        Cell(f"{row['count']} of {trials}", missing),
        Cell(f"{100 * row['count'] / trials:.1f} %" if trials else "–"),
        Cell("–" if bound is None else f"{sign} {100 * bound:.1f} %"),
        Cell("never" if row["target"] == 0.0 else wanted),
        Cell(text, mark=mark),
        Cell(", ".join(f"{n}{HARD}{verdict}" for verdict, n in row["verdicts"].items())),
    ]


def _titles(record: Mapping[str, Any]) -> dict[str, str]:
    """Return what the kinds of comparisons are called: the question about them, without what is counted."""
    return {row["kind"]: _kept_together(row["what"].partition(":")[0]) for row in record["rows"]}


def _kept_together(text: str) -> str:
    """Return a text in which numbers stay on the line of their units."""
    return re.sub(r"(\d) (%|s\b)", rf"\1{HARD}\2", text)


def _speed_row(kind: str, speed: Mapping[str, Any], record: Mapping[str, Any]) -> list[Cell]:
    covers, (least, most) = speed["coverage_of_95"], speed["load_range"]
    return [
        Cell(_titles(record)[kind]),
        Cell(f"{speed['median_ratio']:.4f}"),
        Cell(percent(speed["spread"])),
        Cell(percent(speed["median_smallest_detectable"])),
        Cell(f"{speed['median_blocks']:.0f}"),
        Cell("–" if covers is None else percent(covers)),
        Cell(percent(speed["extra_steps"]) if speed["extra_steps"] else "–"),
        Cell(f"{speed['load']:.1f}", f"{least:.1f} to {most:.1f}"),
    ]


def _figures(record: Mapping[str, Any]) -> list[Any]:
    """Return the intervals of all comparisons: of speedups, and of a deposit where physics is asked about."""
    names, columns = _titles(record), record["columns"]
    trials = {
        names[kind]: [dict(zip(columns, row, strict=True)) for row in rows]
        for kind, rows in record["trials"].items()
    }
    asked = {row["kind"] for row in record["rows"] if row["about"] == "physics"}
    speed = {name: of for kind, name in names.items() if (of := trials.get(name)) and kind not in asked}
    physics = {name: of for kind, name in names.items() if (of := trials.get(name)) and kind in asked}
    margin, _ = MARGINS["deposit"]
    return [
        *([trials_figure(SPEED, speed)] if speed else []),
        *([trials_figure(PHYSICS, physics, margin)] if physics else []),
    ]
