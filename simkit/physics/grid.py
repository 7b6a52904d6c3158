"""The energy grid of every table: linear sub-bins in each octave, found without a logarithm.

A float64 stores its octave in the exponent and the place within it in the leading bits of the fraction, so
shifting the bits of an energy gives the index of its bin. With 16 sub-bins an octave (53 a decade) the width
of a bin is 3 to 6 % and linear interpolation of a power law E^p errs by at most |p (p - 1)| / 2000.
"""

from __future__ import annotations

import numpy as np

from simkit.jit import bits_float, float_bits, kernel

SUB_BINS_LOG2 = 4
LOWEST_OCTAVE = -10  # 2^-10 MeV = 0.98 keV
HIGHEST_OCTAVE = 24  # 2^24 MeV = 16.8 TeV
N_NODES = ((HIGHEST_OCTAVE - LOWEST_OCTAVE) << SUB_BINS_LOG2) + 1

_SHIFT = 52 - SUB_BINS_LOG2
_OFFSET = (1023 + LOWEST_OCTAVE) << SUB_BINS_LOG2
_LAST_BIN = N_NODES - 2


def _nodes() -> np.ndarray:
    octave, place = np.divmod(np.arange(N_NODES), 1 << SUB_BINS_LOG2)
    return np.ldexp(1.0 + place / (1 << SUB_BINS_LOG2), octave + LOWEST_OCTAVE)


ENERGY_GRID = _nodes()
"""The energies (MeV) of the table nodes, ascending, shape (N_NODES,)."""


@kernel
def energy_bin(energy):
    """Return i with ENERGY_GRID[i] <= energy < ENERGY_GRID[i + 1]; the first or last bin beyond the ends."""
    i = (float_bits(energy) >> _SHIFT) - _OFFSET
    return min(max(i, 0), _LAST_BIN)


@kernel
def node_energy(i):
    """Return ENERGY_GRID[i] (MeV), made of its bits: no table to read, and none to embed in CUDA's code."""
    return bits_float((i + _OFFSET) << _SHIFT)


@kernel
def energy_fraction(energy, i):
    """Return where `energy` (MeV) lies in bin i: 0 at its lower node, 1 at its upper."""
    octave = (i + _OFFSET) >> SUB_BINS_LOG2
    # The reciprocal of the bin's width, a power of two, so that the product is exact.
    return (energy - node_energy(i)) * bits_float((2046 + SUB_BINS_LOG2 - octave) << 52)


@kernel
def interpolate(table, row, energy):
    """Return table[row] at `energy` (MeV) by linear interpolation; table: float64[rows, N_NODES]."""
    i = energy_bin(energy)
    low = table[row, i]
    return low + energy_fraction(energy, i) * (table[row, i + 1] - low)
