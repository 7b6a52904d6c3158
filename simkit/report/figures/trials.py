"""Comparisons with a known answer, each with its interval: sorted within their kind, coloured by verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simkit.report.figures import style
from simkit.report.numbers import label
from simkit.report.page_parts import Figure

LINE = 1.7  # pixels a comparison
HEADING = 15.0  # comparisons that a heading takes the room of
Trial = Mapping[str, Any]


@dataclass(frozen=True)
class TrialFigure:
    """What is shown of the trials: names of the columns, colours of the verdicts, first that of most."""

    name: str
    title: str
    caption: str
    axis: str
    value: str
    lo: str
    hi: str
    verdict: str
    colours: Mapping[str, str]
    span: tuple[float, float]


SPEED = TrialFigure(
    "trust-speed",
    "Speedups found",
    "Each line is the 95 % interval of one comparison, sorted by the speedup found; one in twenty may miss "
    "the truth. Faster or slower is declared by a wider interval, valid however often one looks. Lines may "
    "run out of the figure.",
    "speedup found",
    *("ratio", "lo", "hi", "verdict"),
    {
        "no difference seen": style.MARKS["pass"],
        "inconclusive": style.REFERENCE,
        "slower": style.ACCENT,
        "faster": style.CLAIM,
    },
    (0.93, 1.07),
)
PHYSICS = TrialFigure(
    "trust-physics",
    "Shifts of a deposit found",
    "Each line is the 90 % interval of one comparison, sorted by the difference of the deposit; its margin "
    "is shaded. The verdict is on all observables together. Lines may run out of the figure.",
    "difference of the deposit (%)",
    *("difference", "lo90", "hi90", "physics"),
    {
        "pass": style.MARKS["pass"],
        "inconclusive": style.REFERENCE,
        "fail": style.ACCENT,
    },
    (-1.5, 1.5),
)


def trials_figure(
    what: TrialFigure, trials: Mapping[str, Sequence[Trial]], margin: float | None = None
) -> Figure:
    """Return the intervals of `trials`, by kind; `margin` is shaded around no difference."""
    listed = {
        kind: sorted((one for one in of if one[what.value] is not None), key=lambda one: one[what.value])
        for kind, of in trials.items()
    }
    places: list[tuple[float, Trial]] = []
    position = 0.0
    headings = []
    for kind, of in listed.items():
        headings.append((f"{len(of)} × {label(kind)}", position + HEADING / 2.0))
        places += [(position + HEADING + i, one) for i, one in enumerate(of)]
        position += HEADING + len(of) + 4.0
    plot = style.new_figure(LINE * position)
    for verdict, colour in what.colours.items():
        _lines(plot, what, verdict, colour, [(at, one) for at, one in places if one[what.verdict] == verdict])
    for text, at in headings:
        style.heading(plot, text, at)
    if margin is not None:
        style.band(plot, -margin, margin, style.MARGIN)
    style.rule(plot, 0.0 if margin is not None else 1.0)
    plot.update_yaxes(range=[position, 0.0], showticklabels=False, showgrid=False, fixedrange=True)
    plot.update_xaxes(title_text=what.axis, range=list(what.span))
    plot.update_layout(legend={"itemsizing": "constant"})
    columns = list(dict.fromkeys(key for of in trials.values() for one in of for key in one))
    rows = [[kind, *(one.get(key) for key in columns)] for kind, of in trials.items() for one in of]
    return Figure(what.name, what.title, what.caption, plot, ("comparison", *columns), rows)


def _lines(
    plot: style.go.Figure, what: TrialFigure, verdict: str, colour: str, places: Sequence[tuple[float, Trial]]
) -> None:
    """Draw intervals as one broken line, and their middles as points with the texts."""
    if not places:
        return
    gap: list[float | None] = [None]
    plot.add_scatter(
        x=[x for _, one in places for x in (one[what.lo], one[what.hi], None)],
        y=[y for at, _ in places for y in [at, at, *gap]],
        mode="lines",
        line={"color": colour, "width": 1},
        opacity=0.55,
        hoverinfo="skip",
        legendgroup=verdict,
        showlegend=False,
    )
    plot.add_scatter(
        x=[one[what.value] for _, one in places],
        y=[at for at, _ in places],
        mode="markers",
        marker={"color": colour, "size": 3.5},
        name=verdict,
        legendgroup=verdict,
        text=[f"{one[what.value]:.4g} ({one[what.lo]:.4g} to {one[what.hi]:.4g})" for _, one in places],
        hovertemplate="%{text}<extra></extra>",
    )
