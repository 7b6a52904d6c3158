"""What the decoder draws of whole layers and rings: how many cells are on, and how much energy they have."""

from __future__ import annotations

import math

import numpy as np

from simkit.fastsim.models.autoregressive.drawing import (
    LAST_BASE,
    LAST_SLOPE,
    draw_logistic_mixture,
    draw_normal_mixture,
    draw_number,
)
from simkit.fastsim.models.autoregressive.memory import (
    ENERGY_MIX,
    INVARIANTS,
    LAGS,
    LEAST_EXCESS,
    LEAST_SUM,
    NUMBER_FEATURES,
    NUMBER_MIX,
    SHARE_MIX,
    SLOPE,
    TOTAL_MIX,
)
from simkit.fastsim.models.autoregressive.products import (
    activate,
    activate_with,
    add_row,
    fill_rows,
    multiply,
)
from simkit.jit import kernel
from simkit.rng import Rng, uniform

LEAK = np.float32(SLOPE)
NUMBER, ENERGY, ODDS, SUM, REST, DIPOLE, QUADRUPOLE, FIRST_OF_RINGS = range(
    8
)  # columns of scales; then five of rings
FARTHEST = 8.0  # spreads from the mean, for energies: nothing is infinite
TRIALS = 8  # of draws that are beyond the energy that is left, before it is taken whole
HALF, NINE, QUARTER = np.float32(0.5), np.float32(9.0), np.float32(0.25)
ONE = np.float32(1.0)


@kernel
def set_scales(weights, work, layer, rows):
    """Work out mean and spread of a layer's quantities at the showers' energies."""
    for i in range(rows):
        work.mean[i] = np.float32(0.0)
        work.spread[i] = np.float32(0.0)
    multiply(work.powers, weights.scale_mean[layer], work.mean, rows)
    multiply(work.powers, weights.scale_log_spread[layer], work.spread, rows)
    for i in range(rows):
        for j in range(work.spread.shape[1]):
            work.spread[i, j] = np.float32(math.exp(work.spread[i, j]))


@kernel
def look_back(weights, work, layer, rows):
    """Show the layers before to encoder and trunk."""
    angles, channels = work.history.shape[1:]
    width = 3 * weights.fed_back.shape[1]
    reach = width // channels // 2
    outputs = work.encoded.shape[1]
    for i in range(rows):
        for a in range(angles):
            place = i * angles + a
            for step in range(-reach, reach + 1):
                near = (a + step) % angles
                first = (step + reach) * channels
                for c in range(channels):
                    work.unfolded[place, first + c] = work.history[i, near, c]
            for power in range(2):
                cosine, sine = weights.cosine[power, a], weights.sine[power, a]
                for back in range(3):
                    x, y = work.moments[i, back, 2 * power], work.moments[i, back, 2 * power + 1]
                    work.unfolded[place, width + 6 * power + back] = x * cosine + y * sine
                    work.unfolded[place, width + 6 * power + 3 + back] = y * cosine - x * sine
        work.layer_bias[i] = np.float32(0.0)
    multiply(work.powers, weights.encoder_layer[layer], work.layer_bias, rows)
    for i in range(rows):
        for a in range(angles):
            for j in range(outputs):
                work.encoded[i * angles + a, j] = work.layer_bias[i, j]
    multiply(work.unfolded, weights.encoder, work.encoded, rows * angles)
    activate(work.encoded, work.encoded, rows * angles, LEAK)

    share = np.float32(1.0 / angles)
    for i in range(rows):
        for j in range(outputs):
            work.trunk_in[i, j] = np.float32(0.0)
        for a in range(angles):
            for j in range(outputs):
                work.trunk_in[i, j] += work.encoded[i * angles + a, j]
        for j in range(outputs):
            work.trunk_in[i, j] *= share
        _tell_trunk(work, i, layer, outputs)
        work.trunk_first[i] = np.float32(0.0)
    multiply(work.powers, weights.trunk_layer[layer], work.trunk_first, rows)
    multiply(work.trunk_in, weights.trunk, work.trunk_first, rows)
    activate(work.trunk_first, work.trunk_first, rows, LEAK)
    fill_rows(work.trunk, weights.trunk_second_bias, rows)
    multiply(work.trunk_first, weights.trunk_second, work.trunk, rows)
    activate(work.trunk, work.trunk, rows, LEAK)


