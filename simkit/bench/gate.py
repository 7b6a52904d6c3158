"""A record against one stored before: is it slower than it was?

A comparison's and a campaign's figures are speedups, ratios of two sides measured in alternation: they can be
held against each other wherever they were measured, with their errors. The time of a run cannot: it was
measured once, at another time, so it is compared on machines of one kind alone, and has no interval. Steps
are counted; they know no noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scipy import stats

from simkit.bench.pairs.blocks import shower_of_species
from simkit.bench.statistics.differences import Difference, Showers, margins_of
from simkit.bench.statistics.equivalence import judge
from simkit.errors import BadInput
from simkit.record.campaign import Campaign
from simkit.record.comparison import Comparison, Contrast
from simkit.record.gate import Gate, GateRow, GateVerdict
from simkit.record.machine import machine_name
from simkit.record.part import FINE, INCONCLUSIVE, PHYSICS_DIFFERS, TOO_SLOW
from simkit.record.result import Result

LEVEL = 0.95
Gated = Result | Comparison | Campaign


def hold_against(now: Gated, stored: Gated, max_slowdown: float, where: str) -> Gate:
    """Return how `now` does against a `stored` record of the same kind; `where` names that in errors.

    max_slowdown: relative, from 0 to below 1; what is slower by more fails. Errors: BadInput for a record of
    another scenario, speedup or ladder.
    """
    if isinstance(now, Result) and isinstance(stored, Result):
        return _of_runs(now, stored, max_slowdown, where)
    if isinstance(now, Comparison) and isinstance(stored, Comparison):
        return _of_comparisons(now, stored, max_slowdown, where)
    if isinstance(now, Campaign) and isinstance(stored, Campaign):
        return _of_campaigns(now, stored, max_slowdown, where)
    raise TypeError(f"a {type(now).__name__} cannot be held against a {type(stored).__name__}")


def gated_exit_code(exit_code: int, gate: Gate | None) -> int:
    """Return the exit code of a command whose own is `exit_code`: 2 beats 1 beats 3."""
    if gate is None:
        return exit_code
    codes = {exit_code, {"fail": TOO_SLOW, "inconclusive": INCONCLUSIVE}.get(gate.verdict, FINE)}
    codes.add({"fail": PHYSICS_DIFFERS, "inconclusive": INCONCLUSIVE}.get(gate.physics, FINE))
    return next((code for code in (PHYSICS_DIFFERS, TOO_SLOW, INCONCLUSIVE) if code in codes), FINE)


def _of_comparisons(now: Comparison, stored: Comparison, most: float, where: str) -> Gate:
    for side in ("a", "b"):
        _same(getattr(now, side).scenario_hash, getattr(stored, side).scenario_hash, side.upper(), where)
    notes = _differences(now.provenance.machine, stored.provenance.machine)
    rows = [_speedup_row(f"{now.b.label} against {now.a.label}", now, stored, most, where)]
    return Gate(stored=stored.provenance.created, max_slowdown=most, rows=rows, notes=notes)


def _of_campaigns(now: Campaign, stored: Campaign, most: float, where: str) -> Gate:
    _same(now.ladder_hash, stored.ladder_hash, "the ladder", where)
    notes = _differences(now.provenance.machine, stored.provenance.machine)
    before = {rung.name: rung.against_baseline for rung in stored.rungs}
    missing = [rung.name for rung in now.rungs if rung.name not in before]
    if missing:
        raise BadInput(f"--baseline {where}: has no rung {missing[0]!r}; store a new record with --out")
    rows = [_speedup_row(r.name, r.against_baseline, before[r.name], most, where) for r in now.rungs]
    return Gate(stored=stored.provenance.created, max_slowdown=most, rows=rows, notes=notes)


def _speedup_row(name: str, now: Contrast, stored: Contrast, most: float, where: str) -> GateRow:
    """Return the row of a speedup: B's against A, now over stored; one that is doubted decides nothing."""
    if not 0.0 < stored.speedup.value < math.inf:
        raise BadInput(
            f"--baseline {where}: holds the speedup {stored.speedup.value:g} of {name}; must be greater than "
            "0: store a new record with --out"
        )
    centre = math.log(now.speedup.value / stored.speedup.value)
    half = float(stats.norm.ppf(0.5 + LEVEL / 2.0)) * math.hypot(
        now.speedup.standard_error, stored.speedup.standard_error
    )
    lo, hi = math.exp(centre - half), math.exp(centre + half)
    verdict: GateVerdict = "pass" if lo > 1.0 - most else "fail" if hi < 1.0 - most else "inconclusive"
    if now.doubts or stored.doubts:
        verdict = "inconclusive"
    values = (stored.speedup.value, now.speedup.value, math.exp(centre))
    return GateRow(
        name=f"speedup {name}", unit="x", stored=values[0], now=values[1], ratio=values[2], lo=lo, hi=hi,
        verdict=verdict,
    )  # fmt: skip


