"""The table that says why: fewer steps, cheaper steps, fewer instructions, less energy."""

from __future__ import annotations

from collections.abc import Mapping

from simkit.record.comparison import Attribution, Side
from simkit.record.families import ratio_by_family
from simkit.record.field_counts import EVALUATIONS, FieldCounts
from simkit.report.answer import speedup_cell
from simkit.report.ladder import ReportedLadder, ReportedRung
from simkit.report.numbers import HARD, count, percent, plain, ratio
from simkit.report.page_parts import Cell, Table, filter_key

NOTHING = ("–", "0 → 0")
COUNTED = "Instructions: in user space, before over after, with its 95 % interval; M: million per event. "
FIELD = "Field evaluations: per charged step, before over after. "
WORDS = ("secondaries ratio", "most time saved", "most steps saved")


def why_table(ladder: ReportedLadder) -> Table:
    """Return the attribution of every speedup to fewer steps and to cheaper steps."""
    why = [entry.own.attribution for entry in ladder.entries]
    columns: dict[str, list[Cell]] = {
        "": [Cell(entry.effect, entry.context) for entry in ladder.entries],
        "speedup": [speedup_cell(entry.own.speedup) for entry in ladder.entries],
        "from fewer steps": [_factor(one.steps_ratio) for one in why],
        "from cheaper steps": [_factor(one.time_per_step_ratio) for one in why],
        "instructions": [instructions_cell(one) for one in why],
        "energy": [_energy(entry.before, entry.after) for entry in ladder.entries],
        "field evaluations": [
            _field(entry.before.field_counts, entry.after.field_counts) for entry in ladder.entries
        ],
        "ns per step": [Cell(f"{plain(o.ns_per_step_a, 3)} → {plain(o.ns_per_step_b, 3)}") for o in why],
        "secondaries ratio": [_secondaries_cell(entry) for entry in ladder.entries],
        "most time saved": [_largest(one.time_saved_by, "the CPU time", "saved", "added") for one in why],
        "most steps saved": [_largest(one.share_by, "all steps", "fewer", "more") for one in why],
        "virtual collisions": [
            Cell(f"{_virtual(entry.before)} → {_virtual(entry.after)}") for entry in ladder.entries
        ],
    }
    columns = {name: of for name, of in columns.items() if any(cell.text not in NOTHING for cell in of)}
    words = [i for i, name in enumerate(columns) if name in WORDS]
    # Programs do not tell the world's.
    told = all(side.steps_by for side in ladder.sides.values())
    which = "all steps, the world's too" if told else "the detector's steps"
    counted = COUNTED if "instructions" in columns else ""
    if "field evaluations" in columns:
        counted += FIELD
    return Table(
        f"{counted}Speedup = ratio of the steps × ratio of the times per step, before over after, over "
        f"{which}. Steps, secondaries and virtual collisions are per event.",
        list(columns),
        [list(row) for row in zip(*columns.values())],
        words=words,
        wide=True,
        keys=[filter_key("entry", entry.name) for entry in ladder.entries],
    )


def _factor(value: float | None) -> Cell:
    return Cell("–" if value is None else f"× {plain(value)}")


def instructions_cell(why: Attribution) -> Cell:
    """Return the ratio of the instructions, how many they are (millions per event), and what counted them."""
    counted = why.instructions
    if counted is None:
        return Cell("–")
    sides = (counted.a, counted.b)
    each = " → ".join("not counted" if s is None else plain(s.per_event / 1e6) for s in sides)
    source = ", ".join(dict.fromkeys(s.source for s in sides if s is not None))
    detail = "; ".join(text for text in (source, counted.not_counted) if text)
    if counted.ratio is None:
        return Cell(f"{each}{HARD}M", detail=detail)
    value, interval = ratio(counted.ratio.value, counted.ratio.lo, counted.ratio.hi)
    return Cell(f"× {value}", f"{interval}, {each}{HARD}M", detail=detail)


def _field(before: FieldCounts | None, after: FieldCounts | None) -> Cell:
    """Return the ratio of the evaluations of the field per charged step, and how many they are."""
    a, b = (0.0 if counts is None else counts.by_step[EVALUATIONS] for counts in (before, after))
    each = f"{plain(a, 3)} → {plain(b, 3)}"
    return Cell(f"× {plain(a / b)}", each) if a and b else Cell(each)


def _energy(before: Side, after: Side) -> Cell:
    """Return the energy of an event on both sides, by the first source that tells it for both."""
    used = [side.energy_used.parts[:1] if side.energy_used else [] for side in (before, after)]
    if not all(used):
        return Cell("–")
    (a,), (b,) = used
    return Cell(
        f"{plain(a.joules_per_event)} → {plain(b.joules_per_event)}{HARD}J", a.source, detail=a.covers
    )


def _secondaries_cell(entry: ReportedRung) -> Cell:
    sides = (entry.before.secondaries_per_event, entry.after.secondaries_per_event)
    ratios = ratio_by_family(*sides, entry.own.secondaries_ratio)
    words = [f"{particle}{HARD}{plain(value, 3)}" for particle, value in ratios.items()]
    return Cell(words[0], ", ".join(words[1:])) if words else Cell("–")


def _virtual(side: Side) -> str:
    return count(side.counters_per_event.get("virtual_collisions", 0.0))


def _largest(by: Mapping[str, Mapping[str, float]], whole: str, less: str, more: str) -> Cell:
    """Return the particle and region with the largest share of `whole`, in either direction."""
    shares = [(x, f"{p} in {region}") for p, of in by.items() for region, x in of.items()]
    if not shares:
        return Cell("–")
    share, place = max(shares, key=lambda pair: abs(pair[0]))
    if abs(share) < 5e-4:
        return Cell("none")
    return Cell(place, f"{percent(abs(share))} of {whole} {less if share > 0 else more}")
