"""Long orbits through `propagate`: errors, field calls, and what has to be conserved."""

import math

import numpy as np
import pytest
from tracks_in_field import (
    GEANT4,
    MOMENTUM,
    RADIUS,
    STEPPERS,
    TURN,
    VOLUME,
    alone,
    followed,
    in_field,
    on_circle,
    planes,
    uniform,
)

from simkit.field import BEND
from simkit.field.maps.potential import vector_potential
from simkit.field.maps.solenoid import SolenoidField
from simkit.field.maps.toroid import ToroidField
from simkit.field.maps.uniform import Uniform
from simkit.particles import ELECTRON, POSITRON
from simkit.units import ELECTRON_MASS

# Ten turns of a positron of R = 38.085 mm in 1 T, and what a driver by itself takes that leaves the
# direction's length alone (docs/fields_steppers.md): {epsilon: (steps a turn, field calls a turn, error of
# the end in mm)}.
TEN_MEV = 10.9181415
TEN_MEV_RADIUS = math.sqrt(TEN_MEV * (TEN_MEV + 2.0 * ELECTRON_MASS)) / BEND
TEN_TURNS = {
    "rk4": {1e-3: (12.2, 134, 2.2e-2), 1e-4: (21.5, 236, 1.2e-3), 1e-5: (38.1, 419, 6.9e-5)},
    "nystrom": {1e-3: (45.9, 138, 7.1e-3), 1e-4: (98.3, 295, 3.3e-4), 1e-5: (211.5, 634, 1.6e-5)},
    "dormand-prince": {1e-3: (7.1, 43, 5.3e-1), 1e-4: (12.4, 74, 2.7e-2), 1e-5: (21.7, 130, 1.4e-3)},
    "bogacki-shampine": {1e-3: (34.0, 102, 6.4e-1), 1e-4: (106.4, 319, 2.1e-2), 1e-5: (336.0, 1008, 6.5e-4)},
}
# The propagator gives the direction unit length after each substep, which takes out part of the error.
BETTER = {
    "rk4": (2.5, 12.0),
    "nystrom": (0.9, 1.1),
    "dormand-prince": (0.95, 2.5),
    "bogacki-shampine": (5, 80),
}
# The last stage of these is where the next step begins; the propagator evaluates the field there again.
REPEATED = {"dormand-prince": 1, "bogacki-shampine": 1}


def precise(epsilon, **values):
    return GEANT4._replace(epsilon_min=epsilon, epsilon_max=epsilon, most_substeps=10**7, **values)


@pytest.mark.parametrize("epsilon", [1e-3, 1e-4, 1e-5])
@pytest.mark.parametrize("name", TEN_TURNS)
def test_ten_turns(name, epsilon):
    steps, calls, error = TEN_TURNS[name][epsilon]
    start = [0.0, -TEN_MEV_RADIUS, 0.0, -1.0, 0.0, 0.0]
    length = 20.0 * math.pi * TEN_MEV_RADIUS
    propagator = in_field(Uniform(0.0, 0.0, 1.0), STEPPERS[name], precise(epsilon))
    found = followed(propagator, alone(), start, length, energy=TEN_MEV, kind=POSITRON)
    counters = found.counters
    assert counters["field_substeps"] / 10 == pytest.approx(steps, rel=0.03)
    calls += steps * REPEATED.get(name, 0)
    assert counters["field_evaluations"] / 10 == pytest.approx(calls, rel=0.03)
    assert counters["rejected_substeps"] <= 5  # the first trial is the whole length
    least, most = BETTER[name]
    assert least < error / math.dist(found.ends[0, :3], start[:3]) < most


def test_ten_turns_of_a_helix_are_one_substep():
    start = np.add(on_circle(0.3), [0.0, 0.0, 7.0, 0.0, 0.0, 0.0])
    found = followed(uniform(STEPPERS["helix"]), alone(), start, 10.0 * TURN)
    assert found.counters["field_substeps"] == 1
    assert np.abs(found.ends[0] - start).max() < 1e-10


@pytest.mark.parametrize("name", STEPPERS)
def test_the_momentum_after_ten_thousand_turns(name):
    """Its size is that of the energy, so the direction's length says how far it is off."""
    propagator = uniform(STEPPERS[name], precise(1e-4))
    found = followed(propagator, alone(), on_circle(0.0), 1e4 * TURN)
    assert abs(np.linalg.norm(found.ends[0, 3:]) - 1.0) < 3e-16
    drift = found.counters["momentum_drift"] * 2.0**-40
    if name in ("helix", "nystrom"):  # these keep the length by themselves
        assert drift < 1e-9
    else:
        assert 1e-8 < drift / found.counters["field_substeps"] < 1e-4


def canonical(field, place, charge):
    """Return the canonical momentum (MeV/c) at a place of an electron or positron of ENERGY."""
    return MOMENTUM * place[3:] + charge * BEND * vector_potential(field, *place[:3])


FINE = [(name, 1e-6) for name in STEPPERS if name != "helix"]


