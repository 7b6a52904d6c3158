"""When to use QSS, in sentences made of the measured map: what is shown there, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from simkit.bench.steppers.settings import is_quantised
from simkit.bench.words import ratio
from simkit.record.interval import Interval
from simkit.record.stepper_study import StepperCell

NONE_MEASURED = "No QSS stepper was measured, so nothing here says when to use one."


def sentences(cells: Sequence[StepperCell]) -> list[str]:
    """Return when QSS is worth it: against the best other stepper, then against classical RK4."""
    known = [cell for cell in cells if cell.qss_gain is not None]
    if not known:
        missed = any(is_quantised(time.stepper) for cell in cells for time in cell.times)
        return ["No QSS stepper reached the error asked for anywhere." if missed else NONE_MEASURED]
    found = [_advice(known)]
    against = [cell for cell in known if cell.over_classical is not None]
    if against:
        found.append(_classical(against))
    unreached = len(cells) - len(known)
    if unreached:
        found.append(f"In {unreached} of {len(cells)} cases no QSS stepper reached the error asked for.")
    return found


def place_words(cell: StepperCell) -> str:
    """Return where on the map a cell is: "100 boundaries a turn, table field, 0.01 mm, ..."."""
    return f"{cell.crossings:.4g} boundaries a turn, {group_words(cell)}"


def group_words(cell: StepperCell) -> str:
    """Return a cell's field, error and step length."""
    step = "steps of any length" if cell.step_turns is None else f"steps up to {cell.step_turns:g} turns"
    return f"{cell.field} field, {cell.target_mm:g} mm, {step}"


def _advice(known: Sequence[StepperCell]) -> str:
    wins, losses, open_ = _split(known, _gain)
    n = len(known)
    best = max(wins or known, key=lambda cell: _gain(cell).value)
    top = f"{place_words(best)}: {_times(_gain(best))} as fast as {best.best_other}."
    if not wins:
        how = f"slower in {len(losses)}, not settled in {len(open_)}" if open_ else "slower in all of them"
        return (
            "Do not use QSS for speed: at equal end-point error it was faster than the best other stepper in "
            f"none of {n} cases, {how}. It came nearest with {top}"
        )
    if not losses and not open_:
        return f"Use QSS: at equal end-point error it was faster in all {n} cases. It gained most with {top}"
    rest = f"slower in {len(losses)}" + (f", not settled in {len(open_)}" if open_ else "")
    return (
        f"Use QSS {_where(known, _gain)}: at equal end-point error it was faster there than every other "
        f"stepper ({len(wins)} of {n} cases; {rest}). It gained most with {top}"
    )


def _classical(known: Sequence[StepperCell]) -> str:
    wins, losses, open_ = _split(known, _over_classical)
    start = "Against classical RK4 that integrates anew at boundaries, QSS was"
    ends = sorted((_over_classical(cell) for cell in known), key=lambda one: one.value)
    span = f"from {_times(ends[0])} to {_times(ends[-1])} as fast"
    unsettled = f", not settled in {len(open_)}" if open_ else ""
    return (
        f"{start} faster in {len(wins)} and slower in {len(losses)} of {len(known)} cases{unsettled}: {span}."
    )


def _where(known: Sequence[StepperCell], of: Callable[[StepperCell], Interval]) -> str:
    """Return from how many boundaries a turn QSS wins in each group, groups that agree together."""
    groups: dict[tuple[str, float, str], list[StepperCell]] = {}
    for cell in known:
        groups.setdefault((cell.field, cell.target_mm, group_words(cell)), []).append(cell)
    clauses: dict[str, list[tuple[str, float, str]]] = {}
    for group, cells in groups.items():
        ordered = sorted(cells, key=lambda cell: cell.crossings)
        wins = [of(cell).lo > 1.0 for cell in ordered]
        if any(wins):
            clauses.setdefault(_range(ordered, wins), []).append(group)
    if len(clauses) == 1 and len(next(iter(clauses.values()))) == len(groups):
        return next(iter(clauses))
    return ", or ".join(f"{clause} ({'; '.join(_names(won, groups))})" for clause, won in clauses.items())


def _names(some: Sequence[tuple[str, float, str]], groups: Iterable[tuple[str, float, str]]) -> list[str]:
    """Return the names of groups; where all step lengths of a field and an error are there, without them."""
    names: dict[str, None] = {}
    every = list(groups)
    for field, target, words in some:
        steps = [group for group in every if group[:2] == (field, target)]
        whole = len(steps) > 1 and all(group in some for group in steps)
        names[f"{field} field, {target:g} mm" if whole else words] = None
    return list(names)


def _range(ordered: Sequence[StepperCell], won: Sequence[bool]) -> str:
    """Return which of the numbers of boundaries were won: a range where they are one, else a list."""
    first = won.index(True)
    last = len(won) - 1 - list(reversed(won)).index(True)
    low, high = ordered[first].crossings, ordered[last].crossings
    if all(won[first : last + 1]):
        if first == 0 and last == len(won) - 1:
            return "at any number of boundaries"
        if last == len(won) - 1:
            return f"from {low:.4g} boundaries crossed a turn"
        if first == 0:
            return f"up to {high:.4g} boundaries crossed a turn"
        if first == last:
            return f"at {low:.4g} boundaries crossed a turn"
        return f"from {low:.4g} to {high:.4g} boundaries crossed a turn"
    places = [f"{cell.crossings:.4g}" for cell, one in zip(ordered, won) if one]
    return f"at {' and '.join([', '.join(places[:-1]), places[-1]])} boundaries crossed a turn"


def _split(
    known: Sequence[StepperCell], of: Callable[[StepperCell], Interval]
) -> tuple[list[StepperCell], list[StepperCell], list[StepperCell]]:
    wins = [cell for cell in known if of(cell).lo > 1.0]
    losses = [cell for cell in known if of(cell).hi < 1.0]
    return wins, losses, [cell for cell in known if of(cell).lo <= 1.0 <= of(cell).hi]


def _gain(cell: StepperCell) -> Interval:
    assert cell.qss_gain is not None
    return cell.qss_gain


def _over_classical(cell: StepperCell) -> Interval:
    assert cell.over_classical is not None
    return cell.over_classical


def _times(of: Interval) -> str:
    value, ends = ratio(of.value, of.lo, of.hi)
    return f"{value} times ({ends})"
