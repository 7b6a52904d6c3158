"""An electron's or a positron's life: condensed steps, hard interactions, the end."""

from __future__ import annotations

from simkit import scores as scoring
from simkit.geometry import OUTSIDE, cell, distance_to_boundary, safety
from simkit.jit import fma, kernel
from simkit.physics.annihilation import sample_annihilation
from simkit.physics.bremsstrahlung import sample_bremsstrahlung
from simkit.physics.directions import deflect, momentum, recoil, rotate, sample_azimuth
from simkit.physics.elementary import quick_log
from simkit.physics.fluctuation import sample_energy_loss
from simkit.physics.grid import energy_bin, energy_fraction
from simkit.physics.ionisation import sample_bhabha, sample_moller
from simkit.physics.multiple_scattering import urban
from simkit.physics.multiple_scattering.urban_angle import sample_cosine, sample_displacement
from simkit.physics.tables import (
    ANNIHILATION,
    BREMSSTRAHLUNG,
    DEDX,
    IONISATION,
    RANGE,
    STEP_CROSS_SECTION,
    TRANSPORT_PATH,
    between,
    column,
    energy_at_range,
)
from simkit.rng import uniform
from simkit.scores import (
    ENDLESS_TRACKS,
    LEAKED,
    NULL_INTERACTIONS,
    REST_MASS,
    book,
    count,
    count_interaction,
    count_length,
    count_step,
    deposit,
    enter_step,
)
from simkit.tracks import ELECTRON, MOST_STEPS, POSITRON
from simkit.transport.secondaries import push, push_photon
from simkit.units import ELECTRON_MASS

LINEAR_LOSS = 0.01  # fraction of the energy up to which the loss is dE/dx times the step
LEAST_FLUCTUATING_LOSS = 1e-5  # MeV
SMALLEST_LENGTH = 5e-8  # a displacement below it is not made (mm)
SAFETY_MARGIN = 0.99  # fraction of the safety a displacement may use
ON_SURFACE = 1e-9  # a track no farther from a surface it heads for is on it, whatever the rounding (mm)


@kernel
def least_photon(setup, volume):
    """Return the least energy (MeV) of a photon from annihilation that is followed."""
    least = setup.thresholds.secondary_gamma[setup.geometry.volume_couple[volume]]
    return max(least, setup.thresholds.tracking_cut)


@kernel
def annihilate_at_rest(setup, scores, stack, rng, slot, region, x, y, z, weight, volume, identity, children):
    """Put two photons of 511 keV on the stack, the first in a random direction upwards, then its opposite."""
    count_interaction(scores, slot, scoring.ANNIHILATION)
    book(scores, slot, REST_MASS, 2.0 * ELECTRON_MASS, weight)
    ca, sa = sample_azimuth(rng)
    a, b, c = deflect(uniform(rng), ca, sa, 0.0, 0.0, 1.0)
    least = least_photon(setup, volume)
    for photon in range(2):
        sign = 1.0 - 2.0 * photon
        push_photon(
            setup, least, scores, stack, rng, slot, region, ELECTRON_MASS,
            x, y, z, sign * a, sign * b, sign * c, weight, volume, identity, children + 1 + photon,
        )  # fmt: skip


@kernel
def displace(geometry, volume, rng, step, z_length, before, x, y, z, ca, sa, u, v, w):
    """Return the point after the lateral displacement of a step, never beyond the volume.

    before: safety at the start of the step (mm); ca, sa: azimuth of the scattering angle.
    """
    radius, cp, sp = sample_displacement(rng, step, z_length)
    if radius <= SMALLEST_LENGTH:
        return x, y, z
    if radius > before - z_length:
        room = SAFETY_MARGIN * safety(geometry, volume, x, y, z)
        if radius > room:
            if room <= SMALLEST_LENGTH:
                return x, y, z
            radius = room
    a, b, c = rotate(radius * (ca * cp - sa * sp), radius * (sa * cp + ca * sp), 0.0, u, v, w)
    return x + a, y + b, z + c


