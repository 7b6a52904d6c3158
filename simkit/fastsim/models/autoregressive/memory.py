"""What the decoder works with: the weights as it wants them, and what it knows of showers under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkit.fastsim.models.autoregressive.products import LANES, up, widened
from simkit.fastsim.models.autoregressive.scales import OF_LAYERS, OF_RINGS, TERMS
from simkit.fastsim.models.model_file import ModelFile
from simkit.rng import N_WORDS

LAGS = 3  # layers before whose number and energy are shown by their distance
INVARIANTS = 8  # of the moments
TOTAL_MIX, NUMBER_MIX, ENERGY_MIX, SHARE_MIX, PART_MIX = 4, 3, 5, 5, 3
NUMBER_FEATURES = 4
SLOPE = 0.1  # of the leaky ReLU
DECAY = 0.7  # of the running average of older layers, a layer
LEAST_EXCESS = 1e-6
LEAST_SUM = 1e-5  # of the incident energy
STEPS = 4  # in which a layer's cells are drawn


class NetworkSize(NamedTuple):
    """Widths of the network, and what a shower is: layers, angles, radii."""

    layers: int
    angles: int
    radii: int
    trunk: int
    encoder: int
    energy: int
    rings: int
    context: int
    cells: int

    @property
    def reach(self) -> int:
        """Neighbouring angles that a cell sees on each side."""
        return min(2, (self.angles - 1) // 2)

    @property
    def seen(self) -> int:
        """Neighbours with the cell itself."""
        return 2 * self.reach + 1

    @property
    def trunk_inputs(self) -> int:
        """Inputs of the trunk: what the encoder saw, and of the layers before numbers, energies, moments."""
        return self.encoder + 2 * LAGS + 3 + 5 * self.radii + 2 * self.layers + INVARIANTS

    @property
    def ring_inputs(self) -> int:
        """The trunk's outputs with the features of the layer's number and energy."""
        return self.trunk + NUMBER_FEATURES + 1

    @property
    def context_inputs(self) -> int:
        """Those with energies and numbers of the rings."""
        return self.ring_inputs + 2 * self.radii

    @property
    def window(self) -> int:
        """What the encoder is shown of the history at an angle."""
        return self.seen * 3 * self.radii


WAVES = 12  # dipole and quadrupole of three layers, along an angle and across


def shapes(size: NetworkSize) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the network's parameters by name."""
    s, terms, inner = size, TERMS, size.radii - 1
    return {
        "total": (terms, 3 * TOTAL_MIX),
        "total_bias": (3 * TOTAL_MIX,),
        "encoder_layer": (s.layers, terms, s.encoder),
        "encoder": (s.window, s.encoder),
        "encoder_waves": (WAVES, s.encoder),
        "trunk_layer": (s.layers, terms, s.trunk),
        "trunk": (s.trunk_inputs, s.trunk),
        "trunk_second": (s.trunk, s.trunk),
        "trunk_second_bias": (s.trunk,),
        "number": (s.trunk, 3 * NUMBER_MIX),
        "number_bias": (3 * NUMBER_MIX,),
        "energy_in": (s.trunk + NUMBER_FEATURES, s.energy),
        "energy_in_bias": (s.energy,),
        "last": (s.energy, 1),
        "last_bias": (1,),
        "energy": (s.energy, 3 * ENERGY_MIX),
        "energy_bias": (3 * ENERGY_MIX,),
        "rings_in": (s.ring_inputs, s.rings),
        "rings_number_bias": (inner, s.rings),
        "rings_number": (inner, s.rings, s.angles + 1),
        "rings_number_out": (inner, s.angles + 1),
        "rings_embedding": (inner, s.angles + 1, s.rings),
        "rings_share_bias": (inner, s.rings),
        "rings_share": (inner, s.rings, 3 * SHARE_MIX),
        "rings_share_out": (inner, 3 * SHARE_MIX),
        "rings_fed_back": (inner, s.rings),
        "context": (s.context_inputs, s.context),
        "context_bias": (s.context,),
        "cells_context": (s.context, s.cells),
        "cells": (3 * s.encoder, s.cells),
        "cells_biases": (STEPS, s.cells),
        "pattern": (2, s.cells, s.radii),
        "pattern_out": (2, s.radii),
        "part": (2, s.cells, s.radii * 3 * PART_MIX),
        "part_out": (s.radii, s.angles, 3 * PART_MIX),
        "fed_back": (STEPS - 1, s.seen * s.radii, s.cells),
    }


