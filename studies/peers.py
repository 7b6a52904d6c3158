"""Time simkit and HepEmShow in alternation on the same problem and write the paired ratio of their CPU times.

Usage: python -m studies.peers --hepemshow PATH --data FILE [--rounds 40] [--events 30] [--flags TEXT]
       [--hepemshow-version TEXT] [--same-tables] [--instructions] [--out results/peers]

The problem is HepEmShow's default and simkit's preset `hepemshow`: 10 GeV electrons, 50 layers of 2.3 mm
PbWO4 and 5.7 mm liquid argon, cut 0.7 mm, one thread. A round runs HepEmShow (H), simkit with boundary
tracking (S) and with Woodcock tracking (W), then all in reverse: H S W W S H, pinned to one processor. Each
of the six simulates N events and, with the same seed, the first two of them; the difference of the two CPU
times belongs to N - 2 events, and start-up is in neither side's time: HepEmShow's process and its reading of
the tables, simkit's interpreter, imports, tables and compiled kernels (it is prepared once, before the first
round). HepEmShow's CPU time is user + system of its process, as the kernel accounts for it when it ends;
simkit's is that of this process around drawing the primaries and following them.

A round's ratio is the geometric mean of its two halves; the ratio shown is the 20 %-trimmed mean of the logs
of the rounds with its 95 % interval (simkit.bench.statistics.intervals). --instructions also counts
instructions, with the processor's counters or valgrind's callgrind (simkit.bench.instructions.count).

Exit codes: 0 measured; 4 bad input (no HepEmShow, it fails, too few rounds).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from simkit.bench.pairs.pinning import pinned
from simkit.bench.statistics.intervals import FEWEST_BLOCKS, trimmed_mean
from simkit.errors import BadInput
from simkit.record.machine import machine_info
from studies.peer_programs import HepEmShow, Program, Simkit, count_instructions

FEW = 2  # events of the short run of each pair
SEED = 20240701
SIDES = ("hepemshow", "boundary", "woodcock")


def measure(programs: dict[str, Program], rounds: int, events: int) -> list[dict[str, Any]]:
    """Return one entry a round: for each program CPU seconds per event of both halves, and its figures."""
    entries = []
    with pinned():
        for number in range(rounds):
            entry: dict[str, Any] = {name: {"cpu_s_per_event": [], "figures": []} for name in programs}
            for half, order in enumerate((list(programs), list(reversed(programs)))):
                seed = SEED + 2 * number + half
                for name in order:
                    few_s, _ = programs[name].run(FEW, seed)
                    all_s, figures = programs[name].run(events, seed)
                    entry[name]["cpu_s_per_event"].append((all_s - few_s) / (events - FEW))
                    entry[name]["figures"].append(figures)
            entries.append(entry)
            print(_line(number, entry), file=sys.stderr, flush=True)
    return entries


def _line(number: int, entry: dict[str, Any]) -> str:
    times = {name: np.mean(part["cpu_s_per_event"]) * 1e3 for name, part in entry.items()}
    shown = "  ".join(f"{name} {ms:.1f} ms" for name, ms in times.items())
    ratio = times["boundary"] / times["hepemshow"]
    return f"round {number + 1}: {shown}  ratio {ratio:.3f}  load {os.getloadavg()[0]:.1f}"


def summarise(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return ratios with intervals, times and figures of every program."""
    logs = {name: np.log([entry[name]["cpu_s_per_event"] for entry in entries]) for name in SIDES}
    ratios = {}
    for top, bottom in (("boundary", "hepemshow"), ("woodcock", "hepemshow"), ("woodcock", "boundary")):
        rounds = (logs[top] - logs[bottom]).mean(axis=1)
        centre = trimmed_mean(rounds)
        lo, hi = centre.interval()
        ratios[f"{top}/{bottom}"] = {
            "value": float(np.exp(centre.mean)),
            "lo": float(np.exp(lo)),
            "hi": float(np.exp(hi)),
            "level": 0.95,
            "spread_of_rounds": float(rounds.std(ddof=1)),
        }
    programs = {}
    for name in SIDES:
        figures = [part for entry in entries for part in entry[name]["figures"]]
        programs[name] = {
            "cpu_ms_per_event": float(np.exp(trimmed_mean(logs[name].mean(axis=1)).mean) * 1e3),
            "per_event": {key: float(np.mean([one[key] for one in figures])) for key in figures[0]},
            "standard_error": {
                key: float(np.std([one[key] for one in figures], ddof=1) / len(figures) ** 0.5)
                for key in figures[0]
            },
        }
    return {"ratios": ratios, "programs": programs}


