"""Tally: where kernels count; simkit.counting has how.

All arrays are int64 with one row an event slot. Energies are counted in units of 2^-30 MeV, lengths in 2^-20
mm and weights in 2^-20: sums of integers do not depend on the order of summing, so no result depends on
threads, chunks or shards. On the CPU one thread writes an event's row, on CUDA many do.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simkit.counting import Serial, add, arrive, credit_deposit, credit_secondary, enter
from simkit.jit import kernel
from simkit.particles import PARTICLES
from simkit.processes import PROCESSES
from simkit.registry import Registry

ENERGY_UNIT = 2.0**-30  # MeV
LENGTH_UNIT = 2.0**-20  # mm
WEIGHT_UNIT = 2.0**-20
DRIFT_UNIT = 2.0**-40  # of the momentum, of MOMENTUM_DRIFT

BALANCE = Registry("deposited", "untransported", "residual", "largest_residual")
"""The entries of the energy balance: what comes in, and where what is not deposited went."""
IN = BALANCE.add("in")
REST_MASS = BALANCE.add("rest_mass")
LEAKED = BALANCE.add("leaked")
KILLED = BALANCE.add("killed")
ROULETTE = BALANCE.add("roulette")
LOOPED = BALANCE.add("looped")
NEUTRINOS = BALANCE.add("neutrinos")
HANDED_OVER = BALANCE.add("handed_over")
INVISIBLE = BALANCE.add("invisible")

COUNTERS = Registry()
"""What else is counted, by event; `COUNTERS.about[name]` says what, where the name does not."""
VIRTUAL_COLLISIONS = COUNTERS.add(
    "virtual_collisions", "tentative collisions of Woodcock tracking, not counted as steps"
)
MAJORANT_VIOLATIONS = COUNTERS.add("majorant_violations", "cross sections above the majorant: a fault")
NULL_INTERACTIONS = COUNTERS.add("null_interactions", "hard interactions given up, as the energy had fallen")
RANDOM_DRAWS = COUNTERS.add("random_draws")
LOST_SECONDARIES = COUNTERS.add("lost_secondaries", "secondaries that found no room: a fault")
TRACKS = COUNTERS.add("tracks")
ROULETTE_KILLED = COUNTERS.add("roulette_killed", "tracks that lost in roulette")
ROULETTE_SURVIVED = COUNTERS.add("roulette_survived", "tracks that won in roulette, and weigh more")
KILLED_TRACKS = COUNTERS.add("killed_tracks", "tracks that a killer ended")
ENDLESS_TRACKS = COUNTERS.add("endless_tracks", "tracks given up after too many steps: an error")
LOOPERS = COUNTERS.add("loopers", "tracks ended because they went on without losing energy")
FIELD_EVALUATIONS = COUNTERS.add("field_evaluations", "times that the field was looked up")
FIELD_SUBSTEPS = COUNTERS.add("field_substeps", "pieces of steps that the driver accepted")
REJECTED_SUBSTEPS = COUNTERS.add("rejected_substeps", "pieces that the driver tried again, shorter")
BOUNDARY_ITERATIONS = COUNTERS.add("boundary_iterations", "looks for a boundary on a curved track")
LIMITED_STEPS = COUNTERS.add("limited_steps", "steps that the limit of substeps or QSS events ended")
OUTSIDE_FIELD = COUNTERS.add("outside_field", "steps where the field has no value: an error")
MOMENTUM_DRIFT = COUNTERS.add("momentum_drift", "change of |p| by stepping, taken out, in 2^-40 of |p|")
X_EVENTS, Y_EVENTS, Z_EVENTS = (
    COUNTERS.add(f"qss_events_{name}", f"quanta that the position's {name} went through") for name in "xyz"
)
U_EVENTS, V_EVENTS, W_EVENTS = (
    COUNTERS.add(f"qss_events_{name}", f"quanta that the direction's {name} went through") for name in "uvw"
)
RECOILS_LEFT = COUNTERS.add(
    "recoils_left", "recoiling nuclei, and protons below their cut, that left their energy where they began"
)
FAST_ACCEPTED = COUNTERS.add("fast_accepted", "tracks that a rule of [[fastsim]] took")
FAST_REFUSED = COUNTERS.add("fast_refused", "tracks asked about in a rule's region, and not taken")
FAST_SHOWERS = COUNTERS.add("fast_showers", "showers that a fast-simulation model made")
FAST_HITS = COUNTERS.add("fast_hits", "deposits of fast-simulation models, and what they put outside")
FAST_RETRIES = COUNTERS.add("fast_retries", "showers asked for again, as what came was no number or negative")
FAST_RETURNED = COUNTERS.add("fast_returned", "tracks given back to the full simulation")
FAST_FAULTS = COUNTERS.add("fast_faults", "showers whose energy does not add up: an error")
QSS_EVENTS = (X_EVENTS, Y_EVENTS, Z_EVENTS, U_EVENTS, V_EVENTS, W_EVENTS)
FIELD_COUNTERS = (FIELD_EVALUATIONS, FIELD_SUBSTEPS, REJECTED_SUBSTEPS, BOUNDARY_ITERATIONS, *QSS_EVENTS)
"""What charged steps in a magnetic field count, and records show by charged step, beside MOMENTUM_DRIFT."""

_PER_ENERGY = 1.0 / ENERGY_UNIT
_PER_WEIGHT = 1.0 / WEIGHT_UNIT
_PER_LENGTH = 1.0 / LENGTH_UNIT


class Columns(NamedTuple):
    """Where the blocks of columns of `Tally.counts` begin; from `steps` on they go by region.

    The numbers of particles and processes are not known before all of them have been added.
    """

    interactions: int
    escaped: int
    balance: int
    counters: int
    steps: int
    track_length: int
    weight_sum: int
    weight_squared: int
    deposits: int


class Tally(NamedTuple):
    """Where to count, and how (`mode`, see simkit.counting).

    counts: int64[slots, columns], all counts of an event side by side, as `tally_columns` names them: one
    array, because every array handed to a function that is not inlined costs nine words a call.
    """

    mode: Any
    regions: int
    first: Columns
    counts: np.ndarray


def tally_columns(regions: int, cells: int, responds: bool = False, fast: bool = False) -> dict[str, slice]:
    """Return the columns of Tally.counts by name; those of "steps" go by particle, then by region.

    responds: whether a readout counts what it does not see, behind the deposits (simkit.transport.response).
    fast: whether models of fast simulation deposit; their energy and then their hits, by region.
    """
    blocks = {
        "secondaries": len(PARTICLES),
        "interactions": len(PROCESSES),
        "escaped": 2 * len(PARTICLES),
        "balance": len(BALANCE),
        "counters": len(COUNTERS),
        "steps": len(PARTICLES) * regions,
        "track_length": regions,
        "weight_sum": regions,
        "weight_squared": regions,
        "deposits": cells,
        "unseen": cells * responds,
        "late": regions * responds,
        "fast": 2 * regions * fast,
    }
    columns, first = {}, 0
    for name, width in blocks.items():
        columns[name] = slice(first, first + width)
        first += width
    return columns


_SERIAL = Serial(1)


def make_tally(
    slots: int, regions: int, cells: int, mode: Any = _SERIAL, responds: bool = False, fast: bool = False
) -> Tally:
    """Return a zeroed tally with a row for each of `slots` events; responds, fast: as in `tally_columns`."""
    columns = tally_columns(regions, cells, responds, fast)
    first = Columns(*(columns[name].start for name in Columns._fields))
    return Tally(mode, regions, first, np.zeros((slots, columns["fast"].stop), dtype=np.int64))


@kernel
def energy_units(energy):
    """Return an energy (MeV) as a whole number of units."""
    return np.int64(math.floor(energy * _PER_ENERGY + 0.5))


@kernel
def count_weights(tally, slot, region, weight, number):
    """Count the weights of a `number` of deposits of a track of `weight` in a region."""
    first = tally.first
    units = number * np.int64(weight * _PER_WEIGHT)
    add(tally.mode, tally.counts, slot, first.weight_sum + region, units)
    units = number * np.int64(weight * weight * _PER_WEIGHT)
    add(tally.mode, tally.counts, slot, first.weight_squared + region, units)


@kernel
def deposit(tally, slot, cell, region, energy, weight):
    """Count `energy` (MeV) of a track of `weight` in a cell of a region."""
    first = tally.first
    units = energy_units(energy * weight)
    add(tally.mode, tally.counts, slot, first.deposits + cell, units)
    credit_deposit(tally.mode, units)
    count_weights(tally, slot, region, weight, 1)


@kernel
def book(tally, slot, entry, energy, weight):
    """Add `energy` (MeV) of a track of `weight` to an entry of the energy balance."""
    add(tally.mode, tally.counts, slot, tally.first.balance + entry, energy_units(energy * weight))


@kernel
def book_escape(tally, track):
    """Book a hadron or a muon that leaves the world, by its kind too: weight, and energy (MeV)."""
    book(tally, track.slot, LEAKED, track.energy, track.weight)
    column = tally.first.escaped + 2 * track.kind
    add(tally.mode, tally.counts, track.slot, column, np.int64(track.weight * _PER_WEIGHT))
    add(tally.mode, tally.counts, track.slot, column + 1, energy_units(track.energy * track.weight))


@kernel
def count(tally, slot, counter, number):
    """Add `number` to a counter."""
    add(tally.mode, tally.counts, slot, tally.first.counters + counter, np.int64(number))


@kernel
def count_secondary(tally, slot, kind):
    """Count a track put on the stack."""
    add(tally.mode, tally.counts, slot, kind, 1)
    credit_secondary(tally.mode, kind, tally.regions)


@kernel
def count_interaction(tally, slot, process):
    """Count an interaction of a process (number in PROCESSES)."""
    add(tally.mode, tally.counts, slot, tally.first.interactions + process, 1)


@kernel
def count_length(tally, slot, region, length, weight):
    """Add `length` (mm) of a track of `weight` to the charged path in a region."""
    column = tally.first.track_length + region
    add(tally.mode, tally.counts, slot, column, np.int64(length * weight * _PER_LENGTH))


@kernel
def count_step(tally, slot, kind, region):
    """Count a step of a particle kind in a region."""
    add(tally.mode, tally.counts, slot, tally.first.steps + kind * tally.regions + region, 1)


@kernel
def enter_step(tally, kind, region):
    """Charge the time from now on to a particle kind in a region, where time is profiled."""
    enter(tally.mode, kind * tally.regions + region)


@kernel
def arrive_step(tally, kind, region):
    """Charge the time since the last `enter_step` to where the step ends, where time is profiled."""
    arrive(tally.mode, kind * tally.regions + region)
