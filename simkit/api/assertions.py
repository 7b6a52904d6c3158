"""What a test asserts of two callables, and what becomes of what could not be decided.

"Shown" is what the sequential interval at 99.5 % says, as for a verdict. A test that asserts `not_slower` or
`same` fails only on what is shown to be wrong. Where neither that nor the contrary is shown (of the speed, by
the 95 % interval) there is a warning or, as `undecided` says, a failure, an expected failure of pytest's, or
nothing. `faster` is a claim: it fails unless it is shown.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Literal

from simkit.errors import BadInput

if TYPE_CHECKING:
    from simkit.record.measurement import CallComparison

Undecided = Literal["warn", "fail", "xfail", "ignore"]


class UndecidedWarning(UserWarning):
    """What was asserted could be neither shown nor refuted with this budget."""


def not_slower(record: CallComparison, margin: float, undecided: Undecided = "warn") -> None:
    """Raise AssertionError where B is shown to take more than 1 + `margin` times A's time."""
    __tracebackhide__ = True
    _check("margin", margin)
    gain, limit = record.speedup, 1.0 / (1.0 + margin)
    if gain.sequential_hi < limit and record.clock_decided:
        raise AssertionError(f"{record.b.name} is slower by more than {_percent(margin)}; {record.summary}")
    if gain.lo < limit or not record.clock_decided:
        _leave_open(record, f"whether {record.b.name} is slower by more than {_percent(margin)}", undecided)


def faster(record: CallComparison, by: float) -> None:
    """Raise AssertionError unless B is shown to be faster than 1 + `by` times."""
    __tracebackhide__ = True
    _check("by", by)
    if record.speedup.sequential_lo <= 1.0 + by or not record.clock_decided:
        than = f" by more than {_percent(by)}" if by else ""
        raise AssertionError(
            f"{record.b.name} is not shown to be faster{than}; {record.summary}{_more(record)}"
        )


def same(record: CallComparison, undecided: Undecided = "warn") -> None:
    """Raise AssertionError where results differ, or what was observed of them by more than its margin."""
    __tracebackhide__ = True
    values = record.values
    if values is None:
        if record.results == "different":
            raise AssertionError(
                f"{record.a.name} and {record.b.name} do not return exactly the same; give observables "
                "with a margin if they need not"
            )
        if record.results == "not compared":
            raise AssertionError(
                f"what {record.a.name} and {record.b.name} return cannot be compared; give observables"
            )
        return
    if values.verdict == "fail":
        raise AssertionError(
            "; ".join(
                f"{row.region} differs by {row.difference:+.4g} {row.unit}".rstrip()
                + f", margin {row.margin:g} {row.unit}".rstrip()
                for row in values.rows
                if row.verdict == "fail"
            )
        )
    if values.verdict == "inconclusive":
        _leave_open(record, f"whether {', '.join(values.limiting[:3])} is the same", undecided)


def _leave_open(record: CallComparison, what: str, undecided: Undecided) -> None:
    __tracebackhide__ = True
    text = f"not decided: {what}; {record.summary}{_more(record)}"
    if undecided == "fail":
        raise AssertionError(text)
    if undecided == "xfail":
        import pytest

        pytest.xfail(text)
    if undecided == "warn":
        warnings.warn(UndecidedWarning(text), stacklevel=4)


def _more(record: CallComparison) -> str:
    from simkit.bench.words import duration

    return (
        f" (a budget of about {duration(record.to_settle_s)} would settle it)" if record.to_settle_s else ""
    )


def _percent(fraction: float) -> str:
    return f"{100.0 * fraction:g} %"


def _check(name: str, value: float) -> None:
    if not 0.0 <= value < math.inf:
        raise BadInput(f"{name}: found {value!r}; must be 0 or more, such as 0.02 for 2 %")
