"""A photon's life: flights to interactions, and what they make."""

from __future__ import annotations

from simkit.geometry import OUTSIDE, cell
from simkit.jit import kernel
from simkit.physics.conversion import sample_pair
from simkit.physics.directions import deflect, sample_azimuth
from simkit.physics.entanglement import scatter
from simkit.physics.photoelectric import sample_photoelectron
from simkit.physics.rayleigh import sample_rayleigh
from simkit.scores import (
    COMPTON,
    CONVERSION,
    ENDLESS_TRACKS,
    LEAKED,
    RAYLEIGH,
    REST_MASS,
    book,
    count,
    count_interaction,
    count_step,
    deposit,
)
from simkit.tracking.flight import HOPPED, fly
from simkit.tracking.interaction import CHOOSE, choose_process
from simkit.tracks import ELECTRON, GAMMA, MOST_STEPS, POSITRON
from simkit.transport.secondaries import push
from simkit.units import ELECTRON_MASS


@kernel
def follow_photon(setup, scores, stack, rng, slot, energy, x, y, z, u, v, w, weight, volume, identity):
    """Follow a photon to its end; its secondaries go on the stack.

    energy: MeV; x, y, z: mm; u, v, w: unit direction; volume: where it is; identity: its stream of random
    numbers, which `rng` is already at the start of.
    """
    geometry = setup.geometry
    cross_sections = setup.tables.cross_sections
    children = 0
    for _ in range(MOST_STEPS):
        x, y, z, volume, process = fly(
            setup.tracking, geometry, cross_sections, scores, slot, rng, energy, x, y, z, u, v, w, volume
        )
        if volume == OUTSIDE:
            count_step(scores, slot, GAMMA, scores.regions - 1)
            book(scores, slot, LEAKED, energy, weight)
            return
        if process == HOPPED:
            break
        couple = geometry.volume_couple[volume]
        region = geometry.volume_region[volume]
        if process == CHOOSE:
            process = choose_process(rng, cross_sections, couple, energy)
        count_interaction(scores, slot, process)
        least_electron = max(setup.thresholds.secondary_electron[couple], setup.thresholds.tracking_cut)

        if process == CONVERSION:
            electron, cos_electron, positron, cos_positron = sample_pair(
                rng, energy, setup.tables.conversion, couple
            )
            book(scores, slot, REST_MASS, -2.0 * ELECTRON_MASS, weight)
            ca, sa = sample_azimuth(rng)
            if electron >= least_electron:
                a, b, c = deflect(cos_electron, ca, sa, u, v, w)
                children += 1
                push(
                    scores,
                    stack,
                    slot,
                    ELECTRON,
                    electron,
                    x,
                    y,
                    z,
                    a,
                    b,
                    c,
                    weight,
                    volume,
                    identity,
                    children,
                )
            else:
                deposit(scores, slot, cell(geometry, volume, x, y, z), region, electron, weight)
            # A positron is followed whatever its energy: its annihilation still carries 2 m.
            if positron >= setup.thresholds.secondary_positron[couple]:
                a, b, c = deflect(cos_positron, -ca, -sa, u, v, w)
                children += 1
                push(
                    scores,
                    stack,
                    slot,
                    POSITRON,
                    positron,
                    x,
                    y,
                    z,
                    a,
                    b,
                    c,
                    weight,
                    volume,
                    identity,
                    children,
                )
            else:
                book(scores, slot, REST_MASS, setup.thresholds.annihilation, weight)
                left = positron + setup.thresholds.annihilation
                deposit(scores, slot, cell(geometry, volume, x, y, z), region, left, weight)
            return

        ca, sa = sample_azimuth(rng)
        if process == COMPTON:
            scattered, cosine, electron, cos_electron, ca, sa = scatter(
                setup.scattering, rng, energy, identity, w, ca, sa
            )
            if electron >= least_electron:
                a, b, c = deflect(cos_electron, -ca, -sa, u, v, w)
                children += 1
                push(
                    scores,
                    stack,
                    slot,
                    ELECTRON,
                    electron,
                    x,
                    y,
                    z,
                    a,
                    b,
                    c,
                    weight,
                    volume,
                    identity,
                    children,
                )
            elif electron > 0.0:
                deposit(scores, slot, cell(geometry, volume, x, y, z), region, electron, weight)
            energy = scattered
            if energy < setup.thresholds.tracking_cut:
                deposit(scores, slot, cell(geometry, volume, x, y, z), region, energy, weight)
                return
            u, v, w = deflect(cosine, ca, sa, u, v, w)
        elif process == RAYLEIGH:
            u, v, w = deflect(sample_rayleigh(rng, energy, setup.tables.rayleigh, couple), ca, sa, u, v, w)
        else:
            electron, cos_electron = sample_photoelectron(rng, energy, setup.tables.photoelectric, couple)
            bound = energy - electron
            if electron >= least_electron:
                a, b, c = deflect(cos_electron, ca, sa, u, v, w)
                children += 1
                push(
                    scores,
                    stack,
                    slot,
                    ELECTRON,
                    electron,
                    x,
                    y,
                    z,
                    a,
                    b,
                    c,
                    weight,
                    volume,
                    identity,
                    children,
                )
            else:
                bound = energy
            deposit(scores, slot, cell(geometry, volume, x, y, z), region, bound, weight)
            return
    count(scores, slot, ENDLESS_TRACKS, 1)
