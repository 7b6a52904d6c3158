"""The life of a heavy charged particle: condensed steps, delta rays, the end; its nature does the rest.

Of a step all loss that is not a hard interaction is continuous. A track is moved straight (in a field: bent)
and then scattered: a step ends where half of it went the old way and half the new, unless a boundary is near.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.geometry import OUTSIDE, safety
from simkit.jit import by_type, inlined, kernel
from simkit.particles import ELECTRON
from simkit.physics.directions import deflect, momentum_of, recoil, sample_azimuth
from simkit.physics.elementary import quick_log
from simkit.physics.fluctuation import bohr_variance, sample_heavy_energy_loss
from simkit.physics.grid import energy_bin, energy_fraction
from simkit.physics.heavy.ionisation import largest_delta, sample_delta
from simkit.physics.heavy.tables import (
    DECAY_SIGMA,
    DELTA_SIGMA,
    FIRST_SIGMA,
    HeavyTables,
)
from simkit.physics.quenching import BY_ELECTRON
from simkit.physics.tables import DEDX, RANGE, STEP_SIGMA, TRANSPORT_PATH, between, column, energy_at_range
from simkit.readout import cell, step_cell
from simkit.rng import uniform
from simkit.tally import (
    LOOPED,
    LOOPERS,
    NULL_INTERACTIONS,
    book,
    book_escape,
    count,
    count_interaction,
    count_length,
    count_step,
    enter_step,
)
from simkit.tracking.fluctuation import build_fluctuation
from simkit.tracking.propagation import middle, propagate
from simkit.tracking.range_cut import HeavyThresholds
from simkit.tracks import daughter, later, placed, slowness, turned
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives.electron import (
    CUT_SHORT,
    LEAST_FLUCTUATING_LOSS,
    LINEAR_LOSS,
    MOST_IDLE,
    ON_SURFACE,
)
from simkit.transport.lives.heavy_scattering import scatter
from simkit.transport.lives.parts import WorldParts
from simkit.transport.secondaries import emit, leave, leave_along
from simkit.units import ELECTRON_MASS

FINAL_RANGE = 0.1  # mm, at most: where a track takes the rest of its range in one step, as in Geant4
SCATTERING = 0.02  # largest mean of 1 - cos theta of a step
UNDRAWN = -1.0  # mean free paths left before they are drawn


class HeavyLife(NamedTuple):
    """What a heavy particle's life reads.

    nature: its type says what the particle does besides losing energy and scattering. delta: the number of
    the process that makes delta rays; radiates: as in simkit.physics.heavy.ionisation. fluctuation:
    int64[kinds, regions], 1 where the energy loss fluctuates. range_fraction, final_range: the step function
    (fraction of the range, mm).
    """

    geometry: Any
    readout: Any
    propagator: Any
    tables: HeavyTables
    nature: Any
    delta: int
    radiates: bool
    fluctuation: np.ndarray
    thresholds: HeavyThresholds
    range_fraction: float
    final_range: float
    policies: tuple[Any, ...]


class HeavyState(NamedTuple):
    """children: secondaries made; paths: mean free paths to the next interaction; idle: steps in a row
    without loss of energy, of which one that the limit of a field's substeps ended counts as many."""

    children: int
    paths: float
    idle: int


def interact(nature, life, tally, stacks, rng, track, children, couple, region, column):
    """Make an interaction of the nature's own: FIRST_SIGMA, SECOND_SIGMA or DECAY_SIGMA.

    Returns (track, children, whether it goes on).
    """
    return INTERACT[type(nature)](nature, life, tally, stacks, rng, track, children, couple, region, column)


def stop(nature, life, tally, stacks, rng, track, children, couple, region, where):
    """Do what the nature of a track that has stopped asks for; its energy was left in the cell `where`."""
    STOP[type(nature)](nature, life, tally, stacks, rng, track, children, couple, region, where)


INTERACT = by_type(interact)
STOP = by_type(stop)


def build_heavy_life(
    parts: WorldParts, tables: HeavyTables, nature: Any, delta: int, radiates: bool
) -> HeavyLife:
    """Return what a heavy life reads; delta: the process that makes its delta rays."""
    scenario, detector = parts.scenario, parts.detector
    fraction, final_range = scenario.physics.step_function
    on = {settings.name: settings.fluctuation for settings in scenario.region_settings()}
    return HeavyLife(
        geometry=detector.params,
        readout=detector.readout,
        propagator=parts.propagator,
        tables=tables,
        nature=nature,
        delta=delta,
        radiates=radiates,
        fluctuation=build_fluctuation([on.get(name, ()) for name in detector.regions]),
        thresholds=parts.heavy_thresholds,
        range_fraction=float(fraction),
        final_range=min(float(final_range), FINAL_RANGE),
        policies=parts.policies,
    )


def _begin(life, track):
    return HeavyState(0, UNDRAWN, 0)


