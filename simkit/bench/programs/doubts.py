"""Why the times of two programs may not be those of the same work: then no speed is declared."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import stats

from simkit.bench.programs.timing import ProgramMeasurement
from simkit.bench.statistics.means import Units

SHORT_S = 0.05  # time of a whole run that may be start-up alone
RUNS = 10  # fewest whose scatter is looked at
FALSE_ALARM = 1e-6  # by chance, of a program whose runs scatter as they should
SCATTER = 1.5  # of the variance; below, it is not worth a word


def doubts(m: ProgramMeasurement, labels: tuple[str, str]) -> list[str]:
    """Return the reasons not to believe the ratio of the times, each with its mend; usually none."""
    found = []
    for i, label in enumerate(labels):
        if i in m.silent:
            found.append(f"{label} does not report how many events it simulated; let it print `events: N`")
        if m.paces[i].uneven:
            found.append(f"{label} {m.paces[i].uneven}")
        found += [f"{label}: {text}" for text in _scatter(m.units[i])]
    if not m.judge.decided:
        found.append(m.judge.why)
    return found + list(_unlike(m, labels))


def _unlike(m: ProgramMeasurement, labels: tuple[str, str]) -> Iterator[str]:
    """Give what is in the time of one side and not in that of the other."""
    whole = [i for i, side in enumerate(m.sides) if side.process == "fresh" and not m.paces[i].apart]
    fixed = [i for i, side in enumerate(m.sides) if not side.counts_events]
    mend = "put {events} into its command line"
    if len(whole) == 1:
        yield f"the time of {labels[whole[0]]} has its start-up in it, the other side's has none; {mend}"
    events = [m.told[i][0].events for i in whole if m.told[i]]
    if len(set(events)) > 1:
        yield (
            f"start-up is in the time of both, and {labels[0]} simulates {events[0]:g} events a run, "
            f"{labels[1]} {events[1]:g}; put {{events}} into both command lines, or give them the same number"
        )
    for i in fixed:
        run_s = float(np.median(m.s_per_event(i, m.judge.clock))) * m.told[i][0].events
        if run_s < SHORT_S:
            yield f"a run of {labels[i]} takes {1e3 * run_s:.2g} ms, which may be start-up alone; {mend}"


def _scatter(units: Units) -> Iterator[str]:
    """Give the regions whose mean scatters over runs by more than their spread over events allows.

    The variance of a mean over n independent events is that of an event over n: an F test of the one between
    runs against the one within. Half of the events that are told make it twice as large. What printing few
    digits adds is allowed for: means are then multiples of one step.
    """
    if len(units) < RUNS:
        return
    n = np.array([unit.events for unit in units])
    for region in units[0].spreads:
        if any(region not in unit.spreads for unit in units):
            continue
        means = np.array([unit.deposits[region] for unit in units])
        within = float(np.sum((n - 1.0) * [unit.spreads[region] ** 2 for unit in units]) / np.sum(n - 1.0))
        between = float(np.sum(n * (means - np.average(means, weights=n)) ** 2) / (len(n) - 1))
        step = np.diff(np.unique(means)).min(initial=math.inf)
        within += float(n.mean()) * step**2 / 4.0 if math.isfinite(step) else 0.0
        share = between / within if within else 0.0
        if share > SCATTER and stats.f.sf(share, len(n) - 1, np.sum(n - 1.0)) < FALSE_ALARM:
            yield (
                f"its runs' mean deposits in {region} scatter {math.sqrt(share):.2g} times as much as its "
                "standard deviation allows; does it simulate as many events as it reports, and is that the "
                "spread over events?"
            )
