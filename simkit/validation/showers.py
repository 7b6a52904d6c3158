"""Showers: short runs of the presets `testem3` and `hepemshow` against Geant4 and G4HepEm.

A row of a mean passes within its tolerance or within four standard errors of ours (and the figure's),
whichever is more; the tolerance that counted is the one in the row. The shape is each layer's share of its
region; the depth is the mean layer, counted from 1, of all deposits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simkit.engines import Prepared
from simkit.engines.simulation import run_scenario
from simkit.record.machine import usable_threads
from simkit.record.tallies import ENERGY_UNIT, LENGTH_UNIT, PARTICLES, Tallies
from simkit.record.validation import ValidationRow
from simkit.scenario import load_scenario
from simkit.validation.judgement import STANDARD_ERRORS, judge
from simkit.validation.reference import Reference, read_rows, scaled_events

EVENTS = 300  # times SIMKIT_STATISTICS; the standard error of the deposits is then 0.1 % (Pb/LAr)
ENERGY_MEV = 1e4

# Relative tolerances by preset, quantity and particle or region.
TOLERANCES = {
    ("testem3", "deposit", "absorber"): 0.004,
    ("testem3", "deposit", "gap"): 0.008,
    ("testem3", "spread of the deposit", "absorber"): 0.25,
    ("testem3", "spread of the deposit", "gap"): 0.25,
    ("testem3", "charged path", "absorber"): 0.015,
    ("testem3", "charged path", "gap"): 0.015,
    ("testem3", "secondaries", "gamma"): 0.02,
    ("testem3", "secondaries", "e-"): 0.02,
    ("testem3", "secondaries", "e+"): 0.02,
    ("testem3", "steps", "gamma"): 0.02,
    ("testem3", "steps", "charged"): 0.06,
    ("hepemshow", "deposit", "absorber"): 0.005,
    ("hepemshow", "deposit", "gap"): 0.005,
}
DEPTH_TOLERANCE = 0.008
# Layers first to last (from 1) and the tolerance of their shares.
LAYERS = ((3, 25, 0.02), (26, 40, 0.04), (41, 49, 0.06))
# The deposits in the first two and the last: tolerance, and the events that their figures are means of.
END_TOLERANCE = 0.02
END_EVENTS = 6000


class PresetShowers(NamedTuple):
    """A run of a preset."""

    preset: str
    tallies: Tallies
    prepared: Prepared

    def layers(self, region: str) -> np.ndarray:
        """Return the deposits (MeV) by event and layer."""
        cells = self.prepared.layers[region]
        deposits = [self.tallies.deposits[:, list(of_layer)].sum(axis=1) for of_layer in cells]
        return np.stack(deposits, axis=1) * ENERGY_UNIT

    def by_event(self, quantity: str, particle: str, region: str) -> np.ndarray:
        """Return a quantity of showers.csv, one value an event."""
        if quantity == "secondaries":
            return self.tallies.secondaries[:, PARTICLES.index(particle)].astype(float)
        if quantity == "steps":
            inside = [self.prepared.regions.index(name) for name in self.prepared.calorimeter]
            which = slice(0, 1) if particle == "gamma" else slice(1, None)
            return self.tallies.steps[:, which][:, :, inside].sum(axis=(1, 2)).astype(float)
        place = self.prepared.regions.index(region)
        if quantity == "charged path":
            return self.tallies.track_length[:, place] * LENGTH_UNIT
        return self.tallies.region_deposits[:, place] * ENERGY_UNIT


def check_testem3(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of totals, counts, the depth and the shape of the shower in Pb/LAr."""
    shower = _run("testem3", progress)
    return _totals(shower) + _ends(shower) + _shape(shower)


def check_hepemshow(progress: Callable[[int], None] | None = None) -> list[ValidationRow]:
    """Return the rows of the deposits in PbWO4/LAr."""
    return _totals(_run("hepemshow", progress))


def _run(preset: str, progress: Callable[[int], None] | None) -> PresetShowers:
    events = scaled_events(EVENTS)
    scenario = load_scenario(preset, events=events, threads=min(usable_threads(), events))
    _, tallies, prepared = run_scenario(scenario, progress=progress)
    return PresetShowers(preset, tallies, prepared)


def _totals(shower: PresetShowers) -> list[ValidationRow]:
    rows = []
    for text in read_rows("showers"):
        if text["preset"] != shower.preset:
            continue
        quantity, particle, region = text["quantity"], text["particle"], text["region"]
        values = shower.by_event(quantity, particle, region)
        figure = _figure(shower.preset, f"{quantity} {region}".strip(), particle, float(text["value"]), text)
        tolerance = TOLERANCES[shower.preset, quantity, region or particle]
        if quantity == "spread of the deposit":
            rows += judge([figure], [values.std(ddof=1)], tolerance)
        else:
            error = float(values.std(ddof=1)) / len(values) ** 0.5
            rows.append(_judge(figure, float(values.mean()), error, tolerance, float(text["error"] or 0.0)))
    return rows


def _ends(shower: PresetShowers) -> list[ValidationRow]:
    """Return the rows of the first layers and the last; a figure's own spread is taken to be ours."""
    rows = []
    source = {"unit": "MeV", "source": "Geant4 11.4.1"}
    for text in read_rows("testem3_ends"):
        layer = int(text["layer"])
        for region in ("absorber", "gap"):
            values = shower.layers(region)[:, layer - 1]
            spread = float(values.std(ddof=1))
            quantity, value = f"deposit in {region} layer", float(text[region])
            figure = _figure(shower.preset, quantity, "", value, source, layer=layer)
            error, its_error = spread / len(values) ** 0.5, spread / END_EVENTS**0.5
            rows.append(_judge(figure, float(values.mean()), error, END_TOLERANCE, its_error))
    return rows


def _shape(shower: PresetShowers) -> list[ValidationRow]:
    table = list(read_rows("testem3_layers"))
    source = {"unit": "", "source": "G4HepEm layers"}
    reference = {region: np.array([float(row[region]) for row in table]) for region in ("absorber", "gap")}
    ours = {region: shower.layers(region) for region in reference}

    number = np.arange(1, len(table) + 1)
    expected = reference["absorber"] + reference["gap"]
    both = ours["absorber"] + ours["gap"]
    depth = _figure(shower.preset, "mean layer", "", float(number @ expected / expected.sum()), source)
    rows = [_judge(depth, *_ratio(both @ number, both.sum(axis=1)), DEPTH_TOLERANCE)]
    for region, layers in ours.items():
        shares = reference[region] / reference[region].sum()
        for first, last, tolerance in LAYERS:
            for layer in range(first, last + 1):
                figure = _figure(
                    shower.preset, f"share of {region} layer", "", shares[layer - 1], source, layer=layer
                )
                share = _ratio(layers[:, layer - 1], layers.sum(axis=1))
                rows.append(_judge(figure, *share, tolerance))
    return rows


def _figure(
    preset: str, quantity: str, particle: str, value: float, text: dict[str, str], **parameters: float
) -> Reference:
    return Reference(quantity, particle, preset, ENERGY_MEV, parameters, value, text["unit"], text["source"])


def _ratio(part: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    """Return the ratio of two means over events, and its standard error."""
    ratio = float(part.mean() / whole.mean())
    return ratio, float((part - ratio * whole).std(ddof=1) / whole.mean() / len(part) ** 0.5)


def _judge(
    figure: Reference, ours: float, error: float, tolerance: float, its_error: float = 0.0
) -> ValidationRow:
    both = float(np.hypot(error, its_error))
    return judge([figure], [ours], max(tolerance, STANDARD_ERRORS * both / figure.value), [both])[0]
