"""What the callables returned: numbers that are judged, and whether the results are exactly the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from simkit.bench.statistics.differences import Difference
from simkit.bench.statistics.samples import Floats, ratio
from simkit.errors import BadInput, unknown

Observables = Callable[[Any], Any] | Sequence[Callable[[Any], Any]] | Mapping[str, Callable[[Any], Any]]
Margin = float | Mapping[str, float]
Sameness = Literal["identical", "different", "not compared"]

MARGIN = 0.005  # relative: that of a deposit
MOST_NUMBERS = 1000  # of an array


def named(observables: Observables | None) -> dict[str, Callable[[Any], Any]]:
    """Return the functions of a returned value by name. Errors: BadInput."""
    if observables is None:
        return {}
    if callable(observables):
        observables = [observables]
    if isinstance(observables, str) or not isinstance(observables, Iterable):
        raise BadInput(f"observables: found {observables!r}; give a function, several, or {{name: function}}")
    if not isinstance(observables, Mapping):
        found = [(_name_of(function, i), function) for i, function in enumerate(observables)]
        names = [name for name, _ in found]
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"observables: two are called {name!r}; give them as {{name: function}}")
        observables = dict(found)
    for name, function in observables.items():
        if not callable(function):
            raise BadInput(f"observables: {name}: found {function!r}; give a function of what is returned")
    return {str(name): function for name, function in observables.items()}


def _name_of(function: Any, number: int) -> str:
    name = getattr(function, "__name__", "")
    return name if name and name != "<lambda>" else "value" if not number else f"value {number + 1}"


def numbers_of(observables: Mapping[str, Callable[[Any], Any]], returned: Any, side: str) -> dict[str, float]:
    """Return the numbers of all observables of what `side` returned.

    An observable gives a number, an array of at most MOST_NUMBERS, or a dictionary of them. The parts are
    called NAME[0] or NAME.KEY; those of a dictionary that is all there is, KEY. Errors: BadInput for anything
    else, and for numbers that are not finite.
    """
    found: dict[str, float] = {}
    for name, function in observables.items():
        try:
            value = function(returned)
        except Exception as error:
            error.add_note(f"simkit.measure: raised by the observable {name} of what {side} returned")
            raise
        if isinstance(value, Mapping) and not value:
            raise BadInput(f"observables: {name}: gives {{}} for {side}; there must be a number")
        if len(observables) == 1 and isinstance(value, Mapping):
            for part, of_part in value.items():
                found |= _numbers(str(part), of_part, side)
        else:
            found |= _numbers(name, value, side)
    return found


def _numbers(name: str, value: Any, side: str) -> dict[str, float]:
    if isinstance(value, Mapping):
        return {
            key: number
            for part, of_part in value.items()
            for key, number in _numbers(f"{name}.{part}", of_part, side).items()
        }
    array = np.asarray(value)
    if not array.size:
        raise BadInput(f"observables: {name}: gives {_short(value)} for {side}; there must be a number")
    if array.dtype.kind not in "buif":
        raise BadInput(
            f"observables: {name}: gives {_short(value)} for {side}; must be a number, an array or a "
            "dictionary of numbers"
        )
    if array.size > MOST_NUMBERS:
        raise BadInput(
            f"observables: {name}: gives {array.size:,} numbers for {side}; at most {MOST_NUMBERS:,} can be "
            "judged: give sums or means"
        )
    if not np.isfinite(array).all():
        raise BadInput(f"observables: {name}: gives {_short(value)} for {side}; must be finite")
    if array.ndim == 0:
        return {name: float(array)}
    places = np.ndindex(array.shape)
    return {f"{name}[{','.join(map(str, at))}]": float(array[at]) for at in places}


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) < 60 else f"{text[:57]}..."


class Margins:
    """How far each observable of `new` may be from that of `old`."""

    def __init__(self, margin: Margin = MARGIN, relative: bool = True) -> None:
        """margin: one for all, or by name of the observable. relative: to old's mean. Errors: BadInput."""
        every = margin.values() if isinstance(margin, Mapping) else [margin]
        for one in every:
            if isinstance(one, bool) or not isinstance(one, (int, float)) or not 0.0 < one < math.inf:
                raise BadInput(f"margin: found {one!r}; must be a number greater than 0")
        self.margin, self.relative = margin, relative

    def of(self, name: str) -> tuple[float, str]:
        """Return the margin of an observable and its unit; parts of one have that of the whole."""
        margin = self.margin
        if isinstance(margin, Mapping):
            given = [margin[whole] for whole in _wholes(name) if whole in margin]
            if not given:
                raise BadInput(f"margin: there is none for the observable {name!r}; add it")
            margin = given[0]
        return (100.0 * margin, "%") if self.relative else (float(margin), "")

    def check(self, names: Collection[str]) -> None:
        """Raise BadInput unless every margin is of an observable, and every observable has one."""
        for name in names:
            self.of(name)
        if isinstance(self.margin, Mapping):
            parts = {part for name in names for part in _wholes(name)}
            for name in self.margin:
                if name not in parts:
                    raise unknown("observable", name, parts, "margin")

    def difference(self, name: str, x: Floats, y: Floats) -> Difference:
        """Return new - old of one observable; x and y: old's and new's value by unit, in pairs."""
        a, b = float(x.mean()), float(y.mean())
        margin = self.of(name)
        if (x == y).all():
            return Difference("value", name, None, a, b, 0.0, 0.0, np.zeros(len(x)), margin)
        scale = 100.0 if self.relative else 1.0
        try:
            found = ratio(scale * (y - x), np.abs(a) * np.ones(len(x)) if self.relative else np.ones(len(x)))
        except ZeroDivisionError:  # nothing that the difference could be relative to
            return Difference("value", name, None, a, b, 0.0, math.inf, None, margin)
        influence = found.influence
        if self.relative and a:
            # The mean that it is relative to is as uncertain as the difference, at most as one at the margin.
            at = min(max(found.value, -margin[0]), margin[0])
            influence = influence - at * (x - a) / (a * len(x))
        n = len(x)
        error = math.sqrt(n / (n - 1) * float(np.sum(influence**2))) if n > 1 else math.inf
        return Difference("value", name, None, a, b, found.value, error, influence, margin)


def _wholes(name: str) -> list[str]:
    """Return a name and those of what it is a part of: "a.b[0]", "a.b", "a"."""
    whole = name.partition("[")[0]
    parts = whole.split(".")
    return list(dict.fromkeys([name, *(".".join(parts[:i]) for i in range(len(parts), 0, -1))]))


def same(a: Any, b: Any) -> bool | None:
    """Return whether two results are exactly the same, arrays bit for bit; None where nobody can tell."""
    try:
        return _same(a, b)
    except RecursionError:  # what holds itself
        return None


def _same(a: Any, b: Any) -> bool | None:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        if type(a) is not type(b) or a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype.kind == "O":
            return _all(_same(x, y) for x, y in zip(a.ravel(), b.ravel()))
        return a.tobytes() == b.tobytes()
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if type(a) is not type(b):
        return False
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and _all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and _all(_same(x, y) for x, y in zip(a, b))
    if hasattr(a, "equals"):  # tables of pandas and polars
        return bool(a.equals(b))
    if type(a).__eq__ is object.__eq__:
        return True if a is b else None
    try:
        return bool(a == b)
    except Exception:
        return None


def _all(found: Any) -> bool | None:
    every = list(found)
    return False if False in every else None if None in every else True
