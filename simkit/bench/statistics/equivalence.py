"""Did the physics stay the same? Equivalence tests (two one-sided tests) with margins fixed beforehand.

Each observable of B is compared with that of A on the same primaries. A row is inside when the 90 % interval
of its difference lies within +- margin (D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657). All
rows inside: pass; as a pass needs every row, it is wrong in at most 5 % of cases, however many rows there are
(R. L. Berger, Technometrics 24 (1982) 295). A row is outside when its 95 % interval, corrected for the number
of rows (S. Holm, Scand. J. Stat. 6 (1979) 65), lies wholly beyond: fail. Everything else is inconclusive:
more events are needed.

Whoever goes on after a verdict looks again at the same events and more, and each look may err. So each look
is allowed half the errors of the one before: all looks together err in less than twice the 5 % of the first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from scipy import stats

from simkit.bench.statistics.differences import Difference
from simkit.bench.statistics.samples import Floats
from simkit.bench.words import row_name
from simkit.record.equivalence import Equivalence, EquivalenceRow, Kind, PhysicsVerdict
from simkit.speedups.observables import ALL, KILLED, parse_observable

INSIDE_LEVEL = 0.90
OUTSIDE_LEVEL = 0.95
VALUE_UNITS: dict[Kind, str] = {"value": "", "depth": "layers", "punch-through": "of the events"}
NULL_DRAWS = 2000
NEVER = 1000.0  # so many times the units that nobody will run them
SEED = 20240607  # of the draws for the pass probability: the same data give the same verdict


def unseen(observables: Collection[str], rows: Sequence[EquivalenceRow]) -> str:
    """Return in words which of the keys no row of a comparison of programs compares, "" where all are."""
    kinds = {"layers": "layer", "leaked": "leakage"}
    seen = {(row.observable, r) for row in rows for r in (row.region, "", ALL)}
    wanted = {key: parse_observable(key) for key in dict.fromkeys(observables)}
    missing = [
        key
        for key, (kind, region) in wanted.items()
        # What programs give as leakage is what leaves the detector; killed energy is not in it.
        if key == KILLED or (kinds.get(kind, kind), region) not in seen
    ]
    return f"not compared, as not both sides give them: {', '.join(missing)}" if missing else ""


def errors_allowed(level: float, look: int) -> float:
    """Return 1 - `level` for the first look at the verdict, half as much for each further one."""
    return float(np.ldexp(1.0 - level, 1 - look))


def judge(
    rows: Sequence[Difference],
    units: int,
    events: float,
    pass_probability: float,
    look: int = 1,
    timed: Sequence[Difference] = (),
    timed_units: int = 0,
) -> Equivalence:
    """Return the verdict on the differences of `units` independent units amounting to `events` events.

    `pass_probability` goes into the record; see the function of that name. `look` counts the verdicts on
    these events, this one included. `timed` are differences on other events, of `timed_units` units: too few
    to pass, they fail the physics like any row.
    """
    tails = [*_tails(rows, max(units - 1, 1)), *_tails(timed, max(timed_units - 1, 1))]
    beyond = _rejected(tails, look)
    judged = _judged(rows, max(units - 1, 1), beyond[: len(rows)], look)
    beside = _judged(timed, max(timed_units - 1, 1), beyond[len(rows) :], look)
    verdicts = {row.verdict for row in judged}
    overall: PhysicsVerdict = "pass" if verdicts == {"pass"} else "inconclusive"
    failed = [f"{row_name(row)} of the timed events" for row in beside if row.verdict == "fail"]
    if "fail" in verdicts or failed:
        overall = "fail"
    limiting = [] if overall == "pass" else [row_name(row) for row in judged if row.verdict != "pass"]
    return Equivalence(
        verdict=overall,
        rows=judged,
        units=units,
        events=events,
        pass_probability=pass_probability,
        limiting=[*limiting, *failed],
        look=look,
        timed=beside,
    )


def _judged(
    rows: Sequence[Difference], freedom: int, beyond: Sequence[bool], look: int
) -> list[EquivalenceRow]:
    """Return the rows of the record; `beyond`: which lie outside their margins."""
    inside = float(stats.t.isf(errors_allowed(INSIDE_LEVEL, look) / 2.0, freedom))
    shown = float(stats.t.isf((1.0 - INSIDE_LEVEL) / 2.0, freedom))
    judged: list[EquivalenceRow] = []
    for row, outside in zip(rows, beyond):
        margin, unit = row.limit
        # An error without bound (a single unit) is written as a thousand margins: JSON has no infinity.
        error = min(row.error, 1e3 * margin)
        half = shown * error
        verdict: PhysicsVerdict = "inconclusive"
        if outside:
            verdict = "fail"
        elif abs(row.value) + inside * error < margin:
            verdict = "pass"
        judged.append(
            EquivalenceRow(
                observable=row.kind,
                region=row.region,
                layer=row.layer,
                a=row.a,
                b=row.b,
                value_unit=VALUE_UNITS.get(row.kind, "MeV"),
                difference=row.value,
                lo90=row.value - half,
                hi90=row.value + half,
                standard_error=error,
                margin=margin,
                unit=unit,
                verdict=verdict,
                visible=row.visible,
            )
        )
    return judged


def _tails(rows: Sequence[Difference], freedom: int) -> list[float]:
    """Return for each row the probability to lie so far beyond its margin by chance, two-sided."""
    return [
        2.0 * float(stats.t.sf((abs(r.value) - r.limit[0]) / r.error, freedom))
        if r.error > 0.0
        else float(abs(r.value) <= r.limit[0])
        for r in rows
    ]


def _rejected(tails: Sequence[float], look: int) -> list[bool]:
    """Return which rows lie beyond their margins with Holm's correction over all rows."""
    rejected = [False] * len(tails)
    for rank, i in enumerate(sorted(range(len(tails)), key=tails.__getitem__)):
        if tails[i] > errors_allowed(OUTSIDE_LEVEL, look) / (len(tails) - rank):
            break
        rejected[i] = True
    return rejected