@kernel
def _tell_trunk(work, i, layer, place):
    """Write what the trunk is told of the layers before, from a column on."""
    row = work.trunk_in[i]
    for lag in range(1, LAGS + 1):
        there = layer - lag >= 0
        row[place] = work.numbers[i, layer - lag] if there else np.float32(0.0)
        row[place + 1] = work.energies_so_far[i, layer - lag] if there else np.float32(0.0)
        place += 2
    rest = np.float32(math.log1p(work.rest[i]))
    row[place] = work.summed_scaled[i]
    row[place + 1] = (rest - work.mean[i, REST]) / work.spread[i, REST]
    row[place + 2] = work.total_scaled[i]
    place += 3
    for j in range(work.rings.shape[1]):
        row[place + j] = work.rings[i, j]
    place += work.rings.shape[1]
    layers = work.numbers.shape[1]
    for j in range(layers):
        row[place + j] = work.numbers[i, j]
        row[place + layers + j] = work.energies_so_far[i, j]
    place += 2 * layers
    m = work.moments[i]
    for j in range(3):  # products of dipoles of the history, then lengths of quadrupoles
        row[place + j] = m[j, 0] * m[j, 0] + m[j, 1] * m[j, 1]
    row[place + 3] = m[0, 0] * m[1, 0] + m[0, 1] * m[1, 1]
    row[place + 4] = m[0, 0] * m[2, 0] + m[0, 1] * m[2, 1]
    row[place + 5] = m[1, 0] * m[2, 0] + m[1, 1] * m[2, 1]
    row[place + 6] = m[0, 2] * m[0, 2] + m[0, 3] * m[0, 3]
    row[place + 7] = m[1, 2] * m[1, 2] + m[1, 3] * m[1, 3]
    for j in range(INVARIANTS):
        row[place + j] = min(max(row[place + j], -NINE), NINE) * QUARTER


@kernel
def draw_totals(weights, work, showers, rows):
    """Draw the energy of whole showers."""
    fill_rows(work.total_chances, weights.total_bias, rows)
    multiply(work.powers, weights.total, work.total_chances, rows)
    set_scales(weights, work, weights.scale_mean.shape[0] - 1, rows)
    for i in range(showers):
        drawn = draw_normal_mixture(Rng(work.words[i]), work.total_chances[i], TOTAL_MIX)
        drawn = min(max(drawn, -FARTHEST), FARTHEST)
        work.total_scaled[i] = np.float32(drawn)
        log_share = work.mean[i, SUM] + work.spread[i, SUM] * drawn
        total = max(math.exp(log_share) - LEAST_SUM, 0.0) * work.incident[i]
        work.total[i] = work.rest[i] = total if total > 1.0 else 0.0


@kernel
def draw_numbers(weights, work, layer, showers, rows):
    """Draw how many cells of the layer are on; return in how many showers there is one."""
    fill_rows(work.number, weights.number_bias, rows)
    multiply(work.trunk, weights.number, work.number, rows)
    cells = work.on.shape[1] * work.on.shape[2]
    filled = 0
    for i in range(showers):
        mean, spread = work.mean[i, NUMBER], work.spread[i, NUMBER]
        # No more cells than the energy that is left has thresholds; some where it is the last chance.
        # No number stays none: it would be an index.
        most = math.floor(min(work.rest[i], cells)) if work.rest[i] >= 1.0 else 0
        least = 1 if most and layer == work.numbers.shape[1] - 1 else 0
        count = -1
        for _ in range(TRIALS if most else 0):
            drawn = mean + spread * draw_logistic_mixture(Rng(work.words[i]), work.number[i], NUMBER_MIX)
            count = math.floor(min(max(drawn + 0.5, 0.0), cells + 0.5))
            if least <= count <= most:
                break
        count = min(max(count, least), most)
        work.count[i] = count
        work.numbers[i, layer] = (np.float32(count) - mean) / spread
        work.energies_so_far[i, layer] = np.float32(0.0)
        if count:
            _tell_number(work, filled, i, np.float32(count), work.numbers[i, layer], cells)
            work.filled[filled] = i
            filled += 1
    return filled


@kernel
def _tell_number(work, f, i, count, scaled, cells):
    trunk = work.trunk.shape[1]
    for j in range(trunk):
        work.known[f, j] = work.trunk[i, j]
    work.known[f, trunk] = scaled
    work.known[f, trunk + 1] = count / np.float32(cells)
    work.known[f, trunk + 2] = np.float32(math.log(count)) * HALF
    work.known[f, trunk + 3] = ONE / count


@kernel
def draw_energies(weights, work, layer, filled):
    """Draw the layer's excess over one threshold a cell, no more than is left."""
    fill_rows(work.energy_in, weights.energy_in_bias, filled)
    multiply(work.known, weights.energy_in, work.energy_in, filled)
    activate(work.energy_in, work.energy_in, filled, LEAK)
    fill_rows(work.energy, weights.energy_bias, filled)
    multiply(work.energy_in, weights.energy, work.energy, filled)
    fill_rows(work.last, weights.last_bias, filled)
    multiply(work.energy_in, weights.last, work.last, filled)
    place = work.trunk.shape[1] + NUMBER_FEATURES
    outer = work.above.shape[1] - 1
    for f in range(filled):
        i = work.filled[f]
        excess = _draw_excess(work, layer, f, i)
        work.above[f, outer] = excess  # what is left for rings
        log_energy = np.float32(math.log1p(work.count[i] + excess))
        scaled = (log_energy - work.mean[i, ENERGY]) / work.spread[i, ENERGY]
        work.energies_so_far[i, layer] = scaled
        work.known[f, place] = scaled


