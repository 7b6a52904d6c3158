"""A library of showers in little space: the gaps between cells that are on, and 8 bits of energy each.

Energies are spaced evenly in their logarithm, from the threshold to the largest of the shower, so a cell is
known to half a step (2 to 4 %), without bias. Gaps and energies are streams of bytes, packed with zlib.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.errors import BadInput
from simkit.fastsim.models.model_file import MEND, ModelFile
from simkit.fastsim.showers.files import NOISE_MEV, Showers
from simkit.jit import kernel

STEPS = 255
"""Of the logarithm of energies."""
ESCAPE = 255
"""A byte of a gap that says: so many cells, and on with the next byte."""
MOST_HITS = 2**31
SAMPLE = 500
"""Showers that tell how much space a cell takes."""


class Library(NamedTuple):
    """Showers by rising incident energy, each as a list of the cells that are on.

    incident_MeV: float64[n]. most_MeV: float32[n], the energy of the largest cell. starts: int64[n + 1],
    where a shower's cells begin. cells: uint16 or int32[hits]. levels: uint8[hits], see `level_MeV`.
    inverse: as `cells`, [symmetries, cells], where each cell goes in a turned or mirrored shower.
    """

    incident_MeV: NDArray[np.float64]
    most_MeV: NDArray[np.float32]
    starts: NDArray[np.int64]
    cells: NDArray[Any]
    levels: NDArray[np.uint8]
    inverse: NDArray[Any]


def level_MeV(most_MeV: Any) -> NDArray[np.float64]:
    """Return the energies that levels stand for, float64[..., 256], in a shower with this largest one."""
    most = np.asarray(most_MeV, dtype=np.float64)
    tables = np.empty((most.size, STEPS + 1))
    for table, one in zip(tables, most.ravel()):
        fill_levels(one, 1.0, table)
    return tables.reshape(*most.shape, STEPS + 1)


@kernel
def level_step(most_MeV):
    """Return by how much the logarithm of the energy grows from level to level."""
    return max(np.log(most_MeV / NOISE_MEV), 0.0) / STEPS


@kernel
def fill_levels(most_MeV, factor, table):
    """Write what the levels of a shower stand for, times a factor, into table float64[STEPS + 1]."""
    step = level_step(most_MeV)
    for level in range(STEPS + 1):
        table[level] = factor * NOISE_MEV * np.exp(step * level)


def pack(showers: Showers) -> dict[str, NDArray[Any]]:
    """Return the arrays of a library of showers, by rising energy, without what is below the threshold."""
    order = np.argsort(showers.incident_MeV, kind="stable")
    gaps, levels, hits = list[NDArray[np.uint8]](), list[NDArray[np.uint8]](), []
    most = np.maximum(showers.energies_MeV.max(axis=1), NOISE_MEV).astype(np.float32)[order]
    for i, row in enumerate(order):
        energies = showers.energies_MeV[row]
        on = np.flatnonzero(energies >= NOISE_MEV)
        level = np.rint(np.log(energies[on] / NOISE_MEV) / max(level_step(float(most[i])), 1e-9))
        levels.append(np.clip(level, 0, STEPS).astype(np.uint8))
        gaps.append(_gaps(np.diff(on, prepend=-1) - 1))
        hits.append(len(on))
    return {
        "incident_MeV": showers.incident_MeV[order],
        "most_MeV": most,
        "hits": np.array(hits, dtype=np.int32),
        "gaps": _deflate(gaps),
        "levels": _deflate(levels),
    }


def packed_to(showers: Showers, most_MB: float, random: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Return the library of as many showers, chosen at random, as fit into this space. Errors: BadInput."""
    order = random.permutation(len(showers.incident_MeV))
    hits = np.cumsum([np.count_nonzero(row >= NOISE_MEV) for row in showers.energies_MeV[order]])
    some = order[:SAMPLE]
    of_a_hit = _bytes(pack(showers.take(some))) / max(hits[len(some) - 1], 1)
    count = int(np.searchsorted(hits, 0.99e6 * most_MB / of_a_hit, side="right"))
    while count:
        packed = pack(showers.take(np.sort(order[:count])))
        if _bytes(packed) <= 1e6 * most_MB:
            return packed
        count = int(0.98 * count)
    raise BadInput(f"a library of {most_MB:g} MB holds no shower; set a larger most_MB")


def unpack(file: ModelFile) -> Library:
    """Return the library in a model's file. Errors: BadInput."""
    binning = file.binning
    incident = file.take("incident_MeV", None, dtype=np.float64)
    n = len(incident)
    most = file.take("most_MeV", n)
    hits = file.take("hits", n, dtype=np.int32).astype(np.int64)
    if not (n and incident[0] > 0 and (np.diff(incident) >= 0).all() and (most >= NOISE_MEV * 0.999).all()):
        raise BadInput(f"{file.where}: its energies must be positive, and those of showers rise; {MEND}")
    if hits.min() < 0 or hits.max() > binning.cells or hits.sum() > MOST_HITS:
        raise BadInput(f"{file.where}: its showers have more cells than there are; {MEND}")
    starts = np.concatenate([[0], np.cumsum(hits)])
    levels = _inflate(file, "levels", int(starts[-1]))
    stream = _inflate(file, "gaps", int(starts[-1]) + n * (binning.cells // ESCAPE + 1))
    ends = np.flatnonzero(stream != ESCAPE)
    if not len(levels) == len(ends) == starts[-1]:
        raise BadInput(f"{file.where}: 'gaps' and 'levels' do not hold as many cells as 'hits'; {MEND}")
    run = np.diff(ends, prepend=-1) - 1  # how many escapes stand before
    gaps = stream[ends] + ESCAPE * run
    place = np.cumsum(gaps + 1)
    before = np.concatenate([[0], place])[starts[:-1]]
    cells = place - np.repeat(before, hits) - 1
    if len(cells) and (cells.max() >= binning.cells or cells.min() < 0):
        raise BadInput(f"{file.where}: 'gaps' leads beyond the last cell; {MEND}")
    kind = np.uint16 if binning.cells <= 2**16 else np.int32
    inverse = np.argsort(binning.symmetries(), axis=1).astype(kind)
    return Library(incident, most, starts, cells.astype(kind), levels, inverse)


def _gaps(gaps: NDArray[np.int64]) -> NDArray[np.uint8]:
    out = np.full(len(gaps) + int((gaps // ESCAPE).sum()), ESCAPE, dtype=np.uint8)
    out[np.cumsum(gaps // ESCAPE + 1) - 1] = gaps % ESCAPE
    return out


def _bytes(packed: Mapping[str, NDArray[Any]]) -> int:
    return sum(array.nbytes for array in packed.values())


def _deflate(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.compress(np.concatenate(parts).tobytes(), 9), dtype=np.uint8)


def _inflate(file: ModelFile, name: str, most: int) -> NDArray[np.uint8]:
    """Return a stream of bytes, of which there may be `most`, so that no small file fills the memory."""
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(file.take(name, None, dtype=np.uint8).tobytes(), most + 1)
    except zlib.error as error:
        raise BadInput(f"{file.where}: {name!r} is damaged ({error}); {MEND}") from None
    if len(content) > most:
        raise BadInput(f"{file.where}: {name!r} holds more than {most} bytes; {MEND}")
    if not stream.eof:  # its checksum, too
        raise BadInput(f"{file.where}: {name!r} ends too early; {MEND}")
    return np.frombuffer(content, dtype=np.uint8)
