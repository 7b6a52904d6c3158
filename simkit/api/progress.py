"""How long work shows its progress: not at all, as a bar or lines on stderr, or to a function given."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Tell = Callable[[float, str], None]
Progress = bool | Tell
"""False: nothing is shown; True: a bar on stderr where that is a terminal, elsewhere a line a minute; or a
function that is called with the fraction done (0 to 1) and what is being done."""
LINE_EVERY_S = 60.0


@contextmanager
def shown(progress: Progress, what: str) -> Iterator[Tell | None]:
    """Yield what is to be called with the fraction done and what is being done; None where nobody listens."""
    if not isinstance(progress, bool):
        yield progress
        return
    if not progress:
        yield None
        return
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        with _lines(what) as tell:
            yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done, doing: bar.update(task, completed=done, description=doing)


@contextmanager
def _lines(what: str) -> Iterator[Tell]:
    """Print a line a minute, also while nothing is told."""
    state, over, begin = (0.0, what), threading.Event(), time.monotonic()

    def tell(done: float, doing: str) -> None:
        nonlocal state
        state = done, doing

    def print_lines() -> None:
        while not over.wait(LINE_EVERY_S):
            done, doing = state
            share = f": {done:.0%} done" if done < 1.0 else ", the last part,"
            with suppress(OSError, ValueError):  # whoever reads has gone
                print(
                    f"simkit: {doing}{share} after {(time.monotonic() - begin) / 60.0:.0f} min",
                    file=sys.stderr,
                    flush=True,
                )

    threading.Thread(target=print_lines, daemon=True).start()
    try:
        yield tell
    finally:
        over.set()
