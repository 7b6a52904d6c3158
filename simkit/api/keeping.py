"""Where records are written: a folder given or, with `keep`, results/MACHINE/SCENARIO, and in the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simkit.errors import BadInput


def place(out: Path | None, keep: bool, kind: str, scenario: str) -> Path | None:
    """Return the folder to write to, None for none. Errors: BadInput when it cannot be written."""
    if keep and out is not None:
        raise BadInput("--keep: chooses the folder itself; leave out --keep or --out")
    if keep:
        from simkit.bench.history.keeping import new_folder

        out = new_folder(kind, scenario)
    if out is not None:
        from simkit.record.run_folder import check_writable

        check_writable(out)
    return out


def check_file(out: Path, example: str) -> None:
    """Check, before the work, that a file can be written; example: a name. Errors: BadInput."""
    from simkit.record.run_folder import check_writable

    if out.is_dir():
        raise BadInput(f"{out}: is a folder; name the file to write, such as {out / example}")
    check_writable(out.parent)


@contextmanager
def held(folder: Path | None) -> Iterator[None]:
    """Hold the folder that is written to, if any, for this program alone. Errors: BadInput."""
    if folder is None:
        yield
        return
    from simkit.record.folder_lock import locked

    with locked(folder):
        yield


def tabulate(keep: bool) -> None:
    """Put what was just kept into the table."""
    if keep:
        from simkit.bench.history.keeping import write_table

        write_table()


def record_folders(given: str | Path | None) -> list[Path]:
    """Return where records are looked for: the folder given, or where commands and commits put them."""
    return [Path(given)] if given is not None else [Path("results"), Path("simkit-results")]
