"""Can the verdicts be trusted? Hundreds of comparisons whose right answer is known, counted.

Usage: python -m studies.trust [--only KIND[,KIND]] [--max-trials N] [--out results/trust]
       python -m studies.trust --summary [--out results/trust] [--publish]

| kind | trials | what is compared | right answer |
|---|---|---|---|
| same | 200 of 15 s | a scenario with itself, background load coming and going | not "faster" or "slower" |
| slower2 | 50 of 60 s | it with itself doing 2 % more work | "slower" |
| slower1 | 50 of 60 s | the same with 1 %: reported as it comes | "slower" |
| same-physics | 200 of 10 s | independent seeds | physics not "fail" |
| shifted | 50 of 60 s | a 1 % shift of the energy scale, margin 0.5 % | physics "fail", never "pass" |

Each trial is one `simkit compare` with that budget, everything of it, in one warm process: prepared anew with
a seed of its own, on one thread. The scenario is `testem3` with electrons of 1 GeV: the standard sampling
calorimeter, at 2 ms an event, so that a timed block of 50 ms is a mean of 25 showers and a trial of 15 s
holds some tens of blocks even under load. See `injection.py` and `load.py` for the faults and the load.

Every verdict is appended to `trials.jsonl` as it falls, one line, whole or not at all; called again, the
script goes on with what is missing. `--only` runs some kinds: two processes may work at once on different
processors (taskset) and different kinds. Of the kinds asked for, the one that is least done is next. Each
hour and at the end `summary.json` and `summary.md` are written; `--summary` does only that, and `--publish`
also puts it where the report finds it (`simkit/report/data/trust.json`).

All of it takes four hours of one processor. Exit codes: 0 done, 4 bad input or interrupted (run it again).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simkit.bench.pairs.blocks import derive_seed
from simkit.errors import BadInput, unknown
from simkit.record.machine import code_commit, machine_info
from simkit.writing import write_whole
from studies import injection
from studies.load import background_load
from studies.trust_summary import write_summary

SCENARIO = "testem3"
OVERRIDES = ("events.energy_MeV=1000",)
FAULTY = f"engine:{injection.NAME}"
SEED = 20251122
BURNERS = 2
SUMMARY_EVERY_S = 3600.0
PUBLISHED = Path(__file__).parent.parent / "simkit" / "report" / "data" / "trust.json"


@dataclass(frozen=True)
class Kind:
    """Comparisons with one right answer: how many, how long, and what is wrong with side B."""

    name: str
    trials: int
    seconds: float
    fault: dict[str, float] = field(default_factory=dict)
    load: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("same", 200, 15.0, load=True),
        Kind("slower2", 50, 60.0, {"extra_work": 0.02}),
        Kind("slower1", 50, 60.0, {"extra_work": 0.01}),
        Kind("same-physics", 200, 10.0),
        Kind("shifted", 50, 60.0, {"energy_scale": 1.01}),
    )
}


def run_trial(kind: Kind, trial: int, seconds: float, commit: str) -> dict[str, Any]:
    """Return the entry of one comparison."""
    from simkit.bench.compare import run_compare
    from simkit.record.comparison import Comparison

    seed = derive_seed(SEED, list(KINDS).index(kind.name), trial)
    injection.ENGINE.inject(**kind.fault)
    before, switches = os.getloadavg()[0], resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    started, begin = datetime.now(UTC), time.perf_counter()
    with background_load(BURNERS, seed) if kind.load else nullcontext():
        result = run_compare(
            SCENARIO,
            FAULTY if kind.fault else SCENARIO,
            scenario=SCENARIO,
            overrides=OVERRIDES,
            budget_s=seconds,
            seed=seed,
            threads=1,
        )
    assert isinstance(result, Comparison)
    speedup, physics = result.speedup, result.physics
    deposits = [row for row in physics.rows if row.observable == "deposit"]
    return {
        "kind": kind.name,
        "trial": trial,
        "commit": commit,
        "machine": machine_info(),
        "seed": seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": seconds,
        "wall_s": round(time.perf_counter() - begin, 2),
        "load": [round(before, 2), round(os.getloadavg()[0], 2)],
        "preempted": resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw - switches,
        "verdict": result.verdict,
        "ratio": speedup.value,
        "interval": [speedup.lo, speedup.hi],
        "sequential": [speedup.sequential_lo, speedup.sequential_hi],
        "smallest_detectable": speedup.smallest_detectable,
        "blocks": speedup.blocks,
        "physics": physics.verdict,
        "events": physics.events,
        "deposits": {
            row.region: [round(x, 5) for x in (row.difference, row.lo90, row.hi90)] for row in deposits
        },
        "failed": [[row.observable, row.region, row.layer] for row in physics.rows if row.verdict == "fail"],
        "extra_steps": injection.ENGINE.measured,
    }


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add an entry as one line, in one write; a line that was cut before is ended first."""
    line = json.dumps(entry) + "\n"
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = "\n" + line
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read_trials(path: Path) -> list[dict[str, Any]]:
    """Return the entries so far, the first of each trial; a line that was cut is no entry."""
    entries: dict[tuple[str, int, float], dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            entries.setdefault((entry["kind"], entry["trial"], entry["seconds"]), entry)
    return list(entries.values())


def run(asked: argparse.Namespace) -> None:
    """Run what is missing of the kinds asked for. Errors: BadInput."""
    kinds = [_kind(name) for name in asked.only.split(",")] if asked.only else list(KINDS.values())
    path = asked.out / "trials.jsonl"
    try:
        asked.out.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise BadInput(f"--out {asked.out}: cannot be written ({error.strerror})") from None
    commit, left, summarised = code_commit() or "unknown", asked.max_trials, time.monotonic()
    while left is None or left > 0:
        chosen = _next_trial(kinds, read_trials(path), asked.seconds)
        if chosen is None:
            break
        kind, trial = chosen
        entry = run_trial(kind, trial, asked.seconds or kind.seconds, commit)
        append(path, entry)
        print(
            f"{entry['started']} {kind.name} {trial + 1}/{kind.trials}: {entry['verdict']} "
            f"{entry['ratio']:.4f} ({entry['interval'][0]:.4f} to {entry['interval'][1]:.4f}), "
            f"physics {entry['physics']}, load {entry['load'][1]}",
            flush=True,
        )
        left = None if left is None else left - 1
        if time.monotonic() - summarised > SUMMARY_EVERY_S:
            summarise(asked.out)
            summarised = time.monotonic()


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise unknown("kind", name, KINDS, "--only")
    return KINDS[name]


def _next_trial(
    kinds: Sequence[Kind], entries: Sequence[dict[str, Any]], seconds: float | None
) -> tuple[Kind, int] | None:
    """Return the kind that is least done, with the first trial it lacks; None when all is done."""
    done = {kind.name: set[int]() for kind in kinds}
    for entry in entries:
        if entry["kind"] in done and entry["seconds"] == (seconds or KINDS[entry["kind"]].seconds):
            done[entry["kind"]].add(entry["trial"])
    open_kinds = [kind for kind in kinds if len(done[kind.name]) < kind.trials]
    if not open_kinds:
        return None
    kind = min(open_kinds, key=lambda k: len(done[k.name]) / k.trials)
    return kind, min(set(range(kind.trials)) - done[kind.name])


def summarise(out: Path) -> str:
    """Write the summary of the trials of full length in `out`, and return its table."""
    full = [e for e in read_trials(out / "trials.jsonl") if e["seconds"] == KINDS[e["kind"]].seconds]
    about = {"scenario": SCENARIO, "overrides": list(OVERRIDES), "threads": 1}
    return write_summary(out, full, {kind.name: kind.trials for kind in KINDS.values()}, about)


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.trust", description="Count right and wrong verdicts of comparisons."
    )
    parser.add_argument("--only", default="", help=f"kinds, with commas: {', '.join(KINDS)}")
    parser.add_argument("--max-trials", type=int, default=None, help="stop after so many")
    parser.add_argument(
        "--seconds", type=float, default=None, help="of each trial, to try it out: such trials do not count"
    )
    parser.add_argument("--out", type=Path, default=Path("results/trust"), help="folder to write to")
    parser.add_argument("--summary", action="store_true", help="only write the summary")
    parser.add_argument("--publish", action="store_true", help="and put it into the package, for the report")
    return parser.parse_args()


def main() -> int:
    """Return the exit code."""
    asked = arguments()
    injection.register()
    try:
        if not asked.summary:
            run(asked)
        print(summarise(asked.out))
        if asked.publish:
            PUBLISHED.parent.mkdir(exist_ok=True)
            write_whole(PUBLISHED, (asked.out / "summary.json").read_bytes())
    except BadInput as error:
        print(f"trust: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
