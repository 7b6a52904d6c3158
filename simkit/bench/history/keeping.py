"""Where kept records lie: ROOT/machine/scenario/time-kind, and the table of all of them beside."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from simkit.bench.history.exports.tables import write_parquet
from simkit.bench.history.table import read_history
from simkit.record.machine import folder_name, machine_info, machine_name

ROOT = Path("results")
TABLE = "history.parquet"


def new_folder(kind: str, scenario: str, root: Path = ROOT) -> Path:
    """Return a folder that does not exist yet for a record of this machine; it is not made."""
    above = root / machine_name(machine_info()) / folder_name(scenario)
    while True:
        # Milliseconds: jobs of one farm may keep their runs in the same second.
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
        folder = above / f"{stamp}-{kind}"
        if not folder.exists():
            return folder


def write_table(root: Path = ROOT) -> Path:
    """Make the table of all records below `root` anew and return where it is.

    Two that keep a record at once may write it in either order: the next one has all of them.
    """
    entries, _ = read_history([root])
    path = root / TABLE
    write_parquet(entries, None, path)
    return path
