"""QSS2 and QSS3: on a circle against an independent calculation, in varying fields against DOP853."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from simkit.field import FIELD_AT
from simkit.field.maps.uniform import Uniform
from simkit.field.steppers import TrackPoint, advance, order
from simkit.field.steppers.exits import first_exit
from simkit.field.steppers.polynomials import NEVER, sagitta, value
from simkit.field.steppers.qss import (
    Qss2,
    Qss3,
    begin,
    next_event,
    place_at,
    run_events,
    segment,
    step_to_event,
)
from simkit.jit import kernel

RADIUS = 38.085385  # mm
BEND = 1.0 / RADIUS  # in 1 T
TURN = 2.0 * math.pi * RADIUS
SPEED = 299.46  # mm/ns, of an electron of 10.918 MeV/c
LONGEST_GAP = 50.0
MOST = 10**7
STEPPERS = {2: Qss2, 3: Qss3}
ONE_TESLA = Uniform(0.0, 0.0, 1.0)
ALONG_X = TrackPoint(0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
ASLANT = TrackPoint(3.0, -4.0, 5.0, 0.48, 0.6, 0.64)


class Varying(NamedTuple):
    """A magnetic bottle of a length 1 / k_z, or a ridge of a width 1 / k_x: the other k is 0.

    Bz = (1 + k_z^2 z^2) / (1 + k_x^2 x^2), Br = -k_z^2 r z.
    """

    k_x: float
    k_z: float


class Beyond(NamedTuple):
    """1 T along z where x is more than `edge`."""

    edge: float


def varying(field, x, y, z):
    k2 = field.k_z * field.k_z
    return -k2 * x * z, -k2 * y * z, (1.0 + k2 * z * z) / (1.0 + field.k_x * field.k_x * x * x)


def beyond(field, x, y, z):
    return 0.0, 0.0, 1.0 if x > field.edge else 0.0


FIELD_AT[Varying] = varying
FIELD_AT[Beyond] = beyond
BOTTLE, RIDGE = Varying(0.0, 0.005), Varying(0.02, 0.0)


@kernel
def advanced(stepper, field, bend, start, length):
    return advance(stepper, field, bend, start, 0, length)


@kernel
def exit_of(p, q, band):
    return first_exit(p, q, band)


@kernel
def value_at(p, h):
    return value(p, h)


@kernel
def sagitta_of(p, h):
    return sagitta(p, h)


def fine(n, quantum=1e-5, positions=0.1):
    """Return a stepper; its least quantum of positions is `positions` mm times the relative one."""
    return STEPPERS[n](quantum, positions * quantum, 1e-3 * quantum, LONGEST_GAP, MOST)


def run(stepper, field, bend, start, length):
    return run_events(stepper, field, bend, begin(stepper, field, bend, start), length, MOST)


def end_of(stepper, field, bend, start, length):
    return np.array(place_at(run(stepper, field, bend, start, length), length))


def events(state):
    """Return the events of positions, and of directions."""
    return sum(v.events for v in (state.x, state.y, state.z)), sum(
        v.events for v in (state.u, state.v, state.w)
    )


def reference(field, bend, start, length):
    def derivative(s, state):
        return np.concatenate([state[3:], bend * np.cross(state[3:], varying(field, *state[:3]))])

    answer = solve_ivp(derivative, (0.0, length), start, method="DOP853", rtol=1e-12, atol=1e-12)
    return answer.y[:, -1]


# n, dQRel, dQMin; events a turn, of which of positions, error (mm) after 1 and 10 turns, |v| - 1 after 10.
# An independent calculation with the time for variable and one dQMin for mm and mm/ns.
CIRCLES = [
    (2, 1e-3, 1e-5, 779, 502, 0.080, 0.80, 7.8e-4),
    (2, 1e-4, 1e-5, 2217, 1327, 0.0080, 0.080, 2.4e-5),
    (2, 1e-5, 1e-6, 7005, 4196, 8.0e-4, 8.0e-3, 7.4e-7),
    (3, 1e-3, 1e-5, 154, 75, 0.037, 0.36, 9.4e-3),
    (3, 1e-4, 1e-5, 337, 166, 0.0037, 0.038, 9.7e-4),
    (3, 1e-5, 1e-6, 729, 360, 3.8e-4, 3.8e-3, 9.9e-5),
    (3, 1e-6, 1e-7, 1573, 777, 3.8e-5, 3.8e-4, 1.0e-5),
]


@pytest.mark.parametrize(("n", "relative", "least", "each_turn", "positions", "one", "ten", "drift"), CIRCLES)
def test_a_circle_as_calculated_elsewhere(n, relative, least, each_turn, positions, one, ten, drift):
    stepper = STEPPERS[n](relative, least, least / SPEED, NEVER, MOST)
    state = run(stepper, ONE_TESLA, BEND, ALONG_X, 10.0 * TURN)
    of_positions, of_directions = events(state)
    assert (of_positions + of_directions) / 10.0 == pytest.approx(each_turn, rel=0.01)
    assert of_positions / 10.0 == pytest.approx(positions, rel=0.01)
    after_one = end_of(stepper, ONE_TESLA, BEND, ALONG_X, TURN)
    after_ten = np.array(place_at(state, 10.0 * TURN))
    assert np.linalg.norm(after_one[:3]) == pytest.approx(one, rel=0.05)
    assert np.linalg.norm(after_ten[:3]) == pytest.approx(ten, rel=0.05)
    assert abs(np.linalg.norm(after_ten[3:]) - 1.0) == pytest.approx(drift, rel=0.05)


@pytest.mark.parametrize("n", [2, 3])
def test_events_and_error_follow_the_quantum(n):
    """Events as quantum^(-1/n), the error as the quantum; the positions' own quanta fall with it."""
    quanta = np.array([1e-3, 1e-4, 1e-5, 1e-6])
    states = [run(fine(n, q), ONE_TESLA, BEND, ALONG_X, 5.0 * TURN) for q in quanta]
    count = [sum(events(state)) for state in states]
    error = [math.dist(place_at(state, 5.0 * TURN)[:3], (0.0, 0.0, 0.0)) for state in states]
    assert np.polyfit(np.log(quanta), np.log(count), 1)[0] == pytest.approx(-1.0 / n, abs=0.02)
    assert np.polyfit(np.log(quanta), np.log(error), 1)[0] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("positions", [0.1, NEVER], ids=["with events of positions", "without"])
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize(
    ("field", "start"),
    [
        (BOTTLE, TrackPoint(20.0, 0.0, 0.0, 0.0, 0.6, 0.8)),
        (RIDGE, TrackPoint(-60.0, 5.0, 0.0, 0.6, 0.0, 0.8)),
    ],
    ids=["bottle", "ridge"],
)
def test_a_varying_field(field, start, n, positions):
    """The error (root mean square of some tracks) falls with the quanta, as fast as they do."""
    quanta = 10.0 ** -np.arange(4.5, 7.0, 0.5)
    square = np.zeros(len(quanta))
    for aside in range(6):
        aslant = start._replace(x=start.x + 2.0 * aside)
        exact = reference(field, BEND, aslant, 1000.0)
        ends = [end_of(fine(n, q, positions), field, BEND, aslant, 1000.0) for q in quanta]
        square += [np.sum((end - exact)[:3] ** 2) for end in ends]
    error = np.sqrt(square / 6.0)
    assert error[-1] < 0.01
    assert np.polyfit(np.log(quanta), np.log(error), 1)[0] == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("n", [2, 3])
