"""From a scenario to the native engine's setup: detector, couples, tables, policies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from simkit.errors import BadInput
from simkit.events import Primaries, check_energies, check_inside
from simkit.events.pipes import regular_file
from simkit.geometry import locate_all
from simkit.geometry.detector import Detector
from simkit.materials import find_material, production_thresholds
from simkit.particles import ELECTRON, PARTICLES, POSITRON
from simkit.physics.couple import Couple
from simkit.physics.entanglement import Entangled, Unpolarised
from simkit.physics.tables import (
    FIRST_PROCESS,
    GammaTables,
    build_charged_tables,
    build_gamma_tables,
    majorant_lines,
    set_total,
)
from simkit.processes import COMPTON, CONVERSION, PHOTOELECTRIC, PROCESSES
from simkit.scenario import Scenario
from simkit.tracking.flight import BoundaryTracking, WoodcockTracking
from simkit.tracking.interaction import GeneralProcess, PerProcess
from simkit.tracking.killer import Killer
from simkit.tracking.propagation import Straight
from simkit.tracking.range_cut import Thresholds
from simkit.tracking.roulette import Roulette
from simkit.transport.lives import electron, photon
from simkit.transport.setup import Setup, build_setup
from simkit.units import ELECTRON_MASS, keV


@dataclass(frozen=True)
class World:
    """All of a scenario that the engine needs: the kernels' setup and what the host knows of it."""

    setup: Setup
    detector: Detector
    cuts_MeV: dict[str, dict[str, float]]


def start_volumes(detector: Detector, primaries: Primaries) -> np.ndarray:
    """Return the volume each primary starts in, int64[n]; BadInput when one cannot be simulated."""
    check_energies(primaries)
    volumes = np.zeros(len(primaries.x), dtype=np.int64)
    points = (np.ascontiguousarray(values) for values in (primaries.x, primaries.y, primaries.z))
    locate_all(detector.params, *points, volumes)
    check_inside(primaries, volumes)
    return volumes


def build_couples(scenario: Scenario, detector: Detector) -> list[Couple]:
    """Return the material-cuts couples, in the detector's order, with the numbers of `physics.tables`."""
    cut_mm = {settings.name: settings.production_cut_mm for settings in scenario.region_settings()}
    couples = []
    for name, region in detector.couples:
        material = find_material(name, scenario.own_materials)
        thresholds = production_thresholds(material, cut_mm.get(region, scenario.physics.production_cut_mm))
        couples.append(Couple(material, thresholds.gamma, thresholds.electron))
    file = scenario.physics.g4hepem_file
    if file:
        from simkit.physics.g4hepem import couples_of_file

        return couples_of_file(regular_file(file), couples)
    return couples


def majorants(detector: Detector, gamma: GammaTables) -> np.ndarray:
    """Return the majorant of each Woodcock envelope, over the couples in it, as WoodcockTracking wants it."""
    params = detector.params
    inside = [params.volume_couple[params.volume_envelope == i] for i in range(len(detector.envelopes))]
    return np.array([majorant_lines(gamma.cross_sections[np.unique(couples)]) for couples in inside])


def woodcock_envelopes(scenario: Scenario, detector: Detector) -> np.ndarray | None:
    """Return which envelopes are flown through Woodcock's way, int64[envelopes]; None when nobody asks.

    Those whose regions all ask for it. Raises BadInput where that leaves none: the regions that ask are then
    flown through together with others, or lie in no envelope.
    """
    asked = {s.name for s in scenario.region_settings() if s.gamma_tracking == "woodcock"}
    if not asked:
        return None
    params = detector.params
    envelopes = {
        name: {detector.regions[region] for region in params.volume_region[params.volume_envelope == i]}
        for i, name in enumerate(detector.envelopes)
    }
    enabled = np.array([inside <= asked for inside in envelopes.values()], dtype=np.int64)
    if not enabled.any():
        known = "; ".join(f"{name}: {', '.join(sorted(inside))}" for name, inside in envelopes.items())
        raise BadInput(
            f"tracking: Woodcock is asked for in {', '.join(sorted(asked))}, but flies through whole "
            f"envelopes only; ask for all regions of one ({known})"
        )
    return enabled


def build_tracking(scenario: Scenario, gamma: GammaTables, detector: Detector, enabled: Any) -> Any:
    """Return the policy of photon flights; `enabled` is of woodcock_envelopes."""
    processes = 4 if scenario.physics.rayleigh else 3
    general = scenario.engine.gamma == "general"
    interaction = GeneralProcess(processes) if general else PerProcess(processes)
    if enabled is None:
        return BoundaryTracking(interaction)
    return WoodcockTracking(
        interaction, majorants(detector, gamma), enabled, float(scenario.tracking.woodcock_min_MeV)
    )