def null_excess(rows: Sequence[Difference], units: int, look: int = 1) -> Floats:
    """Return draws of how far two sides without any difference miss passing: below 1 they pass.

    It looks at the errors and their correlations, never at the differences themselves, so that a measurement
    that goes on until it is precise enough favours no verdict. Rows are drawn together from the units'
    influences with normal multipliers; quantiles, which have none, are drawn independently. With k times
    as many units the excess shrinks by the square root of k.
    """
    rng = np.random.default_rng(SEED)
    quantile = float(stats.t.isf(errors_allowed(INSIDE_LEVEL, look) / 2.0, max(units - 1, 1)))
    excess = np.zeros(NULL_DRAWS)
    # Rows far from their margins decide nothing: they need not be drawn.
    close = [r for r in rows if (quantile + 5.0) * r.error > r.limit[0]]
    linear = [r.influence for r in close if r.influence is not None]
    if linear:
        # Sums over groups of units have the same covariance and need far fewer multipliers.
        starts = np.unique(np.linspace(0, units, 500, endpoint=False).astype(np.int64))
        grouped = np.add.reduceat(np.stack(linear), starts, axis=1)
        drawn = np.abs(rng.standard_normal((NULL_DRAWS, len(starts))) @ grouped.T)
    for row in close:
        if math.isinf(row.error):
            return np.full(NULL_DRAWS, NEVER)
        margin = row.limit[0]
        if row.influence is None:
            draw = row.error * np.abs(rng.standard_normal(NULL_DRAWS))
        else:
            draw, drawn = drawn[:, 0], drawn[:, 1:]
        excess = np.maximum(excess, (draw + quantile * row.error) / margin)
    return excess


def pass_probability(excess: Floats) -> float:
    """Return the probability that sides without any difference pass; `excess` from `null_excess`."""
    return float(np.mean(excess < 1.0))


def growth_to_settle(physics: Equivalence, excess: Floats, wanted: float = 0.95) -> float:
    """Return how many times as many units would settle an inconclusive verdict (1: it is settled).

    Enough that sides without a difference pass with probability `wanted`, and that each row with a difference
    that is more than chance (at 95 %, for this many rows) is told to lie inside or outside. At most NEVER.
    """
    if physics.verdict != "inconclusive":
        return 1.0
    times = max(1.0, float(np.quantile(excess, wanted)) ** 2)
    quantile = float(stats.norm.isf(errors_allowed(INSIDE_LEVEL, physics.look) / 2.0) + stats.norm.ppf(0.8))
    chance = float(stats.norm.isf(0.025 / max(len(physics.rows), 1)))
    for row in physics.rows:
        if row.verdict == "inconclusive" and abs(row.difference) > chance * row.standard_error:
            distance = max(abs(row.margin - abs(row.difference)), 1e-3 * row.margin)
            times = max(times, (quantile * row.standard_error / distance) ** 2)
    return min(times, NEVER)
