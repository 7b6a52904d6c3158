"""What ends or shortens a step in a field: substeps, surfaces, a table's end, rules that switch it off."""

import math

import numpy as np
import pytest
from tracks_in_field import (
    CROSSINGS,
    ENERGY,
    EXCESS,
    GEANT4,
    MOMENTUM,
    RADIUS,
    STEPPERS,
    STRENGTH,
    STUCK,
    TRAVELLED,
    TURN,
    VOLUME,
    alone,
    followed,
    in_field,
    on_circle,
    planes,
    uniform,
)

from simkit.field.maps.fields import NoField
from simkit.field.maps.table import build_table
from simkit.field.maps.table_file import FieldTable
from simkit.field.maps.uniform import UniformField
from simkit.field.steppers.qss import Qss3
from simkit.field.stepping import FieldOff
from simkit.geometry import OUTSIDE
from simkit.geometry.slab_stack import build_slab_stack
from simkit.particles import GAMMA, POSITRON
from simkit.tracking.in_field import InField
from simkit.tracking.propagation import Straight
from simkit.tracking.propagators import build_propagator

EDGES = np.arange(16) * (4.0 * RADIUS / 10)
# A new type of field: the compiling takes a while.
IN_TABLES = {name: STEPPERS[name] for name in ("helix", "dormand-prince")}
IN_TABLES["qss3"] = Qss3(1e-6, 1e-6, 1e-6, 20.0, 100_000)
SEARCHES = pytest.mark.parametrize("dense", [1, 0], ids=["dense output", "re-integration"])


@pytest.mark.parametrize("name", STEPPERS)
def test_within_the_safety_no_boundary_is_asked_for(name):
    start = on_circle(0.0)
    near, far = alone(), alone()
    told = followed(uniform(STEPPERS[name]), near, start, TURN)
    untold = followed(uniform(STEPPERS[name]), far, start, TURN, near_too=0.0)
    assert near.asked[0] == 0
    assert far.asked[0] >= 15  # until it looks around, each chord is shorter than a twentieth of the circle
    assert untold.counters["field_substeps"] >= 15
    assert np.abs(told.ends - untold.ends).max() < 0.5
    # A step that would end beyond the safety asks, and not before it is there.
    small = alone(radius=2.0 * RADIUS)
    edge = followed(uniform(STEPPERS[name]), small, on_circle(0.0, x_centre=0.5 * RADIUS), 0.4 * RADIUS)
    assert small.asked[0] == 0
    assert edge.report[0, TRAVELLED] == 0.4 * RADIUS


def test_a_track_that_goes_round_far_from_surfaces_takes_long_substeps():
    """Only near a surface have its chords to be short: 2.2 mm here, on a circle of 2.4 mm."""
    start = on_circle(0.0, 0.5 * 1000.0, radius=2.4)
    geometry = build_slab_stack(1, [("a", "G4_Galactic", 1000.0)], 1e5).params
    found = followed(uniform(STEPPERS["helix"]), geometry, start, 1e4, energy=1.0)
    assert found.counters["limited_steps"] == 0
    assert found.counters["field_substeps"] < 1e4 / 30.0
    at_wall = on_circle(0.0, 1000.0 - 2.4 - 1e-2, radius=2.4)
    found = followed(uniform(STEPPERS["helix"]), geometry, at_wall, 1000.0, energy=1.0)
    assert found.counters["field_substeps"] > 1000.0 / 3.0


def depths_seen(depths, delta_chord, dense):
    """Return which of circles through a plane, so deep (mm), were seen to cross it; from the plane before."""
    start = on_circle(np.random.default_rng(4).uniform(-0.9, -0.4, len(depths)), EDGES[8] - RADIUS + depths)
    driver = GEANT4._replace(delta_chord=delta_chord, dense=dense, epsilon_min=1e-6, epsilon_max=1e-6)
    found = followed(uniform(STEPPERS["helix"], driver), planes(EDGES), start, 0.2 * TURN, crossings=2)
    return (np.abs(found.met[..., 0] - EDGES[8]) <= driver.delta_intersection).any(axis=1)


@SEARCHES
@pytest.mark.parametrize("delta_chord", [1.0, 0.25, 0.01])
def test_a_chord_misses_no_more_than_its_distance_from_the_track(delta_chord, dense):
    deeper = np.linspace(delta_chord, 4.0 * delta_chord, 2000)
    assert depths_seen(deeper, delta_chord, dense).all()
    part = depths_seen(np.linspace(0.0, delta_chord, 2000), delta_chord, dense).mean()
    assert 0.1 < part < 0.9


