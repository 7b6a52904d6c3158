"""What makes a stepper as precise as is asked: its own setting, searched until the end point's error fits.

At one epsilon two steppers are a hundred times apart in error, so that times at one epsilon compare nothing.
The setting is the relative error of a substep for steppers that estimate one, the quantum for quantised ones,
and the longest substep for the helix, which estimates none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from simkit.bench.steppers.circles import Circle, Followed, compile_circle, propagator_of, run_circle
from simkit.field.stepping import Stepping

LOOSEST = 0.1
PER_DECADE = 8
TIGHTEST = 64  # eight decades below
STRIDE = 4  # of the search, until both sides of the target are known
MOST_S = 0.1  # of a trial; what takes longer does not get there
LOOSEST_QUANTUM = 1e-2
METRES = 1e4  # mm a unit of setting: longest substep of the helix
QUANTISED = "qss"
ORDERS = {"qss2": 2, "qss3": 3}
GAP_MM, QUANTUM, POSITION_MM, DIRECTION = (
    Stepping.model_fields[f"qss_{name}"].default
    for name in ("gap_mm", "relative", "position_mm", "direction")
)
LEAST_GAP_MM = 0.5

WAYS = ("dense", "reintegrate")
"""How a boundary is met."""
QUANTISED_WAYS = ("positions", "gaps", "short gaps")
"""Quantised systems meet boundaries on their polynomials; they look at the field when positions have their
events, or at gaps: of 20 mm, or shorter ones that keep in step with the quantum."""
LITTLE = 0.7  # of an error: it should be less when a stride tighter is more work
MORE = 1.05  # of the work; while it does not grow, the setting does not rule yet
STRIKES = 3  # in a row, after which no setting reaches the target


class Setting(NamedTuple):
    """A stepper at a precision. way: one of `ways`. value: epsilon, relative quantum, or parts of METRES;
    reached: whether the error is at most the target."""

    stepper: str
    way: str
    value: float
    followed: Followed
    propagator: Any
    reached: bool


def ways(stepper: str) -> tuple[str, ...]:
    """Return the ways in which a stepper can be used."""
    return QUANTISED_WAYS if is_quantised(stepper) else WAYS


def is_quantised(stepper: str) -> bool:
    """Return whether a stepper's name is that of a quantised state system."""
    return stepper.startswith(QUANTISED)


def propagator_at(circle: Circle, stepper: str, way: str, value: float) -> Any:
    """Return what moves electrons by a stepper at a setting: for the rest the preset "geant4"."""
    keys: dict[str, float | str] = {"stepper": stepper}
    if is_quantised(stepper):
        value = min(value, LOOSEST_QUANTUM)  # the others in proportion, as by default
        part = value / QUANTUM
        keys |= {
            "qss_relative": value,
            "qss_position_mm": POSITION_MM * part,
            "qss_direction": DIRECTION * part,
        }
        keys["qss_positions"] = way == "positions"
        if way == "short gaps":
            # The error of the field between two looks falls with the gap's power `order`: it keeps in step.
            gap = GAP_MM * part ** (1.0 / ORDERS.get(stepper, 3))
            keys["qss_gap_mm"] = min(max(gap, LEAST_GAP_MM), GAP_MM)
    elif stepper == "helix":
        keys |= {"boundary": way, "largest_step_mm": max(METRES * value, 1e-3)}
    else:
        keys |= {"boundary": way, "epsilon_min": value, "epsilon_max": value}
    return propagator_of(circle, keys)


def find_setting(
    circle: Circle, step_turns: float, stepper: str, way: str, target_mm: float, guess: int
) -> tuple[Setting, int]:
    """Return the loosest setting at which the end point's error is at most `target_mm`, and its number.

    guess: the number to begin at. Where no setting reaches the target, the best that was tried; it is given
    up where more work does not make it more precise, or a trial takes longer than MOST_S.
    """
    tried: dict[int, Setting] = {}

    def error(number: int) -> float:
        if number not in tried:
            value = LOOSEST * 10.0 ** (-number / PER_DECADE)
            propagator = propagator_at(circle, stepper, way, value)
            if not tried:
                compile_circle(circle, propagator)
            begin = time.thread_time()
            followed = run_circle(circle, propagator, step_turns)
            slow = time.thread_time() - begin > MOST_S
            fits = followed.error_mm <= target_mm
            tried[number] = Setting(stepper, way, value, followed, propagator, fits)
            if slow:
                raise TimeoutError
        return tried[number].followed.error_mm

    def work(number: int) -> float:
        counts = tried[number].followed.counts
        return counts["field_evaluations"] + counts["events"]

    with suppress(TimeoutError, LookupError):
        good, bad = _bracket(error, work, target_mm, guess)
        while good - bad > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if error(middle) <= target_mm else (good, middle)
    reached = [number for number, one in tried.items() if one.reached]
    if reached:
        return tried[min(reached)], min(reached)
    return min(tried.values(), key=lambda one: one.followed.error_mm), guess


def _bracket(
    error: Callable[[int], float], work: Callable[[int], float], target_mm: float, guess: int
) -> tuple[int, int]:
    """Return a number that fits, and a looser one that does not (-1: there is none). Errors: LookupError."""
    good, strikes = guess, 0
    while error(good) > target_mm:
        tighter = min(good + STRIDE, TIGHTEST)
        in_vain = error(tighter) > LITTLE * error(good) and work(tighter) > MORE * work(good)
        strikes = strikes + 1 if in_vain else 0
        if good == TIGHTEST or (strikes == STRIKES and error(tighter) > target_mm):
            raise LookupError
        good = tighter
    while good > 0:
        looser = max(good - STRIDE, 0)
        if error(looser) > target_mm:
            return good, looser
        good = looser
    return 0, -1
