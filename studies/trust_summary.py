"""The table of what `trust.py` counted: rates with their bounds, against what is wanted of them.

A rate meets its target when even the one-sided 95 % bound of C. J. Clopper and E. S. Pearson, Biometrika 26
(1934) 404, does: of 200 trials one may be wrong where 3 % are allowed, of 50 trials 47 must be right where
85 % are wanted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy import stats

from simkit.record.machine import machine_info
from simkit.writing import write_whole

LEVEL = 0.95
# Of a trial in the summary: lo, hi are the 95 % interval of the ratio; difference is that of a deposit (%).
COLUMNS = (
    *("trial", "ratio", "lo", "hi", "verdict", "blocks"),
    *("region", "difference", "lo90", "hi90", "physics", "events"),
)
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A rate that is asked about: of `kind`, how often `counted`. `target` bounds it on one side.

    `about` is what the verdicts are on, the entry's key of them.
    """

    name: str
    kind: str
    what: str
    counted: Callable[[Entry], bool]
    side: Literal["at most", "at least", ""] = ""
    target: float | None = None
    about: Literal["verdict", "physics"] = "verdict"


QUESTIONS = (
    Question(
        "false alarms",
        "same",
        'a scenario with itself under a background load, 15 s: called "faster" or "slower"',
        lambda entry: entry["verdict"] in ("faster", "slower"),
        "at most",
        0.03,
    ),
    Question(
        "2 % slower",
        "slower2",
        '2 % more work, 60 s: called "slower"',
        lambda entry: entry["verdict"] == "slower",
        "at least",
        0.85,
    ),
    Question(
        "1 % slower",
        "slower1",
        '1 % more work, 60 s: called "slower"',
        lambda entry: entry["verdict"] == "slower",
    ),
    Question(
        "false physics alarms",
        "same-physics",
        'independent seeds, 10 s: physics called "fail"',
        lambda entry: entry["physics"] == "fail",
        "at most",
        0.03,
        about="physics",
    ),
    Question(
        "1 % shift found",
        "shifted",
        'energy scale shifted by 1 %, margin 0.5 %, 60 s: physics called "fail"',
        lambda entry: entry["physics"] == "fail",
        "at least",
        0.85,
        about="physics",
    ),
    Question(
        "1 % shift passed",
        "shifted",
        'energy scale shifted by 1 %, margin 0.5 %, 60 s: physics called "pass"',
        lambda entry: entry["physics"] == "pass",
        "at most",
        0.0,
        about="physics",
    ),
)


def bound(count: int, trials: int, side: str) -> float:
    """Return the one-sided 95 % Clopper-Pearson bound of a rate: lower for "at least", else upper."""
    if side == "at least":
        return 0.0 if count == 0 else float(stats.beta.ppf(1.0 - LEVEL, count, trials - count + 1))
    return 1.0 if count == trials else float(stats.beta.ppf(LEVEL, count + 1, trials - count))


def answer(question: Question, entries: Sequence[Entry], asked: int) -> dict[str, Any]:
    """Return the row of a question; `met` is None while trials are missing; without a target, `bound` too.

    "Never" (a target of 0) is met when none was counted: no number of trials brings its bound to 0.
    """
    mine = [entry for entry in entries if entry["kind"] == question.kind]
    count, trials = sum(map(question.counted, mine)), len(mine)
    limit = bound(count, trials, question.side) if trials and question.side else None
    met: bool | None = None
    if question.target is not None and limit is not None and trials >= asked:
        if question.target == 0.0:
            met = count == 0
        else:
            met = limit <= question.target if question.side == "at most" else limit >= question.target
    return {
        "name": question.name,
        "kind": question.kind,
        "about": question.about,
        "what": question.what,
        "count": count,
        "verdicts": dict(sorted(Counter(entry[question.about] for entry in mine).items())),
        "trials": trials,
        "asked": asked,
        "bound": limit,
        "side": question.side,
        "target": question.target,
        "met": met,
    }


def _speeds(entries: Sequence[Entry], kind: str) -> dict[str, Any] | None:
    mine = [entry for entry in entries if entry["kind"] == kind]
    if not mine:
        return None
    logs = np.log([entry["ratio"] for entry in mine])
    loads = [max(entry["load"]) for entry in mine]
    extra = float(np.mean([entry["extra_steps"] for entry in mine]))
    # What extra work costs in time is near what it adds in steps, but nobody knows it: no coverage there.
    covered = [entry["interval"][0] <= 1.0 <= entry["interval"][1] for entry in mine]
    return {
        "median_ratio": float(np.exp(np.median(logs))),
        "spread": float(np.std(logs)),
        "median_smallest_detectable": float(np.median([entry["smallest_detectable"] for entry in mine])),
        "median_blocks": float(np.median([entry["blocks"] for entry in mine])),
        "coverage_of_95": None if extra else float(np.mean(covered)),
        "extra_steps": extra,
        "load": float(np.median(loads)),
        "load_range": [min(loads), max(loads)],
        "median_events": float(np.median([entry["events"] for entry in mine])),
    }


