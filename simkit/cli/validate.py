"""`simkit validate`: physics against embedded reference figures."""

from __future__ import annotations

from typing import Annotated

import typer

from simkit.cli.options import Json
from simkit.cli.show import VERDICT_COLOURS, console, number, progress, table


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False, help="Checks; all of them.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Compare cross sections, losses, ranges, thresholds and showers with figures from outside."""
    from simkit.validation import run_validation

    with progress("showers", None) as advance:
        result = run_validation(names or (), advance)
    if as_json:
        print(result.to_json())
        return result.exit_code
    rows = [
        (
            f"{row.quantity} {row.particle}".strip(),
            row.material,
            "" if row.energy_MeV is None else f"{row.energy_MeV:g}",
            number(row.ours, 5),
            number(row.reference, 5),
            row.unit,
            f"{row.deviation_percent:+.2f} %",
            f"{row.tolerance_percent:g} %",
            f"[{VERDICT_COLOURS[row.verdict]}]{row.verdict}[/]",
        )
        for row in result.rows
    ]
    columns = ("quantity", "material", "MeV", "ours", "reference", "unit", "deviation", "allowed", "verdict")
    out = console()
    out.print(table("", columns, rows))
    counts = {v: sum(row.verdict == v for row in result.rows) for v in ("pass", "fail", "inconclusive")}
    out.print(", ".join(f"{n} {v}" for v, n in counts.items()))
    for source in dict.fromkeys(row.source for row in result.rows):
        out.print(f"source: {source}", markup=False)
    return result.exit_code
