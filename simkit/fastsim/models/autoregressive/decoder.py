"""The decoder: makes showers from weights, compiled; a shower's bits depend on its key and energy alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.models.autoregressive.cells import begin_cells, draw_parts, draw_patterns
from simkit.fastsim.models.autoregressive.layers import (
    DIPOLE,
    FIRST_OF_RINGS,
    QUADRUPOLE,
    SUM,
    TRIALS,
    draw_energies,
    draw_numbers,
    draw_rings,
    draw_totals,
    look_back,
    set_scales,
)
from simkit.fastsim.models.autoregressive.memory import (
    DECAY,
    LEAST_SUM,
    DecoderMemory,
    DecoderWeights,
    NetworkSize,
    make_memory,
)
from simkit.fastsim.models.autoregressive.scales import TERMS, position, powers
from simkit.fastsim.models.draws import start_shower, uniforms
from simkit.fastsim.showers.binning import Binning
from simkit.fastsim.showers.files import NOISE_MEV
from simkit.jit import kernel
from simkit.rng import Rng

BLOCK = 64  # showers made together
OLD = np.float32(DECAY)
FRESH = np.float32(1.0) - OLD
LARGEST_MOMENT = np.float32(8.0)
LOWEST = np.float32(NOISE_MEV)
LOWEST = LOWEST if LOWEST >= NOISE_MEV else np.nextafter(LOWEST, np.float32(1.0))


class AutoregressiveDecoder:
    """See simkit.fastsim.models.generating.Generator."""

    def __init__(
        self, binning: Binning, size: NetworkSize, weights: DecoderWeights, range_MeV: tuple[float, float]
    ) -> None:
        self.binning, self.size, self.weights, self.range_MeV = binning, size, weights, range_MeV

    def generate(self, incident_MeV: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Make showers."""
        out = np.empty((len(keys), *self.binning.shape), dtype=np.float32)  # type: ignore[misc]
        work = make_memory(self.size, min(BLOCK, len(keys)))
        for first in range(0, len(keys), BLOCK):
            rows = slice(first, first + BLOCK)
            begin(work, self, incident_MeV[rows], keys[rows])
            decode(self.weights, work, out[rows], 0, self.size.layers)
        return out.reshape(len(keys), self.binning.cells)


def begin(
    work: DecoderMemory,
    decoder: AutoregressiveDecoder,
    incident_MeV: NDArray[np.float64],
    keys: NDArray[np.uint64],
) -> None:
    """Begin with showers of these energies and keys."""
    n = len(keys)
    for array in (
        work.numbers,
        work.energies_so_far,
        work.history,
        work.moments,
        work.rings,
        work.summed,
        work.on,
    ):
        array[:] = 0
    work.summed_scaled[:] = 0.0
    work.powers[:] = 0.0
    work.powers[:n, :TERMS] = powers(position(incident_MeV, *decoder.range_MeV))
    work.incident[:n] = incident_MeV / NOISE_MEV
    _start(work, keys)


def most_draws(size: NetworkSize) -> int:
    """Return how many random numbers a shower takes at most."""
    cells = size.angles * size.radii
    layer = (2 + 3) * TRIALS + 1 + (size.radii - 1) * (1 + 3)
    return 3 + size.layers * (layer + cells + cells // 2 + 3 * cells)


def draws(size: NetworkSize, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Return the random numbers of showers in their order, each as the sum of two; float32[n, 2 most]."""
    whole = uniforms(keys, most_draws(size))
    first = whole.astype(np.float32)
    return np.concatenate([first, (whole - first).astype(np.float32)], axis=1)


def above_threshold(energies: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return energies in MeV, none below the threshold by rounding."""
    return np.where(energies > 0.0, np.maximum(energies, LOWEST), np.float32(0.0))


@kernel
def _start(work, keys):
    for i in range(len(keys)):
        start_shower(Rng(work.words[i]), keys[i])


@kernel
def decode(weights, work, out, first, last):
    """Make layers `first` to before `last` of the showers in `work`; out: float32[n, L, A, R], MeV."""
    showers = out.shape[0]
    rows = (showers + 3) // 4 * 4
    if first == 0:
        draw_totals(weights, work, showers, rows)
    for layer in range(first, last):
        set_scales(weights, work, layer, rows)
        look_back(weights, work, layer, rows)
        filled = draw_numbers(weights, work, layer, showers, rows)
        if filled:
            draw_energies(weights, work, layer, filled)
            draw_rings(weights, work, layer, filled)
            begin_cells(weights, work, filled)
            draw_patterns(weights, work, filled)
            draw_parts(weights, work, filled)
        for i in range(showers):
            if work.count[i] == 0:
                work.energies[i] = np.float32(0.0)
            _write(work, out, layer, i)
            _remember(weights, work, i)


@kernel
def _write(work, out, layer, i):
    angles, radii = work.energies.shape[1:]
    for a in range(angles):
        for r in range(radii):
            energy = work.energies[i, a, r] * np.float32(NOISE_MEV)
            # not below the threshold by rounding
            out[i, layer, a, r] = max(energy, LOWEST) if energy > np.float32(0.0) else np.float32(0.0)


@kernel
def _remember(weights, work, i):
    """Scale a layer that is done, and put it into what the next ones are shown."""
    angles, radii = work.energies.shape[1:]
    cell, ring, count = FIRST_OF_RINGS, FIRST_OF_RINGS + radii, FIRST_OF_RINGS + 2 * radii
    total = 0.0
    x = y = u = v = 0.0
    rings = work.rings[i]
    for r in range(radii):
        energy, lit = 0.0, 0
        radius = r + 0.5
        mean, spread = work.mean[i, cell + r], work.spread[i, cell + r]
        for a in range(angles):
            one = work.energies[i, a, r]
            log_one = np.float32(0.0)
            if one > np.float32(0.0):
                lit += 1
                energy += one
                x += one * radius * weights.cosine[0, a]
                y += one * radius * weights.sine[0, a]
                u += one * radius**2 * weights.cosine[1, a]
                v += one * radius**2 * weights.sine[1, a]
                log_one = np.float32(math.log1p(one))
            scaled = (log_one - mean) / spread
            history = work.history[i, a]
            history[radii + r] = history[r]
            history[r] = scaled
            history[2 * radii + r] = OLD * history[2 * radii + r] + FRESH * scaled
        total += energy
        scaled = (np.float32(math.log1p(energy)) - work.mean[i, ring + r]) / work.spread[i, ring + r]
        rings[2 * radii + r] = rings[r]
        rings[3 * radii + r] = rings[radii + r]
        rings[r] = scaled
        rings[radii + r] = (np.float32(lit) - work.mean[i, count + r]) / work.spread[i, count + r]
        rings[4 * radii + r] = OLD * rings[4 * radii + r] + FRESH * scaled
    safe = max(total, 1e-9)
    for k in range(4):
        value = x if k == 0 else (y if k == 1 else (u if k == 2 else v))
        spread = work.spread[i, DIPOLE if k < 2 else QUADRUPOLE]
        scaled = min(max(np.float32(value / safe) / spread, -LARGEST_MOMENT), LARGEST_MOMENT)
        moments = work.moments[i]
        moments[1, k] = moments[0, k]
        moments[0, k] = scaled
        moments[2, k] = OLD * moments[2, k] + FRESH * scaled
    work.summed[i] += total
    log_sum = np.float32(math.log(work.summed[i] / work.incident[i] + LEAST_SUM))
    work.summed_scaled[i] = (log_sum - work.mean[i, SUM]) / work.spread[i, SUM]
