"""A photon's life: flights to interactions, and what they make."""

from __future__ import annotations

from typing import Any, NamedTuple

from simkit.geometry import OUTSIDE
from simkit.jit import inlined
from simkit.particles import ELECTRON, GAMMA, POSITRON
from simkit.physics.conversion import sample_pair
from simkit.physics.directions import deflect, sample_azimuth
from simkit.physics.entanglement import Entangled, Unpolarised, scatter
from simkit.physics.photoelectric import sample_photoelectron
from simkit.physics.quenching import BY_ELECTRON
from simkit.physics.rayleigh import sample_rayleigh
from simkit.physics.tables import FIRST_PROCESS, GammaTables, build_gamma_tables, set_total
from simkit.processes import COMPTON, CONVERSION, PHOTOELECTRIC, PROCESSES, RAYLEIGH
from simkit.tally import ENDLESS_TRACKS, LEAKED, REST_MASS, book, count, count_interaction, count_step
from simkit.tracking.flight import (
    CROSSED,
    HOPPED,
    BoundaryTracking,
    WoodcockTracking,
    fly,
    is_watched,
    majorants,
    woodcock_envelopes,
)
from simkit.tracking.interaction import CHOOSE, GeneralProcess, PerProcess, choose_process
from simkit.tracking.range_cut import Thresholds, least_electron
from simkit.tracks import daughter, turned
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.secondaries import emit, leave
from simkit.units import ELECTRON_MASS

KINDS = (GAMMA,)


class PhotonLife(NamedTuple):
    """What a photon's life reads. The types of `tracking` and `scattering` choose the algorithms.

    scattering: Unpolarised or Entangled, how annihilation photons scatter.
    """

    geometry: Any
    readout: Any
    tracking: Any
    scattering: Any
    tables: GammaTables
    thresholds: Thresholds
    policies: tuple[Any, ...]


class PhotonState(NamedTuple):
    """children: how many secondaries it has made."""

    children: int


def build_life(parts: WorldParts) -> PhotonLife:
    """Return what the photons of a world read. Errors: BadInput, of `woodcock_envelopes`."""
    scenario, detector = parts.scenario, parts.detector
    physics = scenario.physics
    asked = {
        settings.name for settings in scenario.region_settings() if settings.gamma_tracking == "woodcock"
    }
    enabled = woodcock_envelopes(asked, detector)
    tables = build_gamma_tables(parts.couples, physics.rayleigh)
    for process in (CONVERSION, COMPTON, PHOTOELECTRIC):
        if not getattr(physics.processes, PROCESSES[process]):
            column = FIRST_PROCESS + 2 * process
            tables.cross_sections[:, :, column : column + 2] = 0.0
    set_total(tables.cross_sections)
    processes = 4 if physics.rayleigh else 3
    general = scenario.engine.gamma == "general"
    tracking: Any = BoundaryTracking(GeneralProcess(processes) if general else PerProcess(processes))
    if enabled is not None:
        least = float(scenario.tracking.woodcock_min_MeV)
        tracking = WoodcockTracking(tracking.interaction, majorants(detector, tables), enabled, least)
    return PhotonLife(
        geometry=detector.params,
        readout=detector.readout,
        tracking=tracking,
        scattering=Entangled() if physics.entangled_annihilation else Unpolarised(),
        tables=tables,
        thresholds=parts.thresholds,
        policies=parts.policies,
    )


def _begin(life, track):
    return PhotonState(0)