class DecoderWeights(NamedTuple):
    """The network's parameters in float32, see `widened`."""

    total: Any
    total_bias: Any
    encoder_layer: Any
    encoder: Any  # its waves beneath
    trunk_layer: Any
    trunk: Any
    trunk_second: Any
    trunk_second_bias: Any
    number: Any
    number_bias: Any
    energy_in: Any
    energy_in_bias: Any
    last: Any
    last_bias: Any
    energy: Any
    energy_bias: Any
    rings_in: Any
    rings_number_bias: Any
    rings_number: Any
    rings_number_out: Any
    rings_embedding: Any
    rings_share_bias: Any
    rings_share: Any
    rings_share_out: Any
    rings_fed_back: Any
    context: Any
    context_bias: Any
    cells_context: Any
    cells: Any
    cells_biases: Any
    pattern: Any
    pattern_out: Any
    part: Any  # [2, R, cells, outputs]
    part_out: Any
    fed_back: Any
    scale_mean: Any  # [layers, terms, 7 + 5 R]
    scale_log_spread: Any
    cosine: Any  # [2, A]
    sine: Any


def packed(found: Mapping[str, NDArray[Any]], size: NetworkSize) -> dict[str, NDArray[Any]]:
    """Return a network's arrays as files have them: its parameters in float16, half as many bytes."""
    half = shapes(size)
    return {name: array.astype(np.float16) if name in half else array for name, array in found.items()}


def read_arrays(file: ModelFile, size: NetworkSize) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by name, parameters in float32 again. Errors: BadInput."""
    found = {
        name: file.take(name, *shape, dtype=np.float16).astype(np.float32)
        for name, shape in shapes(size).items()
    }
    for name in ("scale_mean", "scale_log_spread"):
        found[name] = file.take(name, size.layers, TERMS, len(OF_LAYERS) + len(OF_RINGS) * size.radii)
    return found | {"range_MeV": file.take("range_MeV", 2, dtype=np.float64)}


def arranged(
    found: Mapping[str, NDArray[Any]], size: NetworkSize
) -> tuple[DecoderWeights, tuple[float, float]]:
    """Return a network's arrays as the decoder wants them, and the range of energies in MeV."""
    given: dict[str, Any] = dict(found)
    least, most = map(float, given.pop("range_MeV"))
    given["encoder"] = np.concatenate([found["encoder"], given.pop("encoder_waves")])
    given["part"] = found["part"].reshape(2, size.cells, size.radii, -1).swapaxes(1, 2)
    angle = (np.arange(size.angles) + 0.5) * (2.0 * np.pi / size.angles)
    given |= {"cosine": np.cos([angle, 2.0 * angle]), "sine": np.sin([angle, 2.0 * angle])}
    return DecoderWeights(**{name: widened(array) for name, array in given.items()}), (least, most)