@kernel
def _draw_excess(work, layer, f, i):
    """Draw the layer's excess over one threshold a cell: all that is left, or less by one at least."""
    rng = Rng(work.words[i])
    left = work.rest[i] - work.count[i]
    log_odds = work.last[f, 0] + LAST_BASE - LAST_SLOPE * math.log1p(max(left, 0.0))
    ends = uniform(rng) < 1.0 / (1.0 + math.exp(-log_odds))
    if ends or left <= 1.0 or layer == work.numbers.shape[1] - 1:
        work.rest[i] = 0.0
        return max(left, LEAST_EXCESS)
    excess = left
    for _ in range(TRIALS):
        drawn = min(max(draw_normal_mixture(rng, work.energy[f], ENERGY_MIX), -FARTHEST), FARTHEST)
        odds = math.exp(work.mean[i, ODDS] + work.spread[i, ODDS] * drawn)
        excess = left * (odds / (1.0 + odds))
        if left - excess >= 1.0:
            break
    excess = min(excess, left - 1.0)
    work.rest[i] = left - excess
    return excess


@kernel
def draw_rings(weights, work, layer, filled):
    """Draw how many cells of each ring are on and their excess, from the inside out."""
    angles, radii = work.on.shape[1:]
    count_column, share_column = FIRST_OF_RINGS + 2 * radii, FIRST_OF_RINGS + 3 * radii
    for f in range(filled):
        i = work.filled[f]
        work.rings_sum[f] = np.float32(0.0)
        work.lit[f, radii - 1] = work.count[i]  # what is left for the rings further out
    multiply(work.known, weights.rings_in, work.rings_sum, filled)
    for r in range(radii - 1):
        activate_with(work.rings_sum, weights.rings_number_bias[r], work.rings_in, filled, LEAK)
        fill_rows(work.rings_number[r], weights.rings_number_out[r], filled)
        multiply(work.rings_in, weights.rings_number[r], work.rings_number[r], filled)
        outer = angles * (radii - 1 - r)
        for f in range(filled):
            i = work.filled[f]
            left = work.lit[f, radii - 1]
            mean, spread = work.mean[i, count_column + r], work.spread[i, count_column + r]
            number = draw_number(
                Rng(work.words[i]), work.rings_number[r, f], angles, mean, spread, left, outer
            )
            work.lit[f, radii - 1] = left - number
            work.lit[f, r] = number
            add_row(ONE, weights.rings_embedding[r, number], work.rings_sum[f])
        activate_with(work.rings_sum, weights.rings_share_bias[r], work.rings_in, filled, LEAK)
        fill_rows(work.rings_share[r], weights.rings_share_out[r], filled)
        multiply(work.rings_in, weights.rings_share[r], work.rings_share[r], filled)
        for f in range(filled):
            i = work.filled[f]
            number, later = work.lit[f, r], work.lit[f, radii - 1]
            work.above[f, r] = 0.0
            if number and later:
                drawn = draw_normal_mixture(Rng(work.words[i]), work.rings_share[r, f], SHARE_MIX)
                scaled = min(max(drawn, -FARTHEST), FARTHEST)
                mean, spread = work.mean[i, share_column + r], work.spread[i, share_column + r]
                odds = math.exp(mean + spread * scaled) * number / later
                work.above[f, r] = work.above[f, radii - 1] * (odds / (1.0 + odds))
                work.above[f, radii - 1] /= 1.0 + odds
                add_row(np.float32(scaled), weights.rings_fed_back[r], work.rings_sum[f])
            elif number:
                work.above[f, r] = work.above[f, radii - 1]
                work.above[f, radii - 1] = 0.0
    _tell_rings(work, filled, radii)


@kernel
def _tell_rings(work, filled, radii):
    """Write energies and numbers of the rings, scaled, beside what is known of the layer."""
    energy, count = FIRST_OF_RINGS + radii, FIRST_OF_RINGS + 2 * radii
    place = work.trunk.shape[1] + NUMBER_FEATURES + 1
    for f in range(filled):
        i = work.filled[f]
        for r in range(radii):
            number = work.lit[f, r]
            log_energy = np.float32(math.log1p(number + work.above[f, r]))
            work.known[f, place + r] = (log_energy - work.mean[i, energy + r]) / work.spread[i, energy + r]
            off = np.float32(number) - work.mean[i, count + r]
            work.known[f, place + radii + r] = off / work.spread[i, count + r]
