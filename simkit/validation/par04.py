"""Showers in the preset `par04`, the detector of CaloChallenge's dataset 2, against Geant4.

A mean passes within its tolerance or within three standard errors of both values, whichever is more. A
layer's tolerance is a share of the largest layer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from simkit.engines.simulation import run_scenario
from simkit.fastsim.showers.files import NOISE_MEV
from simkit.record.machine import usable_threads
from simkit.record.tallies import ENERGY_UNIT
from simkit.record.validation import ValidationRow
from simkit.scenario import load_scenario
from simkit.validation.judgement import judge
from simkit.validation.reference import Reference, load_figures, scaled_events

EVENTS = {1e3: 3000, 1.6e4: 1000}
"""{energy (MeV): events, times SIMKIT_STATISTICS}."""
TOLERANCES = {
    "sampling fraction": 0.005,
    "sampling fraction in the mesh": 0.005,
    "deposit in tungsten": 0.002,
    "voxels": 0.02,
    "layer": 0.02,
    "ring": 0.03,
}
STANDARD_ERRORS = 3.0
SECTORS = 16


def check(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of all figures."""
    figures = load_figures("par04")
    rows = []
    for figure in figures:
        values = _by_event(figure, progress)
        error = float(np.hypot(values.std(ddof=1) / len(values) ** 0.5, figure.parameters["error"]))
        scale = figure.value
        if figure.quantity == "layer":
            of_energy = [other for other in figures if other.energy_MeV == figure.energy_MeV]
            scale = max(other.value for other in of_energy if other.quantity == "layer")
        allowed = max(TOLERANCES[figure.quantity] * scale, STANDARD_ERRORS * error)
        shown = {key: value for key, value in figure.parameters.items() if key != "error"}
        rows += judge(
            [figure._replace(parameters=shown)], [float(values.mean())], allowed / figure.value, [error]
        )
    return rows


def _by_event(figure: Reference, progress: Callable[[int], None] | None) -> np.ndarray:
    """Return a figure's quantity, one value an event."""
    energy = figure.energy_MeV or 0.0
    mesh, beside, absorber, scale = _showers(energy, progress)
    number = int(figure.parameters.get("number", 1)) - 1
    return {
        "sampling fraction": lambda: (mesh.sum(axis=(1, 2, 3)) + beside) / energy,
        "sampling fraction in the mesh": lambda: mesh.sum(axis=(1, 2, 3)) / energy,
        "deposit in tungsten": lambda: absorber,
        "voxels": lambda: (mesh > scale * NOISE_MEV).sum(axis=(1, 2, 3)).astype(float),
        "layer": lambda: mesh[:, number].sum(axis=(1, 2)),
        "ring": lambda: mesh[..., number].sum(axis=(1, 2)),
    }[figure.quantity]()


@cache
def _showers(
    energy: float, progress: Callable[[int], None] | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return deposits (MeV) by event, and the silicon's share in what voxels have.

    Deposits: by layer, sector and ring; in silicon beside the mesh; in tungsten.
    """
    events = scaled_events(EVENTS[energy])
    line = {"kind": "table", "energies_MeV": (energy,), "weights": (1.0,), "min_MeV": None, "max_MeV": None}
    keys: dict[str, Any] = {f"events.spectrum.{key}": value for key, value in line.items()}
    scenario = load_scenario("par04", overrides=keys, events=events, threads=min(usable_threads(), events))
    _, tallies, prepared = run_scenario(scenario, progress=progress)
    mesh = np.array(prepared.layers["silicon"])
    deposits = tallies.deposits * ENERGY_UNIT
    divided = deposits[:, mesh.ravel()].reshape(events, len(mesh), SECTORS, -1)
    silicon, absorber = (
        deposits[:, prepared.cell_region == prepared.regions.index(name)].sum(axis=1)
        for name in ("silicon", "absorber")
    )
    readout: Any = scenario.readout
    return divided, silicon - divided.sum(axis=(1, 2, 3)), absorber, readout.sampling_fraction
