"""Fields, a driver that accepts and rejects, and orbits in them, for tests of the steppers.

As a program it prints the table of docs/fields_steppers.md: python tests/field/steppers/orbits.py
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from simkit.field import BEND, FIELD_AT, turning
from simkit.field.maps.uniform import Uniform
from simkit.field.steppers import TrackPoint, Turning, advance, evaluations, interpolate, order
from simkit.field.steppers.bogacki_shampine import BogackiShampine
from simkit.field.steppers.dormand_prince import DormandPrince
from simkit.field.steppers.helix import Helix
from simkit.field.steppers.nystrom import Nystrom
from simkit.field.steppers.rk4 import RK4
from simkit.jit import kernel
from simkit.units import ELECTRON_MASS

RUNGE_KUTTA = (RK4(), Nystrom(), DormandPrince(), BogackiShampine())
STEPPERS = (*RUNGE_KUTTA, Helix())
NAMES = {RK4: "RK4", Nystrom: "Nystrom", DormandPrince: "Dormand-Prince", BogackiShampine: "Bogacki-Shampine"}
NAMES[Helix] = "helix"
LAST_IS_FIRST = (DormandPrince, BogackiShampine)  # what they evaluate at the end begins the next step
ONE_TESLA = Uniform(0.0, 0.0, 1.0)
MOMENTUM = math.sqrt(10.9181415 * (10.9181415 + 2.0 * ELECTRON_MASS))  # MeV/c
RADIUS = MOMENTUM / BEND  # mm, in one tesla
TURN = 2.0 * math.pi * RADIUS
ACROSS = TrackPoint(0.0, RADIUS, 0.0, 1.0, 0.0, 0.0)

# Ten turns in one tesla, R = 38.085 mm, with Geant4's control of errors: {epsilon: (steps a turn, field calls
# a turn, error of the end in mm)}, computed by a program that shares no code with this one.
INDEPENDENT = {
    RK4: {
        1e-3: (12.0, 134, 2.2e-2),
        1e-4: (21.4, 238, 1.2e-3),
        1e-5: (37.9, 419, 6.9e-5),
        1e-6: (67.4, 744, 3.9e-6),
    },
    Nystrom: {
        1e-3: (47.3, 143, 6.2e-3),
        1e-4: (101.7, 306, 2.9e-4),
        1e-5: (219.0, 658, 1.4e-5),
        1e-6: (472.0, 1416, 6.3e-7),
    },
    DormandPrince: {
        1e-3: (6.9, 42, 0.53),
        1e-4: (12.2, 75, 2.7e-2),
        1e-5: (21.6, 131, 1.5e-3),
        1e-6: (38.3, 231, 8.0e-5),
    },
}


class Bottle(NamedTuple):
    """B_z = strength (1 + z^2 / length^2), B_r = -strength r z / length^2: no divergence; tesla, mm."""

    strength: float
    length: float


def _bottle(field, x, y, z):
    change = field.strength / field.length**2
    return -change * x * z, -change * y * z, field.strength + change * z * z


FIELD_AT[Bottle] = _bottle
BOTTLE = Bottle(1.0, 60.0)
OBLIQUE = TrackPoint(5.0, 30.0, 12.0, 0.6, 0.16, math.sqrt(1.0 - 0.6**2 - 0.16**2))


@kernel
def turning_of(field, bend, place):
    u, v, w = turning(field, bend, place.x, place.y, place.z, place.u, place.v, place.w)
    return Turning(u, v, w)


@kernel
def one_step(stepper, field, bend, place, length):
    """Return (end, error, dense) of one step."""
    return advance(stepper, field, bend, place, turning_of(field, bend, place), length)


@kernel
def equal_steps(stepper, field, bend, place, length, steps):
    """Return the end of `steps` equal steps, `length` together, whatever their errors."""
    for _ in range(steps):
        turn = turning_of(field, bend, place)
        place, _, _ = advance(stepper, field, bend, place, turn, length / steps)
    return place


@kernel
def inside_one_step(stepper, field, bend, place, length, fractions, places):
    """Fill places, float64[fractions, 6], from the dense output of one step."""
    _, _, dense = advance(stepper, field, bend, place, turning_of(field, bend, place), length)
    for i in range(len(fractions)):
        at = interpolate(stepper, dense, fractions[i])
        places[i, 0], places[i, 1], places[i, 2] = at.x, at.y, at.z
        places[i, 3], places[i, 4], places[i, 5] = at.u, at.v, at.w


@kernel
def accepted_steps(stepper, field, bend, place, length, epsilon, first, unit):
    """Integrate with control of the error; return (end, steps, rejected, sum of | |t| - 1 |).

    As Geant4's driver: accepted where the error is at most epsilon; 0.9 for safety, shrinking to a tenth and
    growing to five times at most. first: the first trial (mm); unit: directions are scaled to unit length.
    """
    travelled, trial, drift = 0.0, first, 0.0
    steps, rejected = 0, 0
    while travelled < length and steps + rejected < 10_000_000:
        h = min(trial, length - travelled)
        end, error, _ = advance(stepper, field, bend, place, turning_of(field, bend, place), h)
        ratio = error / epsilon
        if ratio > 1.0:
            rejected += 1
            trial = h * max(0.1, 0.9 * ratio ** (-1.0 / order(stepper)))
            continue
        steps += 1
        travelled = length if h == length - travelled else travelled + h
        trial = h * (min(5.0, 0.9 * ratio ** (-1.0 / (order(stepper) + 1.0))) if ratio > 0.0 else 5.0)
        norm = math.sqrt(end.u**2 + end.v**2 + end.w**2)
        drift += abs(norm - 1.0)
        place = TrackPoint(end.x, end.y, end.z, end.u / norm, end.v / norm, end.w / norm) if unit else end
    return place, steps, rejected, drift


@kernel
def _repeated(stepper, field, bend, place, length, steps):
    total = 0.0
    for _ in range(steps):
        place, error, _ = advance(stepper, field, bend, place, turning_of(field, bend, place), length)
        total += error
    return place, total


@kernel
def _repeated_with_middle(stepper, field, bend, place, length, steps):
    total = 0.0
    for _ in range(steps):
        place, error, dense = advance(stepper, field, bend, place, turning_of(field, bend, place), length)
        total += error + interpolate(stepper, dense, 0.3).x
    return place, total


def field_calls(stepper, steps: int, rejected: int) -> int:
    """Return the evaluations of an integration whose driver evaluates the field at no place twice."""
    fresh = 1 if isinstance(stepper, LAST_IS_FIRST) else steps
    return (steps + rejected) * evaluations(stepper) + fresh


def ten_turns(stepper, epsilon: float) -> tuple[float, float, float, float]:
    """Return (steps a turn, field calls a turn, end's error in mm, || t | - 1|) of ten turns."""
    arguments = (stepper, ONE_TESLA, BEND / MOMENTUM, ACROSS, 10.0 * TURN, epsilon, 1.0, False)
    end, steps, rejected, _ = accepted_steps(*arguments)
    off = math.dist(end[:3], ACROSS[:3])
    return steps / 10, field_calls(stepper, steps, rejected) / 10, off, abs(math.hypot(*end[3:]) - 1.0)


def distance(a, b) -> float:
    return math.dist(a[:3], b[:3])


def exact(place: TrackPoint, length: float, field=BOTTLE) -> TrackPoint:
    """Return where a step leads, from 256 steps of the method of the highest order."""
    return equal_steps(DormandPrince(), field, BEND / MOMENTUM, place, length, 256)


def nanoseconds(function, stepper, length: float) -> float:
    """Return the time of one call in a loop of a million, the shortest of forty loops."""
    arguments = (stepper, Uniform(0.0, 0.3, 3.8), BEND / MOMENTUM, OBLIQUE, length)
    function(*arguments, 1)
    times = []
    for _ in range(40):
        began = time.perf_counter()
        function(*arguments, 1_000_000)
        times.append(time.perf_counter() - began)
    return min(times) * 1e3


def main() -> None:
    columns = "steps / turn | field calls / turn | end's error (mm) | drift of the norm"
    print(
        f"| epsilon | stepper | {columns} | independent: steps, calls, error |\n|---|---|---|---|---|---|---|"
    )
    for epsilon in (1e-3, 1e-4, 1e-5, 1e-6):
        for stepper in RUNGE_KUTTA:
            steps, calls, off, drift = ten_turns(stepper, epsilon)
            known = INDEPENDENT.get(type(stepper))
            others = "{:.1f}, {}, {:.1e}".format(*known[epsilon]) if known else ""
            row = f"{steps:.1f} | {calls:.0f} | {off:.1e} | {drift:.1e} | {others}"
            print(f"| {epsilon:.0e} | {NAMES[type(stepper)]} | {row} |")
    print("\n| stepper | advance (ns) | advance and interpolate (ns) |\n|---|---|---|")
    for stepper in STEPPERS:
        lengths = (1.0, 20.0) if isinstance(stepper, Helix) else (1.0,)
        for length in lengths:
            both = (nanoseconds(f, stepper, length) for f in (_repeated, _repeated_with_middle))
            angle = f", {length * BEND / MOMENTUM * 3.8:.1f} rad" if len(lengths) > 1 else ""
            print(f"| {NAMES[type(stepper)]}{angle} | " + " | ".join(f"{ns:.0f}" for ns in both) + " |")


if __name__ == "__main__":
    main()
