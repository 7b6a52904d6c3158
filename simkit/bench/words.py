"""Verdicts in words: one sentence each, the same in the terminal, in records and on the page.

A sentence says what was declared and nothing that speaks against it: an effect that is likely but undeclared
is "probably" there, and no smallest detectable effect stands beside "as fast within 1 %".
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from simkit.record.comparison import Merit
from simkit.record.equivalence import Equivalence, EquivalenceRow
from simkit.record.interval import MeasuredSpeedup, SpeedVerdict

FEW_BLOCKS = 20  # with fewer, more blocks are what a verdict wants
FARTHEST = 1000.0  # a ratio, or percent, beyond which a number says nothing any more
UNKNOWN = 999.0  # margins: so large an error stands in a record for one without bound
OF_SUMS = "ratio of the sums of times, as events differ in what they gain; "
ONE_PLACE = (
    "the interval knows one process; in another, with its code elsewhere in memory, sides of different code "
    "come out about 1 % apart"
)
OF_ALL = ("leakage", "invisible", "late", "punch-through")  # observables of no region
ROW_NAMES = {"tail": "95 % quantile", "invisible": "invisible energy", "late": "late energy"}
NOT_YET = "the physics is judged at the campaign's end"


def summary(
    speedup: MeasuredSpeedup, verdict: SpeedVerdict, physics: Equivalence, doubts: Sequence[str] = ()
) -> str:
    """Return one line about both verdicts on B against A."""
    speed = speed_words(speedup, verdict, doubts=doubts)
    return f"{verdict}: B is {speed}; the physics {physics_words(physics)}"


def speed_words(
    speedup: MeasuredSpeedup, verdict: SpeedVerdict, other: str = "A", doubts: Sequence[str] = ()
) -> str:
    """Return what follows "B is": how fast beside `other`, with the interval.

    doubts: reasons not to believe the times, see simkit.record.comparison.Contrast.
    """
    value, ends = ratio(speedup.value, speedup.lo, speedup.hi)
    times, seen = f"{value} times as fast", f"{ends} at {100.0 * speedup.level:g} %"
    if speedup.placements == 1:
        seen += ", in one process"
    few = f"{speedup.blocks} blocks are too few" if speedup.blocks < FEW_BLOCKS else ""
    if doubts:
        return f"{times} as {other} by the clock ({seen}), which is not believed: {'; '.join(doubts)}"
    if verdict == "faster":
        return f"{times} as {other} ({seen})"
    if verdict == "slower":
        return f"slower than {other}, {times} ({seen})"
    if verdict == "no difference seen":
        return f"as fast as {other} within 1 % ({value} times, {seen})"
    if speedup.lo > 1.0 or speedup.hi < 1.0:
        way = "faster" if speedup.lo > 1.0 else "slower"
        why = (
            f"{few} to declare it"
            if few
            else f"not shown at the {100.0 * speedup.sequential_level:g} % of a verdict"
        )
        return f"probably {way} than {other}, {times} ({seen}), but {why}"
    least = percent(speedup.smallest_detectable)
    why = f"{few} to tell" if few else f"a change of less than {least} cannot be seen yet"
    return f"perhaps faster or slower than {other}, {times} ({seen}); {why}"


def placement_words(*speedups: MeasuredSpeedup) -> str:
    """Return how intervals measured together are made: of what, and where the code stands in memory.

    Runs of other programs are processes of their own; records made before code was moved do not tell places.
    """
    places = max((speedup.placements or 0 for speedup in speedups), default=0)
    sums = OF_SUMS if any(speedup.of_sums for speedup in speedups) else ""
    if places == 0:
        return sums.removesuffix("; ")
    if places == 1:
        return sums + ONE_PLACE
    known = [s.between_placements for s in speedups if s.between_placements is not None]
    words = f"{sums}code at {places} places in memory"
    if not known:
        return words
    shift = max(known)
    most = "up to " if len(speedups) > 1 else ""
    effect = f"shift the speedup by {most}{percent(shift, 1)}" if shift > 0.0 else "show no effect on it"
    return f"{words}, which {effect}"


def physics_words(physics: Equivalence) -> str:
    """Return what follows "the physics": the verdict and the observable that decides it."""
    row = deciding_row(physics)
    if physics.not_compared == NOT_YET:
        return NOT_YET.removeprefix("the physics ")
    if row is None:
        return "is not compared"
    if physics.verdict == "pass":
        return "is the same within its margins"
    if physics.not_compared and all(one.verdict == "pass" for one in physics.rows):
        return "is the same within its margins, as far as it is compared"
    value, ends = difference_words(row)
    of, margin = row.unit.removeprefix("%"), f"margin {row.margin:g} %"
    if physics.verdict == "fail":
        return f"differs by more than its margins, most in {row_name(row)} ({value}{of}, {margin})"
    return f"is not settled: too few events to judge {row_name(row)} ({ends}{of}, {margin})"


def merit_words(merit: Merit) -> str:
    """Return a figure of merit with its interval and what it means."""
    # An estimate on a logarithm: each number has digits of its own, as its ends may lie powers of ten apart.
    value, lo, hi = (significant(x) for x in (merit.value, merit.lo, merit.hi))
    reason = f", {merit.reason}" if merit.reason else ""
    return f"{value} ({lo} to {hi} at {100.0 * merit.level:g} %): {merit.verdict}{reason}"


def row_name(row: EquivalenceRow) -> str:
    """Return "layer gap 12", "visible deposit gap", "layer 12, 1 GeV to 10 GeV"; layers count from 1."""
    name = ROW_NAMES.get(row.observable, row.observable)
    if row.observable in OF_ALL:
        return name  # there is one
    layer = "" if row.layer is None else f" {row.layer + 1}"
    if re.fullmatch(r"[\d.,]+ .?eV to [\d.,]+ .?eV", row.region):  # a range of energies
        return f"{name}{layer}, {row.region}"
    return f"{'visible ' * row.visible}{name} {row.region}{layer}"


def difference_words(row: EquivalenceRow) -> tuple[str, str]:
    """Return the difference and its 90 % interval with matching digits: "-0.05 %", "-0.18 to +0.08 %"."""
    if row.standard_error >= UNKNOWN * row.margin:
        return "unknown", "no error known yet"
    places = decimals_for((row.hi90 - row.lo90) / 2.0, lowest=1) if row.hi90 > row.lo90 else 2
    value, low, high = (signed(number, places) for number in (row.difference, row.lo90, row.hi90))
    return f"{value} %", f"{low} to {high} %"


def reach(row: EquivalenceRow) -> float:
    """Return how far the 90 % interval of a row reaches, in margins: it is inside below 1."""
    return max(abs(row.lo90), abs(row.hi90)) / row.margin


def deciding_row(physics: Equivalence) -> EquivalenceRow | None:
    """Return the row that decides the verdict: of those with this verdict, the one farthest out."""
    every = [*physics.rows, *(row for row in physics.timed if row.verdict == "fail")]
    rows = [row for row in every if row.verdict == physics.verdict] or every
    if physics.verdict == "fail":
        return max(rows, key=lambda row: abs(row.difference) / row.margin, default=None)
    return max(rows, key=reach, default=None)


def decimals_for(error: float, lowest: int = 0, highest: int = 5) -> int:
    """Return the decimals that show an error with one digit, with two where the first is 1 or 2."""
    if not 0.0 < error < math.inf:
        return highest
    exponent = math.floor(math.log10(error))
    digits = 2 if error < 3.0 * 10.0**exponent else 1
    return min(max(digits - 1 - exponent, lowest), highest)


def ratio(value: float, lo: float, hi: float) -> tuple[str, str]:
    """Return a ratio and its interval, as precise as the interval; far ends without a number."""
    places = decimals_for((hi - lo) / 2.0, lowest=2)
    ends = [
        f"more than {FARTHEST:,.0f}" if end > FARTHEST and hi > 2.0 * lo else f"{end:,.{places}f}"
        for end in (lo, hi)
    ]
    return f"{value:,.{places}f}", " to ".join(ends)


def significant(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, never with an exponent; far ones without a number."""
    if value > FARTHEST:
        return f"more than {FARTHEST:,.0f}"
    decimals = digits - 1 - math.floor(math.log10(value)) if value > 0.0 else 0
    return f"{value:.{min(max(decimals, 0), 5)}f}"


