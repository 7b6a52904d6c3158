"""What commands print: tables on stdout, progress on the terminal."""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simkit.errors import printable

NARROWEST = 80
VERDICT_COLOURS = {
    "pass": "green",
    "fail": "red",
    "inconclusive": "bright_black",  # neutral: too few events or blocks say neither good nor bad
    "not decided": "bright_black",
    "worth it": "green",
    "not worth it": "red",
    "faster": "green",
    "slower": "red",
    "no difference seen": "cyan",
}

FARTHEST = 1000.0  # the end of an interval beyond which it says nothing any more

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from simkit.events.not_simulated import NotSimulated
    from simkit.record.electricity import Electricity
    from simkit.record.interval import Interval, NoiseFloor
    from simkit.record.models import UsedModel


def console() -> Console:
    """Return the console on stdout; in a pipe it prints plain text of a width that cuts nothing off.

    Names out of files command no terminal: what cannot be printed is spelled, as in messages.
    A terminal that is narrower than NARROWEST wraps lines itself: tables would break numbers.
    """
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the program's one place for errors; rich would exit with code 1."""
            raise BrokenPipeError

        def render_str(self, text: str, **how: Any) -> Text:
            return super().render_str(printable(text, keep="\n\N{NO-BREAK SPACE}"), **how)

    out = Output(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 120, soft_wrap=False)
    out.width = max(out.width, NARROWEST)
    return out


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], texts: Collection[str] = ()
) -> Table:
    """Return a table; the first column and those in `texts` are left-aligned, the others numbers."""
    from rich import box
    from rich.table import Table

    out = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        out.add_column(column, justify="left" if i == 0 or column in texts else "right", overflow="fold")
    for row in rows:
        out.add_row(*row)
    return out


def plain(text: str) -> str:
    """Return a name from a file or a user as it stands, brackets and all, for `print` and `table`."""
    from rich.markup import escape

    return escape(text)


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with `digits` significant digits, in plain notation where that is readable."""
    if value is None:
        return "-"
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return str(value)
    size = math.floor(math.log10(abs(value))) + 1
    if -2 <= size <= 8:
        return f"{value:,.{max(digits - size, 0)}f}"
    return f"{value:.{digits - 1}e}"


def coloured(verdict: str, short: str = "") -> str:
    """Return a verdict, or a shorter word for it, in its colour."""
    return f"[{VERDICT_COLOURS.get(verdict, 'yellow')}]{short or verdict}[/]"


def interval(estimate: Interval | NoiseFloor, digits: int = 4) -> str:
    """Return an estimate with its interval, to so many decimals."""
    ends = (
        f"more than {FARTHEST:.0f}" if x > FARTHEST and estimate.hi > 2.0 * estimate.lo else f"{x:.{digits}f}"
        for x in (estimate.lo, estimate.hi)
    )
    return f"{estimate.value:.{digits}f} \\[{', '.join(ends)}]"


def show_energy(used: Electricity | None, name: str = "energy") -> None:
    """Print the energy of a piece of work, source by source, where it was told."""
    for part in used.parts if used is not None else []:
        each = f"{part.joules:,.4g} J, {part.joules_per_event:.4g} J an event"
        console().print(f"{name:<12} {each} ({part.source}; {part.covers})", markup=False)


def show_models(*used: Sequence[UsedModel]) -> None:
    """Print what results are only as good as."""
    from simkit.record.models import model_words

    for words in model_words(*used):
        console().print(f"{'model':<12} {words}", markup=False)


def largest_parts(energy_MeV: Mapping[str, float]) -> str:
    """Return the largest six of {species: MeV} in words."""
    largest = sorted(energy_MeV.items(), key=lambda item: -item[1])
    text = ", ".join(f"{name} {number(value, 3)}" for name, value in largest[:6])
    return f"{text}{', ...' if len(largest) > 6 else ''}"


def show_not_simulated(not_simulated: NotSimulated | None) -> None:
    """Print what a file of events holds and is not simulated, where there is something."""
    for words in not_simulated.words() if not_simulated is not None else []:
        console().print(f"left out     {words}", markup=False)


def show_list(name: str, entries: Iterable[str], head: str = "") -> None:
    """Print a list; its lines end between two entries, and all but the first are indented."""
    out = console()
    hard = "\N{NO-BREAK SPACE}"
    text = head + ", ".join(entry.replace(" ", hard) for entry in entries)
    lines = textwrap.fill(text, out.width, initial_indent=f"{name:<12} ", subsequent_indent=" " * 13)
    out.print(lines.replace(hard, " "), markup=False)
