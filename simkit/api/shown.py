"""What the calls give: a record, its tables and its figures, shown as a table in a notebook.

Every result has `record`, the object that `--json` prints; `folder`, where it was kept (None: nowhere);
`page`, its page where one was written;
`save(path)`, which `simkit.load(path)` reads again; `figures()`, `figure(name)` and `report(path)` where its
kind has a page.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from simkit.errors import BadInput, unknown

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from simkit.report.page_parts import Figure


class Shown:
    """Shows itself as a line in a terminal, and as that line with a table below in a notebook."""

    def line(self) -> str:
        """Return it all in one line."""
        raise NotImplementedError

    def table(self) -> pd.DataFrame:
        """Return the table that stands for it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.line()}>"

    def _repr_html_(self) -> str:
        table = self.table().to_html(float_format="{:.5g}".format, na_rep="")
        return f"<p>{html.escape(self.line())}</p>{table}"


class Kept(Shown):
    """A result with a record; FILE is what the record is called in a folder, PAGE whether it has one."""

    FILE: ClassVar[str]
    PAGE: ClassVar[bool] = True

    def __init__(self, record: Any, folder: Path | None = None) -> None:
        self.record, self.folder = record, folder
        self.page: Path | None = None

    @property
    def place(self) -> Path | None:
        """Where the record lies, None where it was not kept."""
        return None if self.folder is None else self.folder / self.FILE

    def to_json(self) -> str:
        """Return the record as JSON text, as `--json` prints it."""
        return self.record.to_json()

    def save(self, path: str | Path) -> Path:
        """Write the record to a folder, or to a file that ends in .json; return the file."""
        from simkit.writing import write_text

        place = Path(path)
        file = place if place.suffix == ".json" else place / self.FILE
        write_text(file, self.to_json() + "\n")
        return file

    def markdown(self) -> str:
        """Return the record as a pull request's comment. Errors: BadInput for a kind without a page."""
        self._need_page()
        from simkit.report.markdown import markdown

        return markdown(self.record)

    def junit(self) -> str:
        """Return the verdicts as JUnit XML. Errors: BadInput for a kind without a page."""
        self._need_page()
        from simkit.report.junit import junit

        return junit(self.record)

    def _need_page(self) -> None:
        if not self.PAGE:
            raise BadInput(
                f"{self.FILE}: a record of this kind has no page, comment or JUnit file; use to_json()"
            )

    def _page(self) -> Any:
        self._need_page()
        from simkit.report.page import make_page
        from simkit.report.page_parts import Download

        record: Any = self.record
        return make_page(record, Download(self.FILE, f"The whole record: {self.FILE}", record.to_json(None)))

    def _figures(self) -> dict[str, Figure]:
        from simkit.report.standalone import figures_of

        return figures_of(self._page()) if self.PAGE else {}

    def figures(self) -> list[str]:
        """Return the names of the figures that `figure` gives: those of the page."""
        return list(self._figures())

    def figure(self, name: str) -> go.Figure:
        """Return a figure of the page by its name. Errors: BadInput with the nearest right name."""
        from simkit.report.standalone import standalone

        found = self._figures()
        if name not in found:
            raise unknown("figure", name, found)
        return standalone(found[name])

    def report(self, path: str | Path) -> Path:
        """Write the page (HTML, works offline) and return where it is."""
        from simkit.report.page import render
        from simkit.writing import write_text

        write_text(Path(path), render(self._page()))
        return Path(path)