def _of_runs(now: Result, stored: Result, most: float, where: str) -> Gate:
    _same(now.scenario.hash, stored.scenario.hash, "the scenario", where)
    notes = _differences(now.machine, stored.machine)
    same_machine = not notes
    was, is_ = (f"{r.engine.backend}, {r.timing.threads} threads" for r in (stored, now))
    if was != is_:
        notes.append(f"stored on {was}, now on {is_}: times are not compared")
    events = [f"{r.events} events of seed {r.seed}" for r in (stored, now)]
    if events[0] != events[1]:
        notes.append(f"stored {events[0]}, now {events[1]}: times and steps are not compared")
    same_events = events[0] == events[1]
    times = (stored.timing.cpu_s_per_event, now.timing.cpu_s_per_event)
    same = same_machine and was == is_ and same_events
    rows = [_plain_row("CPU time an event", "s", *times, most, same)]
    for name, steps in now.steps_per_event.items():
        before = stored.steps_per_event.get(name, 0.0)
        rows.append(_plain_row(f"steps {name}", "", before, steps, most, same_events))
    physics, lost = _deposits(now, stored)
    if lost:
        notes.append(f"deposits that cannot be compared: {', '.join(lost)}")
    return Gate(
        stored=stored.timing.created,
        max_slowdown=most,
        rows=rows,
        physics=physics,
        notes=notes,
    )


def _plain_row(
    name: str, unit: str, stored: float, now: float, most: float, compared: bool = True
) -> GateRow:
    # Nothing is so many times as good as none at all.
    known = stored == now or (0.0 < stored < math.inf and 0.0 < now < math.inf)
    ratio = stored / now if known and now else 1.0
    verdict: GateVerdict = (
        "inconclusive" if not (compared and known) else "pass" if ratio >= 1.0 - most else "fail"
    )
    return GateRow(name=name, unit=unit, stored=stored, now=now, ratio=ratio, verdict=verdict)


def _deposits(now: Result, stored: Result) -> tuple[GateVerdict, list[str]]:
    """Return the verdict on the deposits by region, with a comparison's margins, and what it leaves out."""
    rows, lost = [], []
    margin = margins_of(_shower(now))["deposit"]
    before, after = (
        {**of.edep_MeV, **{f"visible in {region}": seen for region, seen in of.visible_MeV.items()}}
        for of in (stored, now)
    )
    for region in {**before, **after}:
        a, b = before.get(region), after.get(region)
        if a is None or b is None:
            lost.append(region)
        elif (a.mean, a.sem) == (b.mean, b.sem):  # the same seed: the same events, not independent ones
            rows.append(Difference("deposit", region, None, a.mean, b.mean, 0.0, 0.0, None, margin))
        elif a.sem is None or b.sem is None:
            lost.append(region)
        else:
            scale = a.mean or b.mean or 1.0  # where nothing was deposited before, what is now is new by 100 %
            error = 100.0 * math.hypot(a.sem, b.sem) / scale
            value = 100.0 * (b.mean - a.mean) / scale
            rows.append(Difference("deposit", region, None, a.mean, b.mean, value, error, None, margin))
    events = min(now.events, stored.events)
    verdict = judge(rows, events, float(events), 0.0).verdict if rows else "inconclusive"
    return "inconclusive" if lost and verdict == "pass" else verdict, lost


def _shower(result: Result) -> Showers:
    """Return the kind of shower that the events of a run were; of a file by what was followed or made."""
    particle = result.scenario.settings.get("events", {}).get("particle")
    return shower_of_species(result.steps_by if particle is None else [particle])


def _same(now: str, stored: str, what: str, where: str) -> None:
    if now != stored:
        raise BadInput(
            f"--baseline {where}: {what} differs from the stored one (hash {stored}, now {now}); "
            "store a new record in its place"
        )


def _differences(now: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    names = [machine_name(machine) for machine in (stored, now)]
    return [] if names[0] == names[1] else [f"stored on {names[0]}, now on {names[1]}"]
