"""Frozen showers: the hard part of a shower is followed, the soft part is taken from a library.

A track that has fallen below a share of the energy that came in (and below the library's highest) leaves the
hits of a library's entry of its kind, energy, angle and depth in the layer, turned to its direction. What
makes showers differ, the first generations, is followed in full; an entry is one of a hundred, and never in
the same surroundings twice. The method: E. Barberio et al., J. Phys. Conf. Ser. 160 (2009) 012082 (ATLAS).
"""

from __future__ import annotations

import math
from functools import cache
from os.path import isfile
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simkit.errors import BadInput
from simkit.fastsim.models.in_kernel import (
    LATER,
    SHOWER,
    blank,
    outcome,
    put_in,
    put_lightly,
    settle_lights,
)
from simkit.fastsim.models.model_file import read_model
from simkit.fastsim.models.rule import Surroundings
from simkit.fastsim.models.stack import Stack, across, build_stack, frame, slabs_of, spot
from simkit.fastsim.models.sub_showers import BIN, KINDS, LEAST_CHORD, Layers, SubShowers, layers_in, unpack
from simkit.fastsim.models.taken_tracks import SoftRule, soft
from simkit.fastsim.models.weights import model_path
from simkit.geometry import OUTSIDE
from simkit.jit import kernel
from simkit.particles import ELECTRON, POSITRON
from simkit.physics.directions import sample_azimuth
from simkit.physics.elementary import log
from simkit.rng import uniform

NAME = "frozen-showers"
ALIKE_MEV = 100.0  # from which a positron's shower is an electron's
FORWARD = 0.4  # cosine of an angle above which hits are shifted to a track's own
# How far an entry is from a track: weights of the relative energy, the logarithm of the angle, the depth
# (1/mm) of a photon or a hard track, and of a soft electron.
OF_ENERGY, OF_ANGLE, OF_DEPTH, OF_SOFT_DEPTH, SOFT_MEV = 10.0, 3.0, 2.0, 6.0, 30.0
FARTHEST = 6.0


class FrozenShowers(SoftRule):
    """`[[fastsim]] model = "frozen-showers"`: soft tracks leave what a library's did."""

    model: Literal["frozen-showers"]
    """The model."""
    file: Annotated[str, Field(min_length=1)] = NAME
    """A library that `simkit fastsim train frozen-showers` wrote; without it, the shipped one for `par04`."""
    candidates: Annotated[int, Field(ge=1, le=1000)] = 8
    """Entries of about the energy that are looked at; the nearest is taken."""

    def build(self, surroundings: Surroundings) -> Frozen:
        """See simkit.fastsim.models.rule.Rule. Errors: BadInput, also for a library of other layers."""
        stack = build_stack(surroundings.detector)
        path = model_path(self.file)
        if not isfile(path):
            raise BadInput(f"fastsim ({self.model}): file: found {self.file!r}; there is no such file")
        library, layers = _load(str(path), path.stat().st_mtime_ns)
        if layers != (found := slabs_of(surroundings.detector, stack)):
            raise BadInput(
                f"fastsim ({self.model}): {self.file} is of layers of {_words(layers)}, the detector has "
                f"{_words(found)}; make one with simkit fastsim train frozen-showers"
            )
        return Frozen(stack, library, 1.0 / self.ratio, self.most_MeV, self.candidates)


class Frozen(NamedTuple):
    """share, most: as in simkit.fastsim.models.taken_tracks.soft."""

    stack: Stack
    library: SubShowers
    share: float
    most: float
    candidates: int


@cache
def _load(path: str, changed: int) -> tuple[SubShowers, Layers]:
    file = read_model(Path(path))
    if file.card.model != NAME:
        raise BadInput(f"{file.where}: holds {file.card.model!r}; give a library of {NAME}")
    return unpack(file), layers_in(file)


def _words(layers: Any) -> str:
    return " + ".join(f"{mm:g} mm {material}" for material, mm in layers)


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
