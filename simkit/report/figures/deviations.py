"""Every figure of a validation in units of what is allowed, a strip a check."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.record.validation import ValidationRow
from simkit.report.figures import style
from simkit.report.numbers import energy_words, label, plain, signed
from simkit.report.page_parts import Figure, filter_key

SHOWN = 1.5  # what lies beyond is drawn at the edge
SYMBOLS = {"pass": "circle", "disputed": "diamond-open", "fail": "x-thin"}
_GOLDEN = 0.618034  # spreads the points of a strip evenly, the same at every drawing


def deviations_figure(titles: dict[str, str], rows: Sequence[ValidationRow]) -> Figure:
    """Return all rows; `titles` are the names of the checks, in their order."""
    plot = style.new_figure(30 * len(titles))
    places = {check: number for number, check in enumerate(titles)}
    for verdict in ("pass", "disputed", "fail"):
        of = [(i, row) for i, row in enumerate(rows) if row.verdict == verdict]
        if not of:
            continue
        value = [min(max(row.deviation / row.tolerance, -SHOWN), SHOWN) for _, row in of]
        colour = style.MARKS[verdict]
        symbol = SYMBOLS[verdict]
        plot.add_scatter(
            x=value,
            y=[places[row.check] + 0.66 * ((i * _GOLDEN) % 1.0 - 0.5) for i, row in of],
            mode="markers",
            name=verdict,
            marker={
                "color": colour,
                "size": 4 if verdict == "pass" else 9,
                "opacity": 0.55 if verdict == "pass" else 1.0,
                "symbol": [_at_edge(x) or symbol for x in value],
                "line": {"width": 0 if verdict == "pass" else 2, "color": colour},
            },
            text=[_words(row) for _, row in of],
            hovertemplate="%{text}<extra></extra>",
        )
    style.band(plot, -1.0, 1.0, style.MARGIN)
    style.rule(plot, 0.0)
    plot.update_yaxes(**style.names_axis([label(title) for title in titles.values()]))
    plot.update_xaxes(title_text="deviation / allowed", range=[-SHOWN - 0.1, SHOWN + 0.1], dtick=0.5)
    return Figure(
        "deviations",
        "Every figure in units of what is allowed",
        "A point a reference figure; those in the shaded band pass. Triangles lie outside of the figure.",
        plot,
        ("check", "quantity", "particle", "material", "energy_MeV", "conditions", "ours", "reference", "unit",
         "source", "deviation", "allowed", "measure", "standard_error_percent", "verdict", "note"),
        [[r.check, r.quantity, r.particle, r.material, r.energy_MeV, r.conditions, r.ours, r.reference,
          r.unit, r.source, r.deviation, r.tolerance, r.measure, r.standard_error, r.verdict, r.note]
         for r in rows],
        style.spans([filter_key("check", title) for title in titles.values()]),
    )  # fmt: skip


def _at_edge(x: float) -> str:
    return "triangle-right" if x == SHOWN else "triangle-left" if x == -SHOWN else ""


def _words(row: ValidationRow) -> str:
    parts = [row.quantity, row.material, energy_words(row.energy_MeV), row.conditions]
    where = ", ".join(filter(None, parts))
    unit = "%" if row.measure == "%" else "standard errors"
    return (
        f"{label(where)}<br>{signed(row.deviation, 2)} {unit} of {label(row.source)}, "
        f"allowed ± {plain(row.tolerance, 3)}"
    )
