"""Libraries of sub-showers: what soft tracks left in a stack of layers, in little space and for kernels.

An entry is one track: its kind, energy, angle to its layers and depth in its layer, and the deposits that it
made (hits): in which slab, in which ring and sector about the track's place, and how much. The sectors begin
where the part of the track's direction lies that is across. Hits of the slabs that are read out have places;
those of the others are one a slab, on the axis.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import MEND, ModelFile

Layers = list[tuple[str, float]]
"""The slabs of a layer: material, thickness (mm)."""
KINDS = 3  # photon, electron, positron: the numbers of PARTICLES
BIN = 0.2  # width of a bin in ln E
LEAST_CHORD = 0.01  # angles are compared by their logarithm, from half a degree on
BEHIND = 30  # layers behind a track that hits may lie in: photons of some MeV fly back through ten
STEP = 0.1  # of the logarithm of a hit's share of the energy, 256 of them
RINGS = (*np.arange(0.0, 4.1, 0.5), 4.65, 5.5, 6.5, 8.0, *np.arange(9.3, 42.0, 1.55), 46.5, 52.0, 60.0)
"""Edges (mm) of the rings that hits are told apart by, finer near the axis."""
SECTORS = 32
HARD_MEV = 400.0  # from which there are few rings and half the sectors: such showers are near the axis
HARD_RINGS = (0.0, 1.0, 2.0, 3.0, 4.65, 6.5, *np.arange(9.3, 42.0, 4.65), 60.0)
# Sectors of the rings: the first ones are narrow and have fewer.
_FINE = np.array([4, 4, 8, 8, 16, 16, 16, 16, *[SECTORS] * (len(RINGS) - 8)])
_COARSE = np.array([4, 4, 8, 8, *[SECTORS // 2] * (len(RINGS) - 4)])
MOST_HITS = 2**31
BELOW_ONE = 1.0 - 1e-6  # so that the shares, rounded, are never more than all


class SubShowers(NamedTuple):
    """Entries by kind and bin of ln E, within a bin in no order.

    first: int64[KINDS bins + 1], the first entry of each; lowest: number of the lowest bin. energy (MeV),
    log_angle, of twice the sine of half the angle and LEAST_CHORD; tangent of the angle; depth (mm):
    float32[n]. starts: int64[n + 1], of its hits.
    slab: int16[hits], counted from the first of the track's own layer; a, b: float32[hits], mm across; share:
    float32[hits], of the energy. least: float64[KINDS], the lowest energy (MeV) that is to be looked up.
    """

    first: NDArray[np.int64]
    lowest: int
    energy: NDArray[np.float32]
    log_angle: NDArray[np.float32]
    tangent: NDArray[np.float32]
    depth: NDArray[np.float32]
    starts: NDArray[np.int64]
    slab: NDArray[np.int16]
    a: NDArray[np.float32]
    b: NDArray[np.float32]
    share: NDArray[np.float32]
    least: NDArray[np.float64]


class TrackEntries(NamedTuple):
    """Entries as they are made: of n tracks, and of all their hits.

    leaked: share of the energy that left the stack. hits: how many each has, sorted by entry. ring: of RINGS,
    or from HARD_MEV on of HARD_RINGS. sector: of as many as `sectors_of` says. visible: whether a hit has a
    place.
    """

    kind: NDArray[np.int64]
    energy: NDArray[np.float64]
    angle: NDArray[np.float64]
    depth: NDArray[np.float64]
    leaked: NDArray[np.float64]
    hits: NDArray[np.int64]
    slab: NDArray[np.int64]
    ring: NDArray[np.int64]
    sector: NDArray[np.int64]
    share: NDArray[np.float64]
    visible: NDArray[np.bool_]


def joined(parts: Sequence[TrackEntries]) -> TrackEntries:
    """Return entries one after the other."""
    return TrackEntries(*(np.concatenate(columns) for columns in zip(*parts)))


def pack(entries: TrackEntries, layers: Layers, least_MeV: Sequence[float]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a model file; layers: that the library is for."""
    level = np.clip(np.round(-np.log(np.maximum(entries.share, 1e-30)) / STEP), 0, 255)
    # Like bytes side by side, so that they pack well; what has no place has none to keep.
    seen = entries.visible
    code = entries.slab + BEHIND * len(layers)
    streams = [
        (code // 256).astype(np.uint8),
        (code % 256).astype(np.uint8),
        level.astype(np.uint8),
        seen.astype(np.uint8),
        entries.ring[seen].astype(np.uint8),
        entries.sector[seen].astype(np.uint8),
    ]
    return {
        "kind": entries.kind.astype(np.uint8),
        "energy": entries.energy.astype(np.float32),
        "angle": entries.angle.astype(np.float16),
        "depth": entries.depth.astype(np.float16),
        "leaked": entries.leaked.astype(np.float16),
        "hits": entries.hits.astype(np.uint32),
        "packed": np.frombuffer(zlib.compress(np.concatenate(streams).tobytes(), 9), dtype=np.uint8),
        "least": np.asarray(least_MeV, dtype=np.float64),
        "layers": np.frombuffer(json.dumps(layers).encode(), dtype=np.uint8),
    }


def layers_in(file: ModelFile) -> Layers:
    """Return the layers that the library in a file is for. Errors: BadInput."""
    try:
        found = json.loads(file.take("layers", None, dtype=np.uint8).tobytes())
        return [(str(material), float(mm)) for material, mm in found]
    except (ValueError, TypeError, RecursionError) as error:
        raise BadInput(f"{file.where}: 'layers' cannot be read ({error}); {MEND}") from None


def unpack(file: ModelFile) -> SubShowers:
    """Return the library in a file. Errors: BadInput."""
    behind = BEHIND * len(layers_in(file))
    kind = file.take("kind", None, dtype=np.uint8).astype(np.int64)
    n = len(kind)
    energy, angle, depth, leaked = (
        file.take(name, n, dtype=dtype).astype(np.float64)
        for name, dtype in (("energy", "f4"), ("angle", "f2"), ("depth", "f2"), ("leaked", "f2"))
    )
    hits = file.take("hits", n, dtype=np.uint32).astype(np.int64)
    least = file.take("least", KINDS, dtype=np.float64)
    total = int(hits.sum())
    if total > MOST_HITS:
        raise BadInput(f"{file.where}: 'hits' are {total:,} in all; must be {MOST_HITS:,} at most; {MEND}")
    if not n or kind.max() >= KINDS or energy.min() <= 0.0:
        raise BadInput(f"{file.where}: its entries are not of photons, electrons and positrons; {MEND}")
    raw = _inflated(file, total)
    high, low, level, marked = raw[: 4 * total].reshape(4, total)
    code, seen = 256 * high.astype(np.int64) + low, marked > 0
    placed = int(seen.sum())
    if len(raw) != 4 * total + 2 * placed:
        raise BadInput(
            f"{file.where}: 'packed' holds {len(raw)} bytes; must be {4 * total + 2 * placed}; {MEND}"
        )
    owner = np.repeat(np.arange(n), hits)
    across = np.zeros((2, total))
    ring, sector = raw[4 * total :].reshape(2, placed)
    across[:, seen] = _places(ring, sector, energy[owner[seen]] >= HARD_MEV)
    share = np.exp(-STEP * level.astype(np.float64))
    bright, dark = (np.bincount(owner[which], share[which], n) for which in (seen, ~seen))
    # Rounding is made up for where no place is known: all shares of an entry and its leak are 1.
    scale = np.where(dark > 0.0, np.maximum(1.0 - leaked - bright, 0.0) / np.maximum(dark, 1e-30), 0.0)
    share = np.where(seen, share / np.maximum(bright, 1.0)[owner], share * scale[owner]) * BELOW_ONE
    return _sorted(kind, energy, angle, depth, hits, code - behind, across, share, least)


def sectors_of(ring: NDArray[np.int64], hard: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many sectors rings have; hard: of which tracks they are."""
    ring = np.minimum(ring, len(RINGS) - 1)
    return np.where(hard, _COARSE[ring], _FINE[ring])


def _places(ring: Any, sector: Any, hard: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return where hits lie across (mm), float64[2, n]: anywhere in ring and sector, the same each time.

    In the middle they would never cross the edge of a readout's cell.
    """
    random = np.random.default_rng(0).random((2, len(ring)))
    fine, coarse = np.append(RINGS, RINGS[-1]), np.append(HARD_RINGS, HARD_RINGS[-1])
    inner, outer = (
        np.where(
            hard,
            coarse[np.minimum(ring + side, len(coarse) - 1)],
            fine[np.minimum(ring + side, len(fine) - 1)],
        )
        for side in (0, 1)
    )
    # Showers are denser near the axis: as 1 / r in the innermost ring, as 1 / r^2 in the others.
    radius = np.where(inner > 0.0, inner * (outer / np.maximum(inner, 1e-9)) ** random[0], outer * random[0])
    angle = (sector + random[1]) * (2.0 * math.pi / sectors_of(ring, hard))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)])