@pytest.mark.parametrize(("name", "epsilon"), FINE)
@pytest.mark.parametrize("kind", [ELECTRON, POSITRON])
def test_the_angular_momentum_in_a_fringe(name, epsilon, kind):
    """Canonical, about the axis of a solenoid, on ways through its end and back: r p_phi + q r A_phi."""
    section = SolenoidField(kind="solenoid", strength_T=2.0, radius_mm=200.0, length_mm=400.0)
    field = section.build()
    charge = {ELECTRON: -1.0, POSITRON: 1.0}[kind]
    turning = math.sqrt(0.5)
    starts = np.array(
        [
            [10.0, 50.0, 0.0, turning, 0.0, turning],
            [-60.0, 0.0, 120.0, 0.0, turning, turning],
            [30.0, -20.0, -150.0, 0.6, 0.0, -0.8],
        ]
    )
    found = followed(in_field(field, STEPPERS[name], precise(epsilon)), alone(), starts, 600.0, kind=kind)
    assert np.abs(found.ends[:, 2]).max() > 300.0  # beyond the end of the coil
    for start, end in zip(starts, found.ends, strict=True):
        before, after = ((np.cross(p[:3], canonical(field, p, charge))[2]) for p in (start, end))
        assert after == pytest.approx(before, abs=1e-3)  # MeV/c mm, of some thousands
        bare = MOMENTUM * (np.cross(end[:3], end[3:]) - np.cross(start[:3], start[3:]))[2]
        assert abs(bare) > 30.0  # so that the field's part is what makes it constant


@pytest.mark.parametrize(("name", "epsilon"), [("dormand-prince", 1e-6)])
@pytest.mark.parametrize("kind", [ELECTRON, POSITRON])
def test_the_momentum_along_the_axis_of_a_toroid(name, epsilon, kind):
    """p_z - q k ln r is constant."""
    section = ToroidField(kind="toroid", strength_T=2.0, inner_mm=100.0, outer_mm=1e4, length_mm=1e5)
    field = section.build()
    charge = {ELECTRON: -1.0, POSITRON: 1.0}[kind]
    start = np.array([1000.0, 0.0, 0.0, 0.0, 0.6, 0.8])
    propagator = in_field(field, STEPPERS[name], precise(epsilon))
    ends = [followed(propagator, alone(), start, length, kind=kind).ends[0] for length in (800.0, 3000.0)]
    for end in ends:
        before, after = (canonical(field, place, charge)[2] for place in (start, end))
        assert after == pytest.approx(before, abs=2e-4)
    assert max(abs(end[5] - start[5]) for end in ends) > 0.2


@pytest.mark.parametrize("dense", [1, 0], ids=["dense output", "re-integration"])
@pytest.mark.parametrize("name", STEPPERS)
def test_time_reversal(name, dense):
    """Through planes and back, as the antiparticle."""
    edges = np.arange(15) * (4.0 * RADIUS / 10)
    geometry = planes(edges)
    angles = np.linspace(0.1, 6.2, 40)
    starts = on_circle(angles, 6.5 * edges[1])
    propagator = uniform(STEPPERS[name], precise(1e-6, dense=dense))
    there = followed(propagator, geometry, starts, 1.37 * TURN)
    turned = there.ends * [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
    back = followed(propagator, geometry, turned, 1.37 * TURN, kind=POSITRON)
    assert np.abs(there.ends[:, :3] - starts[:, :3]).max() > RADIUS
    assert np.abs(back.ends[:, :3] - starts[:, :3]).max() < 1e-4
    assert (back.report[:, VOLUME] == np.floor(starts[:, 0] / edges[1])).all()
    assert (there.report[:, 1] == back.report[:, 1]).all()


@pytest.mark.parametrize("name", STEPPERS)
def test_the_error_of_a_substep_is_what_was_asked_for(name):
    """Ten times less error asked for is less error made; a field of the fringe, where no stepper is exact."""
    field = SolenoidField(kind="solenoid", strength_T=2.0, radius_mm=200.0, length_mm=400.0).build()
    start = [10.0, 50.0, 100.0, math.sqrt(0.5), 0.0, math.sqrt(0.5)]
    right = followed(in_field(field, STEPPERS["dormand-prince"], precise(1e-11)), alone(), start, 300.0)
    off, calls = [], []
    for delta in (1e-1, 1e-2, 1e-3, 1e-4):
        driver = GEANT4._replace(delta_one_step=delta, epsilon_min=1e-12, epsilon_max=1e-1)
        if name == "helix":  # it knows no error; with its largest step that falls in the first power
            driver = driver._replace(largest_step=50.0 * delta**0.5, most_substeps=10**5)
        found = followed(in_field(field, STEPPERS[name], driver), alone(), start, 300.0)
        off.append(math.dist(found.ends[0, :3], right.ends[0, :3]))
        calls.append(found.counters["field_evaluations"])
    assert (np.diff(off) < 0.0).all()
    assert (np.diff(calls) > 0.0).all()
    assert off[-1] < (0.5 if name == "helix" else 1e-2)
