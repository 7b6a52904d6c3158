"""Guns of 100 keV to 1 TeV in blocks of one material: energy balance, leakage, and CPU time per GeV.

Usage: python -m studies.guns [MATERIAL ...] [--rounds 5] [--out results/guns]

The block is a stack of 80 slabs, each one radiation length (X0) thick, 80 X0 wide and high. The gun stands
20 X0 inside, on the axis and on the boundary of a slab: 60 X0 lie ahead of it, 20 behind and 40 to each side,
which is 14 Moliere radii in lead and more in all others. What is read out is the energy in each slab.

A round shoots every particle at every energy, up in energy and in the next round down, on seeds of its own,
pinned to one processor. Times are CPU seconds per MeV, the median of the rounds; from 1 GeV up they must lie
within 25 % of that of 10 GeV of the same particle. An event of 1 TeV takes 1.5 s.

The balance is exact but for the rounding of every energy that is written down to a whole number of 2^-30 MeV,
at most 2^-31 MeV each. How many there were is counted: every deposit, every conversion and annihilation (rest
mass), every track that leaves, the primary. Many are the same energy each time (shells of an atom, 511 keV),
so their roundings add up and do not cancel. That a float64 carries energies to 2^-53 adds less than 10^-10
MeV for each interaction of a track of 1 TeV; the few of that energy do not show.

Exit codes: 0 all within limits; 1 time per GeV is not constant; 2 energy or a track is lost, or some leaks;
4 bad input.
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

import simkit
from simkit.bench.pairs.pinning import pinned
from simkit.engines.native import ENGINE, NativePrepared
from simkit.errors import BadInput
from simkit.events import Primaries
from simkit.events.gun import gun_primaries
from simkit.materials import find_material
from simkit.particles import PARTICLES
from simkit.record.machine import code_commit, machine_info
from simkit.record.tallies import BALANCE, COUNTERS, ENERGY_UNIT, PROCESSES, WEIGHT_UNIT, Tallies
from simkit.rng import make_rng
from simkit.scenario import load_scenario
from simkit.tracks import make_stacks
from simkit.transport.cpu import STACK, follow_all

MATERIALS = ("G4_Pb", "G4_PbWO4", "G4_W", "G4_Fe", "G4_Si", "G4_lAr", "G4_POLYSTYRENE", "G4_WATER")
ENERGIES = {0.1: 1000, 1.0: 1000, 10.0: 500, 100.0: 200, 1e3: 100, 1e4: 20, 1e5: 2, 1e6: 1}
"""Kinetic energies (MeV), and how many events of each a round has."""
REFERENCE = 1e4
CONSTANT_FROM = 1e3
TOLERANCE = 0.25
LARGEST_LEAK = 2e-3
BEHIND, AHEAD = 20, 60
SEED = 20240701


def block(material: str) -> NativePrepared:
    """Return the engine prepared for a block of `material`. Errors: BadInput."""
    length = find_material(material).radiation_length_mm
    slab = {"region": "block", "material": material, "thickness_mm": length}
    overrides = {
        "geometry.slab": (slab,),
        "geometry.layers": BEHIND + AHEAD,
        "geometry.transverse_mm": (BEHIND + AHEAD) * length,
    }
    return ENGINE.prepare(load_scenario("testem3", overrides=overrides))


def gun(material: str, particle: str, energy: float, n: int, seed: int) -> Primaries:
    """Return `n` events of one particle each."""
    start = (BEHIND * find_material(material).radiation_length_mm, 0.0, 0.0)
    return gun_primaries(n, seed, particle=particle, energy_MeV=energy, position_mm=start)


def written(tallies: Tallies) -> np.ndarray:
    """Return how many energies were rounded to a unit, by event (int64)."""
    pairs = [PROCESSES.index(name) for name in ("conv", "annihil")]
    deposits = np.rint(tallies.weight_sum.sum(axis=1) * WEIGHT_UNIT).astype(np.int64)
    left = tallies.steps[:, :, -1].sum(axis=1)
    return 1 + deposits + tallies.interactions[:, pairs].sum(axis=1) + left


def deepest_stack(prepared: NativePrepared, first: Primaries) -> int:
    """Return how many tracks waited at once in the deepest moment of the event `first`."""
    stack = make_stacks(prepared.world.setup.life_of, STACK)
    stack.words[:] = -1
    start, _ = prepared._start(first)
    follow_all(
        prepared.world.setup,
        prepared._tally(1),
        stack,
        make_rng(SEED),
        start,
        0,
        1,
        np.zeros(1, dtype=np.int64),
    )
    return int((stack.words[:, :, 0] >= 0).sum())


def measure(material: str, rounds: int) -> list[dict[str, Any]]:
    """Return one entry for each particle and energy: the tallies of all rounds, and their CPU seconds."""
    prepared = block(material)
    prepared.run(gun(material, "e-", 100.0, 20, SEED), SEED)  # warm
    found: dict[tuple[str, float], list[Tallies]] = {(p, e): [] for p in PARTICLES for e in ENERGIES}
    for number in range(rounds):
        for particle, energy in list(found)[:: 1 - 2 * (number % 2)]:
            seed = SEED + number
            primaries = gun(material, particle, energy, ENERGIES[energy], seed)
            found[particle, energy].append(prepared.run(primaries, seed))
    entries = []
    for (particle, energy), parts in found.items():
        entry = summarise(particle, energy, parts)
        entry["deepest_stack"] = deepest_stack(prepared, gun(material, particle, energy, 1, SEED))
        entries.append(entry)
    for entry in entries:
        reference = next(
            e for e in entries if e["particle"] == entry["particle"] and e["energy_MeV"] == REFERENCE
        )
        for name in ("cpu_us_per_MeV", "steps_per_GeV"):
            entry[f"{name}_ratio"] = entry[name] / reference[name]
    return entries


def summarise(particle: str, energy: float, parts: list[Tallies]) -> dict[str, Any]:
    """Return the figures of one case from its rounds."""

    def total(name: str) -> int:
        place = COUNTERS.index(name)
        return sum(int(part.counters[:, place].sum()) for part in parts)

    events = sum(len(part) for part in parts)
    deposits = np.concatenate([part.deposits for part in parts]) * ENERGY_UNIT
    balance = dict(zip(BALANCE, sum(part.balance.sum(axis=0) for part in parts) * ENERGY_UNIT, strict=True))
    residual = np.concatenate([np.abs(part.residual()) for part in parts])
    bound = np.concatenate([written(part) for part in parts]) * 0.5 * ENERGY_UNIT
    worst = int(np.argmax(residual / bound))
    middles = np.arange(BEHIND + AHEAD) + 0.5 - BEHIND
    depth = deposits @ middles / deposits.sum(axis=1)
    per_MeV = [part.cpu_s / len(part) / energy * 1e6 for part in parts]
    return {
        "particle": particle,
        "energy_MeV": energy,
        "events": events,
        "deposited_fraction": deposits.sum() / (balance["in"] + balance["rest_mass"]),
        "leaked_fraction": balance["leaked"] / balance["in"],
        "largest_residual_MeV": residual.max(),
        "residual_of_bound": residual[worst] / bound[worst],
        "negative_deposits": int((deposits < 0.0).sum()),
        "lost_secondaries": total("lost_secondaries"),
        "tracks_not_followed": events + sum(int(p.secondaries.sum()) for p in parts) - total("tracks"),
        "mean_depth_X0": depth.mean(),
        "mean_depth_error": depth.std(ddof=1) / np.sqrt(events),
        "tracks_per_GeV": total("tracks") / events / energy * 1e3,
        "steps_per_GeV": sum(int(part.steps.sum()) for part in parts) / events / energy * 1e3,
        "cpu_us_per_MeV": float(np.median(per_MeV)),
        "cpu_us_per_MeV_rounds": per_MeV,
    }


def judge(material: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the verdict on a material, and the worst figures of its cases."""
    high = [e for e in entries if e["energy_MeV"] >= CONSTANT_FROM]
    nothing_lost = all(
        e["residual_of_bound"] <= 1.0
        and e["lost_secondaries"] == e["tracks_not_followed"] == e["negative_deposits"] == 0
        for e in entries
    )
    times = [e["cpu_us_per_MeV_ratio"] for e in high]
    return {
        "material": material,
        "radiation_length_mm": find_material(material).radiation_length_mm,
        "nothing_lost": nothing_lost,
        "contained": all(e["leaked_fraction"] <= LARGEST_LEAK for e in high),
        "constant": all(abs(ratio - 1.0) <= TOLERANCE for ratio in times),
        "time_ratios": [min(times), max(times)],
        "step_ratios": [f(e["steps_per_GeV_ratio"] for e in high) for f in (min, max)],
        "worst_residual_of_bound": max(e["residual_of_bound"] for e in entries),
        "largest_leak": max(e["leaked_fraction"] for e in high),
        "deepest_stack": max(e["deepest_stack"] for e in entries),
        "cases": entries,
    }


