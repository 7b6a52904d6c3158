"""The answer: the sentence and the table that open the page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simkit.bench.words import physics_words, speed_words
from simkit.record.comparison import Contrast
from simkit.record.equivalence import Equivalence
from simkit.record.interval import MeasuredSpeedup
from simkit.record.provenance import Apart
from simkit.report.ladder import ReportedLadder, ReportedRung
from simkit.report.numbers import HARD, count, duration, measured, percent, plain, ratio, typeset
from simkit.report.observables import deciding_row, difference_words, reach, row_name
from simkit.report.page_parts import VERDICT_MARKS, Cell, Fold, Mark, Table, filter_key, verdict_cell

LONG = 12  # keys that two sides differ in: more are folded


def headline(ladder: ReportedLadder) -> tuple[str, Mark]:
    """Return the answer in one sentence and its mark."""
    if not ladder.entries:
        return ladder.unfinished, "open"
    if ladder.cumulative or len(ladder.entries) == 1:
        last = ladder.entries[-1]
        overall = last.overall
        n = len(ladder.entries)
        who, are = (last.name, "is") if n == 1 else (f"All {n} rungs together", "are")
        effect = _effect(overall, _other(ladder))
        text, mark = f"{who} {are} {effect}. {physics_sentence(overall.physics)}", _mark(overall)
        failing = [entry.name for entry in ladder.entries if entry.own.physics.verdict == "fail"]
        if failing and overall.physics.verdict != "fail":
            text, mark = f"{text} That of {', '.join(failing)} differs from the rung before.", "bad"
        return text, mark
    if ladder.with_all:
        return _headline_with_all(ladder)
    faster = [e for e in ladder.entries if e.own.verdict == "faster"]
    if not faster:
        return f"None of the {len(ladder.entries)} rungs is shown to be faster than the baseline.", "even"
    best = max(faster, key=lambda entry: entry.own.speedup.value)
    same = sum(entry.own.physics.verdict == "pass" for entry in faster)
    text = f"{len(faster)} of {len(ladder.entries)} rungs are faster than the baseline, {same or 'none'} of "
    text += f"them with the physics unchanged. The largest effect: {best.name} is "
    return f"{text}{_effect(best.own, _other(ladder))}. {physics_sentence(best.own.physics)}", _mark(best.own)


def _headline_with_all(ladder: ReportedLadder) -> tuple[str, Mark]:
    """Return what all gain together, and which is worth most on top of the others."""
    whole, *others = ladder.entries
    on_top = [entry for entry in others if entry.total is not None]
    text = f"All {len(on_top)} speedups together are {_effect(whole.own, _other(ladder))}. "
    text += physics_sentence(whole.own.physics)
    faster = [entry for entry in on_top if entry.own.verdict == "faster"]
    if faster:
        best = max(faster, key=lambda entry: entry.own.speedup.value)
        speedup = best.own.speedup
        value, interval = ratio(speedup.value, speedup.lo, speedup.hi)
        text += f" Taken out of them, {best.effect} would cost most: × {value} ({interval})."
    return text, _mark(whole.own)


def _other(ladder: ReportedLadder) -> str:
    """Return what entries are compared with, for a sentence."""
    return "the baseline" if ladder.baseline_throughput else ladder.baseline_name


def _effect(contrast: Contrast, other: str) -> str:
    """Return what follows "it is": how much faster than the other, with the interval."""
    return typeset(speed_words(contrast.speedup, contrast.verdict, other, contrast.doubts))


def _level(speedup: MeasuredSpeedup) -> str:
    return f"{100.0 * speedup.level:g} %"


def physics_sentence(physics: Equivalence) -> str:
    """Return the verdict on physics as a sentence, with the observable that decides it."""
    return typeset(f"The physics {physics_words(physics)}.")


def _mark(contrast: Contrast) -> Mark:
    """Return the mark of both verdicts together: differing physics goes before everything."""
    marks = (VERDICT_MARKS[contrast.physics.verdict], VERDICT_MARKS[contrast.verdict])
    for mark in ("bad", "open", "even"):
        if mark in marks:
            return mark
    return "good"


def speedup_cell(speedup: MeasuredSpeedup) -> Cell:
    """Return a speedup over its interval."""
    return Cell(*ratio(speedup.value, speedup.lo, speedup.hi), strong=True)


def answer_table(ladder: ReportedLadder) -> Table:
    """Return the opening table: one row an entry, everything that decides about it."""
    totals = ladder.cumulative and any(entry.total for entry in ladder.entries)
    columns = [
        "rung" if ladder.baseline_throughput else "configuration",
        "speedup",
        "published",
        "steps ratio",
    ]
    columns += ["physics", "verdict", "smallest detectable"]
    if totals:
        columns.insert(2, "since baseline")
    claimed = any(entry.published.text for entry in ladder.entries)
    if not claimed:
        columns.remove("published")
    rows = [_baseline_row(ladder, len(columns))]
    for entry in ladder.entries:
        row = [
            _name_cell(entry),
            speedup_cell(entry.own.speedup),
            *([_published_cell(entry)] if claimed else []),
            _steps_cell(entry),
            physics_cell(entry.own.physics),
            verdict_cell(entry.own.verdict, _to_settle(entry.own)),
            _detectable_cell(entry.own),
        ]
        if totals:
            row.insert(2, _total_cell(entry))
        rows.append(row)
    words = [
        i for i, name in enumerate(columns) if name in ("published", "steps ratio", "physics", "verdict")
    ]
    level = _level(ladder.entries[0].own.speedup)
    counters = [side.counters_per_event for side in ladder.sides.values()]
    virtual = ""
    if any(by.get("virtual_collisions") for by in counters):
        virtual = "Virtual: tentative (Woodcock) collisions per event, not counted as steps. "
    before = "the rung before" if ladder.cumulative else "the baseline"
    caption = f"Speedup: {ladder.time} of {before} over that of the rung, with its {level} interval. "
    if ladder.with_all:
        caption += (
            f"On top of all others: {ladder.time} with all but this one over that with all, which is what "
        )
        caption += "is lost when it is taken out. "
    if not ladder.baseline_throughput:
        times = f"{ladder.baseline_name} over that of {ladder.entries[0].name}"
        caption = f"Speedup: {ladder.time} of {times}, with its {level} interval. "
    return Table(
        f"{caption}Steps ratio: before over after, above 1 when fewer are needed. {virtual}Smallest "
        f"detectable: the change of {ladder.time} that would have been declared.",
        columns,
        rows,
        words,
        wide=True,
        keys=["", *(filter_key("entry", entry.name) for entry in ladder.entries)],
    )


def _detectable_cell(contrast: Contrast) -> Cell:
    """Return the change that would have been declared; a verdict of "no difference" says more."""
    if contrast.verdict == "no difference seen":
        return Cell("–", f"within 1{HARD}%")
    return Cell(percent(contrast.speedup.smallest_detectable))


def apart_table(differ_in: Sequence[Apart], names: tuple[str, str]) -> list[Table | Fold]:
    """Return what two sides differ in, folded where it is long; nothing where they do not."""
    rows = [[Cell(one.key), Cell(one.a), Cell(one.b)] for one in differ_in]
    table = Table("What the two sides differ in.", ["", *names], rows, words=[1, 2], wide=True)
    if len(rows) > LONG:
        return [Fold(Cell(f"What the two sides differ in: {len(rows)} keys"), [table])]
    return [table] if rows else []


def _baseline_row(ladder: ReportedLadder, columns: int) -> list[Cell]:
    side = ladder.baseline
    cost = ladder.cost(side)
    factor, unit = ladder.time_unit
    value, half = measured(cost.value * factor, cost.lo * factor, cost.hi * factor)
    first = Cell(ladder.baseline_name, f"{value} {half} {unit} {ladder.time.removesuffix(' time')} per event")
    return [first, Cell("1"), *[Cell("")] * (columns - 2)]


def _name_cell(entry: ReportedRung) -> Cell:
    """Return what the entry's own contrast is about."""
    adds = ""
    if list(entry.adds) not in ([], [entry.effect]):  # with room for a line to break between parameters
        adds = "adds " + ", ".join(text.replace(":", ": ").replace(",", ", ") for text in entry.adds)
    return Cell(entry.effect, entry.context or adds, detail=adds if entry.context else "")