@kernel
def follow_electron(
    setup, scores, stack, rng, slot, kind, energy, x, y, z, u, v, w, weight, volume, identity
):
    """Follow an electron or a positron (`kind`) to its end; its secondaries go on the stack.

    energy: kinetic, MeV; x, y, z: mm; u, v, w: unit direction; volume: where it is; identity: its stream of
    random numbers, which `rng` is already at the start of.
    """
    geometry = setup.geometry
    rows = setup.tables.rows
    constants = setup.tables.urban
    positron = kind == POSITRON
    first_row = rows.shape[0] // 2 if positron else 0
    children = 0
    paths_left = -1.0
    entering = True
    entry_limit = 0.0
    smallest = urban.SMALLEST_STEP
    for _ in range(MOST_STEPS):
        couple = geometry.volume_couple[volume]
        region = geometry.volume_region[volume]
        enter_step(scores, kind, region)
        if energy <= setup.thresholds.tracking_cut:
            deposit(scores, slot, cell(geometry, volume, x, y, z), region, energy, weight)
            if positron and setup.thresholds.annihilation > 0.0:
                annihilate_at_rest(
                    setup, scores, stack, rng, slot, region, x, y, z, weight, volume, identity, children
                )
            return
        row = first_row + couple
        i = energy_bin(energy)
        fraction = energy_fraction(energy, i)
        path_range = between(rows, row, i, fraction, RANGE)
        mean_free_path = between(rows, row, i, fraction, TRANSPORT_PATH)
        sigma = between(rows, row, i, fraction, STEP_CROSS_SECTION)

        # The true step length: continuous loss, hard interactions, multiple scattering.
        if paths_left <= 0.0:
            paths_left = -quick_log(uniform(rng))
        step = path_range
        if path_range > setup.steps.final_range:
            final = setup.steps.final_range
            step = path_range * setup.steps.range_fraction + final * (1.0 - setup.steps.range_fraction) * (
                2.0 - final / path_range
            )
        interacts = False
        if paths_left < step * sigma:
            step = paths_left / sigma
            interacts = True
        near = safety(geometry, volume, x, y, z)
        displaced = (
            step >= urban.SMALLEST_STEP and path_range * constants[couple, urban.RANGE_TO_SAFETY] >= near
        )
        if displaced:
            if entering:
                smallest = urban.smallest_limit(constants, couple, energy, mean_free_path, positron)
                entry_limit = urban.entry_limit(setup.steps.range_factor, path_range, mean_free_path)
                entering = False
            limited = urban.limit_step(rng, step, path_range, near, entry_limit, smallest)
            if limited < step:
                step = limited
                interacts = False
        end_mean_free_path = mean_free_path
        if step >= path_range * urban.LONG_STEP and step < path_range and energy >= ELECTRON_MASS:
            left = energy_at_range(rows, row, i, max(path_range - step, 0.01 * path_range))
            end_mean_free_path = column(rows, row, left, TRANSPORT_PATH)
        z_length, alpha, power = urban.geometric_length(
            step, path_range, mean_free_path, end_mean_free_path, energy
        )

        # How far the geometry lets it go.
        crosses = False
        next_volume = volume
        if z_length >= near:
            boundary, next_volume = distance_to_boundary(geometry, volume, x, y, z, u, v, w)
            if boundary <= z_length:
                if next_volume == OUTSIDE and boundary <= ON_SURFACE:  # at the world's end, and heading out
                    book(scores, slot, LEAKED, energy, weight)
                    return
                crosses = True
                interacts = False
                if boundary < z_length:
                    step = urban.true_length(boundary, step, path_range, mean_free_path, alpha, power)
                    z_length = boundary
        count_step(scores, slot, kind, region)
        count_length(scores, slot, region, step, weight)
        middle = 0.5 * z_length
        here = cell(geometry, volume, x + middle * u, y + middle * v, z + middle * w)
        x = fma(z_length, u, x)
        y = fma(z_length, v, y)
        z = fma(z_length, w, z)
        paths_left -= step * sigma

        # Continuous loss, then the scattering at the mean energy after it, then the fluctuation of the loss.
        loss = energy
        if step < path_range:
            dedx = between(rows, row, i, fraction, DEDX)
            loss = step * dedx
            if loss > LINEAR_LOSS * energy:
                loss = energy - energy_at_range(rows, row, i, path_range - step)
            mean_end = energy - loss
            if step > urban.SHORT_STEP and mean_end > 0.0:
                end_energy = energy
                end_mean_free_path = mean_free_path
                if step > 0.01 * path_range:
                    end_energy = mean_end
                    end_mean_free_path = column(rows, row, mean_end, TRANSPORT_PATH)
                cosine = sample_cosine(
                    rng, constants, couple, step, energy, mean_free_path, end_energy, end_mean_free_path,
                    smallest, positron,
                )  # fmt: skip
                if abs(cosine) < 1.0:
                    ca, sa = sample_azimuth(rng)
                    if displaced and not crosses and step > z_length:
                        x, y, z = displace(
                            geometry, volume, rng, step, z_length, near, x, y, z, ca, sa, u, v, w
                        )
                    u, v, w = deflect(cosine, ca, sa, u, v, w)
            if loss > LEAST_FLUCTUATING_LOSS and setup.fluctuation[kind, region] != 0:
                largest = energy if positron else 0.5 * energy
                loss = sample_energy_loss(rng, loss, largest, setup.tables.fluctuation, couple)
        if energy - loss <= setup.thresholds.tracking_cut:
            deposit(scores, slot, here, region, energy, weight)
            if positron and setup.thresholds.annihilation > 0.0:
                annihilate_at_rest(
                    setup, scores, stack, rng, slot, region, x, y, z, weight, volume, identity, children
                )
            return
        deposit(scores, slot, here, region, loss, weight)
        energy -= loss
        if crosses:
            entering = True
            if next_volume != OUTSIDE:
                volume = next_volume
                continue
            # Not gone yet: the scattering of this very step may have turned it back into the volume, and then
            # its step in the world has no length. The next step sees which way it heads.
            count_step(scores, slot, kind, scores.regions - 1)
            continue
        if not interacts:
            continue

        # A hard interaction, unless the cross section at the energy left says that none happened.
        paths_left = -1.0
        ionisation = column(rows, row, energy, IONISATION)
        bremsstrahlung = column(rows, row, energy, BREMSSTRAHLUNG)
        annihilation = column(rows, row, energy, ANNIHILATION)
        chance = uniform(rng) * sigma
        if chance >= ionisation + bremsstrahlung + annihilation:
            count(scores, slot, NULL_INTERACTIONS, 1)
            continue
        ca, sa = sample_azimuth(rng)
        if chance < bremsstrahlung:
            photon, cosine = sample_bremsstrahlung(rng, energy, setup.tables.bremsstrahlung, couple, positron)
            if photon <= 0.0:  # below the threshold, in the bin of the tables that holds it
                count(scores, slot, NULL_INTERACTIONS, 1)
                continue
            count_interaction(scores, slot, scoring.BREMSSTRAHLUNG)
            a, b, c = deflect(cosine, ca, sa, u, v, w)
            children += 1
            push_photon(
                setup, setup.thresholds.tracking_cut, scores, stack, rng, slot, region, photon,
                x, y, z, a, b, c, weight, volume, identity, children,
            )  # fmt: skip
            u, v, w = recoil(momentum(energy), u, v, w, photon, a, b, c)
            energy -= photon
        elif chance < bremsstrahlung + ionisation:
            cut = setup.tables.electron_cut[couple]
            if positron:
                delta, cosine = sample_bhabha(rng, energy, cut)
            else:
                delta, cosine = sample_moller(rng, energy, cut)
            if delta <= 0.0:
                count(scores, slot, NULL_INTERACTIONS, 1)
                continue
            count_interaction(scores, slot, scoring.IONISATION)
            a, b, c = deflect(cosine, ca, sa, u, v, w)
            if delta > setup.thresholds.tracking_cut:
                children += 1
                push(
                    scores, stack, slot, ELECTRON, delta, x, y, z, a, b, c, weight, volume, identity, children
                )  # fmt: skip
            else:
                deposit(scores, slot, cell(geometry, volume, x, y, z), region, delta, weight)
            u, v, w = recoil(momentum(energy), u, v, w, momentum(delta), a, b, c)
            energy -= delta
        else:
            count_interaction(scores, slot, scoring.ANNIHILATION)
            book(scores, slot, REST_MASS, 2.0 * ELECTRON_MASS, weight)
            energy1, cos1, energy2, cos2 = sample_annihilation(rng, energy)
            least = least_photon(setup, volume)
            a, b, c = deflect(cos1, ca, sa, u, v, w)
            push_photon(
                setup, least, scores, stack, rng, slot, region, energy1, x, y, z, a, b, c, weight, volume,
                identity, children + 1,
            )  # fmt: skip
            a, b, c = deflect(cos2, -ca, -sa, u, v, w)
            push_photon(
                setup, least, scores, stack, rng, slot, region, energy2, x, y, z, a, b, c, weight, volume,
                identity, children + 2,
            )  # fmt: skip
            return
    count(scores, slot, ENDLESS_TRACKS, 1)
