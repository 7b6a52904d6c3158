"""Sampled distributions: histograms of ours and of a reference, with their ratio below."""

from __future__ import annotations

import numpy as np

from simkit.record.validation import Histogram
from simkit.report.figures import style
from simkit.report.numbers import count
from simkit.report.page_parts import Figure


def histogram_figure(name: str, title: str, histogram: Histogram) -> Figure:
    """Return both histograms as shares of a unit of the axis, with the errors of their counts."""
    ours, reference = np.array(histogram.ours), np.array(histogram.reference)
    edges = np.linspace(histogram.low, histogram.high, len(ours) + 1)
    middles, width = 0.5 * (edges[1:] + edges[:-1]), edges[1] - edges[0]
    density, error = _density(ours, width)
    gold, gold_error = _density(reference, width)
    plot = style.new_figure(300)
    plot.add_scatter(
        x=np.repeat(edges, 2)[1:-1].tolist(), y=np.repeat(gold, 2).tolist(), mode="lines",
        name=histogram.source, line={"color": style.REFERENCE, "width": 2}, hovertemplate="%{y:.4g}",
    )  # fmt: skip
    plot.add_scatter(
        x=middles.tolist(), y=density.tolist(), mode="markers", name="simkit",
        marker={"color": style.ACCENT, "size": 6}, hovertemplate="%{y:.4g}",
        error_y={"type": "data", "array": error.tolist(), "color": style.ACCENT, "thickness": 1.5,
                 "width": 0},
    )  # fmt: skip
    filled = (ours > 0.0) & (reference > 0.0)
    ratio = np.divide(density, gold, out=np.ones_like(gold), where=filled)
    spread = ratio * np.hypot(
        np.divide(error, density, out=np.zeros_like(error), where=filled),
        np.divide(gold_error, gold, out=np.zeros_like(error), where=filled),
    )
    plot.add_scatter(
        x=middles[filled].tolist(), y=ratio[filled].tolist(), mode="markers", yaxis="y2", showlegend=False,
        marker={"color": style.ACCENT, "size": 5}, hovertemplate="ratio %{y:.4f}<extra></extra>",
        error_y={"type": "data", "array": spread[filled].tolist(), "color": style.ACCENT, "thickness": 1.5,
                 "width": 0},
    )  # fmt: skip
    reach = 1.2 * float(np.max(np.abs(ratio - 1.0) + spread, initial=0.01))
    plot.update_xaxes(title_text=histogram.quantity, range=[histogram.low, histogram.high], anchor="y2")
    plot.update_yaxes(title_text="share per unit", rangemode="tozero", domain=[0.4, 1.0])
    plot.update_layout(
        yaxis2=style.axis(title="ratio", domain=[0.0, 0.32], range=[1.0 - reach, 1.0 + reach], nticks=5)
    )
    plot.add_shape(
        type="line", x0=0, x1=1, xref="x domain", y0=1.0, y1=1.0, yref="y2", layer="below",
        line={"color": style.MUTED, "width": 1},
    )  # fmt: skip
    return Figure(
        name,
        title,
        f"simkit (circles): {_samples(ours)}; {histogram.source} (line): {_samples(reference)}. "
        "The ratio has the standard errors of both.",
        plot,
        ("low", "high", "ours", "reference", "ratio", "ratio_error"),
        [list(row) for row in zip(edges[:-1], edges[1:], ours, reference, ratio, spread)],
    )


def _density(counts: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    scale = max(counts.sum(), 1.0) * width
    return counts / scale, np.sqrt(counts) / scale


def _samples(counts: np.ndarray) -> str:
    total = counts.sum()
    return "computed" if total >= 1e8 else f"{count(total)} samples"