def _published_cell(entry: ReportedRung) -> Cell:
    claim = entry.published
    if not claim.text:
        return Cell("–")
    if claim.speedup is None and len(entry.adds) > 1:
        return Cell("not together", "each alone: see the claims in full")
    if claim.speedup is None:
        return Cell("no number", _first_clause(claim.text))
    low, high = (f"{end:.2f}" for end in claim.speedup)
    return Cell(low if low == high else f"{low} to {high}", _first_clause(claim.text))


def _first_clause(text: str) -> str:
    return re.split(r"[,;:(]", text)[0].strip()


def _steps_cell(entry: ReportedRung) -> Cell:
    steps = entry.own.steps_ratio
    others = {"charged": steps.charged, **steps.others}
    virtual = entry.after.counters_per_event.get("virtual_collisions", 0.0)
    return Cell(
        f"gamma{HARD}{plain(steps.gamma, 3)}",
        ", ".join(f"{name}{HARD}{plain(ratio, 3)}" for name, ratio in others.items()),
        detail=f"virtual{HARD}{count(virtual)}" if virtual else "",
    )


def physics_cell(physics: Equivalence) -> Cell:
    """Return the verdict on physics with what decides it: the row that reaches farthest into its margin."""
    row = deciding_row(physics)
    if row is None:
        return verdict_cell(physics.verdict, "nothing observed")
    name = row_name(row)
    if physics.verdict == "pass":
        return verdict_cell("pass", f"{percent(reach(row))} of the margin", name)
    difference, interval = difference_words(row)
    return verdict_cell(
        physics.verdict, f"{name}: {difference}", f"{interval}, margin ±{HARD}{row.margin:g}{HARD}%"
    )


def _to_settle(contrast: Contrast) -> str:
    """Return the budget that would settle both verdicts, and which of them needs it."""
    if not contrast.to_settle_s:
        return ""
    who = "needs" if contrast.verdict == "inconclusive" else "physics needs"
    return f"{who} {duration(contrast.to_settle_s)}"


def _total_cell(entry: ReportedRung) -> Cell:
    speedup = entry.overall.speedup
    value, interval = ratio(speedup.value, speedup.lo, speedup.hi)
    return Cell(value, interval, strong=True, detail=f"physics: {entry.overall.physics.verdict}")


def claims_fold(ladder: ReportedLadder) -> list[Fold]:
    """Return the published claims in full with their sources; nothing where nothing is claimed."""
    claims = {entry.effect: entry.published for entry in ladder.entries if entry.published.text}
    rows = [
        [Cell(name), Cell(claim.text), Cell(claim.source or "the ladder")] for name, claim in claims.items()
    ]
    if not rows:
        return []
    caption = "A saving of 10 % of the CPU time is a speedup of 1 / 0.9 = 1.11."
    table = Table(caption, ["rung", "claim", "source"], rows, words=[1, 2], wide=True)
    return [Fold(Cell("Published claims in full"), [table])]
