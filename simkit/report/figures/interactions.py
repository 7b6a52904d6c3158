"""Interactions of speedups: what is gained with the others there over what is gained without them."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.record.campaign import Interaction
from simkit.report.figures import style
from simkit.report.numbers import ratio, wrapped
from simkit.report.page_parts import Figure

COLUMNS = (
    *("speedup", "kind", "expected", "expected_lo", "expected_hi", "found", "found_lo", "found_hi"),
    *("interaction", "lo", "hi", "level", "smallest_detectable", "verdict"),
)


def interactions_figure(found: Sequence[Interaction], names: Sequence[str], keys: Sequence[str]) -> Figure:
    """Return the ratios with their intervals; `names` are the lines of the list, `keys` their filters."""
    ratios = [one.ratio for one in found]
    value = [r.value for r in ratios]
    plot = style.new_figure(1.3 * style.ROW * len(found), legend=False)
    plot.add_scatter(
        x=value,
        y=list(range(len(found))),
        error_x=style.error_bars([r.lo for r in ratios], value, [r.hi for r in ratios], style.ACCENT),
        mode="markers",
        marker={"color": style.ACCENT, "size": 9},
        text=["{} ({})".format(*ratio(r.value, r.lo, r.hi)) for r in ratios],
        hovertemplate="%{text}<extra></extra>",
    )
    style.rule(plot, 1.0)
    plot.update_yaxes(**style.names_axis([wrapped(name) for name in names]))
    ends = [1.0, *(max(r.lo, r.value / 2.0) for r in ratios), *(min(r.hi, r.value * 2.0) for r in ratios)]
    room = 0.06 * max(max(ends) - min(ends), 0.02)
    plot.update_xaxes(title_text="interaction", range=[min(ends) - room, max(ends) + room])
    intervals = [(one, part) for one in found for part in (one.expected, one.found, one.ratio)]
    rows = [
        [
            *(one.name, one.kind),
            *(x for whose, part in intervals if whose is one for x in (part.value, part.lo, part.hi)),
            *(one.ratio.level, one.smallest_detectable, one.verdict),
        ]
        for one in found
    ]
    return Figure(
        "interactions",
        "Interactions",
        "Points with 95 % intervals, formed from the same rounds. At 1 the gains multiply; left of it the "
        "same time is partly saved twice, right of it one helps the other.",
        plot,
        COLUMNS,
        rows,
        style.spans(list(keys)),
    )
