"""What makes a stepper as precise as is asked: its own setting, searched until the end point's error fits.

At one epsilon two steppers are a hundred times apart in error, so that times at one epsilon compare nothing.
The setting is the relative error of a substep for steppers that estimate one, the quantum for quantised ones,
and the longest substep for the helix, which estimates none.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from simkit.bench.steppers.circles import STRENGTH_T, Circle, Followed, propagator_of, run_circle
from simkit.field.catalogue import build_stepper
from simkit.field.maps.uniform import UniformField
from simkit.tracking.in_field import InField

LOOSEST = 0.1
PER_DECADE = 8
TIGHTEST = 80  # ten decades below
STRIDE = 4  # of the search, until both sides of the target are known
MOST_S = 0.25  # of a trial; what takes longer does not get there
LOOSEST_QUANTUM = 1e-2
METRES = 1e4  # mm a unit of setting: longest substep of the helix
QUANTISED = "qss"

Boundary = str


class Setting(NamedTuple):
    """A stepper at a precision. value: epsilon, relative quantum, or parts of METRES; reached: whether the
    error is at most the target."""

    stepper: str
    boundary: Boundary
    value: float
    followed: Followed
    propagator: InField
    reached: bool


def is_quantised(stepper: str) -> bool:
    """Return whether a stepper's name is that of a quantised state system."""
    return stepper.startswith(QUANTISED)


def propagator_at(circle: Circle, stepper: str, boundary: Boundary, value: float) -> InField:
    """Return what moves electrons by a stepper at a setting: for the rest the preset "geant4"."""
    keys: dict[str, float | str] = {"stepper": stepper, "boundary": boundary}
    keys |= {"epsilon_min": value, "epsilon_max": value}
    if is_quantised(stepper):
        keys |= {"epsilon_min": LOOSEST, "epsilon_max": LOOSEST}
        value = min(value, LOOSEST_QUANTUM)
        keys |= {"qss_relative": value, "qss_position_mm": value, "qss_direction": max(0.1 * value, 1e-12)}
    elif stepper == "helix":
        keys["largest_step_mm"] = max(METRES * value, 1e-3)
    section = UniformField.model_validate({"kind": "uniform", "strength_T": STRENGTH_T, **keys})
    return propagator_of(circle, build_stepper(section), section.build_driver())


def find_setting(
    circle: Circle, step_turns: float, stepper: str, boundary: Boundary, target_mm: float, guess: int
) -> tuple[Setting, int]:
    """Return the loosest setting at which the end point's error is at most `target_mm`, and its number.

    guess: the number to begin at. Where no setting reaches the target, the best that was tried.
    """
    tried: dict[int, Setting] = {}

    def fits(number: int) -> bool:
        if number not in tried:
            value = LOOSEST * 10.0 ** (-number / PER_DECADE)
            propagator = propagator_at(circle, stepper, boundary, value)
            begin = time.thread_time()
            followed = run_circle(circle, propagator, step_turns)
            slow = time.thread_time() - begin > MOST_S
            fit = followed.error_mm <= target_mm and not slow
            tried[number] = Setting(stepper, boundary, value, followed, propagator, fit)
            if slow:
                raise TimeoutError
        return tried[number].reached

    try:
        good, bad = _bracket(fits, guess)
        while good - bad > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if fits(middle) else (good, middle)
        return tried[good], good
    except (TimeoutError, LookupError):
        reached = [number for number, one in tried.items() if one.reached]
        if reached:
            return tried[min(reached)], min(reached)
        best = min(tried, key=lambda number: _known(tried[number].followed.error_mm))
        return tried[best], guess


def _bracket(fits, guess: int) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    """Return (number that fits, next looser one known not to, -1 for none). Errors: LookupError for none."""
    number = guess
    if fits(number):
        while number > 0 and fits(max(number - STRIDE, 0)):
            number = max(number - STRIDE, 0)
        return number, max(number - STRIDE, -1) if number > 0 else -1
    while not fits(min(number + STRIDE, TIGHTEST)):
        if number >= TIGHTEST:
            raise LookupError
        number = min(number + STRIDE, TIGHTEST)
    return min(number + STRIDE, TIGHTEST), number


def _known(error: float) -> float:
    return error if math.isfinite(error) else math.inf
