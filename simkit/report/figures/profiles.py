"""Deposits by layer, the first is 1: profiles laid over each other, with a panel of their ratio below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simkit.record.equivalence import EquivalenceRow
from simkit.report.figures import style
from simkit.report.numbers import label
from simkit.report.page_parts import Figure

FEW = 10  # layers, as readout gives them: drawn as points that belong to no line


@dataclass(frozen=True)
class LayerProfile:
    """Mean deposit per layer and event (MeV) with standard errors; None or no entry: not known."""

    name: str
    values: Sequence[float]
    errors: Sequence[float | None]

    def error(self, i: int) -> float:
        """Return the standard error of layer `i`, 0 where it is not known."""
        return (self.errors[i] if i < len(self.errors) else None) or 0.0

    def layer(self, i: int) -> tuple[float, float]:
        """Return value and standard error of layer `i`."""
        return self.values[i], self.error(i)


def overlay_figure(
    name: str,
    region: str,
    before: LayerProfile,
    after: LayerProfile,
    rows: Sequence[EquivalenceRow],
    note: str = "",
) -> Figure:
    """Return two profiles of a region and their ratio.

    `rows` are the region's layers of the equivalence test, whose intervals and margins the ratio panel shows;
    without rows it shows the ratio with the standard errors of both. note: put before the caption.
    """
    plot = style.new_figure(330)
    n = min(len(before.values), len(after.values))
    _draw(plot, before, n, points=False)
    _draw(plot, after, n, points=True)
    data = _ratios(before, after, rows, n)
    drawn = [r for r in data if r.ratio is not None]
    limits = [r for r in drawn if r.margin]
    if limits:
        _margin(plot, limits)
    span = _span(data, before)
    outside = _draw_ratios(plot, drawn, span)
    _axes(plot, n, span)
    drawn_as = "squares" if n <= FEW else "line"
    judged = "90 % intervals, margin shaded" if limits else "standard errors, not judged"
    errors = ", with standard errors" if any([*before.errors, *after.errors]) else ""
    return Figure(
        name,
        f"Layers of {region}",
        f"{note} " * bool(note)
        + f"{before.name} ({drawn_as}) and {after.name} (circles){errors}. Ratio: {judged}."
        + (" Triangles lie outside of the panel." if outside else ""),
        plot,
        (
            "layer",
            "before_MeV",
            "before_sem",
            "after_MeV",
            "after_sem",
            "ratio",
            "ratio_lo",
            "ratio_hi",
            "margin",
        ),
        [
            [r.layer + 1, *before.layer(r.layer), *after.layer(r.layer), r.ratio, r.lo, r.hi, r.margin]
            for r in data
        ],
    )


def profile_figure(name: str, region: str, profile: LayerProfile) -> Figure:
    """Return the profile of one run."""
    plot = style.new_figure(250, legend=False)
    n = len(profile.values)
    _draw(plot, profile, n, points=False)
    plot.update_xaxes(title_text="layer", range=[0.5, n + 0.5], **_ticks(n))
    plot.update_yaxes(title_text="MeV per event", rangemode="tozero")
    return Figure(
        name,
        f"Layers of {region}",
        "Mean deposit per layer and event; band: one standard error.",
        plot,
        ("layer", "MeV", "sem"),
        [[i + 1, *profile.layer(i)] for i in range(n)],
    )


@dataclass(frozen=True)
class _Ratio:
    layer: int  # index
    ratio: float | None = None
    lo: float | None = None
    hi: float | None = None
    margin: float | None = None


def _ratios(
    before: LayerProfile, after: LayerProfile, rows: Sequence[EquivalenceRow], n: int
) -> list[_Ratio]:
    """Return ratios by layer; rows, in percent of the largest layer, become fractions of their own layer."""
    judged = {row.layer: row for row in rows}
    out = []
    for i in range(n):
        row = judged.get(i)
        a, b = (row.a, row.b) if row else (before.values[i], after.values[i])
        if a <= 0.0:
            out.append(_Ratio(i))
            continue
        value = b / a
        if row is None:
            error = (
                value * ((before.error(i) / a) ** 2 + (after.error(i) / b) ** 2) ** 0.5 if b > 0.0 else 0.0
            )
            out.append(_Ratio(i, value, value - error, value + error))
            continue
        largest = max(r.a for r in rows) / 100.0
        scale = largest / a
        below, above = (row.difference - row.lo90) * scale, (row.hi90 - row.difference) * scale
        out.append(_Ratio(i, value, value - below, value + above, row.margin * scale))
    return out


def _span(data: Sequence[_Ratio], before: LayerProfile) -> float:
    """Return how far from 1 the ratio panel reaches: all layers that matter, with their margins."""
    matters = 0.05 if len(data) <= FEW else 0.35
    largest = max(before.values, default=0.0)
    big = [r for r in data if r.ratio is not None and before.values[r.layer] >= matters * largest]
    ends = [max(abs((r.lo or 1.0) - 1.0), abs((r.hi or 1.0) - 1.0), r.margin or 0.0) for r in big]
    return min(max([1.15 * end for end in ends] + [0.02]), 1.0)


def _draw(plot: style.go.Figure, profile: LayerProfile, n: int, points: bool) -> None:
    """Draw a profile as points, or as a line with its band; few layers make no line."""
    aside = (0.06 if points else -0.06) if n <= FEW else 0.0
    x = [i + 1 + aside for i in range(n)]
    y = [float(v) for v in profile.values[:n]]
    errors = [profile.error(i) for i in range(n)]
    look = {
        "x": x,
        "y": y,
        "name": label(profile.name),
        "text": list(range(1, n + 1)),
        "hovertemplate": "layer %{text}: %{y:.4g} MeV<extra></extra>",
    }
    if points or n <= FEW:
        colour = style.ACCENT if points else style.REFERENCE
        bars = {"type": "data", "array": errors, "color": colour, "thickness": 1.5, "width": 0}
        marker = {"color": colour, "size": 5 if n > FEW else 8, "symbol": "circle" if points else "square"}
        plot.add_scatter(**look, error_y=bars, mode="markers", marker=marker, cliponaxis=False)
        return
    if any(errors):
        plot.add_scatter(
            x=x + x[::-1],
            y=[v + e for v, e in zip(y, errors)] + [v - e for v, e in zip(y, errors)][::-1],
            fill="toself",
            fillcolor=style.BAND,
            mode="none",
            hoverinfo="skip",
            showlegend=False,
        )
    plot.add_scatter(**look, mode="lines", line={"color": style.REFERENCE, "width": 2})


def _draw_ratios(plot: style.go.Figure, drawn: Sequence[_Ratio], span: float) -> bool:
    """Draw the ratios, at the edge as triangles where they lie outside; return whether any does."""
    edge = 0.97 * span
    value = [min(max(r.ratio or 0.0, 1.0 - edge), 1.0 + edge) for r in drawn]
    out = [(r.ratio or 0.0) - y for r, y in zip(drawn, value)]
    symbols = ["triangle-up" if o > 0.0 else "triangle-down" if o < 0.0 else "circle" for o in out]
    low = [y if o else r.lo or 0.0 for r, y, o in zip(drawn, value, out)]
    high = [y if o else r.hi or 0.0 for r, y, o in zip(drawn, value, out)]
    plot.add_scatter(
        x=[r.layer + 1 for r in drawn],
        y=value,
        error_y=style.error_bars(low, value, high, style.ACCENT, 0),
        mode="markers",
        marker={"color": style.ACCENT, "size": [9 if o else 5 for o in out], "symbol": symbols},
        yaxis="y2",
        showlegend=False,
        text=[f"layer {r.layer + 1}: ratio {r.ratio:.4f}" for r in drawn],
        hovertemplate="%{text}<extra></extra>",
    )
    return any(out)


def _margin(plot: style.go.Figure, limits: Sequence[_Ratio]) -> None:
    """Shade the margins, a step a layer."""
    x = [edge for r in limits for edge in (r.layer + 0.5, r.layer + 1.5)]
    margins = [r.margin or 0.0 for r in limits for _ in range(2)]
    plot.add_scatter(
        x=x + x[::-1],
        y=[1.0 + m for m in margins] + [1.0 - m for m in margins][::-1],
        fill="toself",
        fillcolor=style.MARGIN,
        mode="none",
        hoverinfo="skip",
        yaxis="y2",
        name="margin",
    )


def _ticks(n: int) -> dict[str, int]:
    return {"dtick": 1} if n <= FEW else {}


def _axes(plot: style.go.Figure, n: int, span: float) -> None:
    plot.update_xaxes(title_text="layer", range=[0.5, n + 0.5], anchor="y2", **_ticks(n))
    plot.update_yaxes(title_text="MeV per event", rangemode="tozero", domain=[0.4, 1.0])
    plot.update_layout(
        yaxis2=style.axis(title="ratio", domain=[0.0, 0.32], range=[1.0 - span, 1.0 + span], nticks=5)
    )
    plot.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="x domain",
        y0=1.0,
        y1=1.0,
        yref="y2",
        line={"color": style.MUTED, "width": 1},
    )
