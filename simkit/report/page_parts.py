"""What the page is made of: sections of tables, figures, facts and folds, plain data for the template."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple
from urllib.parse import quote

import plotly.graph_objects as go

Mark = Literal["", "good", "bad", "open", "even"]

# A mark is a colour and a sign: the colour alone would not do for every eye.
SIGNS: dict[Mark, str] = {"": "", "good": "✓", "bad": "✗", "open": "?", "even": "="}
VERDICT_MARKS: dict[str, Mark] = {
    "pass": "good",
    "fail": "bad",
    "inconclusive": "open",
    "disputed": "open",
    "faster": "good",
    "slower": "bad",
    "no difference seen": "even",
}


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, a smaller line below it, and a mark that makes the text a badge."""

    text: str
    note: str = ""
    mark: Mark = ""
    detail: str = ""  # one more small line
    strong: bool = False

    @property
    def sign(self) -> str:
        """Return the sign that stands before the text of a badge."""
        return SIGNS[self.mark]


def verdict_cell(verdict: str, note: str = "", detail: str = "") -> Cell:
    """Return the badge of a verdict on speed or physics."""
    return Cell(verdict, note, VERDICT_MARKS[verdict], detail)


@dataclass(frozen=True)
class Table:
    """A table: the first column names the row, the columns in `words` are text, the others numbers."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: Sequence[int] = ()
    wide: bool = False  # on a phone every row becomes a card
    keys: Sequence[str] = ()  # of the rows: what the page's filters show and hide
    column_keys: Sequence[str] = ()

    def is_text(self, column: int) -> bool:
        """Return whether a column holds words."""
        return column == 0 or column in self.words

    def key(self, row: int, column: int | None = None) -> str:
        """Return the key of a row or, with `column`, of a column; "" for what is always shown."""
        keys, place = (self.keys, row) if column is None else (self.column_keys, column)
        return keys[place] if place < len(keys) else ""


class Span(NamedTuple):
    """A part of a figure's list, from `low` to `high` on its vertical axis, that a filter can take out."""

    low: float
    high: float
    key: str


@dataclass(frozen=True)
class Figure:
    """A figure with its data: `columns` and `rows` are what the reader can take home as CSV.

    `name` is the identifier on the page and the name of the files; `caption` says how to read it; `spans` are
    the parts of a list that filters take out.
    """

    kind: ClassVar[str] = "figure"
    name: str
    title: str
    caption: str
    plot: go.Figure
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    spans: Sequence[Span] = ()

    @property
    def height(self) -> int:
        """Return the height in pixels, kept free before the figure is drawn."""
        return int(self.plot.layout.height)

    def plot_json(self) -> str:
        """Return data, layout and spans as JSON that can stand inside a script element."""
        content = {**json.loads(self.plot.to_json()), "spans": self.spans}
        return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")

    def csv(self) -> str:
        """Return the figure's data as CSV text; None is an empty field."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return out.getvalue()

    @property
    def csv_uri(self) -> str:
        """Return the CSV as a data: URI."""
        return f"data:text/csv;charset=utf-8,{quote(self.csv(), safe=',/ ()=+')}"


@dataclass(frozen=True)
class Facts:
    """A titled list of terms and what they are."""

    kind: ClassVar[str] = "facts"
    title: str
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Text:
    """A paragraph; `term` is set in front of it."""

    kind: ClassVar[str] = "text"
    text: str
    term: str = ""


@dataclass(frozen=True)
class Download:
    """A file that the page carries."""

    kind: ClassVar[str] = "download"
    name: str
    label: str
    content: str

    @property
    def uri(self) -> str:
        """Return the file as a data: URI."""
        return f"data:application/json;base64,{base64.b64encode(self.content.encode()).decode()}"


@dataclass(frozen=True)
class Row:
    """Blocks side by side where there is room."""

    kind: ClassVar[str] = "row"
    blocks: Sequence[Any]


@dataclass(frozen=True)
class Fold:
    """Blocks below a line that opens them."""

    kind: ClassVar[str] = "fold"
    title: Cell
    blocks: Sequence[Any]
    open: bool = False
    key: str = ""


@dataclass(frozen=True)
class PageSection:
    """A section of the page; `name` is its anchor, `short` its word in the contents."""

    name: str
    short: str
    title: str
    blocks: Sequence[Any]
    intro: str = ""


@dataclass(frozen=True)
class Filter:
    """Names that the reader can switch off: `kind` is what they are, `title` the word before them."""

    kind: Literal["entry", "particle", "check"]
    title: str
    names: Sequence[str]

    def keys(self) -> dict[str, str]:
        """Return the key of every name."""
        return {name: filter_key(self.kind, name) for name in self.names}


def file_name(*parts: str | int) -> str:
    """Return the name of a figure and its files: parts with what is no letter, digit, dot or _ as a dash."""
    return "-".join(re.sub(r"[^\w.]+", "-", str(part)).strip("-") for part in parts)


def filter_key(kind: Literal["entry", "particle", "check"], name: str) -> str:
    """Return what stands for a name in the rows, columns, folds and spans that its filter takes out."""
    return f"{kind} {name}"


@dataclass
class Page:
    """The whole page. `headline` is the answer in one sentence, `remarks` what must be said beside it.

    `about`, scenario and machine, goes with every figure that is saved as a picture.
    """

    title: str
    subtitle: str
    headline: str
    headline_mark: Mark
    sections: list[PageSection]
    remarks: list[str] = field(default_factory=list)
    filters: Sequence[Filter] = ()
    created: str = ""
    about: str = ""
