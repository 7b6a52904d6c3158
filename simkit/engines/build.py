"""From a scenario to the native engine's setup: detector, couples, policies, lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simkit.compile_errors import blamed_on_plugins
from simkit.errors import BadInput
from simkit.events import Primaries, Source, check_energies, check_inside
from simkit.events.pipes import regular_file
from simkit.fastsim.hook.asking import Hook
from simkit.fastsim.hook.build import build_hook, check_woodcock
from simkit.fastsim.models.on_host import HostModel
from simkit.geometry import OUTSIDE, locate_all
from simkit.geometry.detector import Detector
from simkit.jit import check_implementation
from simkit.materials import find_material, production_thresholds
from simkit.particles import PROTON
from simkit.physics.couple import Couple
from simkit.plugins import building
from simkit.scenario import Scenario
from simkit.scenario.schema import TRACKING
from simkit.sections import Vector
from simkit.tally import tally_columns
from simkit.tracking.flight import woodcock_envelopes
from simkit.tracking.policies import SEAMS
from simkit.tracking.propagators import build_propagator
from simkit.tracking.range_cut import build_heavy_thresholds, build_thresholds
from simkit.transport.hooked import with_hook
from simkit.transport.life import BEGIN, STEP, begin, step
from simkit.transport.lives import lives_for
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.response import Response, with_response
from simkit.transport.setup import Setup, build_setup


@dataclass(frozen=True)
class World:
    """All of a scenario that the engine needs: the kernels' setup and what the host knows of it."""

    setup: Setup
    detector: Detector
    cuts_MeV: dict[str, dict[str, float]]
    hook: Hook | None = None
    hosts: dict[int, HostModel] = field(default_factory=dict)


def start_volumes(detector: Detector, primaries: Primaries) -> np.ndarray:
    """Return the volume each primary starts in, int64[n]; BadInput when one cannot be simulated."""
    check_energies(primaries)
    volumes = np.zeros(len(primaries.x), dtype=np.int64)
    points = (np.ascontiguousarray(values) for values in (primaries.x, primaries.y, primaries.z))
    with blamed_on_plugins():
        locate_all(detector.params, *points, volumes)
    last = len(detector.params.volume_region) - 1
    if len(wrong := np.flatnonzero((volumes < OUTSIDE) | (volumes > last))):
        x, y, z = (values[wrong[0]] for values in (primaries.x, primaries.y, primaries.z))
        raise BadInput(
            f"geometry: {type(detector.params).__name__} gives volume {volumes[wrong[0]]} at ({x:g}, {y:g}, "
            f"{z:g}) mm, allowed {OUTSIDE}..{last}; correct the plug-in"
        )
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


def build_policies(scenario: Scenario, regions: Sequence[str]) -> tuple[Any, ...]:
    """Return the params of all policies of a scenario. Errors: BadInput of a plug-in's."""
    found = []
    for policy, section in TRACKING.given(scenario.tracking):
        with building("policies", policy.name):
            params = policy.build(section, regions)
        if params is None:
            continue
        if not any(type(params) in registry for _, registry in SEAMS):
            raise BadInput(
                f"policy {policy.name!r}: AT_START, AT_BIRTH and AT_STEP of simkit.tracking.policies have no "
                f"{type(params).__name__}; register one"
            )
        for verb, registry in SEAMS:
            if type(params) in registry:
                check_implementation(f"policy {policy.name!r}", verb, registry[type(params)])
        found.append(params)
    return tuple(found)


def lives_of(scenario: Scenario) -> list[Life]:
    """Return the lives that the events of a scenario need. Errors: BadInput of a plug-in."""
    return lives_for(scenario.events.kinds(), scenario.events.highest_MeV())


def build_lives(parts: WorldParts) -> list[tuple[tuple[int, ...], Any]]:
    """Return (kinds, params) of the lives that the events need. Errors: BadInput of a plug-in's."""
    found = []
    for life in lives_of(parts.scenario):
        with building("lives", life.name):
            params = life.build(parts)
        if type(params) not in BEGIN or type(params) not in STEP:
            raise BadInput(
                f"life {life.name!r}: BEGIN or STEP of simkit.transport.life has no {type(params).__name__}; "
                "register both"
            )
        for verb, registry in ((begin, BEGIN), (step, STEP)):
            check_implementation(f"life {life.name!r}", verb, registry[type(params)])
        if missing := {"geometry", "policies"} - set(getattr(params, "_fields", ())):
            raise BadInput(
                f"life {life.name!r}: {type(params).__name__} lacks {' and '.join(sorted(missing))}; it must "
                "be a NamedTuple with both"
            )
        found.append((life.kinds, params))
    return found


def beam_of(events: Source) -> tuple[Vector, Vector]:
    """Return a point (mm) and the direction from which particles come: the gun's, else from 0 along x."""
    direction = getattr(events, "direction", None)
    if not isinstance(direction, tuple):
        direction = (1.0, 0.0, 0.0)
    return getattr(events, "position_mm", (0.0, 0.0, 0.0)), direction


def hook_of(
    scenario: Scenario, detector: Detector, couples: Sequence[Couple], annihilation: float
) -> tuple[Hook | None, dict[int, HostModel]]:
    """Return the hook of a scenario's rules and its models on the host, as `build_hook`. Errors: BadInput."""
    if not scenario.fastsim:
        return None, {}
    asked = {
        settings.name for settings in scenario.region_settings() if settings.gamma_tracking == "woodcock"
    }
    check_woodcock(scenario.fastsim, detector, woodcock_envelopes(asked, detector))
    start, direction = beam_of(scenario.events)
    responds = isinstance(detector.readout, Response)
    columns = tally_columns(len(detector.regions), len(detector.cell_region), responds, fast=True)
    materials = [couple.material for couple in couples]
    column = columns["fast"].start
    return build_hook(scenario.fastsim, detector, materials, column, annihilation, start, direction)


def build_world(scenario: Scenario) -> World:
    """Build everything the native engine needs for `scenario`."""
    detector = scenario.detector
    couples = build_couples(scenario, detector)
    physics = scenario.physics
    thresholds = build_thresholds(
        couples, physics.tracking_cut_keV, physics.apply_cuts, physics.processes.annihil
    )
    cut_mm = {settings.name: settings.production_cut_mm for settings in scenario.region_settings()}
    heavy_thresholds = build_heavy_thresholds(
        [cut_mm.get(region, physics.production_cut_mm) for _, region in detector.couples],
        thresholds.tracking_cut,
    )
    policies = build_policies(scenario, detector.regions)
    detector = with_response(detector, couples, scenario.region_settings())
    hook, hosts = hook_of(scenario, detector, couples, thresholds.annihilation)
    without = [override.name for override in scenario.region if override.field == "none"]
    propagator = build_propagator(scenario.field, detector.regions, without)
    parts = WorldParts(scenario, detector, couples, thresholds, policies, propagator, heavy_thresholds)
    setup = build_setup(with_hook(build_lives(parts), hook))
    cuts: dict[str, dict[str, float]] = {}
    heavy = any(PROTON in life.kinds for life in lives_of(scenario))
    for i, (couple, (material, region)) in enumerate(zip(couples, detector.couples)):
        found = {"gamma": couple.gamma_cut, "e-": couple.electron_cut}
        if heavy:
            found["p"] = float(heavy_thresholds.proton[i])
        # a material with other cuts in another region is told apart by the region's name
        if cuts.setdefault(material, found) != found:
            cuts[f"{material} ({region})"] = found
    return World(setup, detector, cuts, hook, hosts)
