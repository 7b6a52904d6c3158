"""An electron's or a positron's life: condensed steps, hard interactions, the end."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkit.geometry import OUTSIDE, safety
from simkit.jit import inlined
from simkit.particles import ELECTRON, POSITRON
from simkit.physics.fluctuation import sample_energy_loss
from simkit.physics.grid import energy_bin, energy_fraction
from simkit.physics.multiple_scattering import urban
from simkit.physics.quenching import BY_ELECTRON
from simkit.physics.tables import (
    DEDX,
    RANGE,
    TRANSPORT_PATH,
    ChargedTables,
    build_charged_tables,
    column,
    energy_at_range,
    switch_off,
)
from simkit.readout import cell, step_cell
from simkit.tally import (
    LEAKED,
    LOOPED,
    LOOPERS,
    book,
    count,
    count_length,
    count_step,
    enter_step,
)
from simkit.tracking.fluctuation import build_fluctuation
from simkit.tracking.hard_interaction import NOTHING, OneSum, build_each, limit, look_up, no_paths, spend
from simkit.tracking.propagation import middle, propagate
from simkit.tracking.range_cut import Thresholds
from simkit.tracks import later, placed, slowness, turned
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives.electron_interactions import end, interact
from simkit.transport.lives.electron_scattering import scatter
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.secondaries import leave, leave_along
from simkit.units import ELECTRON_MASS

KINDS = (ELECTRON, POSITRON)

LINEAR_LOSS = 0.01  # fraction of the energy up to which the loss is dE/dx times the step
LEAST_FLUCTUATING_LOSS = 1e-5  # MeV
# A track in a field that gets nowhere for this long is a looper: steps in a row without loss of energy, of
# which one that the limit of substeps ended counts as many.
MOST_IDLE, CUT_SHORT = 100_000, 10_000
ON_SURFACE = 1e-9  # a track no farther from a surface it heads for is on it, whatever the rounding (mm)


class Steps(NamedTuple):
    """How charged steps are limited: the step function (fraction of the range, final range in mm) and the
    range factor of multiple scattering."""

    range_fraction: float
    final_range: float
    range_factor: float


class ElectronLife(NamedTuple):
    """What an electron's life reads; apart from the photon's, so that a photon policy compiles nothing of it.

    hard: OneSum or EachProcess. fluctuation: int64[kinds, regions], 1 where the energy loss of a particle
    fluctuates.
    """

    geometry: Any
    readout: Any
    propagator: Any
    tables: ChargedTables
    hard: Any
    fluctuation: np.ndarray
    thresholds: Thresholds
    steps: Steps
    policies: tuple[Any, ...]


class ElectronState(NamedTuple):
    """What an electron carries from step to step.

    children: secondaries made; paths: mean free paths to the next interaction, as `life.hard` keeps them;
    entering: whether it is new in its volume; entry_limit, smallest: limits of multiple scattering there
    (mm); idle: see MOST_IDLE.
    """

    children: int
    paths: Any
    entering: bool
    entry_limit: float
    smallest: float
    idle: int


class Reach(NamedTuple):
    """What limits a step, and what the tables say where it begins.

    step: true length (mm); z_length: along the direction; alpha, power: how the two are related; near:
    safety; process: the interaction that ends it, or NOTHING; displaced: whether it may be; row, bin,
    fraction: place in the tables; path_range, mean_free_path: mm; bounds: of `life.hard`.
    """

    step: float
    z_length: float
    alpha: float
    power: float
    near: float
    process: int
    displaced: bool
    row: int
    bin: int
    fraction: float
    path_range: float
    mean_free_path: float
    bounds: Any


def build_life(parts: WorldParts) -> ElectronLife:
    """Return what the electrons and positrons of a world read."""
    scenario, detector = parts.scenario, parts.detector
    physics = scenario.physics
    fraction, final_range = physics.step_function
    # The largest fraction of its energy that a track may lose in a step: never above that of its range.
    loss = min(max(0.2, fraction), 0.99)
    tables = build_charged_tables(parts.couples, loss)
    switch_off(tables.rows, physics.processes, loss)
    on = {settings.name: settings.fluctuation for settings in scenario.region_settings()}
    return ElectronLife(
        geometry=detector.params,
        readout=detector.readout,
        propagator=parts.propagator,
        tables=tables,
        hard=OneSum(0) if scenario.engine.em == "specialised" else build_each(tables.rows, loss),
        fluctuation=build_fluctuation([on.get(name, ()) for name in detector.regions]),
        thresholds=parts.thresholds,
        steps=Steps(float(fraction), float(final_range), float(physics.range_factor)),
        policies=parts.policies,
    )


def _begin(life, track):
    return ElectronState(0, no_paths(life.hard), True, 0.0, urban.SMALLEST_STEP, 0)


def take_step(life, tally, stacks, rng, track, state):
    """Limit, move, lose, scatter, interact."""
    region = life.geometry.volume_region[track.volume]
    couple = life.geometry.volume_couple[track.volume]
    enter_step(tally, track.kind, region)
    if track.energy <= life.thresholds.tracking_cut:
        leave(life.readout, tally, track, region, track.energy, BY_ELECTRON)
        end(life, tally, stacks, rng, track, state.children, couple, region)
        return track, state, False
    state, reach = _limit(life, rng, track, state, couple)
    moved, travelled, next_volume = propagate(
        life.propagator, life.geometry, tally, track, reach.z_length, reach.near
    )
    crosses = next_volume != track.volume
    if next_volume == OUTSIDE and travelled <= ON_SURFACE:  # at the world's end, and heading out
        book(tally, track.slot, LEAKED, track.energy, track.weight)
        return track, state, False
    step = reach.step
    if travelled < reach.z_length:
        step = urban.true_length(
            travelled, step, reach.path_range, reach.mean_free_path, reach.alpha, reach.power
        )
    count_step(tally, track.slot, track.kind, region)
    count_length(tally, track.slot, region, step, track.weight)
    x, y, z = middle(life.propagator, track, moved, travelled)
    where = cell(life.readout, track.volume, x, y, z)
    loss = moved.energy
    if step < reach.path_range:
        loss = _mean_loss(life, reach, moved.energy, step)
        moved = scatter(life, rng, moved, reach, state.smallest, couple, step, travelled, crosses, loss)
        if loss > LEAST_FLUCTUATING_LOSS and life.fluctuation[track.kind, region] != 0:
            largest = moved.energy if track.kind == POSITRON else 0.5 * moved.energy
            loss = sample_energy_loss(rng, loss, largest, life.tables.fluctuation, couple)
    where = step_cell(life.readout, where, moved)
    # at the speed of the mean of its energies before and after; a loss that fluctuates may exceed them
    mean_energy = moved.energy - 0.5 * min(loss, moved.energy)
    moved = later(moved, step * slowness(mean_energy, ELECTRON_MASS))
    if moved.energy - loss <= life.thresholds.tracking_cut:
        leave_along(life.readout, tally, moved, where, region, moved.energy, step)
        end(life, tally, stacks, rng, moved, state.children, couple, region)
        return moved, state, False
    leave_along(life.readout, tally, moved, where, region, loss, step)
    moved = turned(moved, moved.energy - loss, moved.u, moved.v, moved.w)
    process = NOTHING
    children = state.children
    alive = True
    idle = state.idle + 1 if moved.energy == track.energy else 0
    if crosses:
        if next_volume == OUTSIDE:
            # Not gone yet: the scattering of this very step may have turned it back into the volume, and then
            # its step in the world has no length. The next step sees which way it heads.
            count_step(tally, track.slot, track.kind, tally.regions - 1)
        else:
            moved = placed(moved, moved.x, moved.y, moved.z, next_volume)
    elif travelled < reach.z_length:
        idle += CUT_SHORT if idle > 0 else 0
    elif reach.process != NOTHING:
        process = reach.process
        moved, children, alive = interact(life, tally, stacks, rng, moved, children, couple, region, reach)
    if idle >= MOST_IDLE and alive:
        count(tally, track.slot, LOOPERS, 1)
        book(tally, track.slot, LOOPED, moved.energy, track.weight)
        alive = False
    entering = state.entering or crosses
    paths = spend(life.hard, state.paths, reach.bounds, step, process)
    state = ElectronState(children, paths, entering, state.entry_limit, state.smallest, idle)
    return moved, state, alive


@inlined
def _limit(life, rng, track, state, couple):
    """Return (state, reach): the true step length by loss, hard interactions and multiple scattering."""
    rows = life.tables.rows
    constants = life.tables.urban
    energy = track.energy
    positron = track.kind == POSITRON
    row = (rows.shape[0] // 2 if positron else 0) + couple
    i = energy_bin(energy)
    fraction = energy_fraction(energy, i)
    path_range = look_up(life.hard, rows, row, energy, i, fraction, RANGE)
    mean_free_path = look_up(life.hard, rows, row, energy, i, fraction, TRANSPORT_PATH)
    step = path_range
    if path_range > life.steps.final_range:
        final = life.steps.final_range
        step = path_range * life.steps.range_fraction + final * (1.0 - life.steps.range_fraction) * (
            2.0 - final / path_range
        )
    paths, step, bounds, process = limit(life.hard, rng, rows, row, energy, i, fraction, state.paths, step)
    near = safety(life.geometry, track.volume, track.x, track.y, track.z)
    displaced = step >= urban.SMALLEST_STEP and path_range * constants[couple, urban.RANGE_TO_SAFETY] >= near
    entering = state.entering
    entry_limit = state.entry_limit
    smallest = state.smallest
    if displaced:
        if entering:
            smallest = urban.smallest_limit(constants, couple, energy, mean_free_path, positron)
            entry_limit = urban.entry_limit(life.steps.range_factor, path_range, mean_free_path)
            entering = False
        limited = urban.limit_step(rng, step, path_range, near, entry_limit, smallest)
        if limited < step:
            step = limited
            process = NOTHING
    end_mean_free_path = mean_free_path
    if step >= path_range * urban.LONG_STEP and step < path_range and energy >= ELECTRON_MASS:
        left = energy_at_range(rows, row, i, max(path_range - step, 0.01 * path_range))
        end_mean_free_path = column(rows, row, left, TRANSPORT_PATH)
    z_length, alpha, power = urban.geometric_length(
        step, path_range, mean_free_path, end_mean_free_path, energy
    )
    state = ElectronState(state.children, paths, entering, entry_limit, smallest, state.idle)
    return state, Reach(
        step, z_length, alpha, power, near, process, displaced, row, i, fraction, path_range,
        mean_free_path, bounds,
    )  # fmt: skip


@inlined
def _mean_loss(life, reach, energy, step):
    """Return the mean energy (MeV) lost continuously in a step shorter than the range."""
    rows = life.tables.rows
    loss = step * look_up(life.hard, rows, reach.row, energy, reach.bin, reach.fraction, DEDX)
    if loss > LINEAR_LOSS * energy:
        loss = energy - energy_at_range(rows, reach.row, reach.bin, reach.path_range - step)
    return loss


BEGIN[ElectronLife] = _begin
STEP[ElectronLife] = take_step

LIFE = Life("electron", KINDS, build_life)
