"""How long work shows its progress: not at all, as a bar, or to a function of the caller."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[float, str], None]
Progress = bool | Tell
"""False: nothing is shown; True: a bar on stderr where that is a terminal; or a function that is called with
the fraction done (0 to 1) and what is being done."""


@contextmanager
def shown(progress: Progress, what: str) -> Iterator[Tell | None]:
    """Yield what is to be called with the fraction done and what is being done; None where nobody listens."""
    if not isinstance(progress, bool):
        yield progress
        return
    if not progress or not sys.stderr.isatty():
        yield None
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
