"""Compare what simkit and HepEmShow simulate, on the same tables: deposits, counts, steps, layers.

Usage: python -m studies.peer_agreement --hepemshow PATH --data FILE [--batches 80] [--events 100]
       [--own-tables] [--hepemshow-version TEXT] [--out results/peers]

Both run HepEmShow's default (simkit's preset `hepemshow`, boundary tracking) in independent batches. simkit
reads HepEmShow's table file, unless --own-tables. A third column is simkit with photoelectrons from the K
shell alone, which is how G4HepEm makes them. Errors are those of the batches: standard errors of means, the
jackknife's for the spread of the deposits and the mean depth. sigma = deviation / its standard error; of
independent quantities one in 370 is beyond 3 by chance.

Exit codes: 0 deposits within 0.5 % and steps within 5 %; 2 not; 4 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from simkit.errors import BadInput
from studies.peer_programs import HepEmShow, Simkit

SEED = 7_000_000
FEWEST_BATCHES = 10
MARGINS = {"absorber_MeV": 0.005, "gap_MeV": 0.005, "steps_charged": 0.05, "steps_gamma": 0.05}
SIDES = ("hepemshow", "simkit", "simkit, K shell only")
SPREADS = {"absorber_sd_MeV": "absorber_MeV", "gap_sd_MeV": "gap_MeV"}
MEANS = ("absorber_MeV", "gap_MeV", "gamma", "e-", "e+", "steps_charged", "steps_gamma")

Batches = list[tuple[dict[str, float], dict[str, np.ndarray]]]


def estimates(batches: Batches) -> dict[str, tuple[float, float]]:
    """Return (value, standard error) of every quantity of a side; means are over all events."""
    n = len(batches)

    def mean_of(key: str) -> np.ndarray:
        return np.array([printed[key] for printed, _ in batches])

    def jackknife(columns: np.ndarray, value: Any) -> tuple[float, float]:
        """columns: [batches, ...], of which `value` takes the mean over batches."""
        total = columns.sum(axis=0)
        left = np.array([value((total - one) / (n - 1)) for one in columns])
        return float(value(total / n)), float(np.sqrt((n - 1) * left.var()))

    found = {}
    for key in MEANS:
        found[key] = jackknife(mean_of(key), lambda mean: mean)
        for spread, of in SPREADS.items():
            if of == key:
                square = mean_of(spread) ** 2 + mean_of(of) ** 2
                columns = np.stack([mean_of(of), square], axis=1)
                found[spread] = jackknife(columns, lambda mean: np.sqrt(mean[1] - mean[0] ** 2))
    layers = np.array([by_layer["deposit"] for _, by_layer in batches])
    track = np.array([by_layer["charged_track"].sum() for _, by_layer in batches])
    number = np.arange(1, layers.shape[1] + 1)
    found["charged_track_mm"] = jackknife(track, lambda mean: mean)
    found["mean_depth_layers"] = jackknife(layers, lambda mean: mean @ number / mean.sum())
    for i in range(layers.shape[1]):
        found[f"layer_{i + 1}_MeV"] = jackknife(layers[:, i], lambda mean: mean)
    return found


def compare(ours: dict[str, tuple[float, float]], theirs: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Return for each quantity the two values, their relative deviation, its standard error and sigma."""
    rows = {}
    for key, (value, error) in ours.items():
        reference, reference_error = theirs[key]
        both = float(np.hypot(error, reference_error))
        rows[key] = {
            "simkit": value,
            "hepemshow": reference,
            "deviation": value / reference - 1.0,
            "standard_error": both / reference,
            "sigma": (value - reference) / both,
        }
    return rows


def markdown(record: dict[str, Any]) -> str:
    """Return the tables of a record, for reading."""
    lines = [f"# The same showers of simkit and HepEmShow, {record['created'][:10]}", ""]
    lines += [f"- {key}: {value}" for key, value in record["about"].items()]
    for side in SIDES[1:]:
        rows = record["agreement"][side]
        lines += ["", f"## {side}", ""]
        lines += ["| per event | simkit | HepEmShow | deviation | standard error | sigma |"]
        lines += ["|---|---|---|---|---|---|"]
        for key, row in rows.items():
            lines.append(
                f"| {key} | {row['simkit']:.2f} | {row['hepemshow']:.2f} | {row['deviation']:+.3%} "
                f"| {row['standard_error']:.3%} | {row['sigma']:+.1f} |"
            )
    return "\n".join([*lines, ""])


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.peer_agreement", description="Compare simkit's and HepEmShow's showers."
    )
    parser.add_argument("--hepemshow", type=Path, required=True, help="the program HepEmShow")
    parser.add_argument("--data", type=Path, required=True, help="its G4HepEm table file (hepem_data.json)")
    parser.add_argument("--batches", type=int, default=80)
    parser.add_argument("--events", type=int, default=100, help="of each side in each batch")
    parser.add_argument("--own-tables", action="store_true", help="simkit uses its own tables")
    parser.add_argument("--hepemshow-version", default="not given", help="versions of HepEmShow and G4HepEm")
    parser.add_argument("--out", type=Path, default=Path("results/peers"), help="folder to write to")
    return parser.parse_args()


def run(asked: argparse.Namespace) -> tuple[Path, bool]:
    """Simulate, write the record; return its path and whether the margins hold. Errors: BadInput."""
    if asked.batches < FEWEST_BATCHES or asked.events < 2:
        raise BadInput(
            f"--batches {asked.batches} --events {asked.events}: at least {FEWEST_BATCHES} batches of 2 "
            "events are needed"
        )
    hepemshow = HepEmShow(asked.hepemshow, asked.data)
    tables = None if asked.own_tables else asked.data
    simkit, one_shell = Simkit((), tables), Simkit((), tables)
    one_shell.leave_one_shell()
    programs: dict[str, HepEmShow | Simkit] = dict(zip(SIDES, (hepemshow, simkit, one_shell)))
    batches: dict[str, Batches] = {side: [] for side in SIDES}
    for number in range(asked.batches):
        for place, (side, program) in enumerate(programs.items()):
            seed = SEED + len(SIDES) * number + place  # independent showers on every side
            batches[side].append(program.run_with_layers(asked.events, seed))
        print(f"batch {number + 1} of {asked.batches}", file=sys.stderr, flush=True)
    found = {side: estimates(part) for side, part in batches.items()}
    agreement = {side: compare(found[side], found["hepemshow"]) for side in SIDES[1:]}
    record: dict[str, Any] = {
        "schema": "simkit-peer-agreement-1",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": {
            "simkit": simkit.version,
            "simkit tables": "its own" if asked.own_tables else "the table file",
            "HepEmShow": f"{asked.hepemshow_version}; program sha256 {hepemshow.program_hash[:16]}",
            "table file": f"sha256 {hepemshow.data_hash[:16]}",
            "events": f"{asked.batches} batches of {asked.events} on each side",
        },
        "agreement": agreement,
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    name = "agreement-own-tables" if asked.own_tables else "agreement-same-tables"
    path = asked.out / f"{name}-{record['created'][:10]}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(record))
    rows = agreement["simkit"]
    return path, all(abs(rows[key]["deviation"]) <= margin for key, margin in MARGINS.items())


def main() -> int:
    """Return the exit code."""
    try:
        path, holds = run(arguments())
    except BadInput as error:
        print(f"peer_agreement: {error}", file=sys.stderr)
        return 4
    print(path.with_suffix(".md").read_text())
    return 0 if holds else 2


if __name__ == "__main__":
    sys.exit(main())
