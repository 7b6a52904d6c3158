"""Scores: where kernels count. The seam between CPU (plain adds) and CUDA (atomic adds).

All arrays are int64 with one row an event slot. Energies are counted in units of 2^-30 MeV, lengths in 2^-20
mm and weights in 2^-20: sums of integers do not depend on the order of summing, so no result depends on
threads, chunks or shards. On the CPU one thread writes an event's row, on CUDA many do.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simkit.jit import by_type, cycle_count, kernel
from simkit.tracks import PARTICLES

ENERGY_UNIT = 2.0**-30  # MeV
LENGTH_UNIT = 2.0**-20  # mm
WEIGHT_UNIT = 2.0**-20

# What the columns of the arrays stand for; processes carry Geant4's names.
PROCESSES = ("conv", "compt", "phot", "Rayl", "eIoni", "eBrem", "annihil")
BALANCE = ("in", "rest_mass", "leaked", "killed", "roulette")
COUNTERS = (
    "virtual_collisions",
    "majorant_violations",
    "null_interactions",
    "random_draws",
    "lost_secondaries",
    "tracks",
    "roulette_killed",
    "roulette_survived",
    "killed_tracks",
    "endless_tracks",
)
CONVERSION, COMPTON, PHOTOELECTRIC, RAYLEIGH, IONISATION, BREMSSTRAHLUNG, ANNIHILATION = range(len(PROCESSES))
IN, REST_MASS, LEAKED, KILLED, ROULETTE = range(len(BALANCE))
(
    VIRTUAL_COLLISIONS,
    MAJORANT_VIOLATIONS,
    NULL_INTERACTIONS,
    RANDOM_DRAWS,
    LOST_SECONDARIES,
    TRACKS,
    ROULETTE_KILLED,
    ROULETTE_SURVIVED,
    KILLED_TRACKS,
    ENDLESS_TRACKS,
) = range(len(COUNTERS))

_PER_ENERGY = 1.0 / ENERGY_UNIT
_PER_WEIGHT = 1.0 / WEIGHT_UNIT
_PER_LENGTH = 1.0 / LENGTH_UNIT


class Serial(NamedTuple):
    """One thread an event: plain adds. (The field keeps the tuple from being empty.)"""

    threads: int


class Atomic(NamedTuple):
    """Many threads an event: atomic adds, on CUDA."""

    threads: int


class Profiled(NamedTuple):
    """Serial, and time is charged to where it is spent: one thread only, arrays from `make_laps`.

    laps: int64[labels + 1, 3]: cycles, laps and laps left out of each label; the last row holds when the lap
    under way began, and its label.
    """

    laps: np.ndarray


class Scores(NamedTuple):
    """Where to count, and how (`mode`, Serial, Atomic or Profiled).

    counts: int64[slots, columns], all counts of an event side by side, as `score_columns` names them: one
    array, because every array handed to a function that is not inlined costs nine words a call.
    """

    mode: Any
    regions: int
    counts: np.ndarray


CYCLES, LAPS, LEFT_OUT = range(3)
"""Columns of Profiled.laps."""
_BEGAN, _LABEL = 0, 1  # those of its last row
# A step takes hundreds of cycles, hardly ever thousands: what lasts longer held other work (another process).
LONGEST_LAP = 1 << 16

# Columns with a fixed number come first, then those that have one a region, then the cells.
_SECONDARIES = 0
_INTERACTIONS = _SECONDARIES + len(PARTICLES)
_BALANCE = _INTERACTIONS + len(PROCESSES)
_COUNTERS = _BALANCE + len(BALANCE)
_BY_REGION = _COUNTERS + len(COUNTERS)
# The blocks of `regions` columns that follow: steps of each particle, then these.
_TRACK_LENGTH, _WEIGHT_SUM, _WEIGHT_SQUARED, _CELLS = range(len(PARTICLES), len(PARTICLES) + 4)


def score_columns(regions: int, cells: int) -> dict[str, slice]:
    """Return the columns of Scores.counts by name; those of "steps" go by particle, then by region."""
    blocks = {
        "secondaries": len(PARTICLES),
        "interactions": len(PROCESSES),
        "balance": len(BALANCE),
        "counters": len(COUNTERS),
        "steps": len(PARTICLES) * regions,
        "track_length": regions,
        "weight_sum": regions,
        "weight_squared": regions,
        "deposits": cells,
    }
    columns, first = {}, 0
    for name, width in blocks.items():
        columns[name] = slice(first, first + width)
        first += width
    return columns


def add(mode, array, slot, column, amount):
    """Add `amount` to array[slot, column]."""
    ADD[type(mode)](mode, array, slot, column, amount)


def take_place(mode, height):
    """Return the next free place of a stack whose number of tracks is height[0], and take it."""
    return TAKE_PLACE[type(mode)](mode, height)


def enter(mode, label):
    """Charge the time from now on to `label`; nothing unless the mode is Profiled."""
    return ENTER[type(mode)](mode, label)


def arrive(mode, label):
    """Charge the time since the last `enter` to `label` instead; nothing unless the mode is Profiled."""
    return ARRIVE[type(mode)](mode, label)


ADD = by_type(add)
TAKE_PLACE = by_type(take_place)
ENTER = by_type(enter)
ARRIVE = by_type(arrive)


def _serial_add(mode, array, slot, column, amount):
    array[slot, column] += amount


def _serial_take_place(mode, height):
    place = height[0]
    height[0] = place + 1
    return place


def _no_enter(mode, label):
    pass


def _no_arrive(mode, label):
    pass


def _profiled_enter(mode, label):
    now = np.int64(cycle_count())
    state = len(mode.laps) - 1
    before = mode.laps[state, _LABEL]
    lap = now - mode.laps[state, _BEGAN]
    if 0 <= lap < LONGEST_LAP:
        mode.laps[before, CYCLES] += lap
        mode.laps[before, LAPS] += 1
    else:
        mode.laps[before, LEFT_OUT] += 1
    mode.laps[state, _LABEL] = label
    mode.laps[state, _BEGAN] = now


def _profiled_arrive(mode, label):
    mode.laps[len(mode.laps) - 1, _LABEL] = label


ADD[Serial] = ADD[Profiled] = _serial_add
TAKE_PLACE[Serial] = TAKE_PLACE[Profiled] = _serial_take_place
ENTER[Serial] = ENTER[Atomic] = _no_enter
ARRIVE[Serial] = ARRIVE[Atomic] = _no_arrive
ENTER[Profiled] = _profiled_enter
ARRIVE[Profiled] = _profiled_arrive


@kernel
def energy_units(energy):
    """Return an energy (MeV) as a whole number of units."""
    return np.int64(math.floor(energy * _PER_ENERGY + 0.5))


@kernel
def deposit(scores, slot, cell, region, energy, weight):
    """Score `energy` (MeV) of a track of `weight` in a cell of a region."""
    regions = scores.regions
    by_region = _BY_REGION + region
    add(scores.mode, scores.counts, slot, _BY_REGION + _CELLS * regions + cell, energy_units(energy * weight))
    units = np.int64(weight * _PER_WEIGHT)
    add(scores.mode, scores.counts, slot, by_region + _WEIGHT_SUM * regions, units)
    units = np.int64(weight * weight * _PER_WEIGHT)
    add(scores.mode, scores.counts, slot, by_region + _WEIGHT_SQUARED * regions, units)


@kernel
def book(scores, slot, entry, energy, weight):
    """Add `energy` (MeV) of a track of `weight` to an entry of the energy balance."""
    add(scores.mode, scores.counts, slot, _BALANCE + entry, energy_units(energy * weight))


@kernel
def count(scores, slot, counter, number):
    """Add `number` to a counter."""
    add(scores.mode, scores.counts, slot, _COUNTERS + counter, np.int64(number))


@kernel
def count_secondary(scores, slot, kind):
    """Count a track put on the stack."""
    add(scores.mode, scores.counts, slot, _SECONDARIES + kind, 1)


@kernel
def count_interaction(scores, slot, process):
    """Count an interaction of a process (index in PROCESSES)."""
    add(scores.mode, scores.counts, slot, _INTERACTIONS + process, 1)


@kernel
def count_length(scores, slot, region, length, weight):
    """Add `length` (mm) of a track of `weight` to the charged path in a region."""
    column = _BY_REGION + _TRACK_LENGTH * scores.regions + region
    add(scores.mode, scores.counts, slot, column, np.int64(length * weight * _PER_LENGTH))


@kernel
def count_step(scores, slot, kind, region):
    """Count a step of a particle kind in a region."""
    add(scores.mode, scores.counts, slot, _BY_REGION + kind * scores.regions + region, 1)


@kernel
def enter_step(scores, kind, region):
    """Charge the time from now on to a particle kind in a region, where time is profiled."""
    enter(scores.mode, kind * scores.regions + region)


@kernel
def arrive_step(scores, kind, region):
    """Charge the time since the last `enter_step` to where the step ends, where time is profiled."""
    arrive(scores.mode, kind * scores.regions + region)


def make_laps(regions: int) -> np.ndarray:
    """Return empty laps for `Profiled`: a label for each particle and region, and one for what is neither."""
    laps = np.zeros((len(PARTICLES) * regions + 2, 3), dtype=np.int64)
    laps[-1, _LABEL] = len(laps) - 2
    return laps


@kernel
def mark_often(mode, label, times):
    """Enter `label` so many times, with nothing in between: what a lap itself costs."""
    for _ in range(times):
        enter(mode, label)
