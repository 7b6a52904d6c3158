"""What the decoder draws of cells: which are on in each ring, and their energies, in two halves."""

from __future__ import annotations

import math

import numpy as np

from simkit.fastsim.models.autoregressive.drawing import draw_normal_mixture, logistic, mark_highest
from simkit.fastsim.models.autoregressive.layers import FARTHEST, FIRST_OF_RINGS, LEAK, ONE
from simkit.fastsim.models.autoregressive.memory import PART_MIX
from simkit.fastsim.models.autoregressive.products import (
    activate,
    activate_with,
    add_row,
    fill_rows,
    multiply,
    multiply_row,
)
from simkit.jit import kernel
from simkit.rng import Rng


@kernel
def begin_cells(weights, work, filled):
    """Work out what is known at each angle before any cell is drawn."""
    angles = work.on.shape[1]
    fill_rows(work.context, weights.context_bias, filled)
    multiply(work.known, weights.context, work.context, filled)
    activate(work.context, work.context, filled, LEAK)
    width = work.encoded.shape[1]
    for f in range(filled):
        i = work.filled[f]
        work.context_out[f] = np.float32(0.0)
        for a in range(angles):
            place = f * angles + a
            for step in range(-1, 2):
                near = i * angles + (a + step) % angles
                for j in range(width):
                    work.near[place, (step + 1) * width + j] = work.encoded[near, j]
    multiply(work.context, weights.cells_context, work.context_out, filled)
    for f in range(filled):
        for a in range(angles):
            for j in range(work.linear.shape[1]):
                work.linear[f * angles + a, j] = work.context_out[f, j]
    multiply(work.near, weights.cells, work.linear, filled * angles)


@kernel
def draw_patterns(weights, work, filled):
    """Draw which cells are on: exactly as many of each ring as there are to be."""
    angles, radii = work.on.shape[1:]
    for half in range(2):
        activate_with(work.linear, weights.cells_biases[half], work.hidden, filled * angles, LEAK)
        fill_rows(work.pattern[half], weights.pattern_out[half], filled * angles)
        multiply(work.hidden, weights.pattern[half], work.pattern[half], filled * angles)
        for f in range(filled):
            rng = Rng(work.words[work.filled[f]])
            for r in range(radii):
                if half:
                    _choose_second(work, rng, f, r, angles)
                else:
                    _choose_first(work, rng, f, r, angles)
                for a in range((r + half) % 2, angles, 2):
                    if work.on[f, a, r]:
                        _tell_neighbours(weights, work, half, f, a, r, ONE)


@kernel
def _choose_first(work, rng, f, r, angles):
    """Draw all of a ring's cells as if alike; the first half's stay. `left`: how many the second half has."""
    count = work.lit[f, r]
    work.chosen[:] = 1 if count == angles else 0
    if 0 < count < angles:
        for a in range(angles):
            work.scores[a] = work.pattern[0, f * angles + a, r] + logistic(rng)
        mark_highest(work.scores, work.chosen, count)
    for a in range(angles):
        first = (a + r) % 2 == 0
        work.on[f, a, r] = work.chosen[a] if first else 0
        count -= work.on[f, a, r]
    work.left[f, r] = count


@kernel
def _choose_second(work, rng, f, r, angles):
    """Draw the second half's cells of a ring."""
    count = work.left[f, r]
    size = angles // 2
    if count == 0:
        return
    work.chosen[:] = 1 if count == size else 0
    if count < size:
        for a in range(angles):
            second = (a + r) % 2 == 1
            work.scores[a] = work.pattern[1, f * angles + a, r] + logistic(rng) if second else -math.inf
        mark_highest(work.scores, work.chosen, count)
    for a in range((r + 1) % 2, angles, 2):
        work.on[f, a, r] = work.chosen[a]


@kernel
def _tell_neighbours(weights, work, stage, f, a, r, value):
    """Feed a cell that is drawn back to the angles that see it."""
    angles, radii = work.on.shape[1:]
    reach = weights.fed_back.shape[1] // radii // 2
    for step in range(-reach, reach + 1):
        place = f * angles + (a - step) % angles
        add_row(value, weights.fed_back[stage, (step + reach) * radii + r], work.linear[place])


@kernel
def draw_parts(weights, work, filled):
    """Draw the energies of the cells that are on, the last of a ring has what is left of its excess."""
    angles, radii = work.on.shape[1:]
    part_column, cell_column = FIRST_OF_RINGS + 4 * radii, FIRST_OF_RINGS
    for f in range(filled):
        i = work.filled[f]
        for r in range(radii):
            work.left[f, r] = work.lit[f, r]
            for a in range(angles):
                work.energies[i, a, r] = np.float32(0.0)
    for half in range(2):
        activate_with(work.linear, weights.cells_biases[2 + half], work.hidden, filled * angles, LEAK)
        for f in range(filled):
            i = work.filled[f]
            rng = Rng(work.words[i])
            for r in range(radii):
                mean, spread = work.mean[i, part_column + r], work.spread[i, part_column + r]
                for a in range((r + half) % 2, angles, 2):
                    if not work.on[f, a, r]:
                        continue
                    place = f * angles + a
                    work.left[f, r] -= 1
                    later = work.left[f, r]
                    excess = work.above[f, r]
                    if later:
                        chances = work.part[r, place]
                        for j in range(chances.shape[0]):
                            chances[j] = weights.part_out[r, later, j]
                        multiply_row(work.hidden, weights.part[half, r], work.part[r], place)
                        drawn = draw_normal_mixture(rng, chances, PART_MIX)
                        scaled = min(max(drawn, -FARTHEST), FARTHEST)
                        odds = math.exp(mean + spread * scaled) / later
                        excess *= odds / (1.0 + odds)
                        work.above[f, r] /= 1.0 + odds
                    energy = np.float32(1.0 + excess)
                    work.energies[i, a, r] = energy
                    if half == 0:
                        told = np.float32(math.log1p(energy)) - work.mean[i, cell_column + r]
                        _tell_neighbours(weights, work, 2, f, a, r, told / work.spread[i, cell_column + r])
