"""Tables of neutrons: cross sections of couples and their elements, on a grid down to thermal energies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simkit.jit import bits_float, float_bits, fma, kernel
from simkit.materials import Material
from simkit.physics.neutron.elastic import forward_peak
from simkit.physics.neutron.inelastic import CONTINUUM, LEVELS, LIGHT
from simkit.physics.neutron.nuclei import nucleus
from simkit.rng import uniform
from simkit.units import NEUTRON_MASS_U, barn

# As simkit.physics.grid: linear bins in each octave, found by the bits of the energy.
_SUB_BINS_LOG2 = 4
_LOWEST_OCTAVE, _HIGHEST_OCTAVE = -26, 5  # 15 meV to 32 MeV
N_NODES = ((_HIGHEST_OCTAVE - _LOWEST_OCTAVE) << _SUB_BINS_LOG2) + 1
_SHIFT = 52 - _SUB_BINS_LOG2
_OFFSET = (1023 + _LOWEST_OCTAVE) << _SUB_BINS_LOG2
_LAST_BIN = N_NODES - 2

ELASTIC, INELASTIC, CAPTURE = range(3)
"""The processes, as they follow each other in NeutronTables.partial."""
# Columns of NeutronTables.nuclei.
MASS, NUCLEONS, PEAK, N_LEVELS, CONTINUUM_FROM, SEPARATION, RELEASED, LOCAL, LEAST, MOST, FIRST_LEVEL = range(
    11
)
N_COLUMNS = FIRST_LEVEL + LEVELS


class NeutronTables(NamedTuple):
    """Cross sections (1/mm) on the grid's nodes, by couple.

    total: float64[couples, N_NODES]; partial: float64[couples, elements, N_NODES, 3], of each element and
    process; elements: int64[couples]; nuclei: float64[couples, elements, N_COLUMNS], what the samplers need.
    """

    total: np.ndarray
    partial: np.ndarray
    elements: np.ndarray
    nuclei: np.ndarray


def node_energies() -> np.ndarray:
    """Return the energies (MeV) of the nodes."""
    octave, place = np.divmod(np.arange(N_NODES), 1 << _SUB_BINS_LOG2)
    return np.ldexp(1.0 + place / (1 << _SUB_BINS_LOG2), octave + _LOWEST_OCTAVE)


def build_neutron_tables(
    materials: Sequence[Material], on: Sequence[bool] = (True, True, True)
) -> NeutronTables:
    """Return the tables of materials, one a couple; on: of each process, whether it happens."""
    energies = node_energies()
    most = max(len(material.elements) for material in materials)
    partial = np.zeros((len(materials), most, N_NODES, 3))
    nuclei = np.zeros((len(materials), most, N_COLUMNS))
    for couple, material in enumerate(materials):
        for i, (element, density) in enumerate(zip(material.elements, material.atoms_per_mm3)):
            found = nucleus(element.z)
            for process, barns in (
                (ELASTIC, found.elastic_barn(energies)),
                (INELASTIC, found.inelastic_barn(energies)),
                (CAPTURE, found.capture_barn(energies)),
            ):
                partial[couple, i, :, process] = density * barn * barns * on[process]
            row = nuclei[couple, i]
            row[MASS], row[NUCLEONS] = found.mass, found.mass * NEUTRON_MASS_U
            row[PEAK] = forward_peak(found.mass, row[NUCLEONS])
            row[N_LEVELS] = len(found.levels)
            row[FIRST_LEVEL : FIRST_LEVEL + len(found.levels)] = found.levels
            heavy = found.levels and found.mass > LIGHT
            row[CONTINUUM_FROM] = found.levels[-1] + CONTINUUM if heavy else np.inf
            row[SEPARATION], row[RELEASED], row[LOCAL] = found.separation, found.capture, found.local
            row[LEAST], row[MOST] = found.least, found.most
    elements = np.array([len(material.elements) for material in materials], dtype=np.int64)
    return NeutronTables(partial.sum(axis=(1, 3)), partial, elements, nuclei)


@kernel
def _node(i):
    return bits_float((i + _OFFSET) << _SHIFT)


@kernel
def place(energy):
    """Return (bin, how far into it) of an energy (MeV); the ends of the grid hold beyond them."""
    i = min(max((float_bits(energy) >> _SHIFT) - _OFFSET, 0), _LAST_BIN)
    low = _node(i)
    return i, min(max((energy - low) / (_node(i + 1) - low), 0.0), 1.0)


@kernel
def total_cross_section(tables, couple, energy):
    """Return the total cross section (1/mm) at a kinetic energy (MeV)."""
    i, fraction = place(energy)
    low = tables.total[couple, i]
    return fma(fraction, tables.total[couple, i + 1] - low, low)


@kernel
def choose(rng, tables, couple, energy):
    """Return (element, process) that an interaction at an energy (MeV) is of."""
    i, fraction = place(energy)
    low = tables.total[couple, i]
    chance = uniform(rng) * fma(fraction, tables.total[couple, i + 1] - low, low)
    for element in range(tables.elements[couple]):
        for process in range(3):
            low = tables.partial[couple, element, i, process]
            chance -= fma(fraction, tables.partial[couple, element, i + 1, process] - low, low)
            if chance < 0.0:
                return element, process
    return 0, ELASTIC