def take_step(life, tally, stacks, rng, track, state):
    """Limit, move, lose, scatter, interact."""
    region = life.geometry.volume_region[track.volume]
    couple = life.geometry.volume_couple[track.volume]
    enter_step(tally, track.kind, region)
    rows = life.tables.rows
    row = life.tables.first_row[track.kind] + couple
    i = energy_bin(track.energy)
    fraction = energy_fraction(track.energy, i)
    path_range = between(rows, row, i, fraction, RANGE)
    sigma = between(rows, row, i, fraction, STEP_SIGMA)
    paths = state.paths
    if paths <= 0.0:
        paths = -quick_log(uniform(rng))
    longest = _longest(life, path_range, between(rows, row, i, fraction, TRANSPORT_PATH))
    interacts = paths < longest * sigma
    length = paths / sigma if interacts else longest
    near = safety(life.geometry, track.volume, track.x, track.y, track.z)
    moved, step, next_volume = propagate(life.propagator, life.geometry, tally, track, length, near)
    crosses = next_volume != track.volume
    if next_volume == OUTSIDE and step <= ON_SURFACE:  # at the world's end, and heading out
        book_escape(tally, track)
        return track, state, False
    count_step(tally, track.slot, track.kind, region)
    count_length(tally, track.slot, region, step, track.weight)
    x, y, z = middle(life.propagator, track, moved, step)
    where = cell(life.readout, track.volume, x, y, z)
    loss = moved.energy
    if step < path_range:
        loss = step * between(rows, row, i, fraction, DEDX)
        if loss > LINEAR_LOSS * moved.energy:
            loss = moved.energy - energy_at_range(rows, row, i, path_range - step)
        moved = scatter(life, rng, moved, row, couple, step, near, crosses, loss)
        if loss > LEAST_FLUCTUATING_LOSS and life.fluctuation[track.kind, region] != 0:
            loss = _fluctuate(life, rng, moved, couple, step, loss)
    where = step_cell(life.readout, where, moved)
    # at the speed of the mean of its energies before and after; a loss that fluctuates may exceed them
    mean_energy = moved.energy - 0.5 * min(loss, moved.energy)
    moved = later(moved, step * slowness(mean_energy, life.tables.mass[track.kind]))
    if moved.energy - loss <= life.thresholds.tracking_cut:
        leave_along(life.readout, tally, moved, where, region, moved.energy, step)
        moved = turned(moved, 0.0, moved.u, moved.v, moved.w)
        stop(life.nature, life, tally, stacks, rng, moved, state.children, couple, region, where)
        return moved, state, False
    leave_along(life.readout, tally, moved, where, region, loss, step)
    moved = turned(moved, moved.energy - loss, moved.u, moved.v, moved.w)
    paths -= step * sigma
    children = state.children
    alive = True
    idle = state.idle + 1 if moved.energy == track.energy else 0
    if crosses:
        if next_volume == OUTSIDE:
            # Not gone yet: as an electron's, the next step sees which way it heads.
            count_step(tally, track.slot, track.kind, tally.regions - 1)
        else:
            moved = placed(moved, moved.x, moved.y, moved.z, next_volume)
    elif step < length:
        idle += CUT_SHORT if idle > 0 else 0
    elif interacts:
        paths = UNDRAWN
        moved, children, alive = _choose(
            life, tally, stacks, rng, moved, children, row, couple, region, sigma
        )
    if idle >= MOST_IDLE and alive:
        count(tally, track.slot, LOOPERS, 1)
        book(tally, track.slot, LOOPED, moved.energy, track.weight)
        alive = False
    return moved, HeavyState(children, paths, idle), alive


@inlined
def _longest(life, path_range, transport_path):
    """Return the longest step (mm) that loss and scattering allow."""
    final = life.final_range
    step = path_range
    if path_range > final:
        fraction = life.range_fraction
        step = path_range * fraction + final * (1.0 - fraction) * (2.0 - final / path_range)
    return min(step, max(SCATTERING * transport_path, 0.1 * final))


@inlined
def _fluctuate(life, rng, track, couple, step, loss):
    """Return the loss (MeV) of a step of that mean by a track that still has its energy."""
    tables = life.tables
    mass, charge = tables.mass[track.kind], tables.charge[track.kind]
    most = largest_delta(track.energy, mass)
    total = track.energy + mass
    beta2 = track.energy * (track.energy + 2.0 * mass) / (total * total)
    charge2 = charge * charge
    cut = tables.electron_cut[couple]
    variance = bohr_variance(step, tables.electrons[couple], beta2, charge2, most, cut)
    return sample_heavy_energy_loss(rng, loss, most, variance, tables.fluctuation, couple)


@inlined
def _choose(life, tally, stacks, rng, track, children, row, couple, region, sigma):
    """Make a hard interaction, unless the cross sections at the energy left say that none happened."""
    rows = life.tables.rows
    chance = uniform(rng) * sigma
    delta = column(rows, row, track.energy, DELTA_SIGMA)
    if chance < delta:
        track, children = _kick(life, tally, stacks, rng, track, children, couple, region)
        return track, children, True
    chance -= delta
    which = FIRST_SIGMA
    while which <= DECAY_SIGMA:
        own = column(rows, row, track.energy, which)
        if chance < own:
            break
        chance -= own
        which += 1
    if which > DECAY_SIGMA:
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, children, True
    return interact(life.nature, life, tally, stacks, rng, track, children, couple, region, which)


@kernel
def _kick(life, tally, stacks, rng, track, children, couple, region):
    """Make a delta ray; returns (track, children)."""
    mass = life.tables.mass[track.kind]
    cut, spin = life.tables.electron_cut[couple], life.tables.spin[track.kind]
    energy, cosine = sample_delta(rng, track.energy, cut, mass, life.radiates, spin)
    if energy <= 0.0:
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, children
    count_interaction(tally, track.slot, life.delta)
    ca, sa = sample_azimuth(rng)
    a, b, c = deflect(cosine, ca, sa, track.u, track.v, track.w)
    if energy > life.thresholds.tracking_cut:
        children += 1
        emit(life.policies, tally, stacks, rng, daughter(track, children, ELECTRON, energy, a, b, c), region)
    else:
        leave(life.readout, tally, track, region, energy, BY_ELECTRON)
    p = momentum_of(track.energy, mass)
    u, v, w = recoil(p, track.u, track.v, track.w, momentum_of(energy, ELECTRON_MASS), a, b, c)
    return turned(track, track.energy - energy, u, v, w), children


BEGIN[HeavyLife] = _begin
STEP[HeavyLife] = take_step
