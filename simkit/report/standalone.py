"""Figures of a page that stand alone, as in a notebook: without the page's style sheet and script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from simkit.report.page_parts import Figure, Fold, Page, Row

PAGE_CSS = Path(__file__).parent / "template" / "page.css"
TITLE = 44  # pixels that a title takes above the legend
# Buttons that a title on a phone has no room for; a picture and the whole view are left.
UNUSED = ("zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "sendChartToCloud")
FONT = "Helvetica Neue, Arial, sans-serif"


def figures_of(page: Page) -> dict[str, Figure]:
    """Return all figures of a page by name, in its order."""
    return {figure.name: figure for section in page.sections for figure in _within(section.blocks)}


def _within(blocks: Iterable[Any]) -> Iterator[Figure]:
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, (Row, Fold)):
            yield from _within(block.blocks)


def standalone(figure: Figure) -> go.Figure:
    """Return the figure under its title, in the page's light colours, as wide as its place."""
    plot = go.Figure(_coloured(json.loads(figure.plot.to_json())))
    margin = plot.layout.margin
    plot.update_layout(
        title={"text": figure.title, "x": 0, "xanchor": "left", "yref": "container", "y": 1, "yanchor": "top"}
        | {"pad": {"t": 12, "l": 8}},
        margin={"t": margin.t + TITLE},
        height=plot.layout.height + TITLE,
        paper_bgcolor=colours()["page"],
        font={"family": FONT},
        autosize=True,
        modebar={"remove": UNUSED},
    )
    if plot.layout.legend.yref == "container":
        plot.update_layout(legend={"y": 1.0 - TITLE / plot.layout.height})
    return plot


@cache
def colours() -> dict[str, str]:
    """Return the page's light colours by the names of their custom properties."""
    first = PAGE_CSS.read_text(encoding="utf-8").partition("}")[0]
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):([^;]+);", first)}


def _coloured(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r"^var\(--([\w-]+)\)$", lambda found: colours()[found[1]], value)
    if isinstance(value, list):
        return [_coloured(item) for item in value]
    if isinstance(value, dict):
        return {key: _coloured(item) for key, item in value.items()}
    return value
