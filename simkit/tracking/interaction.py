"""How a photon's next interaction is found: one total cross section, or one length per process.

The general process (G4GammaGeneralProcess of Geant4) looks one total cross section up and chooses the process
when it interacts; per process, each process carries its own number of mean free paths and looks its own
cross section up at every step, as a list of independent processes does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from simkit.geometry import NEVER
from simkit.jit import by_type, kernel
from simkit.physics.elementary import quick_log
from simkit.physics.tables import FIRST_PROCESS, TOTAL, photon_partial, photon_row, photon_total
from simkit.processes import COMPTON, CONVERSION, PHOTOELECTRIC, RAYLEIGH
from simkit.rng import uniform

CHOOSE = -3  # in place of a process: to be chosen at the interaction


class GeneralProcess(NamedTuple):
    """One total cross section. `processes`: how many it sums."""

    processes: int


class PerProcess(NamedTuple):
    """Every process on its own. `processes`: how many columns of the table are looked up."""

    processes: int


def draw_paths(policy: Any, rng: Any) -> tuple[float, float, float, float]:
    """Return the mean free paths left before an interaction, one number a process."""
    return DRAW_PATHS[type(policy)](policy, rng)


def distance_to_interaction(policy, cross_sections, couple, energy, a, b, c, d):
    """Return (distance in mm, process or CHOOSE) for the mean free paths left a, b, c, d."""
    return DISTANCE_TO_INTERACTION[type(policy)](policy, cross_sections, couple, energy, a, b, c, d)


def paths_after(policy, cross_sections, couple, energy, distance, a, b, c, d):
    """Return the mean free paths left after flying `distance` (mm)."""
    return PATHS_AFTER[type(policy)](policy, cross_sections, couple, energy, distance, a, b, c, d)


@kernel
def choose_process(rng, cross_sections, couple, energy):
    """Return the process (index in PROCESSES) that an interaction at `energy` (MeV) belongs to."""
    row = photon_row(cross_sections, couple, energy)
    total = cross_sections[couple, row, TOTAL] + energy * cross_sections[couple, row, TOTAL + 1]
    chance = uniform(rng) * total
    for process in range(COMPTON, RAYLEIGH + 1):
        column = FIRST_PROCESS + 2 * process
        chance -= cross_sections[couple, row, column] + energy * cross_sections[couple, row, column + 1]
        if chance < 0.0:
            return process
    return CONVERSION


def _general_draw(policy, rng):
    return -quick_log(uniform(rng)), 0.0, 0.0, 0.0


def _general_distance(policy, cross_sections, couple, energy, a, b, c, d):
    total = photon_total(cross_sections, couple, energy)
    return (a / total if total > 0.0 else NEVER), CHOOSE


def _general_after(policy, cross_sections, couple, energy, distance, a, b, c, d):
    return a - distance * photon_total(cross_sections, couple, energy), b, c, d


def _each_draw(policy, rng):
    return (
        -quick_log(uniform(rng)),
        -quick_log(uniform(rng)),
        -quick_log(uniform(rng)),
        -quick_log(uniform(rng)) if policy.processes > 3 else NEVER,
    )


@kernel
def _length(cross_sections, couple, energy, process, paths):
    sigma = photon_partial(cross_sections, couple, energy, process)
    return paths / sigma if sigma > 0.0 else NEVER


def _each_distance(policy, cross_sections, couple, energy, a, b, c, d):
    distance = _length(cross_sections, couple, energy, CONVERSION, a)
    process = CONVERSION
    length = _length(cross_sections, couple, energy, COMPTON, b)
    if length < distance:
        distance = length
        process = COMPTON
    length = _length(cross_sections, couple, energy, PHOTOELECTRIC, c)
    if length < distance:
        distance = length
        process = PHOTOELECTRIC
    if policy.processes > 3:
        length = _length(cross_sections, couple, energy, RAYLEIGH, d)
        if length < distance:
            distance = length
            process = RAYLEIGH
    return distance, process


def _each_after(policy, cross_sections, couple, energy, distance, a, b, c, d):
    return (
        a - distance * photon_partial(cross_sections, couple, energy, CONVERSION),
        b - distance * photon_partial(cross_sections, couple, energy, COMPTON),
        c - distance * photon_partial(cross_sections, couple, energy, PHOTOELECTRIC),
        d - distance * photon_partial(cross_sections, couple, energy, RAYLEIGH)
        if policy.processes > 3
        else d,
    )


DRAW_PATHS = by_type(draw_paths)
DISTANCE_TO_INTERACTION = by_type(distance_to_interaction)
PATHS_AFTER = by_type(paths_after)

DRAW_PATHS[GeneralProcess] = _general_draw
DISTANCE_TO_INTERACTION[GeneralProcess] = _general_distance
PATHS_AFTER[GeneralProcess] = _general_after
DRAW_PATHS[PerProcess] = _each_draw
DISTANCE_TO_INTERACTION[PerProcess] = _each_distance
PATHS_AFTER[PerProcess] = _each_after