def markdown(record: dict[str, Any]) -> str:
    """Return the tables of a record, for reading."""
    say = {True: "yes", False: "NO"}
    lines = [f"# Guns of 100 keV to 1 TeV, {record['created'][:10]}", ""]
    lines += [f"- {key}: {value}" for key, value in record["about"].items()]
    lines += ["- machine: " + ", ".join(f"{k} {v}" for k, v in record["machine"].items()), ""]
    lines += [
        "| material | X0 (mm) | nothing lost | residual, of its bound | leaks at most, from 1 GeV | "
        "deepest stack | steps per GeV, 1 GeV to 1 TeV, over 10 GeV | CPU time the same | within 25 % |",
        "|" + "---|" * 9,
    ]
    for found in record["materials"]:
        steps, times = ("{:.3f} to {:.3f}".format(*found[name]) for name in ("step_ratios", "time_ratios"))
        lines.append(
            f"| {found['material']} | {found['radiation_length_mm']:.2f} | {say[found['nothing_lost']]} "
            f"| {found['worst_residual_of_bound']:.2f} | {found['largest_leak']:.1e} "
            f"| {found['deepest_stack']} of {STACK} | {steps} | {times} | {say[found['constant']]} |"
        )
    columns = (
        "gun | events | deposited | leaked | residual (MeV) | of bound | deepest stack | mean depth (X0) | "
        "tracks per GeV | steps per GeV | CPU us per MeV | over 10 GeV"
    )
    for found in record["materials"]:
        lines += ["", f"## {found['material']}", "", f"| {columns} |", "|" + "---|" * 12]
        for e in found["cases"]:
            lines.append(
                f"| {e['particle']} {e['energy_MeV']:g} MeV | {e['events']} | {e['deposited_fraction']:.6f} "
                f"| {e['leaked_fraction']:.1e} | {e['largest_residual_MeV']:.1e} "
                f"| {e['residual_of_bound']:.2f} | {e['deepest_stack']} "
                f"| {e['mean_depth_X0']:.2f} +- {e['mean_depth_error']:.2f} | {e['tracks_per_GeV']:.0f} "
                f"| {e['steps_per_GeV']:.0f} | {e['cpu_us_per_MeV']:.3f} | {e['cpu_us_per_MeV_ratio']:.3f} |"
            )
    return "\n".join([*lines, ""])


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.guns", description="Guns of 100 keV to 1 TeV in blocks of one material."
    )
    parser.add_argument("materials", nargs="*", metavar="MATERIAL", help=f"default: {' '.join(MATERIALS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("results/guns"), help="folder to write to")
    return parser.parse_args()


def run(asked: argparse.Namespace) -> dict[str, Any]:
    """Measure, write the record and its tables, and return the record. Errors: BadInput."""
    if asked.rounds < 2:
        raise BadInput(f"--rounds {asked.rounds}: at least 2 are needed for a spread")
    materials = asked.materials or list(MATERIALS)
    for material in materials:
        find_material(material)
    load = os.getloadavg()[0]
    found = []
    with pinned():
        for material in materials:
            found.append(judge(material, measure(material, asked.rounds)))
            times = "{:.3f} to {:.3f}".format(*found[-1]["time_ratios"])
            print(f"{material}: time per GeV over that of 10 GeV {times}", file=sys.stderr, flush=True)
    record: dict[str, Any] = {
        "schema": "simkit-guns-1",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": {
            "simkit": f"{simkit.__version__}, commit {code_commit()[:12] or 'unknown'}",
            "block": f"{BEHIND + AHEAD} slabs of 1 X0; {AHEAD} X0 ahead of the gun, {BEHIND} behind, "
            f"{(BEHIND + AHEAD) // 2} to each side; production cut 0.7 mm, tracking cut 1 keV",
            "bound of the residual": "2^-31 MeV for every energy written down",
            "measured": f"{asked.rounds} rounds of all guns, pinned to one processor, medians of CPU time; "
            f"load average {load:.1f} before, {os.getloadavg()[0]:.1f} after",
        },
        "machine": machine_info(),
        "materials": found,
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    stem = asked.out / f"guns-{record['created'][:10]}"
    stem.with_suffix(".md").write_text(markdown(record))
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    return record


def main() -> int:
    """Return the exit code."""
    try:
        record = run(arguments())
    except BadInput as error:
        print(f"guns: {error}", file=sys.stderr)
        return 4
    print(markdown(record))
    if not all(found["nothing_lost"] and found["contained"] for found in record["materials"]):
        return 2
    return 0 if all(found["constant"] for found in record["materials"]) else 1


if __name__ == "__main__":
    sys.exit(main())
