"""What became of a beam: where tracks ended, where and which way they left, and deposits in rings.

The engine runs as always, in a geometry that remembers what a track asked of it last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simkit.engines.build import World
from simkit.geometry import locate
from simkit.geometry.witness import Witness, WitnessCells
from simkit.interrupts import Stopped, stop_flag
from simkit.jit import kernel
from simkit.particles import PARTICLES, species
from simkit.rng import make_rng
from simkit.tally import ENERGY_UNIT, LEAKED, make_tally, tally_columns
from simkit.tracks import Track, begin_with, is_full, kind_at, make_stacks, next_life, pack_tracks
from simkit.transport.cpu import STACK
from simkit.transport.life import follow_in


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
    last = np.zeros(6)
    geometry = Witness(slabs, slabs.volume_couple, slabs.volume_region, slabs.volume_envelope, last)
    cells = WitnessCells(depths if depths.size else radii**2, int(depths.size > 0), last)
    lives = tuple(life._replace(geometry=geometry, readout=cells) for life in world.setup.lives)
    setup = world.setup._replace(lives=lives)
    n_cells = len(slabs.volume_couple) * (len(bounds) + 1)
    tally = make_tally(events, len(world.detector.regions), n_cells)
    columns = tally_columns(tally.regions, n_cells)
    leaked = columns["balance"].start + LEAKED
    charged = np.array([species(name).charge != 0 for name in PARTICLES])
    volume = locate(slabs, x_mm, 0.0, 0.0)
    start = pack_tracks(
        Track(
            kind, np.full(events, energy_MeV), x_mm, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0,
            1.0, volume, 1, range(events),
        )
    )  # fmt: skip
    ends, capacity = np.zeros((2 * events, 9)), STACK
    while True:
        with stop_flag() as stop:
            made = _fill(
                setup,
                tally,
                make_stacks(setup.life_of, capacity),
                make_rng(seed),
                start,
                leaked,
                charged,
                last,
                ends,
                stop,
            )
            if stop[0]:
                raise Stopped
        if 0 <= made <= len(ends):
            break
        if made < 0:
            capacity *= 2
        else:
            ends = np.zeros((made, 9))
        tally.counts[:] = 0
    ends = ends[:made]
    deposits = tally.counts[:, columns["deposits"]] * ENERGY_UNIT
    flags = ends[:, 1:3] != 0.0
    return Shots(
        Ends(ends[:, 0].astype(int), flags[:, 0], flags[:, 1], *ends[:, 3:].T),
        deposits.reshape(events, -1, len(bounds) + 1),
        bounds,
    )


@kernel
def _fill(setup, tally, stacks, rng, start, leaked, charged, last, ends, stop):
    """Follow the track of each event and all it makes; write an end a charged track.

    start: int64[events, N_FIELDS]; charged: bool[kinds]. Returns how many charged tracks there were, though
    there be no room for their ends, or -1 when the stack was full.
    """
    made = 0
    for event in range(start.shape[0]):
        begin_with(stacks, start, event)
        primary = 1.0
        while stop[0] == 0:
            life = next_life(stacks)
            if life < 0:
                break
            followed = kind_at(stacks.words[life], stacks.heights[life] - 1)
            before = tally.counts[event, leaked]
            follow_in(setup.lives, life, life, tally, stacks, rng, event, 1, stop)
            if is_full(stacks):
                return -1
            if charged[followed]:
                if made < ends.shape[0]:
                    ends[made, 0] = event
                    ends[made, 1] = primary
                    ends[made, 2] = tally.counts[event, leaked] - before
                    for i in range(6):
                        ends[made, 3 + i] = last[i]
                made += 1
            primary = 0.0
    return made