def markdown(record: dict[str, Any]) -> str:
    """Return the log of a record, for reading."""
    about, programs = record["about"], record["programs"]
    lines = [f"# simkit and HepEmShow, {record['created'][:10]}", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += ["- machine: " + ", ".join(f"{k} {v}" for k, v in record["machine"].items()), ""]
    lines += ["| ratio of CPU times | value | 95 % interval |", "|---|---|---|"]
    for name, ratio in record["ratios"].items():
        lines.append(f"| {name} | {ratio['value']:.4f} | {ratio['lo']:.4f} to {ratio['hi']:.4f} |")
    lines += ["", "| per event | " + " | ".join(SIDES) + " |", "|---|" + "---|" * len(SIDES)]
    row = [f"{programs[name]['cpu_ms_per_event']:.2f}" for name in SIDES]
    lines.append("| CPU ms | " + " | ".join(row) + " |")
    for key in programs["boundary"]["per_event"]:
        row = []
        for name in SIDES:
            mean, error = (programs[name][part].get(key) for part in ("per_event", "standard_error"))
            row.append("-" if mean is None else f"{mean:.1f} +- {error:.1f}")
        lines.append(f"| {key} | " + " | ".join(row) + " |")
    if record["instructions_per_event"]:
        row = [f"{record['instructions_per_event'][name] / 1e6:.1f}" for name in SIDES]
        lines.append("| 10^6 instructions | " + " | ".join(row) + " |")
    return "\n".join([*lines, ""])


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.peers", description="Time simkit and HepEmShow in alternation."
    )
    parser.add_argument("--hepemshow", type=Path, help="the program HepEmShow")
    parser.add_argument("--data", type=Path, help="its G4HepEm table file (hepem_data.json)")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--events", type=int, default=30, help="of each program in each half of a round")
    parser.add_argument("--flags", default="not given", help="compiler and flags HepEmShow was built with")
    parser.add_argument("--hepemshow-version", default="not given", help="versions of HepEmShow and G4HepEm")
    parser.add_argument("--same-tables", action="store_true", help="simkit reads the table file, too")
    parser.add_argument("--instructions", action="store_true", help="count instructions, too")
    parser.add_argument("--out", type=Path, default=Path("results/peers"), help="folder to write to")
    return parser.parse_args()


def run(asked: argparse.Namespace) -> Path:
    """Measure, write the record and its log, and return the record's path. Errors: BadInput."""
    if asked.hepemshow is None or asked.data is None:
        raise BadInput(
            "give the other program: --hepemshow PATH (build github.com/mnovak42/hepemshow) and --data FILE"
        )
    if asked.rounds < FEWEST_BLOCKS or asked.events <= 2 * FEW:
        raise BadInput(
            f"--rounds {asked.rounds} --events {asked.events}: at least {FEWEST_BLOCKS} rounds of more than "
            f"{2 * FEW} events are needed"
        )
    hepemshow = HepEmShow(asked.hepemshow, asked.data)
    tables = asked.data if asked.same_tables else None
    boundary, woodcock = Simkit((), tables), Simkit(("woodcock",), tables)
    programs: dict[str, Program] = {"hepemshow": hepemshow, "boundary": boundary, "woodcock": woodcock}
    for program in programs.values():
        program.run(FEW, SEED)  # warm: files in the page cache, memory touched
    load = os.getloadavg()[0]
    entries = measure(programs, asked.rounds, asked.events)
    summary = summarise(entries)
    instructions = {}
    if asked.instructions:
        seconds = {name: 1e-3 * of["cpu_ms_per_event"] for name, of in summary["programs"].items()}
        simkits = {"boundary": boundary, "woodcock": woodcock}
        instructions = count_instructions(hepemshow, simkits, seconds)
    record = {
        "schema": "simkit-peers-1",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": {
            "simkit": boundary.version,
            "simkit tables": "the table file" if asked.same_tables else "its own",
            "HepEmShow": f"{asked.hepemshow_version}; program sha256 {hepemshow.program_hash[:16]}",
            "HepEmShow built with": asked.flags,
            "table file": f"sha256 {hepemshow.data_hash[:16]}",
            "measured": f"{asked.rounds} rounds H S W W S H of {asked.events} events each, CPU time, "
            f"pinned to one processor; load average {load:.1f} before, {os.getloadavg()[0]:.1f} after",
        },
        "machine": machine_info(),
        **summary,
        "instructions_per_event": instructions,
        "rounds": entries,
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    stem = asked.out / f"hepemshow-{record['created'][:10]}"
    stem.with_suffix(".md").write_text(markdown(record))
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    return stem.with_suffix(".json")


def main() -> int:
    """Return the exit code."""
    try:
        path = run(arguments())
    except BadInput as error:
        print(f"peers: {error}", file=sys.stderr)
        return 4
    print(path.with_suffix(".md").read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
