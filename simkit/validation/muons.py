"""Beams of muons through 1 m of matter: what they lose, and the angle they leave at. Secondaries are dropped.

A row passes within its tolerance or within three standard errors of both values, whichever is more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkit.particles import MUON
from simkit.record.validation import ValidationRow
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, load_figures, scaled_events
from simkit.validation.shots import shoot
from simkit.validation.target import build_target

EVENTS = 100_000  # a beam, as Geant4's: the standard error of a mean is then 0.2 to 0.5 %
STANDARD_ERRORS = 3.0
_PARTS = 20  # of the events, from whose scatter errors are taken

STATISTICS: dict[str, Callable[[np.ndarray], float]] = {
    "mean loss": lambda values: float(values.mean()),
    "5 % loss": lambda values: float(np.quantile(values, 0.05)),
    "median loss": lambda values: float(np.median(values)),
    "95 % loss": lambda values: float(np.quantile(values, 0.95)),
    "median angle": lambda values: float(np.median(values)),
}


def check(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of all beams; SIMKIT_STATISTICS scales their events."""
    beams: dict[tuple[object, ...], list[Reference]] = {}
    for figure in load_figures("muons"):
        beam = figure.material, figure.energy_MeV, figure.parameters["thickness_mm"]
        beams.setdefault(beam, []).append(figure)
    return [row for figures in beams.values() for row in _beam(figures, progress)]


def _beam(figures: list[Reference], progress: Callable[[int], None] | None) -> list[ValidationRow]:
    energy, events = figures[0].energy_MeV or 0.0, scaled_events(EVENTS)
    slab = figures[0].material, figures[0].parameters["thickness_mm"]
    world = build_target(slab, events__particle="mu-", physics__processes__muonNuclear=False)
    ends = shoot(world, MUON, energy, events, alone=True).ends
    if progress:
        progress(events)
    loss = np.where(ends.left, energy - ends.energy, energy)
    angles = 1e3 * np.arctan2(np.hypot(ends.v, ends.w), ends.u)[ends.left]
    rows = []
    for figure in figures:
        statistic = STATISTICS[figure.quantity]
        values = angles if figure.unit == "mrad" else loss
        parts = [statistic(part) for part in np.array_split(values, _PARTS)]
        ours_error = float(np.std(parts, ddof=1)) / _PARTS**0.5
        error = float(np.hypot(ours_error, figure.parameters.get("error", 0.0)))
        tolerance = max(figure.parameters["tolerance"], STANDARD_ERRORS * error / figure.value)
        place = {"thickness_mm": figure.parameters["thickness_mm"]}
        rows += judge([figure._replace(parameters=place)], [statistic(values)], tolerance, [error])
    return rows