@pytest.mark.parametrize("name", STEPPERS)
def test_too_many_substeps_end_a_step_and_lose_nothing(name):
    """The step ends on the track, in its volume, and the next one goes on from there."""
    driver = GEANT4._replace(most_substeps=10)
    start = on_circle(0.0)
    once = followed(uniform(STEPPERS[name], driver), alone(), start, TURN, near_too=0.0)
    assert once.report[0, TRAVELLED] == TURN
    assert once.report[0, VOLUME] == 0
    assert not once.report[0, STUCK]
    counters = once.counters
    assert counters["limited_steps"] == once.report[0, 0] - 1
    assert counters["field_substeps"] + counters["rejected_substeps"] <= 10 * once.report[0, 0]
    assert np.abs(once.ends[0] - start)[:3].max() < 0.05
    free = followed(uniform(STEPPERS[name]), alone(), start, TURN, near_too=0.0)
    assert free.counters["limited_steps"] == 0
    assert free.report[0, 0] == 1


def test_rejected_substeps_alone_end_a_step_too():
    """An error that can hardly be met: the step ends after as many trials as are allowed."""
    driver = GEANT4._replace(epsilon_min=1e-12, epsilon_max=1e-12, delta_one_step=1e-9, most_substeps=10)
    propagator = uniform(STEPPERS["bogacki-shampine"], driver)
    found = followed(propagator, alone(), on_circle(0.0), 0.01 * TURN)
    assert found.counters["limited_steps"] > 0
    assert found.counters["field_substeps"] + found.counters["rejected_substeps"] <= 10 * found.report[0, 0]


def table(low, high):
    """Return a table of the uniform field for low <= x <= high and wide enough in y and z."""
    axes = (np.linspace(low, high, 7), np.linspace(-1e4, 1e4, 3), np.linspace(-1e4, 1e4, 3))
    values = np.zeros((7, 3, 3, 3))
    values[..., 2] = STRENGTH
    return build_table(FieldTable("xyz", axes, values, "z", ""), math.nan)