def take_step(life, tally, stacks, rng, track, state):
    """Fly to the next interaction, and make what it makes."""
    track, process = fly(life.tracking, life.geometry, life.tables.cross_sections, tally, rng, track)
    if track.volume == OUTSIDE:
        count_step(tally, track.slot, track.kind, tally.regions - 1)
        book(tally, track.slot, LEAKED, track.energy, track.weight)
        return track, state, False
    if process == HOPPED:
        count(tally, track.slot, ENDLESS_TRACKS, 1)
        return track, state, False
    if is_watched(life.tracking.watch) and process == CROSSED:
        return track, state, True
    couple = life.geometry.volume_couple[track.volume]
    region = life.geometry.volume_region[track.volume]
    if process == CHOOSE:
        process = choose_process(rng, life.tables.cross_sections, couple, track.energy)
    count_interaction(tally, track.slot, process)
    least = least_electron(life.thresholds, couple)
    if process == CONVERSION:
        _convert(life, tally, stacks, rng, track, state.children, couple, region, least)
        return track, state, False
    if process == COMPTON:
        track, children, alive = _compton(life, tally, stacks, rng, track, state.children, region, least)
        return track, PhotonState(children), alive
    if process == RAYLEIGH:
        return _rayleigh(life, rng, track, couple), state, True
    _absorb(life, tally, stacks, rng, track, state.children, couple, region, least)
    return track, state, False


@inlined
def _convert(life, tally, stacks, rng, track, children, couple, region, least):
    electron, cos_electron, positron, cos_positron = sample_pair(
        rng, track.energy, life.tables.conversion, couple
    )
    book(tally, track.slot, REST_MASS, -2.0 * ELECTRON_MASS, track.weight)
    ca, sa = sample_azimuth(rng)
    if electron >= least:
        a, b, c = deflect(cos_electron, ca, sa, track.u, track.v, track.w)
        children += 1
        emit(
            life.policies, tally, stacks, rng, daughter(track, children, ELECTRON, electron, a, b, c), region
        )
    else:
        leave(life.readout, tally, track, region, electron, BY_ELECTRON)
    # A positron is followed whatever its energy: its annihilation still carries 2 m.
    if positron >= life.thresholds.secondary_positron[couple]:
        a, b, c = deflect(cos_positron, -ca, -sa, track.u, track.v, track.w)
        children += 1
        emit(
            life.policies, tally, stacks, rng, daughter(track, children, POSITRON, positron, a, b, c), region
        )
    else:
        book(tally, track.slot, REST_MASS, life.thresholds.annihilation, track.weight)
        leave(life.readout, tally, track, region, positron + life.thresholds.annihilation, BY_ELECTRON)


@inlined
def _compton(life, tally, stacks, rng, track, children, region, least):
    """Return (track, children, whether it goes on)."""
    ca, sa = sample_azimuth(rng)
    scattered, cosine, electron, cos_electron, ca, sa = scatter(
        life.scattering, rng, track.energy, track.identity, track.w, ca, sa
    )
    if electron >= least:
        a, b, c = deflect(cos_electron, -ca, -sa, track.u, track.v, track.w)
        children += 1
        emit(
            life.policies, tally, stacks, rng, daughter(track, children, ELECTRON, electron, a, b, c), region
        )
    elif electron > 0.0:
        leave(life.readout, tally, track, region, electron, BY_ELECTRON)
    alive = scattered >= life.thresholds.tracking_cut
    if alive:
        u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
        track = turned(track, scattered, u, v, w)
    else:
        leave(life.readout, tally, track, region, scattered, BY_ELECTRON)
    return track, children, alive


@inlined
def _rayleigh(life, rng, track, couple):
    ca, sa = sample_azimuth(rng)
    cosine = sample_rayleigh(rng, track.energy, life.tables.rayleigh, couple)
    u, v, w = deflect(cosine, ca, sa, track.u, track.v, track.w)
    return turned(track, track.energy, u, v, w)


@inlined
def _absorb(life, tally, stacks, rng, track, children, couple, region, least):
    ca, sa = sample_azimuth(rng)
    electron, cos_electron = sample_photoelectron(rng, track.energy, life.tables.photoelectric, couple)
    bound = track.energy - electron
    if electron >= least:
        a, b, c = deflect(cos_electron, ca, sa, track.u, track.v, track.w)
        emit(
            life.policies,
            tally,
            stacks,
            rng,
            daughter(track, children + 1, ELECTRON, electron, a, b, c),
            region,
        )
    else:
        bound = track.energy
    leave(life.readout, tally, track, region, bound, BY_ELECTRON)


BEGIN[PhotonLife] = _begin
STEP[PhotonLife] = take_step

LIFE = Life("photon", KINDS, build_life)
