"""What became of a beam: where tracks ended, where and which way they left, and deposits in rings.

The engine runs as always, in a geometry that remembers what a track asked of it last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simkit.engines.build import World
from simkit.geometry import locate
from simkit.geometry.witness import Witness
from simkit.interrupts import Stopped, stop_flag
from simkit.jit import kernel
from simkit.rng import make_rng
from simkit.scores import ENERGY_UNIT, LEAKED, Scores, Serial, score_columns
from simkit.tracks import GAMMA, make_stack
from simkit.transport.follow import follow

STACK = 1 << 14  # tracks to begin with; a run that fills it is repeated with twice as many


class Ends(NamedTuple):
    """What became of charged tracks, a row each.

    event; primary: whether it was the beam's; left: whether it left the world; x, y, z: where it deposited
    last (mm); u, v, w: the direction it left in.
    """

    event: np.ndarray
    primary: np.ndarray
    left: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray


class Shots(NamedTuple):
    """What `shoot` returns.

    deposits: MeV, by event, slab and cell in it; bounds: mm, where the cells end, the last has none.
    """

    ends: Ends
    deposits: np.ndarray
    bounds: np.ndarray


def shoot(
    world: World,
    kind: int,
    energy_MeV: float,
    events: int,
    x_mm: float = 0.0,
    radii_mm: ArrayLike = (),
    depths_mm: ArrayLike = (),
    seed: int = 1,
) -> Shots:
    """Follow `events` particles that start along +x on the axis, and all they make.

    x_mm: where they start; radii_mm or depths_mm: where the cells end that deposits are counted in.
    """
    slabs = world.detector.params
    depths, radii = np.array(depths_mm, dtype=float), np.array(radii_mm, dtype=float)
    bounds = depths if depths.size else radii
    geometry = Witness(
        slabs, slabs.volume_couple, slabs.volume_region, slabs.volume_envelope,
        bounds=depths if depths.size else radii**2, by_depth=int(depths.size > 0), last=np.zeros(6),
    )  # fmt: skip
    setup = world.setup._replace(
        photon=world.setup.photon._replace(geometry=geometry),
        charged=world.setup.charged._replace(geometry=geometry),
    )
    regions, cells = len(world.detector.regions), len(slabs.volume_couple) * (len(bounds) + 1)
    columns = score_columns(regions, cells)
    scores = Scores(Serial(1), regions, np.zeros((events, columns["deposits"].stop), dtype=np.int64))
    leaked = columns["balance"].start + LEAKED
    start = np.array([energy_MeV, x_mm, float(locate(slabs, x_mm, 0.0, 0.0))])
    ends, capacity = np.zeros((2 * events, 9)), STACK
    while True:
        with stop_flag() as stop:
            made = _fill(setup, scores, make_stack(capacity), make_rng(seed), kind, start, leaked, ends, stop)
            if stop[0]:
                raise Stopped
        if 0 <= made <= len(ends):
            break
        if made < 0:
            capacity *= 2
        else:
            ends = np.zeros((made, 9))
        scores.counts[:] = 0
    ends = ends[:made]
    deposits = scores.counts[:, columns["deposits"]] * ENERGY_UNIT
    flags = ends[:, 1:3] != 0.0
    return Shots(
        Ends(ends[:, 0].astype(int), flags[:, 0], flags[:, 1], *ends[:, 3:].T),
        deposits.reshape(events, -1, len(bounds) + 1),
        bounds,
    )


@kernel
def _fill(setup, scores, stack, rng, kind, start, leaked, ends, stop):
    """Follow an event a row of the scores; write an end a charged track.

    Returns how many charged tracks there were, though there be no room for their ends, or -1 when the stack
    was full.
    """
    last = setup.charged.geometry.last
    made = 0
    for event in range(scores.counts.shape[0]):
        stack.height[0] = 1
        stack.kind[0] = kind
        stack.energy[0] = start[0]
        stack.x[0] = start[1]
        stack.y[0] = 0.0
        stack.z[0] = 0.0
        stack.u[0] = 1.0
        stack.v[0] = 0.0
        stack.w[0] = 0.0
        stack.weight[0] = 1.0
        stack.volume[0] = int(start[2])
        stack.identity[0] = np.uint64(1)
        stack.slot[0] = event
        primary = 1.0
        while stack.height[0] > 0 and stop[0] == 0:
            place = stack.height[0] - 1
            stack.height[0] = place
            followed = stack.kind[place]
            before = scores.counts[event, leaked]
            follow(setup, scores, stack, place, stack, rng, event)
            if stack.height[0] > len(stack.kind):
                return -1
            if followed != GAMMA:
                if made < ends.shape[0]:
                    ends[made, 0] = event
                    ends[made, 1] = primary
                    ends[made, 2] = scores.counts[event, leaked] - before
                    for i in range(6):
                        ends[made, 3 + i] = last[i]
                made += 1
            primary = 0.0
    return made