@pytest.mark.parametrize("short", [0.0, 5e-4])  # mm that the table ends before the world
@SEARCHES
@pytest.mark.parametrize("name", IN_TABLES)
def test_a_table_that_ends_with_the_world_is_enough(name, dense, short):
    """Trials beyond it are made shorter; whoever touches its edge or leaves there has not left the field."""
    n = 2000
    rng = np.random.default_rng(6)
    depth = rng.uniform(-0.5, 1.5 * RADIUS, n)
    depth[::2] = rng.uniform(-2e-3, 2e-3, n // 2)  # within what the boundary is met by
    angle = rng.uniform(0.0, 2.0 * math.pi, n)
    centre = np.where(np.arange(n) % 4 < 2, EDGES[-1] - RADIUS + depth, RADIUS - depth)
    starts = on_circle(angle, centre)
    inside = (starts[:, 0] > 0.0) & (starts[:, 0] < EDGES[-1])
    starts, depth = starts[inside], depth[inside]
    propagator = in_field(
        table(EDGES[0] + short, EDGES[-1] - short), IN_TABLES[name], GEANT4._replace(dense=dense)
    )
    found = followed(propagator, planes(EDGES), starts, 2.0 * TURN, crossings=1)
    endless = followed(
        uniform(IN_TABLES[name], GEANT4._replace(dense=dense)), planes(EDGES), starts, 2.0 * TURN
    )
    assert found.counters["outside_field"] == found.counters["limited_steps"] == 0
    assert not found.report[:, STUCK].any()
    assert found.report[:, 0].max() <= 30  # steps: from one plane to the next
    assert found.report[:, EXCESS].max() < GEANT4.delta_chord
    gone = found.report[:, VOLUME] == OUTSIDE
    assert 0.2 < gone.mean() < 0.8
    assert (gone == (endless.report[:, VOLUME] == OUTSIDE))[np.abs(depth) > 1e-2].mean() > 0.99
    same = gone & (endless.report[:, VOLUME] == OUTSIDE)
    off = np.abs(found.ends[same, :3] - endless.ends[same, :3]).max(axis=1)
    assert np.median(off) < 0.01
    assert np.abs(np.minimum(found.ends[gone, 0], EDGES[-1] - found.ends[gone, 0])).max() < 2e-3


@pytest.mark.parametrize("name", IN_TABLES)
def test_a_table_that_ends_before_the_world_is_reported(name):
    starts = on_circle(np.linspace(0.1, 6.2, 50), EDGES[9])
    wide, narrow = table(EDGES[4], EDGES[14]), table(EDGES[4], EDGES[9])
    assert (
        followed(in_field(wide, IN_TABLES[name]), planes(EDGES), starts, TURN).counters["outside_field"] == 0
    )
    assert followed(in_field(narrow, IN_TABLES[name]), planes(EDGES), starts, TURN).counters["outside_field"]
    begins_outside = on_circle(0.0, EDGES[9])
    found = followed(in_field(narrow, IN_TABLES[name]), planes(EDGES), begins_outside, 5.0)
    assert found.counters["outside_field"] == 1
    assert found.ends[0, 3:] == pytest.approx(begins_outside[3:])  # straight on, until the run is refused
    assert found.ends[0, 1] == pytest.approx(5.0)


REGIONS = ("a", "b", "world")


def section(**values):
    return UniformField(kind="uniform", strength_T=STRENGTH, stepper="helix", **values)


def bends(propagator, start, kind=None, energy=ENERGY):
    """Return whether a track turns on its first millimetre."""
    options = {} if kind is None else {"kind": kind}
    end = followed(propagator, planes(EDGES), start, 1.0, energy=energy, **options).ends[0]
    return abs(end[3:] - start[3:]).max() > 1e-3


@pytest.mark.parametrize(
    ("rule", "straight_for"),
    [
        ({"regions": ("a",)}, {"e-", "e+", "slow", "far", "high"}),
        ({"regions": ("b",)}, set()),
        ({"particles": ("e+",)}, {"e+"}),
        ({"except_particles": ("e+",)}, {"e-", "slow", "far", "high"}),
        ({"below_MeV": 1.0}, {"slow"}),
        ({"r_min_mm": 300.0}, {"far"}),
        ({"r_max_mm": 300.0}, {"e-", "e+", "slow", "high"}),
        ({"r_min_mm": 300.0, "z_max_mm": 10.0}, {"far"}),
        ({"z_max_mm": 10.0}, {"e-", "e+", "slow", "far"}),
        ({"particles": ("e+",), "below_MeV": 1.0}, set()),
        ({"below_MeV": MOMENTUM * (1.0 - 1e-12)}, {"slow"}),
        ({"below_MeV": MOMENTUM * (1.0 + 1e-12)}, {"e-", "e+", "slow", "far", "high"}),
    ],
)
def test_where_the_field_is_off_tracks_go_straight(rule, straight_for):
    propagator = build_propagator(section(off=(FieldOff(**rule),)), REGIONS)
    start = on_circle(0.0, EDGES[5] - RADIUS + 1.0)
    far = start + np.array([EDGES[4], 0.0, 0.0, 0.0, 0.0, 0.0])
    high = start + np.array([0.0, 0.0, -50.0, 0.0, 0.0, 0.0])
    tracks = {
        "e-": (start, None, ENERGY),
        "e+": (start, POSITRON, ENERGY),
        "slow": (start, None, 0.1),
        "far": (far, None, ENERGY),
        "high": (high, None, ENERGY),
    }
    assert {name for name, track in tracks.items() if not bends(propagator, *track)} == straight_for
    assert not bends(propagator, start, GAMMA)


def test_rules_that_hold_one_at_a_time_add_up():
    rules = (FieldOff(particles=("e+",)), FieldOff(below_MeV=1.0))
    propagator = build_propagator(section(off=rules), REGIONS)
    start = on_circle(0.0, EDGES[5] - RADIUS + 1.0)
    assert bends(propagator, start)
    assert not bends(propagator, start, POSITRON)
    assert not bends(propagator, start, energy=0.1)


def test_a_step_without_field_still_ends_at_the_boundary():
    propagator = build_propagator(section(), REGIONS, off_in=["a"])
    start = [EDGES[5] + 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    found = followed(propagator, planes(EDGES), start, 110.0, crossings=3)
    assert found.report[0, CROSSINGS] == 3
    assert found.met[0, :, 0] == pytest.approx(EDGES[6:9])
    assert found.counters["field_evaluations"] == 0


def test_no_field_is_another_propagator():
    assert isinstance(build_propagator(section(), REGIONS), InField)
    assert isinstance(build_propagator(NoField(), REGIONS), Straight)