def _trials(entries: Sequence[Entry], kind: str) -> list[list[Any]]:
    """Return a row of COLUMNS for each trial of a kind; the region is the one that is known best."""
    mine = [entry for entry in entries if entry["kind"] == kind]
    widths: dict[str, list[float]] = {}
    for entry in mine:
        for region, (_, lo, hi) in entry["deposits"].items():
            widths.setdefault(region, []).append(hi - lo)
    region = min(widths, key=lambda name: float(np.median(widths[name])), default="")
    return [
        [
            entry["trial"],
            *(round(x, 5) for x in (entry["ratio"], *entry["interval"])),
            *(entry["verdict"], entry["blocks"]),
            *(region, *entry["deposits"].get(region, (None, None, None))),
            *(entry["physics"], entry["events"]),
        ]
        for entry in sorted(mine, key=lambda entry: entry["trial"])
    ]


def summary(entries: Sequence[Entry], asked: Mapping[str, int], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the summary of all trials; `asked` is how many of each kind there are to be."""
    times = sorted(entry["started"] for entry in entries)
    return {
        "schema": "simkit.trust/1",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": dict(about),
        "first": times[0] if times else None,
        "last": times[-1] if times else None,
        "commits": sorted({entry["commit"] for entry in entries}),
        # Those of the trials, as far as these tell; beside them, that of the summary.
        "machines": _distinct(entry["machine"] for entry in entries if "machine" in entry),
        "machine": machine_info(),
        "level": LEVEL,
        "rows": [answer(question, entries, asked[question.kind]) for question in QUESTIONS],
        "speeds": {kind: speeds for kind in asked if (speeds := _speeds(entries, kind)) is not None},
        "columns": list(COLUMNS),
        "trials": {kind: trials for kind in asked if (trials := _trials(entries, kind))},
    }


def _distinct(machines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for machine in machines:
        if machine not in found:
            found.append(machine)
    return found


def machines_text(record: Mapping[str, Any]) -> str:
    """Return where the trials ran; where they do not tell, where they were summed up, and that."""
    ran = [f"{m['cpu']}, {m['logical_threads']} logical processors" for m in record.get("machines", [])]
    if ran:
        return "; ".join(dict.fromkeys(ran))
    of_summary = record["machine"]
    return f"{of_summary['cpu']}, {of_summary['logical_threads']} logical processors (that of this summary)"


def markdown(record: Mapping[str, Any]) -> str:
    """Return the summary for reading."""
    lines = [
        f"# Right and wrong verdicts, {record['first']} to {record['last']}",
        "",
        f"Scenario `{record['about']['scenario']}` with {', '.join(record['about']['overrides'])}; "
        f"machine: {machines_text(record)}. "
        f"Bounds are one-sided, at {100 * record['level']:g} % (Clopper-Pearson).",
        "",
        "| comparisons | counted | bound | wanted | |",
        "|---|---|---|---|---|",
    ]
    for row in record["rows"]:
        limit = "-" if row["bound"] is None else f"{100 * row['bound']:.1f} %"
        wanted = "as it comes" if row["target"] is None else f"{row['side']} {100 * row['target']:g} %"
        if row["target"] == 0.0:
            wanted = "never"
        met = {True: "met", False: "NOT MET", None: ""}[row["met"]]
        of = f"{row['count']} of {row['trials']}"
        if row["trials"] < row["asked"]:
            of += f" (of {row['asked']} to come)"
        lines.append(f"| {row['what']} | {of} | {limit} | {wanted} | {met} |")
    lines += ["", "| kind | median ratio | spread | smallest detectable | blocks | 95 % covers 1 | load |"]
    lines.append("|---|---|---|---|---|---|---|")
    for kind, speed in record["speeds"].items():
        covers = speed["coverage_of_95"]
        lines.append(
            f"| {kind} | {speed['median_ratio']:.4f} | {100 * speed['spread']:.2f} % "
            f"| {100 * speed['median_smallest_detectable']:.2f} % | {speed['median_blocks']:.0f} "
            f"| {'-' if covers is None else f'{100 * covers:.0f} %'} | {speed['load']:.1f} |"
        )
    return "\n".join([*lines, ""])


def to_json(record: Mapping[str, Any]) -> str:
    """Return the summary as JSON, a line a trial."""
    trials = ",\n".join(
        f'  "{kind}": [\n' + ",\n".join(f"   {json.dumps(row)}" for row in rows) + "\n  ]"
        for kind, rows in record["trials"].items()
    )
    head = json.dumps({key: value for key, value in record.items() if key != "trials"}, indent=1)
    return head.removesuffix("\n}") + ',\n "trials": {\n' + trials + "\n }\n}\n"


def write_summary(
    out: Path, entries: Sequence[Entry], asked: Mapping[str, int], about: Mapping[str, Any]
) -> str:
    """Write `summary.json` and `summary.md` to `out` and return the latter."""
    record = summary(entries, asked, about)
    for name, text in (
        ("summary.json", to_json(record)),
        ("summary.md", markdown(record)),
    ):
        write_whole(out / name, text.encode())
    return (out / "summary.md").read_text("utf-8")
