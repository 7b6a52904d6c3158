"""How a charged track's next hard interaction is found: by one summed cross section, or each process in turn.

Specialised transport (G4HepEm's) looks one bound of the summed cross section up with everything else that the
energy's place in the table gives, and chooses the process at the interaction. A general engine asks every
process in turn: each looks its cross section, range or loss up by a search of its own and carries its own
number of mean free paths, and the one that ends the step is asked again there. The physics is the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.geometry import NEVER
from simkit.jit import by_type, kernel
from simkit.physics.elementary import quick_log
from simkit.physics.tables import (
    ANNIHILATION_SIGMA,
    BREMSSTRAHLUNG_SIGMA,
    IONISATION_SIGMA,
    STEP_SIGMA,
    between,
    column,
    step_cross_section,
)
from simkit.processes import ANNIHILATION, BREMSSTRAHLUNG, IONISATION
from simkit.rng import uniform
from simkit.tracking.interaction import CHOOSE

NOTHING = -1  # in place of a process: none happens
UNDRAWN = -1.0  # mean free paths left before they are drawn


class OneSum(NamedTuple):
    """One bound for all processes. (The member keeps the tuple from being empty.)"""

    unused: int


class EachProcess(NamedTuple):
    """A bound for each: float64[2 * couples, N_NODES, 3] (1/mm), with the columns of `ByProcess`."""

    bounds: np.ndarray


class ByProcess(NamedTuple):
    """One number a process."""

    ionisation: float
    bremsstrahlung: float
    annihilation: float


def build_each(rows: np.ndarray, step_loss: float) -> EachProcess:
    """Return the bounds of the processes in ChargedTables.rows, as `step_cross_section` has them."""
    each = (IONISATION_SIGMA, BREMSSTRAHLUNG_SIGMA, ANNIHILATION_SIGMA)
    return EachProcess(
        np.stack(
            [np.stack([step_cross_section(row[:, of], step_loss) for of in each], axis=1) for row in rows]
        )
    )


def no_paths(policy):
    """Return the mean free paths left where a track begins: none is drawn yet."""
    return NO_PATHS[type(policy)](policy)


def look_up(policy, rows, row, energy, i, fraction, which):
    """Return a column of ChargedTables.rows at `energy` (MeV), which lies at `fraction` of bin `i`."""
    return LOOK_UP[type(policy)](policy, rows, row, energy, i, fraction, which)


def limit(policy, rng, rows, row, energy, i, fraction, paths, step):
    """Return (paths, step, bounds, process): mean free paths left, now drawn, and the step at most as long.

    bounds: 1/mm, of the cross sections; process: what ends the step, CHOOSE or NOTHING.
    """
    return LIMIT[type(policy)](policy, rng, rows, row, energy, i, fraction, paths, step)


def spend(policy, paths, bounds, step, process):
    """Return the mean free paths left after a step (mm) that ended in `process`, or in NOTHING."""
    return SPEND[type(policy)](policy, paths, bounds, step, process)


def decide(policy, rng, rows, row, energy, bounds, process):
    """Return the process that happens at the energy left, NOTHING when none does."""
    return DECIDE[type(policy)](policy, rng, rows, row, energy, bounds, process)


NO_PATHS = by_type(no_paths)
LOOK_UP = by_type(look_up)
LIMIT = by_type(limit)
SPEND = by_type(spend)
DECIDE = by_type(decide)


def _no_path(policy):
    return UNDRAWN


def _where_it_is(policy, rows, row, energy, i, fraction, which):
    return between(rows, row, i, fraction, which)


def _limit_by_sum(policy, rng, rows, row, energy, i, fraction, paths, step):
    sigma = between(rows, row, i, fraction, STEP_SIGMA)
    if paths <= 0.0:
        paths = -quick_log(uniform(rng))
    if paths < step * sigma:
        return paths, paths / sigma, sigma, CHOOSE
    return paths, step, sigma, NOTHING


def _spend_sum(policy, paths, bounds, step, process):
    return UNDRAWN if process == CHOOSE else paths - step * bounds


def _choose(policy, rng, rows, row, energy, bounds, process):
    ionisation = column(rows, row, energy, IONISATION_SIGMA)
    bremsstrahlung = column(rows, row, energy, BREMSSTRAHLUNG_SIGMA)
    annihilation = column(rows, row, energy, ANNIHILATION_SIGMA)
    chance = uniform(rng) * bounds
    if chance >= ionisation + bremsstrahlung + annihilation:
        return NOTHING
    if chance < bremsstrahlung:
        return BREMSSTRAHLUNG
    if chance < bremsstrahlung + ionisation:
        return IONISATION
    return ANNIHILATION


NO_PATHS[OneSum] = _no_path
LOOK_UP[OneSum] = _where_it_is
LIMIT[OneSum] = _limit_by_sum
SPEND[OneSum] = _spend_sum
DECIDE[OneSum] = _choose


@kernel
def _drawn(rng, paths):
    return -quick_log(uniform(rng)) if paths <= 0.0 else paths


def _no_paths_each(policy):
    return ByProcess(UNDRAWN, UNDRAWN, UNDRAWN)


def _search(policy, rows, row, energy, i, fraction, which):
    return column(rows, row, energy, which)


def _limit_by_each(policy, rng, rows, row, energy, i, fraction, paths, step):
    positron = row >= len(rows) // 2
    paths = ByProcess(
        _drawn(rng, paths.ionisation),
        _drawn(rng, paths.bremsstrahlung),
        _drawn(rng, paths.annihilation) if positron else NEVER,
    )
    bounds = ByProcess(
        column(policy.bounds, row, energy, 0),
        column(policy.bounds, row, energy, 1),
        column(policy.bounds, row, energy, 2) if positron else 0.0,
    )
    process = NOTHING
    if paths.ionisation < step * bounds.ionisation:
        step = paths.ionisation / bounds.ionisation
        process = IONISATION
    if paths.bremsstrahlung < step * bounds.bremsstrahlung:
        step = paths.bremsstrahlung / bounds.bremsstrahlung
        process = BREMSSTRAHLUNG
    if paths.annihilation < step * bounds.annihilation:
        step = paths.annihilation / bounds.annihilation
        process = ANNIHILATION
    return paths, step, bounds, process


def _spend_each(policy, paths, bounds, step, process):
    return ByProcess(
        UNDRAWN if process == IONISATION else paths.ionisation - step * bounds.ionisation,
        UNDRAWN if process == BREMSSTRAHLUNG else paths.bremsstrahlung - step * bounds.bremsstrahlung,
        UNDRAWN if process == ANNIHILATION else paths.annihilation - step * bounds.annihilation,
    )


def _ask(policy, rng, rows, row, energy, bounds, process):
    if process == IONISATION:
        happens = uniform(rng) * bounds.ionisation < column(rows, row, energy, IONISATION_SIGMA)
    elif process == BREMSSTRAHLUNG:
        happens = uniform(rng) * bounds.bremsstrahlung < column(rows, row, energy, BREMSSTRAHLUNG_SIGMA)
    else:
        happens = uniform(rng) * bounds.annihilation < column(rows, row, energy, ANNIHILATION_SIGMA)
    return process if happens else NOTHING


NO_PATHS[EachProcess] = _no_paths_each
LOOK_UP[EachProcess] = _search
LIMIT[EachProcess] = _limit_by_each
SPEND[EachProcess] = _spend_each
DECIDE[EachProcess] = _ask
