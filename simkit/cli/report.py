"""`simkit report`: one HTML page of a campaign, a comparison, a run or a validation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.errors import BadInput
from simkit.writing import is_stream


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            show_default=False,
            help="The folder of a record, such as of a campaign; without it, the last campaign.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="PAGE.html", show_default=False, help="The page to write."),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results",
            metavar="DIR",
            show_default=False,
            help="Where records of other versions lie; without it, the folder results/ around the record.",
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print it to a PDF beside it, too.")] = False,
    figures: Annotated[
        Path | None,
        typer.Option(
            "--figures",
            metavar="DIR",
            show_default=False,
            help="Write all figures there: PNG, SVG, CSV.",
        ),
    ] = None,
) -> None:
    """Write a record as one HTML page that works offline, and print where it is.

    PDF and pictures are made with the machine's Chrome or Chromium; SIMKIT_CHROME names another.

    Example: simkit report --pdf --figures talk
    """
    chosen = folder if folder is not None else latest_campaign(Path.cwd())
    if out is not None and not out.parent.is_dir():
        raise BadInput(f"-o: there is no folder {str(out.parent)!r} to write {out.name!r} to; make it first")
    from simkit.report.browser import find_browser, print_pdf, save_figures
    from simkit.report.page import write_report

    if pdf or figures is not None:
        find_browser()
    page = write_report(chosen, out, results)
    if not is_stream(page):  # such as stdout itself
        print(page)
    if pdf:
        print(print_pdf(page, page.with_suffix(".pdf")))
    if figures is not None:
        written = save_figures(page, figures)
        print(f"{figures}: {len(written) // 3} figures, each as PNG, SVG and CSV")


def latest_campaign(top: Path) -> Path:
    """Return the folder of the youngest campaign below `simkit-results/` or `results/` of `top`."""
    found = [path for name in ("simkit-results", "results") for path in (top / name).rglob("campaign.json")]
    if not found:
        raise BadInput("there is no campaign here yet; run simkit campaign, or give a record's folder")
    return max(found, key=lambda path: path.stat().st_mtime).parent.relative_to(top)
