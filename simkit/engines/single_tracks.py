"""What single tracks leave in a stack of layers, each followed by itself from its middle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkit.engines.native import NativePrepared
from simkit.engines.shower_samples import mesh_of
from simkit.events import Primaries
from simkit.fastsim.models.stack import Stack
from simkit.fastsim.models.sub_showers import (
    BEHIND,
    HARD_MEV,
    HARD_RINGS,
    RINGS,
    SECTORS,
    TrackEntries,
    sectors_of,
)
from simkit.fastsim.models.training import Training
from simkit.particles import PARTICLES, POSITRON, species
from simkit.record.tallies import ENERGY_UNIT, Tallies
from simkit.scenario import load_scenario
from simkit.units import ELECTRON_MASS

Tracks = Mapping[str, NDArray[Any]]
"""By name, one number a track: kind, energy (MeV), angle to the layers' normal, depth in its layer (mm), and
slab of the layer."""


class SingleTracks:
    """Follows tracks in the layers of a scenario, read out in rings of so many sectors: SECTORS, or 1.

    With 1 all hits have the first sector, which is enough for a mean and takes a fraction of the time.
    """

    def __init__(self, scenario: str, stack: Stack, sectors: int, run: Training, seed: int) -> None:
        mesh = mesh_of(load_scenario(scenario))
        readout = {
            "kind": "rings",
            "radii_mm": tuple(float(r) for r in RINGS[1:]),
            "sectors": sectors,
            "counted_at": "end",
        }
        keys: dict[str, Any] = {f"readout.{key}": None for key in type(mesh).model_fields}
        keys |= {f"readout.{key}": value for key, value in readout.items()}
        # As many layers behind an entry as there can be behind any track.
        keys["geometry.layers"] = (len(stack.surfaces) - 1) // stack.slabs + BEHIND + 2
        self.prepared = NativePrepared(load_scenario(scenario, overrides=keys))
        self.visible = self.prepared.regions.index(mesh.region)
        self.stack, self.sectors, self.run, self.seed = stack, sectors, run, seed
        self.start = (BEHIND + 2) * stack.slabs
        """The first slab of the layer that tracks begin in: as many before it as are kept."""

    def follow(self, tracks: Tracks, at_once: int, words: str) -> Iterator[TrackEntries]:
        """Yield what tracks leave, so many tracks at once; words: of the progress."""
        n = len(tracks["kind"])
        for first in range(0, n, at_once):
            self.run.share(first, n, words)
            some = {name: column[first : first + at_once] for name, column in tracks.items()}
            turn = self.run.random(first + 1).integers(0, SECTORS, len(some["kind"]))
            yield self._entries(self._run(some, first, turn), some, turn)

    def _run(self, tracks: Tracks, first: int, turn: NDArray[np.int64]) -> Tallies:
        n = len(turn)
        azimuth = turn * (2.0 * np.pi / SECTORS)
        sine, zero = np.sin(tracks["angle"]), np.zeros(n)
        low, high = (self.stack.surfaces[self.start + tracks["slab"] + side] for side in (0, 1))
        # In its own slab.
        x = np.clip(self.stack.surfaces[self.start] + tracks["depth"], low + 1e-9, high - 1e-9)
        pdg = np.array([species(PARTICLES[kind]).pdg for kind in range(POSITRON + 1)])[tracks["kind"]]
        u, v, w = np.cos(tracks["angle"]), sine * np.cos(azimuth), sine * np.sin(azimuth)
        events = np.arange(first, first + n)
        primaries = Primaries(
            events, np.zeros(n, dtype=np.int64), pdg, tracks["energy"], x, zero, zero, u, v, w, zero
        )
        return self.prepared.run(primaries, self.seed)

    def _entries(self, tallies: Tallies, tracks: Tracks, turn: NDArray[np.int64]) -> TrackEntries:
        """Return what was left in rings and sectors as hits."""
        n, rings, stack = len(turn), len(RINGS), self.stack
        by_volume = tallies.deposits.reshape(n, -1, rings * self.sectors)[:, stack.first :]
        regions = tallies.cell_region.reshape(-1, rings * self.sectors)[stack.first :, 0]
        seen = regions == self.visible
        total = tracks["energy"] + 2.0 * ELECTRON_MASS * (tracks["kind"] == POSITRON)
        dark = by_volume[:, ~seen].sum(axis=2)
        entry, slab = np.nonzero(dark)
        bright_cells = by_volume[:, seen]
        owner, volume, cell = np.nonzero(bright_cells)
        energy = bright_cells[owner, volume, cell]
        ring, sector = cell // self.sectors, cell % self.sectors
        # Turned to the track's direction, which was the edge of a sector.
        sector = (sector - turn[owner]) % self.sectors
        hard = tracks["energy"][owner] >= HARD_MEV
        coarse = np.searchsorted(HARD_RINGS, np.array(RINGS) + 1e-6) - 1
        ring = np.where(hard, coarse[ring], ring)
        sector //= SECTORS // sectors_of(ring, hard)
        key = ((owner * seen.sum() + volume) * rings + ring) * SECTORS + sector
        key, place = np.unique(key, return_inverse=True)
        energy = np.bincount(place, energy)
        owner, volume, ring, sector = np.unravel_index(key, (n, int(seen.sum()), rings, SECTORS))
        nowhere = np.zeros(len(entry), dtype=np.int64)
        hits: tuple[NDArray[Any], ...] = (
            np.concatenate([entry, owner]),
            np.concatenate([np.flatnonzero(~seen)[slab], np.flatnonzero(seen)[volume]]) - self.start,
            np.concatenate([nowhere, ring]),
            np.concatenate([nowhere, sector]),
            np.concatenate([dark[entry, slab], energy]) * ENERGY_UNIT,
            np.repeat([False, True], [len(entry), len(owner)]),
        )
        behind = hits[1] >= -BEHIND * stack.slabs
        order = np.flatnonzero(behind)[np.argsort(hits[0][behind], kind="stable")]
        here, slabs, rings_of, sectors, left, bright = (column[order] for column in hits)
        leaked = 1.0 - np.bincount(here, left, n) / total
        return TrackEntries(
            tracks["kind"],
            tracks["energy"],
            tracks["angle"],
            tracks["depth"],
            np.maximum(leaked, 0.0),
            np.bincount(here, minlength=n),
            slabs,
            rings_of,
            sectors,
            left / total[here],
            bright,
        )
