"""Bare slabs: what a beam leaves in one plate of matter with nothing around it, and what it makes there.

All that leaves does so through the end of the world, most of it scattered: a track dropped or caught there
shows. A row passes within its tolerance or within three standard errors of both means, whichever is more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkit.engines.simulation import run_scenario
from simkit.record.machine import usable_threads
from simkit.record.tallies import ENERGY_UNIT, PARTICLES, PROCESSES, Tallies
from simkit.record.validation import ValidationRow
from simkit.scenario import load_scenario
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, load_figures, scaled_events

EVENTS = 40_000  # a beam: the standard error of a deposit is then 0.1 to 1 %
STANDARD_ERRORS = 3.0
TRANSVERSE_MM = 400.0
CUT_MM = 0.7
TOLERANCE = {"deposit": 0.004, "secondaries gamma": 0.03, "secondaries e-": 0.03}

MAKES_ELECTRON = [PROCESSES.index(name) for name in ("phot", "compt", "conv", "eIoni")]


def check(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of deposits and secondaries of all beams; SIMKIT_STATISTICS scales their events."""
    beams: dict[tuple[object, ...], list[Reference]] = {}
    for figure in load_figures("slabs"):
        beam = figure.particle, figure.material, figure.energy_MeV, figure.parameters["thickness_mm"]
        beams.setdefault(beam, []).append(figure)
    return [row for figures in beams.values() for row in _beam(figures, progress)]


def _beam(figures: list[Reference], progress: Callable[[int], None] | None) -> list[ValidationRow]:
    tallies = _shoot(figures[0], progress)
    rows = []
    for figure in figures:
        values = _by_event(tallies, figure.quantity)
        its_error = figure.parameters.get("error", 0.0)
        error = float(np.hypot(values.std(ddof=1) / len(values) ** 0.5, its_error))
        tolerance = figure.parameters.get("tolerance", TOLERANCE[figure.quantity])
        tolerance = max(tolerance, STANDARD_ERRORS * error / figure.value)
        place = {"thickness_mm": figure.parameters["thickness_mm"]}
        rows += judge([figure._replace(parameters=place)], [values.mean()], tolerance, [error])
    return rows


def _shoot(figure: Reference, progress: Callable[[int], None] | None) -> Tallies:
    slab = {
        "region": "slab",
        "material": figure.material,
        "thickness_mm": figure.parameters["thickness_mm"],
    }
    overrides = {
        "events.particle": figure.particle,
        "events.energy_MeV": figure.energy_MeV,
        "geometry.layers": 1,
        "geometry.transverse_mm": TRANSVERSE_MM,
        "geometry.slab": (slab,),
        "physics.production_cut_mm": CUT_MM,
    }
    events = scaled_events(EVENTS)
    threads = min(usable_threads(), events)
    scenario = load_scenario("testem3", overrides=overrides, events=events, threads=threads)
    return run_scenario(scenario, progress=progress)[1]


def _by_event(tallies: Tallies, quantity: str) -> np.ndarray:
    if quantity == "deposit":
        return tallies.region_deposits.sum(axis=1) * ENERGY_UNIT
    if quantity == "secondaries gamma":
        return tallies.secondaries[:, PARTICLES.index("gamma")].astype(float)
    # Geant4 counts electrons below the tracking cut, too: all that an interaction sets free.
    return tallies.interactions[:, MAKES_ELECTRON].sum(axis=1).astype(float)