def _inflated(file: ModelFile, total: int) -> NDArray[np.uint8]:
    try:
        worker = zlib.decompressobj()
        text = worker.decompress(file.take("packed", None, dtype=np.uint8).tobytes(), 6 * total + 1)
    except zlib.error as error:
        raise BadInput(f"{file.where}: 'packed' cannot be unpacked ({error}); {MEND}") from None
    if len(text) < 4 * total:
        raise BadInput(f"{file.where}: 'packed' holds too few bytes; {MEND}")
    return np.frombuffer(text, dtype=np.uint8)


def bins_of(energy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the numbers of the bins of energies (MeV)."""
    return np.floor(np.log(energy) / BIN).astype(np.int64)


def _sorted(
    kind: NDArray[np.int64],
    energy: NDArray[np.float64],
    angle: NDArray[np.float64],
    depth: NDArray[np.float64],
    hits: NDArray[np.int64],
    slab: NDArray[np.int64],
    across: NDArray[np.float64],
    share: NDArray[np.float64],
    least: NDArray[np.float64],
) -> SubShowers:
    number = bins_of(energy)
    lowest, bins = int(number.min()), int(np.ptp(number)) + 1
    place = kind * bins + number - lowest
    order = np.argsort(place, kind="stable")
    begins = np.cumsum(hits) - hits
    ends = np.cumsum(hits[order])
    which = np.repeat(begins[order] - (ends - hits[order]), hits[order]) + np.arange(len(slab))
    angle = angle[order]
    return SubShowers(
        np.searchsorted(place[order], np.arange(KINDS * bins + 1)),
        lowest,
        energy[order].astype(np.float32),
        np.log(2.0 * np.sin(0.5 * angle) + LEAST_CHORD).astype(np.float32),
        np.tan(np.minimum(angle, 1.2)).astype(np.float32),
        depth[order].astype(np.float32),
        np.concatenate([[0], ends]),
        slab[which].astype(np.int16),
        across[0, which].astype(np.float32),
        across[1, which].astype(np.float32),
        share[which].astype(np.float32),
        least,
    )
