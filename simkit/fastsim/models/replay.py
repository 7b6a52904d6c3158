"""Replay of a library's entries in the place of soft tracks: the kernel of `frozen-showers`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simkit.fastsim.models.in_kernel import (
    LATER,
    SHOWER,
    blank,
    outcome,
    put_in,
    put_lightly,
    settle_lights,
)
from simkit.fastsim.models.stack import Stack, across, frame, spot
from simkit.fastsim.models.sub_showers import BIN, KINDS, LEAST_CHORD, SubShowers
from simkit.fastsim.models.taken_tracks import soft
from simkit.geometry import OUTSIDE
from simkit.jit import kernel
from simkit.particles import ELECTRON, POSITRON
from simkit.physics.directions import sample_azimuth
from simkit.physics.elementary import log
from simkit.rng import uniform

ALIKE_MEV = 100.0  # from which a positron's shower is an electron's
FORWARD = 0.4  # cosine of an angle above which hits are shifted to a track's own
# How far an entry is from a track: weights of the relative energy, the logarithm of the angle, the depth
# (1/mm) of a photon or a hard track, and of a soft electron.
OF_ENERGY, OF_ANGLE, OF_DEPTH, OF_SOFT_DEPTH, SOFT_MEV = 10.0, 3.0, 2.0, 6.0, 30.0
FARTHEST = 6.0


class Frozen(NamedTuple):
    """share, most: as in simkit.fastsim.models.taken_tracks.soft."""

    stack: Stack
    library: SubShowers
    share: float
    most: float
    candidates: int


@kernel
def _nearest(model, rng, kind, energy, along, depth):
    """Return the nearest of some entries of about an energy, -1 where there is none or all are far."""
    library = model.library
    bins = (len(library.first) - 1) // KINDS
    number = min(math.floor(log(energy) / BIN) - library.lowest, bins - 1)
    if number < 0:
        return -1
    first, end = library.first[kind * bins + number], library.first[kind * bins + number + 1]
    if end <= first:
        return -1
    log_angle = log(math.sqrt(max(2.0 - 2.0 * along, 0.0)) + LEAST_CHORD)
    of_depth = OF_SOFT_DEPTH if kind >= ELECTRON and energy < SOFT_MEV else OF_DEPTH
    entry = first + min(int(uniform(rng) * (end - first)), end - first - 1)
    nearest, least = -1, FARTHEST
    for _ in range(min(model.candidates, end - first)):
        distance = (
            OF_ENERGY * abs(library.energy[entry] / energy - 1.0)
            + OF_ANGLE * abs(library.log_angle[entry] - log_angle)
            + of_depth * abs(library.depth[entry] - depth)
        )
        if distance < least:
            nearest, least = entry, distance
        entry = entry + 1 if entry + 1 < end else first
    return nearest


def _replay(model, place, tally, stacks, rng, track, energy):
    library, stack = model.library, model.stack
    if not soft(tally, track, model.share, model.most):
        return track, outcome(blank(), LATER)
    if track.energy < library.least[track.kind]:
        if track.kind >= ELECTRON:
            return track, outcome(blank(), LATER)
        return track, put_in(place, tally, track, blank(), track.volume, track.x, track.y, track.z, energy)
    radius, cosine, sine = frame(stack, track)
    along, first, second = across(stack, cosine, sine, track)
    layer = (track.volume - stack.first) // stack.slabs
    depth = radius - stack.surfaces[layer * stack.slabs]
    kind = ELECTRON if track.kind == POSITRON and track.energy > ALIKE_MEV else track.kind
    entry = _nearest(model, rng, kind, track.energy, along, depth)
    if entry < 0:
        return track, outcome(blank(), LATER)
    mirror = 1.0 if uniform(rng) < 0.5 else -1.0
    turn = math.sqrt(first * first + second * second)
    if turn > 1e-9:
        first, second = first / turn, second / turn
    else:
        first, second = sample_azimuth(rng)
    shift = turn / along - library.tangent[entry] if along > FORWARD else 0.0
    last = len(stack.surfaces) - 2
    ledger = blank()
    visible, units, hits = -1, np.int64(0), 0
    behind, slab, side, middle, off = -(1 << 20), 0, 1.0, 0.0, 0.0
    for hit in range(library.starts[entry], library.starts[entry + 1]):
        if library.slab[hit] != behind:  # hits of a slab follow each other
            behind = library.slab[hit]
            slab = layer * stack.slabs + behind
            side = 1.0
            if slab < 0 and stack.curved != 0:  # out of the inside of the tubes, and into the opposite wall
                slab = -(slab // stack.slabs + 1) * stack.slabs + slab % stack.slabs
                side = -1.0
            if 0 <= slab <= last:
                middle = 0.5 * (stack.surfaces[slab] + stack.surfaces[slab + 1])
                off = shift * max(middle - radius, 0.0)
                region = place.geometry.volume_region[stack.first + slab]
                if region != visible and hits > 0:
                    ledger = settle_lights(place, tally, track, ledger, visible, units, hits)
                    units, hits = np.int64(0), 0
                visible = region
        if slab < 0 or slab > last:
            continue
        a = library.a[hit] + off
        b = mirror * library.b[hit]
        x, y, z, inside = spot(
            stack, cosine, sine, track, middle, first * a - second * b, second * a + first * b
        )
        if inside:
            volume = stack.first + slab
            units += put_lightly(
                place, tally, track, volume, side * x, side * y, z, energy * library.share[hit]
            )
            hits += 1
    if hits > 0:
        ledger = settle_lights(place, tally, track, ledger, visible, units, hits)
    # What the entry, or its place near an end of the stack, did not leave in it has left.
    rest = energy - ledger.deposited
    return track, put_in(place, tally, track, ledger, OUTSIDE, track.x, track.y, track.z, max(rest, 0.0))


SHOWER[Frozen] = _replay