def step_loss(scenario: Scenario) -> float:
    """Return the largest fraction of its energy a track may lose in a step: never above that of its range."""
    return min(max(0.2, scenario.physics.step_function[0]), 0.99)


def _switch_off(scenario: Scenario, gamma: GammaTables, charged: Any) -> None:
    """Take processes that the scenario switches off out of the tables."""
    from simkit.physics.tables import (
        ANNIHILATION_SIGMA,
        BREMSSTRAHLUNG_SIGMA,
        IONISATION_SIGMA,
        STEP_SIGMA,
        TRANSPORT_PATH,
        step_cross_section,
    )

    on = scenario.physics.processes
    for process in (CONVERSION, COMPTON, PHOTOELECTRIC):
        if not getattr(on, PROCESSES[process]):
            gamma.cross_sections[:, :, FIRST_PROCESS + 2 * process : FIRST_PROCESS + 2 * process + 2] = 0.0
    set_total(gamma.cross_sections)
    hard = (("eIoni", IONISATION_SIGMA), ("eBrem", BREMSSTRAHLUNG_SIGMA), ("annihil", ANNIHILATION_SIGMA))
    if not all(getattr(on, name) for name, _ in hard):
        for name, column in hard:
            if not getattr(on, name):
                charged.rows[:, :, column] = 0.0
        for row in charged.rows:
            total = row[:, IONISATION_SIGMA : ANNIHILATION_SIGMA + 1].sum(axis=1)
            row[:, STEP_SIGMA] = step_cross_section(total, step_loss(scenario))
    if not on.msc:
        # far beyond any step: in vacuum a fifth of the range is 1e24 mm
        charged.rows[:, :, TRANSPORT_PATH] = 1e100


def build_world(scenario: Scenario) -> World:
    """Build everything the native engine needs for `scenario`."""
    detector = scenario.detector
    woodcock = woodcock_envelopes(scenario, detector)
    couples = build_couples(scenario, detector)
    physics = scenario.physics
    gamma = build_gamma_tables(couples, physics.rayleigh)
    charged = build_charged_tables(couples, step_loss(scenario))
    _switch_off(scenario, gamma, charged)

    regions = {settings.name: settings for settings in scenario.region_settings()}
    fluctuation = np.zeros((len(PARTICLES), len(detector.regions)), dtype=np.int64)
    roulette_in = np.zeros(len(detector.regions), dtype=np.int64)
    for index, name in enumerate(detector.regions):
        if name in regions:
            fluctuation[ELECTRON, index] = regions[name].electron_fluctuation
            fluctuation[POSITRON, index] = regions[name].positron_fluctuation
            roulette_in[index] = regions[name].gamma_roulette

    electron_cut = np.array([couple.electron_cut for couple in couples])
    gamma_cut = np.array([couple.gamma_cut for couple in couples])
    apply = float(physics.apply_cuts)
    killer = scenario.tracking.high_eta_killer
    roulette = scenario.tracking.gamma_roulette
    thresholds = Thresholds(
        tracking_cut=physics.tracking_cut_keV * keV,
        secondary_electron=apply * electron_cut,
        secondary_gamma=apply * gamma_cut,
        # as in Geant4: a positron is dropped only where its annihilation photons would be
        secondary_positron=apply * np.where(gamma_cut > ELECTRON_MASS, electron_cut, 0.0),
        annihilation=2.0 * ELECTRON_MASS * physics.processes.annihil,
    )
    fraction, final_range = physics.step_function
    steps = electron.Steps(float(fraction), float(final_range), float(physics.range_factor))
    policies = (
        Killer(math.tanh(killer.eta_min), float(killer.et_max_MeV), float(killer.z_min_mm)),
        Roulette(float(roulette.threshold_MeV), float(roulette.weight), roulette_in),
    )
    setup = build_setup(
        [
            (
                photon.KINDS,
                photon.PhotonLife(
                    geometry=detector.params,
                    readout=detector.readout,
                    tracking=build_tracking(scenario, gamma, detector, woodcock),
                    scattering=Entangled() if physics.entangled_annihilation else Unpolarised(),
                    tables=gamma,
                    thresholds=thresholds,
                    policies=policies,
                ),
            ),
            (
                electron.KINDS,
                electron.ElectronLife(
                    geometry=detector.params,
                    readout=detector.readout,
                    propagator=Straight(0),
                    tables=charged,
                    fluctuation=fluctuation,
                    thresholds=thresholds,
                    steps=steps,
                    policies=policies,
                ),
            ),
        ]
    )
    cuts: dict[str, dict[str, float]] = {}
    for couple, (material, region) in zip(couples, detector.couples):
        found = {"gamma": couple.gamma_cut, "e-": couple.electron_cut}
        # a material with other cuts in another region is told apart by the region's name
        if cuts.setdefault(material, found) != found:
            cuts[f"{material} ({region})"] = found
    return World(setup, detector, cuts)
