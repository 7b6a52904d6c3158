"""The field along a track: a polynomial through its last samples, and how soon the next has to come.

The polynomial's degree is that of a stepper's quantised ones, n - 1. What a new sample misses it by tells of
its first term left out, and so of the gap after which that will have grown to the quantum: `quantum` is a
part of the field. Where there is (almost) none, it is the field that turns the track by so much in the
longest gap.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from simkit.field import magnetic_field
from simkit.field.steppers.exits import cube_root
from simkit.field.steppers.polynomials import (
    NEVER,
    Linear,
    Quadratic,
    corrected,
    shifted,
)
from simkit.jit import by_type, kernel

LONGER = 2.0  # so many times as long as the last gap the next may be
NEAR = 0.25  # of the last gap: what is nearer than this to the last sample need not be one
SHORTEST = 1e-6  # of the longest gap: so a field that jumps stops no track


class Samples(NamedTuple):
    """Polynomials of the components (T), expanded at the last sample; the gap before it; the next is due.

    All paths in mm; taken: how often the field was evaluated.
    """

    x: Any
    y: Any
    z: Any
    origin: float
    gap: float
    due: float
    taken: int


@kernel
def first_sample(field, bend, x, y, z, nought, quantum, longest_gap):
    """Return the Samples of a track that begins at (x, y, z), s = 0; nought: the polynomial that is 0."""
    bx, by, bz = magnetic_field(field, x, y, z)
    # Nothing is known of its slope: if it changed by itself in the longest gap, the track would be turned
    # wrongly by turn * gap^2 / (2 longest_gap), which is the quantum.
    turn = abs(bend) * max(abs(bx), abs(by), abs(bz))
    gap = longest_gap
    if turn * longest_gap > 2.0 * quantum:
        gap = math.sqrt(2.0 * quantum * longest_gap / turn)
    return Samples(
        corrected(nought, bx, NEVER, NEVER),
        corrected(nought, by, NEVER, NEVER),
        corrected(nought, bz, NEVER, NEVER),
        0.0,
        NEVER,
        gap,
        1,
    )


@kernel
def wants_sample(samples, s):
    """Return whether an event at s shall be a sample too: one is due, or the last is far enough behind."""
    gap = s - samples.origin
    return gap > 0.0 and (s >= samples.due or gap >= NEAR * samples.gap or samples.taken == 1)


@kernel
def with_sample(samples, field, bend, s, x, y, z, quantum, longest_gap):
    """Evaluate the field at s, (x, y, z); return the Samples and whether it is not as foretold."""
    bx, by, bz = magnetic_field(field, x, y, z)
    gap = s - samples.origin
    foretold_x, foretold_y, foretold_z = shifted_samples(samples, s)
    miss_x, miss_y, miss_z = bx - foretold_x.c0, by - foretold_y.c0, bz - foretold_z.c0
    miss = abs(bend) * max(abs(miss_x), abs(miss_y), abs(miss_z))
    allowed = quantum * max(abs(bend) * max(abs(bx), abs(by), abs(bz)), 1.0 / longest_gap)
    following = LONGER * gap
    if miss * LONGER**3 > allowed:
        following = min(following, gap * order_root(foretold_x, allowed / miss))
    following = min(max(following, SHORTEST * longest_gap), longest_gap)
    changed = Samples(
        corrected(foretold_x, miss_x, gap, samples.gap),
        corrected(foretold_y, miss_y, gap, samples.gap),
        corrected(foretold_z, miss_z, gap, samples.gap),
        s,
        gap,
        s + following,
        samples.taken + 1,
    )
    return changed, miss > 0.0


@kernel
def shifted_samples(samples, s):
    """Return the three polynomials expanded at s."""
    h = s - samples.origin
    return shifted(samples.x, h), shifted(samples.y, h), shifted(samples.z, h)


def order_root(p, x):
    """Return the n-th root of x > 0, n - 1 the degree of p."""
    return ORDER_ROOT[type(p)](p, x)


ORDER_ROOT = by_type(order_root)


def _square_root(p, x):
    return math.sqrt(x)


def _cube_root(p, x):
    return cube_root(x)


ORDER_ROOT[Linear] = _square_root
ORDER_ROOT[Quadratic] = _cube_root
