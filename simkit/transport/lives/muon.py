"""A muon's nature: it radiates photons and pairs, decays, and is captured at rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simkit.jit import inlined, kernel
from simkit.particles import ANTIMUON, ELECTRON, GAMMA, MUON, POSITRON
from simkit.physics.directions import deflect, momentum_of, recoil, sample_azimuth
from simkit.physics.elementary import quick_log
from simkit.physics.grid import ENERGY_GRID
from simkit.physics.heavy.tables import (
    DECAY_SIGMA,
    FIRST_SIGMA,
    Extra,
    Member,
    Switches,
    build_heavy_tables,
)
from simkit.physics.muon import photonuclear
from simkit.physics.muon.bremsstrahlung import sample_cosine
from simkit.physics.muon.capture import LEFT, capture_probability
from simkit.physics.muon.decay import sample_decay
from simkit.physics.muon.pair_production import sample_asymmetry
from simkit.physics.muon.spectra import PAIR, PHOTON, Spectra, build_spectra, integrals, sample_emitted
from simkit.physics.quenching import BY_PROTON
from simkit.processes import DECAY, MUON_BREMSSTRAHLUNG, MUON_CAPTURE, MUON_IONISATION, MUON_PAIRS
from simkit.rng import uniform
from simkit.tally import NEUTRINOS, NULL_INTERACTIONS, REST_MASS, book, count, count_interaction
from simkit.tracks import daughter, later, turned
from simkit.transport.lives.heavy import INTERACT, STOP, HeavyLife, build_heavy_life
from simkit.transport.lives.parts import Life, WorldParts
from simkit.transport.secondaries import emit, emit_above, leave
from simkit.units import ELECTRON_MASS, MUON_LIFETIME, MUON_MASS

KINDS = (MUON, ANTIMUON)


class Muon(NamedTuple):
    """spectra: of photons and pairs. capture: float64[couples], probability that a mu- at rest is captured
    before it decays. decays, captures: whether a muon at rest does (0: it leaves its energy and keeps its
    mass)."""

    spectra: Spectra
    capture: np.ndarray
    decays: bool
    captures: bool


def build_life(parts: WorldParts) -> HeavyLife:
    """Return what the muons of a world read."""
    physics = parts.scenario.physics
    on = physics.processes
    extras = []
    for couple in parts.couples:
        photons, soft_photons = integrals(couple, PHOTON, ENERGY_GRID)
        pairs, soft_pairs = integrals(couple, PAIR, ENERGY_GRID)
        nuclear = photonuclear.dedx(couple.material, ENERGY_GRID) if on.muonNuclear else 0.0
        extras.append(Extra(soft_photons + soft_pairs + nuclear, photons, pairs))
    step_loss = min(max(0.2, physics.step_function[0]), 0.99)
    switches = Switches(on.muIoni, on.muBrems, on.muPairProd, on.Decay, on.msc)
    tables = build_heavy_tables(parts.couples, [Member(KINDS, extras)], True, switches, step_loss)
    capture = np.array([capture_probability(couple.material) for couple in parts.couples])
    nature = Muon(build_spectra(parts.couples), capture, on.Decay, on.muMinusCaptureAtRest)
    return build_heavy_life(parts, tables, nature, MUON_IONISATION, True)


def _interact(nature, life, tally, stacks, rng, track, children, couple, region, column):
    if column == DECAY_SIGMA:
        count_interaction(tally, track.slot, DECAY)
        energy, cosine = sample_decay(rng, track.energy)
        _electron(life, tally, stacks, rng, track, children + 1, region, energy, cosine)
        return track, children + 1, False
    which = PHOTON if column == FIRST_SIGMA else PAIR
    energy = sample_emitted(rng, track.energy, nature.spectra, couple, which)
    if energy <= 0.0 or energy >= track.energy:
        count(tally, track.slot, NULL_INTERACTIONS, 1)
        return track, children, True
    if which == PHOTON:
        track, children = _radiate(life, tally, stacks, rng, track, children, region, energy)
    else:
        track, children = _make_pair(life, tally, stacks, rng, track, children, region, energy)
    return track, children, track.energy > 0.0


@inlined
def _radiate(life, tally, stacks, rng, track, children, region, energy):
    count_interaction(tally, track.slot, MUON_BREMSSTRAHLUNG)
    ca, sa = sample_azimuth(rng)
    a, b, c = deflect(sample_cosine(rng, track.energy, energy), ca, sa, track.u, track.v, track.w)
    photon = daughter(track, children + 1, GAMMA, energy, a, b, c)
    emit_above(life.thresholds.tracking_cut, life.policies, life.readout, tally, stacks, rng, photon, region)
    p = momentum_of(track.energy, MUON_MASS)
    u, v, w = recoil(p, track.u, track.v, track.w, energy, a, b, c)
    return turned(track, track.energy - energy, u, v, w), children + 1


@inlined
def _make_pair(life, tally, stacks, rng, track, children, region, energy):
    """Make a pair of total `energy` (MeV); each leaves at an angle of its own."""
    count_interaction(tally, track.slot, MUON_PAIRS)
    book(tally, track.slot, REST_MASS, -2.0 * ELECTRON_MASS, track.weight)
    asymmetry = sample_asymmetry(rng, track.energy, energy)
    ca, sa = sample_azimuth(rng)
    u, v, w = track.u, track.v, track.w
    p = momentum_of(track.energy, MUON_MASS)
    for number in range(2):
        sign = 1.0 - 2.0 * number
        kinetic = max(0.5 * energy * (1.0 - sign * asymmetry) - ELECTRON_MASS, 0.0)
        cosine = sample_cosine(rng, track.energy, energy)
        a, b, c = deflect(cosine, sign * ca, sign * sa, track.u, track.v, track.w)
        kind = ELECTRON if number == 0 else POSITRON
        one = daughter(track, children + 1 + number, kind, kinetic, a, b, c)
        emit(life.policies, tally, stacks, rng, one, region)
        q = momentum_of(kinetic, ELECTRON_MASS)
        u, v, w = recoil(p, u, v, w, q, a, b, c)
        p = max(p - q, 0.0)
    return turned(track, track.energy - energy, u, v, w), children + 2


@kernel
def _electron(life, tally, stacks, rng, track, ordinal, region, energy, cosine):
    """Turn a muon into an electron of kinetic `energy` (MeV) and neutrinos, which take the rest away."""
    ca, sa = sample_azimuth(rng)
    a, b, c = deflect(cosine, ca, sa, track.u, track.v, track.w)
    made = MUON_MASS - ELECTRON_MASS
    book(tally, track.slot, REST_MASS, made, track.weight)
    book(tally, track.slot, NEUTRINOS, track.energy + made - energy, track.weight)
    kind = ELECTRON if track.kind == MUON else POSITRON
    emit(life.policies, tally, stacks, rng, daughter(track, ordinal, kind, energy, a, b, c), region)


def _stop(nature, life, tally, stacks, rng, track, children, couple, region, where):
    captured = False
    lifetime = MUON_LIFETIME
    if track.kind == MUON and nature.captures:
        probability = nature.capture[couple]
        captured = not nature.decays or uniform(rng) < probability
        # of a compound the mean of its elements': one exponential for all
        lifetime *= 1.0 - probability
        if not nature.decays:
            lifetime /= max(probability, 1e-9)
    if captured or nature.decays:
        track = later(track, -lifetime * quick_log(uniform(rng)))
    if captured:
        count_interaction(tally, track.slot, MUON_CAPTURE)
        book(tally, track.slot, REST_MASS, MUON_MASS, track.weight)
        book(tally, track.slot, NEUTRINOS, MUON_MASS - LEFT, track.weight)
        leave(life.readout, tally, track, region, LEFT, BY_PROTON)
    elif nature.decays:
        count_interaction(tally, track.slot, DECAY)
        energy, cosine = sample_decay(rng, 0.0)
        _electron(life, tally, stacks, rng, track, children + 1, region, energy, cosine)


INTERACT[Muon] = _interact
STOP[Muon] = _stop

LIFE = Life("muon", KINDS, build_life)