def test_without_events_of_positions_the_field_is_evaluated_less(n):
    field, start = BOTTLE, TrackPoint(20.0, 0.0, 0.0, 0.0, 0.6, 0.8)
    with_them = run(fine(n), field, BEND, start, 500.0)
    without = run(fine(n, positions=NEVER), field, BEND, start, 500.0)
    assert events(without)[0] == 0
    assert without.field.taken < 0.5 * with_them.field.taken
    assert events(with_them)[0] >= 0.9 * with_them.field.taken


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize(
    ("field", "bend", "start"),
    [
        (Uniform(0.0, 0.0, 0.0), BEND, ASLANT),
        (ONE_TESLA, 0.0, ASLANT),
        (Uniform(0.0, 0.0, -2.0), BEND, TrackPoint(1.0, 2.0, 3.0, 0.0, 0.0, 1.0)),
        (Uniform(0.96, 1.2, 1.28), BEND, ASLANT),
    ],
    ids=["no field", "no charge", "along the field", "along a slanting field"],
)
def test_straight_on(n, field, bend, start):
    state = run(fine(n), field, bend, start, 1000.0)
    straight = [x + 1000.0 * u for x, u in zip(start[:3], start[3:], strict=True)]
    assert place_at(state, 1000.0) == pytest.approx((*straight, *start[3:]), rel=1e-12, abs=1e-12)
    assert events(state) == (0, 0)
    assert state.field.taken <= 1000.0 / LONGEST_GAP + 30


