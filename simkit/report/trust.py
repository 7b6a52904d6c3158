"""Can I trust it: how often verdicts were right where the right answer was known.

The figures are those that `benchmarks/trust.py` counted, in `data/trust.json`, with where and when. Without
that file the page has no such section.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from simkit.report.blocks import Cell, Mark, Section, Table, Text

SCHEMA = "simkit.trust/1"
FILE = files("simkit.report") / "data" / "trust.json"


def trust_sections() -> list[Section]:
    """Return the section, none where nothing was counted yet."""
    if not FILE.is_file():
        return []
    record = json.loads(FILE.read_text("utf-8"))
    return [trust_section(record)] if record["schema"] == SCHEMA and record["first"] else []


def trust_section(record: Mapping[str, Any]) -> Section:
    """Return the section of a summary of trials."""
    about, machine = record["about"], record["machine"]
    days = dict.fromkeys(record[end][:10] for end in ("first", "last"))
    settings = ", ".join([about["scenario"], *about["overrides"]])
    return Section(
        "trust",
        "Trust",
        "Can I trust it",
        [
            Text(
                "Comparisons whose right answer was known before, each with random numbers of its own: how "
                "often was the verdict wrong, or right? A rate meets what is wanted of it when even its "
                f"one-sided {100 * record['level']:g} % bound does (Clopper-Pearson)."
            ),
            Table(
                f"{settings}; {' to '.join(days)} on {machine['cpu']}, "
                f"{machine['logical_threads']} logical processors.",
                ["comparisons", "counted", "rate", "bound", "wanted", "verdict"],
                [_row(row) for row in record["rows"]],
                words=[4, 5],
                wide=True,
            ),
        ],
    )


def _row(row: Mapping[str, Any]) -> list[Cell]:
    trials, bound = row["trials"], row["bound"]
    missing = f"{row['asked'] - trials} more to come" if trials < row["asked"] else ""
    wanted = "as it comes" if row["target"] is None else f"{row['side']} {100 * row['target']:g} %"
    sign = "≥" if row["side"] == "at least" else "≤"
    words: dict[bool | None, tuple[str, Mark]] = {True: ("met", "good"), False: ("not met", "bad")}
    text, mark = words.get(row["met"], ("", ""))
    return [
        Cell(row["what"]),
        Cell(f"{row['count']} of {trials}", missing),
        Cell(f"{100 * row['count'] / trials:.1f} %" if trials else "–"),
        Cell("–" if bound is None else f"{sign} {100 * bound:.1f} %"),
        Cell("never" if row["target"] == 0.0 else wanted),
        Cell(text, mark=mark),
    ]