class DecoderMemory(NamedTuple):
    """What is known of B showers under way. Rows: showers, or where said `filled`, those with cells on."""

    words: Any  # uint64[B, N_WORDS], of their random numbers
    powers: Any  # [B, TERMS]
    incident: Any  # float64[B], in units of the threshold
    total: Any  # float64[B], energy of the whole shower
    total_chances: Any  # [B, 3 mix]
    total_scaled: Any  # [B]
    summed: Any  # float64[B], energy so far
    rest: Any  # float64[B], energy of this layer and all later ones; 0 after the last
    summed_scaled: Any  # [B]
    numbers: Any  # [B, L], scaled
    energies_so_far: Any  # [B, L]
    history: Any  # [B, A, 3 R], cells of the last two layers and their running average, scaled
    moments: Any  # [B, 3, 4], of the same
    rings: Any  # [B, 5 R], of rings' energies and numbers
    mean: Any  # [B, 7 + 5 R], of this layer's quantities
    spread: Any
    layer_bias: Any  # [B, encoder]
    unfolded: Any  # [B A, inputs]
    encoded: Any  # [B A, encoder]
    trunk_in: Any
    trunk_first: Any
    trunk: Any
    number: Any  # [B, 9], chances
    count: Any  # int64[B]
    filled: Any  # int64[B], their showers
    known: Any  # [filled, context inputs]
    energy_in: Any
    last: Any  # [filled, 1]
    energy: Any
    rings_sum: Any
    rings_in: Any
    rings_number: Any  # [R - 1, filled, A + 1]
    rings_share: Any
    lit: Any  # int64[filled, R], numbers of cells on in rings
    above: Any  # float64[filled, R], their excess
    context: Any
    context_out: Any
    near: Any  # [filled A, 3 encoder]
    linear: Any  # [filled A, cells]
    hidden: Any
    pattern: Any  # [2, filled A, R]
    part: Any  # [R, filled A, 3 mix]
    on: Any  # int8[filled, A, R]
    left: Any  # int64[filled, R], cells of a ring not drawn yet
    scores: Any  # float64[A]
    chosen: Any  # int8[A]
    energies: Any  # float32[B, A, R], of this layer, in units of the threshold


def make_memory(size: NetworkSize, showers: int) -> DecoderMemory:
    """Return room for so many showers."""
    s, b = size, up(showers)
    cells = up(b * s.angles)

    def floats(*shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, dtype=np.float32)

    def outputs(*shape: int) -> NDArray[np.float32]:
        return floats(*shape[:-1], up(shape[-1], LANES))

    columns = len(OF_LAYERS) + len(OF_RINGS) * s.radii
    return DecoderMemory(
        words=np.zeros((b, N_WORDS), dtype=np.uint64),
        powers=floats(b, TERMS),
        incident=np.zeros(b),
        total=np.zeros(b),
        total_chances=outputs(b, 3 * TOTAL_MIX),
        total_scaled=floats(b),
        summed=np.zeros(b),
        rest=np.zeros(b),
        summed_scaled=floats(b),
        numbers=floats(b, s.layers),
        energies_so_far=floats(b, s.layers),
        history=floats(b, s.angles, 3 * s.radii),
        moments=floats(b, 3, 4),
        rings=floats(b, 5 * s.radii),
        mean=outputs(b, columns),
        spread=outputs(b, columns),
        layer_bias=outputs(b, s.encoder),
        unfolded=floats(cells, s.window + WAVES),
        encoded=outputs(cells, s.encoder),
        trunk_in=floats(b, s.trunk_inputs),
        trunk_first=outputs(b, s.trunk),
        trunk=outputs(b, s.trunk),
        number=outputs(b, 3 * NUMBER_MIX),
        count=np.zeros(b, dtype=np.int64),
        filled=np.zeros(b, dtype=np.int64),
        known=floats(b, s.context_inputs),
        energy_in=outputs(b, s.energy),
        last=outputs(b, 1),
        energy=outputs(b, 3 * ENERGY_MIX),
        rings_sum=outputs(b, s.rings),
        rings_in=outputs(b, s.rings),
        rings_number=outputs(s.radii - 1, b, s.angles + 1),
        rings_share=outputs(s.radii - 1, b, 3 * SHARE_MIX),
        lit=np.zeros((b, s.radii), dtype=np.int64),
        above=np.zeros((b, s.radii)),
        context=outputs(b, s.context),
        context_out=outputs(b, s.cells),
        near=floats(cells, 3 * s.encoder),
        linear=outputs(cells, s.cells),
        hidden=outputs(cells, s.cells),
        pattern=outputs(2, cells, s.radii),
        part=outputs(s.radii, cells, 3 * PART_MIX),
        on=np.zeros((b, s.angles, s.radii), dtype=np.int8),
        left=np.zeros((b, s.radii), dtype=np.int64),
        scores=np.zeros(s.angles),
        chosen=np.zeros(s.angles, dtype=np.int8),
        energies=floats(b, s.angles, s.radii),
    )
