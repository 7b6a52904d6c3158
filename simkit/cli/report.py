"""`simkit report`: one HTML page of a campaign's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simkit.errors import BadInput


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", show_default=False, help="A campaign's folder; the last one."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="PAGE.html", show_default=False, help="The page to write."),
    ] = None,
) -> None:
    """Write the report of a campaign as one HTML page that works offline."""
    chosen = folder if folder is not None else latest_campaign(Path.cwd())
    if not chosen.is_dir():
        raise BadInput(f"there is no folder {str(chosen)!r}; give the folder of a campaign")
    page = out or chosen / "report.html"
    if not page.parent.is_dir():
        raise BadInput(f"-o: there is no folder {str(page.parent)!r} to write {page.name!r} to")
    from simkit.report.page import write_report

    write_report(chosen, page)
    print(page)


def latest_campaign(top: Path) -> Path:
    """Return the folder of the youngest finished campaign below `simkit-results/` or `results/`."""
    found = [path for name in ("simkit-results", "results") for path in (top / name).rglob("campaign.json")]
    if not found:
        raise BadInput(
            "there is no campaign here yet; run simkit campaign first, or give a campaign's folder"
        )
    return max(found, key=lambda path: path.stat().st_mtime).parent
