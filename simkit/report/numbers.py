"""Numbers as the page writes them: as many digits as they deserve, units where they stand."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence

from simkit.bench import words
from simkit.bench.words import decimals_for as decimals_for
from simkit.bench.words import ratio as ratio

MINUS = "−"
HARD = "\N{NO-BREAK SPACE}"


def plain(value: float | None, digits: int = 4) -> str:
    """Return a number with `digits` significant digits, thousands separated; "–" for None."""
    if value is None:
        return "–"
    if value == 0.0:
        return "0"
    size = abs(value)
    if size < 1e-4 or size >= 1e9:
        return f"{value:.{digits - 1}e}".replace("-", MINUS)
    decimals = max(digits - 1 - math.floor(math.log10(size)), 0)
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def count(value: float | None) -> str:
    """Return a number of things: whole if it is whole, else with three digits; "–" for None."""
    if value is not None and value == round(value) and abs(value) < 1e7:
        return f"{value:,.0f}".replace("-", MINUS)
    return plain(value, 3)


def events_words(numbers: Sequence[float]) -> str:
    """Return "2,000 events", "2,482 to 6,316 events"; parts of events make a number a rough one."""
    low, high = min(numbers), max(numbers)
    about = "" if all(n == round(n) for n in numbers) else "about "
    each = " a configuration" if len(numbers) > 1 else ""
    to = f" to {high:,.0f}" if round(low) != round(high) else ""
    return f"{about}{low:,.0f}{to} {'event' if round(high) == 1 else 'events'}{each}"


def measured(value: float, lo: float, hi: float) -> tuple[str, str]:
    """Return a value and half of its interval with matching digits, units apart."""
    half = (hi - lo) / 2.0
    places = decimals_for(half)
    return f"{value:,.{places}f}", f"± {half:,.{places}f}"


def with_error(value: float, error: float | None, digits: int = 4) -> str:
    """Return "1,234.5 ± 0.6", digits as the error wants; without an error, `digits` significant ones."""
    if not error:
        return plain(value, digits)
    places = decimals_for(error)
    return f"{value:,.{places}f} ± {error:,.{places}f}".replace("-", MINUS)


def percent(fraction: float, digits: int = 2) -> str:
    """Return a fraction as percent with `digits` significant digits; without bound above 1000 %."""
    return typeset(words.percent(fraction, digits).replace("more than ", f">{HARD}"))


def signed(value: float, places: int) -> str:
    """Return a number with its sign and `places` decimals; what rounds to zero has none."""
    return typeset(words.signed(value, places))


def typeset(text: str) -> str:
    """Return a sentence as the page sets it: minus signs, and no line break before a percent sign."""
    return re.sub(r"(?<![\w.])-(?=\d)", MINUS, text).replace(" %", f"{HARD}%")


def energy_words(energy_MeV: float | None) -> str:
    """Return an energy for people: "20 keV", "1.5 MeV", "10 GeV"; nothing for None."""
    if energy_MeV is None:
        return ""
    factor, unit = next(
        (
            (factor, unit)
            for factor, unit in ((1e6, "TeV"), (1e3, "GeV"), (1.0, "MeV"))
            if energy_MeV >= factor
        ),
        (1e-3, "keV"),
    )
    return f"{energy_MeV / factor:.4g}{HARD}{unit}"


def duration(seconds: float) -> str:
    """Return a time as `words.duration` does, in one piece."""
    return words.duration(seconds).replace(" ", HARD)


def scaled(seconds: Sequence[float]) -> tuple[float, str]:
    """Return the factor and the unit in which these times read best."""
    largest = max((s for s in seconds if math.isfinite(s)), default=1.0)
    if largest >= 1.0:
        return 1.0, "s"
    return (1e3, "ms") if largest >= 1e-3 else (1e6, "µs")


def label(text: str) -> str:
    """Return a name as plotly must be given it: plotly reads some HTML in its texts."""
    return html.escape(text, quote=False)


def wrapped(text: str, width: int = 22) -> str:
    """Return a name for an axis, broken after a joint where it is long, as plotly wants it."""
    lines, line = [], ""
    for word in text.replace("+", "+\0").replace("-", "-\0").replace(" ", " \0").split("\0"):
        if line and len(line) + len(word) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    return "<br>".join(label(part) for part in [*lines, line])
