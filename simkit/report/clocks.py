"""What an event takes by every clock, and the speedups by it."""

from __future__ import annotations

from simkit.record.comparison import Side
from simkit.record.interval import CLOCK_NAMES, CLOCKS, Clock, Interval
from simkit.report.ladder import ReportedLadder
from simkit.report.numbers import HARD, plain, ratio
from simkit.report.page_parts import Cell, Table, filter_key


def clocks_table(ladder: ReportedLadder) -> list[Table]:
    """Return the table of all measured times; nothing for a record of an earlier version."""
    told = [clock for clock in CLOCKS if any(clock in side.times for side in ladder.sides.values())]
    if not told:
        return []
    factor, unit = ladder.time_unit
    contrasts = [None, *(entry.overall for entry in ladder.entries)]
    rows = []
    for (name, side), contrast in zip(ladder.sides.items(), contrasts):
        ratios = {} if contrast is None else contrast.time_ratios
        rows.append([Cell(name), *(_cell(side, clock, factor, unit, ratios.get(clock)) for clock in told)])
    why = next((entry.own.clock_why for entry in ladder.entries), "")
    return [
        Table(
            f"Times of an event by every clock; below, the speedup against “{ladder.baseline_name}” by that "
            f"clock, with its 95 % interval. Judged by {ladder.time}{f': {why}' if why else ''}.",
            ["configuration", *(CLOCK_NAMES[clock] for clock in told)],
            rows,
            wide=True,
            keys=["", *(filter_key("entry", entry.name) for entry in ladder.entries)],
        )
    ]


def _cell(side: Side, clock: Clock, factor: float, unit: str, over: Interval | None) -> Cell:
    time = side.times.get(clock)
    if time is None:
        return Cell("–")
    note = "× {} ({})".format(*ratio(over.value, over.lo, over.hi)) if over is not None else ""
    return Cell(f"{plain(time.value * factor)}{HARD}{unit}", note)
