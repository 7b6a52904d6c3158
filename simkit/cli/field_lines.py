"""The lines about a magnetic field: what it took of a run, and of both sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simkit.cli.show import number, show_list

if TYPE_CHECKING:
    from simkit.record.field_counts import FieldCounts

BY_STEP, BY_EVENT = "a charged step: ", "an event: "


def show_field(counts: FieldCounts | None) -> None:
    """Print what the field took, where there is one."""
    if counts is None:
        return
    from simkit.record.field_counts import listed

    by_step, by_event = counts.told(lambda value: number(value, 3))
    show_list("field", listed(by_step), BY_STEP)
    if by_event:
        show_list("", listed(by_event), BY_EVENT)


def show_fields(a: FieldCounts | None, b: FieldCounts | None) -> None:
    """Print what the field took of two sides, and the ratios A over B; nothing where neither has one."""
    from simkit.record.field_counts import listed

    name = "field"
    if a is not None and b is not None:
        ratios = {n: number(x / b.by_step[n]) for n, x in a.by_step.items() if n in b.by_step}
        show_list("field A / B", listed(ratios))
        name = ""
    for head, of in ((BY_STEP, "by_step"), (BY_EVENT, "by_event")):
        x, y = ({} if side is None else getattr(side, of) for side in (a, b))
        each = {n: f"{number(x.get(n, 0.0), 3)} -> {number(y.get(n, 0.0), 3)}" for n in {**x, **y}}
        if each:
            show_list(name, listed(each), head)
            name = ""


def show_evaluations(sides: Iterable[tuple[str, FieldCounts | None]]) -> None:
    """Print how often each configuration of a ladder looked up the field; nothing where none did."""
    from simkit.record.field_counts import EVALUATIONS, listed

    told = [
        f"{name} {number(counts.by_step[EVALUATIONS], 3)}" for name, counts in sides if counts is not None
    ]
    if told:
        show_list("field", told, "".join(listed({EVALUATIONS: BY_STEP})))
