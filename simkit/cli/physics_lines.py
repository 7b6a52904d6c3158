"""The lines of a verdict on physics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkit.cli.show import coloured, console, number, plain, table

if TYPE_CHECKING:
    from simkit.record.equivalence import Equivalence


def show_physics(physics: Equivalence) -> None:
    """Print the equivalence test; of a profile's layers only those that decide."""
    from simkit.bench.words import row_name

    out = console()
    if not physics.rows:
        out.print("physics: inconclusive, nothing can be compared")
        out.print(physics.not_compared, markup=False)
        return
    rows = [
        (
            plain(row_name(row)),
            *(f"{number(x, 5)} {row.value_unit}".rstrip() for x in (row.a, row.b)),
            f"{row.difference:+.3f}",
            f"{row.lo90:+.3f} to {row.hi90:+.3f}",
            f"+-{row.margin:g} {row.unit}",
            coloured(row.verdict),
        )
        for row in physics.rows
        if row.layer is None
    ]
    layers = [row for row in physics.rows if row.layer is not None]
    whole = physics.events == round(physics.events)
    events = f"{physics.events:,.0f}" if whole else number(physics.events)
    columns = ("observable", "A", "B", "B - A", "90 %", "margin", "verdict")
    title = f"physics: {coloured(physics.verdict)}, {events} events a side"
    out.print(table(title, columns, rows, ("margin",)))
    if layers:
        counts = {v: sum(row.verdict == v for row in layers) for v in ("pass", "fail", "inconclusive")}
        worst = max(layers, key=lambda row: max(abs(row.lo90), abs(row.hi90)) / row.margin)
        out.print(
            f"layers: {', '.join(f'{n} {v}' for v, n in counts.items())}; nearest to its margin is layer "
            f"{(worst.layer or 0) + 1} of {plain(worst.region)},\n"
            f"{worst.lo90:+.2f} to {worst.hi90:+.2f} {worst.unit} (margin +-{worst.margin:g})"
        )
    for note in physics.notes:
        out.print(note, markup=False)
    if physics.verdict == "inconclusive":
        out.print(f"two equal sides would have passed {100 * physics.pass_probability:.0f} % of the time")
