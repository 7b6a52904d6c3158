"""Placing: from a shower's cells, in the frame of its particle, to deposits in the detector."""

from __future__ import annotations

import math

from simkit.fastsim.models.in_kernel import ROUNDING, blank, given, hide, put, put_in, put_shared
from simkit.fastsim.models.on_host import hand_back
from simkit.jit import kernel
from simkit.particles import POSITRON
from simkit.physics.directions import rotate
from simkit.physics.elementary import quick_cos_sin
from simkit.rng import KEY, start_track, uniform
from simkit.tally import FAST_FAULTS, FAST_SHOWERS, REST_MASS, book, count
from simkit.tracks import track_at

PLACED = 1  # the stream of a key from which deposits are placed; its model draws from 0


@kernel
def place_showers(
    place,
    tally,
    rng,
    annihilation,
    words,
    keys,
    energies,
    boxes,
    turns,
    visible_region,
    scale,
    lateral,
    points,
):
    """Deposit the showers of tracks.

    words: int64[n, ...], of tracks; keys: uint64[n]; energies: float32[n, cells], MeV, checked. The rest:
    as in HostModel. A shower is turned about its axis by an angle of its own, one by which cells cover each
    other: a readout that is cut as the cells are has the same cells. What it leaves of the track's
    energy goes where `put_shared` says, or is invisible where the model makes the deposits of all regions.
    """
    for i in range(len(keys)):
        rng.words[KEY] = keys[i]
        start_track(rng, 0, PLACED)
        track = track_at(words, i)
        energy = track.energy + (annihilation if track.kind == POSITRON else 0.0)
        hand_back(tally, track, energy)
        total = 0.0
        for cell in range(energies.shape[1]):
            total += scale * float(energies[i, cell])
        ledger = blank()
        rest = energy - total
        if visible_region < 0:
            ledger = hide(tally, track, ledger, rest)
            rest = 0.0
        elif total <= 0.0:
            ledger = put_in(place, tally, track, ledger, track.volume, track.x, track.y, track.z, energy)
        turn = 2.0 * math.pi * uniform(rng) - math.pi
        if turns > 0:
            turn = 2.0 * math.pi * int(uniform(rng) * turns) / turns - math.pi
        for cell in range(energies.shape[1]):
            visible = scale * float(energies[i, cell])
            if visible > 0.0:
                ledger = _place_cell(
                    place,
                    tally,
                    rng,
                    track,
                    ledger,
                    boxes[cell],
                    visible_region,
                    lateral,
                    1 + int(points * visible / total),
                    turn,
                    visible,
                    rest * visible / total,
                )
        count(tally, track.slot, FAST_SHOWERS, 1)
        if not abs(energy - given(ledger)) <= ROUNDING * energy:
            count(tally, track.slot, FAST_FAULTS, 1)


@kernel
def give_back(tally, words, which, energies):
    """Undo the books of the tracks `which` of `words`, which are followed in full.

    energies: float64[n], MeV, that each handed over, with a positron's rest mass.
    """
    for i in which:
        track = track_at(words, i)
        hand_back(tally, track, energies[i])
        book(tally, track.slot, REST_MASS, track.energy - energies[i], track.weight)


@kernel
def _place_cell(place, tally, rng, track, ledger, box, visible_region, lateral, points, turn, visible, rest):
    """Spread a cell's energy over points in it; return the ledger.

    Within the cell the density falls with the radius as of a shower with half of its energy within
    `lateral`: the share within r is r^2 / (r^2 + lateral^2).
    """
    square = lateral * lateral
    low = box[2] * box[2] / (box[2] * box[2] + square)
    high = box[3] * box[3] / (box[3] * box[3] + square)
    for _ in range(points):
        depth = box[0] + (box[1] - box[0]) * uniform(rng)
        share = low + (high - low) * uniform(rng)
        radius = lateral * math.sqrt(share / (1.0 - share))
        angle = turn + box[4] + (box[5] - box[4]) * uniform(rng)
        angle -= 2.0 * math.pi * math.floor(angle / (2.0 * math.pi) + 0.5)
        cosine, sine = quick_cos_sin(min(abs(angle), math.pi))
        sine = sine if angle >= 0.0 else -sine
        a, b, c = rotate(radius * cosine, radius * sine, depth, track.u, track.v, track.w)
        x, y, z = track.x + a, track.y + b, track.z + c
        if visible_region < 0:
            ledger = put(place, tally, track, ledger, x, y, z, visible / points)
        else:
            ledger = put_shared(
                place, tally, track, ledger, visible_region, x, y, z, visible / points, rest / points
            )
    return ledger