def amount(number: float) -> str:
    """Return a large number of things with three digits: "640", "66.4 k", "158 M"."""
    size, unit = next(
        ((size, unit) for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")) if number >= size), (1, "")
    )
    value = number / size
    return f"{value:.{2 - min(math.floor(math.log10(value)), 2) if unit else 0}f}{unit}"


def percent(fraction: float, digits: int = 2) -> str:
    """Return a fraction as percent with `digits` significant digits, never with an exponent."""
    value = 100.0 * fraction
    if abs(value) > FARTHEST:
        return f"more than {FARTHEST:.0f} %"
    decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{min(max(decimals, 0), 4)}f} %"


def duration(seconds: float) -> str:
    """Return a time for people, with two or three digits: "45 s", "3.5 min", "2.0 h"."""
    unit, size = ("s", 1.0) if seconds < 120.0 else ("min", 60.0) if seconds < 7200.0 else ("h", 3600.0)
    value = seconds / size
    return f"{value:,.{1 if value < 10.0 else 0}f} {unit}"


def signed(value: float, places: int) -> str:
    """Return a number with its sign and `places` decimals; what rounds to zero has none."""
    rounded = round(value, places) + 0.0
    return f"{rounded:+,.{places}f}" if rounded else f"{0.0:.{places}f}"
