"""What all figures share: colours by name, axes, lists of bars with headings.

Colours are CSS custom properties (`var(--...)`), defined for light and dark in the page's style sheet; the
page's script puts their values in when it draws, and draws again when the reader's scheme changes.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from simkit.report.page_parts import Span

INK = "var(--ink)"
MUTED = "var(--muted)"
LINE = "var(--line)"
BAND = "var(--band)"
MARGIN = "var(--margin)"
CLAIM = "var(--claim)"
ACCENT = "var(--accent)"
REFERENCE = "var(--reference)"
NOTHING = "rgba(0,0,0,0)"
SERIES = tuple(f"var(--series-{i})" for i in range(1, 9))
MARKS = {
    "pass": "var(--good)",
    "fail": "var(--bad)",
    "inconclusive": "var(--open)",
    "disputed": "var(--open)",
}

ROW = 34  # pixels a line of a list of points
BAR = 20  # pixels a bar of a list of bars


def series(index: int) -> str:
    """Return the colour of the category `index`, of at most len(SERIES)."""
    return SERIES[index]


def new_figure(height: float, *, legend: bool = True) -> go.Figure:
    """Return an empty figure whose plot is `height` pixels high; legend and axis come on top."""
    top, below = (36, 48) if legend else (8, 48)
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=int(height) + top + below,
        margin={"l": 8, "r": 16, "t": top, "b": below},
        paper_bgcolor=NOTHING,
        plot_bgcolor=NOTHING,
        font={"size": 13, "color": INK},
        hoverlabel={"font": {"size": 13}, "align": "left"},
        showlegend=legend,
        legend={
            "orientation": "h",
            "traceorder": "normal",
            "x": 0,
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "xanchor": "left",
            "maxheight": 400,  # the page's script makes room for it above the plot
            "font": {"size": 13},
        },
    )
    figure.update_xaxes(**axis())
    figure.update_yaxes(**axis())
    return figure


def axis(**more: Any) -> dict[str, Any]:
    """Return the look of an axis."""
    look = {
        "automargin": True,
        "gridcolor": LINE,
        "linecolor": MUTED,
        "zeroline": False,
        "tickfont": {"size": 12, "color": MUTED},
        "title": {"font": {"size": 13, "color": MUTED}, "standoff": 8},
    }
    title = more.pop("title", None)
    if title is not None:
        look["title"] = {**look["title"], "text": title}  # type: ignore[dict-item]
    return {**look, **more}


def names_axis(names: list[str]) -> dict[str, Any]:
    """Return a vertical axis of names, the first on top, at positions 0, 1, 2..."""
    return axis(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        tickfont={"size": 13, "color": INK},
        fixedrange=True,
    )


def spans(keys: list[str]) -> list[Span]:
    """Return the spans of a list with a line a key; a line without a key stays."""
    return [Span(i - 0.5, i + 0.5, key) for i, key in enumerate(keys) if key]


def bar_text(figure: go.Figure, text: str, low: float, high: float, y: float, middle: float) -> None:
    """Write a bar's text where a narrow figure has room: before it, after it, or in a long one from 0.

    `middle` is the middle of the axis.
    """
    inside = low <= 0.0 and high > middle
    before = low > middle
    figure.add_annotation(
        text=text,
        x=low if inside or before else high,
        y=y,
        xanchor="right" if before else "left",
        xshift=-8 if before else 8,
        showarrow=False,
        font={"size": 13, "color": "var(--on-bar)" if inside else INK},
    )


def rule(figure: go.Figure, x: float) -> None:
    """Draw a vertical line through the whole plot."""
    figure.add_vline(x=x, line={"color": MUTED, "width": 1}, layer="below")


def band(figure: go.Figure, low: float, high: float, colour: str = BAND) -> None:
    """Shade between two values of x through the whole plot."""
    figure.add_vrect(x0=low, x1=high, fillcolor=colour, line_width=0, layer="below")


def heading(figure: go.Figure, text: str, position: float) -> None:
    """Write a heading into a list, at the left edge of the plot."""
    figure.add_annotation(
        text=f"<b>{text}</b>",
        x=0,
        xref="paper",
        xanchor="left",
        y=position,
        yref="y",
        yanchor="middle",
        showarrow=False,
        font={"size": 13, "color": INK},
    )


def error_bars(lo: list[float], value: list[float], hi: list[float], colour: str, width: int = 5) -> dict:
    """Return plotly's error bars from intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [h - v for h, v in zip(hi, value)],
        "arrayminus": [v - low for low, v in zip(lo, value)],
        "color": colour,
        "thickness": 1.8,
        "width": width,
    }