AXES = np.eye(3)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("charge", [1.0, -1.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("along", "across"), [(i, j) for i in range(3) for j in range(3) if i != j])
def test_along_an_axis_across_another(n, charge, sign, along, across):
    """A quarter of a turn from an axis: to the side where t x B points."""
    direction, b = sign * AXES[along], AXES[across]
    aside = charge * np.cross(direction, b)
    end = end_of(fine(n), Uniform(*b), charge * BEND, TrackPoint(0.0, 0.0, 0.0, *direction), 0.25 * TURN)
    assert end[:3] == pytest.approx(RADIUS * (direction + aside), abs=1e-3)
    assert end[3:] == pytest.approx(aside, abs=1e-4)


@pytest.mark.parametrize("n", [2, 3])
def test_symmetries_hold_to_the_last_bit(n):
    """The charge with the field; the mirror of a plane; the axes turned round."""
    stepper, length = fine(n, 1e-4), 3.0 * TURN
    x, y, z, u, v, w = ASLANT
    end = end_of(stepper, Uniform(0.3, -0.5, 0.8), BEND, ASLANT, length)
    assert (end_of(stepper, Uniform(-0.3, 0.5, -0.8), -BEND, ASLANT, length) == end).all()
    for axis in range(3):
        mirror = np.ones(3)
        mirror[axis] = -1.0
        field = Uniform(*(-mirror * (0.3, -0.5, 0.8)))  # an axial vector
        start = TrackPoint(*(mirror * (x, y, z)), *(mirror * (u, v, w)))
        mirrored = end_of(stepper, field, BEND, start, length)
        assert (mirrored == end * np.concatenate([mirror, mirror])).all()
    turned = end_of(stepper, Uniform(-0.5, 0.8, 0.3), BEND, TrackPoint(y, z, x, v, w, u), length)
    assert (turned == end[[1, 2, 0, 4, 5, 3]]).all()


@pytest.mark.parametrize("n", [2, 3])
def test_quanta_do_not_grow_with_the_distance_from_the_origin(n):
    here = run(fine(n), ONE_TESLA, BEND, ALONG_X, TURN)
    far = run(fine(n), ONE_TESLA, BEND, TrackPoint(5000.0, -7000.0, 9000.0, 1.0, 0.0, 0.0), TURN)
    assert events(far) == events(here)
    moved = np.array(place_at(far, TURN)) - np.array(place_at(here, TURN))
    assert moved == pytest.approx((5000.0, -7000.0, 9000.0, 0.0, 0.0, 0.0), abs=1e-11)


@pytest.mark.parametrize("n", [2, 3])
def test_no_variable_strays_from_its_quantised_one_by_more_than_its_quantum(n):
    """The definition of the method, looked at between all events of a helix in a bottle."""
    stepper, field = fine(n, 1e-3), BOTTLE
    state = begin(stepper, field, BEND, ASLANT)
    closest = 0.0
    while state.now < TURN:
        for s in np.linspace(state.now, min(next_event(state), TURN), 5):
            for variable in (state.x, state.y, state.z, state.u, state.v, state.w):
                h = s - variable.origin
                strays = abs(value_at(variable.path, h) - value_at(variable.quantised, h))
                assert strays <= variable.quantum * 1.002
                closest = max(closest, strays / variable.quantum)
        state = step_to_event(stepper, field, BEND, state, TURN)
    assert closest > 0.99


@pytest.mark.parametrize("n", [2, 3])
def test_between_events_positions_are_the_segment(n):
    stepper, field = fine(n, 1e-3), BOTTLE
    state = run(stepper, field, BEND, ASLANT, 60.0)
    for _ in range(40):
        state = step_to_event(stepper, field, BEND, state, 200.0)
        length = next_event(state) - state.now
        here = segment(state)
        chord = np.array([[value_at(p, h) for h in (0.0, 0.5 * length, length)] for p in here])
        for h in (0.0, 0.3 * length, length):
            place = place_at(state, state.now + h)
            moved = np.array(place[:3]) - ASLANT[:3]
            assert moved == pytest.approx([value_at(p, h) for p in here], abs=1e-12)
        middle = chord[:, 1] - 0.5 * (chord[:, 0] + chord[:, 2])
        bounds = [sagitta_of(p, length) for p in here]
        assert (np.abs(middle) <= np.array(bounds) * (1.0 + 1e-9) + 1e-13).all()
    assert state.now < 200.0


def test_where_a_segment_leaves_a_slab():
    state = begin(fine(2), ONE_TESLA, BEND, ALONG_X)
    x, _, _ = segment(state)
    centred = x._replace(c0=x.c0 - 0.5)  # between planes at x = -1 and 2
    nought = state.x.quantised._replace(c0=0.0, c1=0.0)
    assert exit_of(centred, nought, 1.5) == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("n", [2, 3])
def test_where_it_is_looked_at_changes_nothing(n):
    """Stops between events, as a boundary search makes them, leave every bit as it is."""
    stepper = fine(n, 1e-3)
    state = begin(stepper, ONE_TESLA, BEND, ASLANT)
    for end in np.linspace(1.0, TURN, 97):
        state = run_events(stepper, ONE_TESLA, BEND, state, end, MOST)
        assert state.now == end
    assert state == run(stepper, ONE_TESLA, BEND, ASLANT, TURN)


@pytest.mark.parametrize("n", [2, 3])
def test_a_straight_track_finds_a_field_within_the_longest_gap(n):
    stepper = fine(n)
    end = end_of(stepper, Beyond(1234.5), 0.1 * BEND, ALONG_X, 1500.0)
    turned = math.atan2(-end[4], end[3])
    assert 265.5 - LONGEST_GAP <= 10.0 * RADIUS * turned <= 265.5 + LONGEST_GAP


@pytest.mark.parametrize("n", [2, 3])
def test_advance_runs_all_events(n):
    stepper = fine(n, 1e-3)
    end, error, (state, _, _) = advanced(stepper, ONE_TESLA, BEND, ASLANT, TURN)
    assert error == 0.0
    assert state == run(stepper, ONE_TESLA, BEND, ASLANT, TURN)
    assert end == place_at(state, TURN)
    assert order(stepper) == n


@pytest.mark.parametrize("n", [2, 3])
def test_too_many_events_are_an_error_that_no_driver_accepts(n):
    stepper = fine(n)._replace(most_events=100)
    _, error, (state, _, _) = advanced(stepper, ONE_TESLA, BEND, ASLANT, TURN)
    assert error == NEVER
    assert 0.0 < state.now < TURN
    assert sum(events(state)) <= 100
    tiny = STEPPERS[n](1e-300, 1e-300, 1e-300, LONGEST_GAP, 1000)  # no event gets on
    assert advanced(tiny, ONE_TESLA, BEND, ASLANT, TURN)[1] == NEVER


@pytest.mark.parametrize("n", [2, 3])
def test_a_field_that_is_no_number_is_passed_on_and_ends(n):
    end, _, _ = advanced(fine(n), Uniform(math.nan, 0.0, 1.0), BEND, ASLANT, TURN)
    assert np.isnan(end).any()
