"""A short run of a preset against totals of Geant4."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkit.engines.run import run_scenario
from simkit.record.tallies import ENERGY_UNIT, LENGTH_UNIT, PARTICLES, Tallies
from simkit.scenario import load_scenario
from simkit.validation.figures import Figure

EVENTS = 200  # the standard error of the deposits is then 0.1 %


def shower_values(
    preset: str, figures: list[Figure], progress: Callable[[int], None] | None = None
) -> list[tuple[float, float]]:
    """Run `preset` and return (mean, standard error) of every figure's quantity."""
    _, tallies, prepared = run_scenario(load_scenario(preset, events=EVENTS), progress=progress)
    return [_mean(_per_event(figure, tallies, prepared.regions)) for figure in figures]


def _mean(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)


def _per_event(figure: Figure, tallies: Tallies, regions: tuple[str, ...]) -> np.ndarray:
    """Return a quantity by event; regions stand at the end of its name."""
    kind, _, region = figure.quantity.partition(" in ")
    if kind == "secondaries":
        return tallies.secondaries[:, PARTICLES.index(figure.particle)]
    if kind == "neutral steps":
        return tallies.steps[:, 0, [i for i, name in enumerate(regions) if name != "world"]].sum(axis=1)
    if kind == "deposit":
        return tallies.region_deposits[:, regions.index(region)] * ENERGY_UNIT
    assert kind == "charged path"
    return tallies.track_length[:, regions.index(region)] * LENGTH_UNIT
