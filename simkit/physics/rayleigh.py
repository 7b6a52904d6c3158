"""Rayleigh scattering: elastic scattering of photons on the bound electrons of a whole atom.

Cross sections and atomic form factors F(x, Z) from xraylib (T. Schoonjans et al., Spectrochim. Acta B 66
(2011) 776), x = sin(theta / 2) / wavelength. The angle follows (1 + cos^2) F^2: x^2 is sampled from the
integral of F^2 over x^2, the rest by rejection (Geant4 Physics Reference Manual, "Rayleigh scattering").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from simkit.errors import BadInput
from simkit.jit import kernel
from simkit.physics.target_element import TargetTables, build_target_tables, elements_of, sample_target
from simkit.rng import MOST_DRAWS, give_up, uniform
from simkit.units import HBAR_C, barn, keV

if TYPE_CHECKING:
    from simkit.materials import Material

HEAVIEST = 98  # the last element xraylib knows
LOWEST_ENERGY = 0.1 * keV  # of xraylib's tables; the cross section is constant below
HIGHEST_ENERGY = 0.8  # MeV, of xraylib's tables for all elements; as 1 / E^2 above
ANGSTROM = 1e-7  # mm

# x^2 over energy^2 at backward scattering: x in 1 / Angstrom, energy in MeV.
_X2_PER_ENERGY2 = (ANGSTROM / (2.0 * np.pi * HBAR_C)) ** 2

# The nodes of the integral of F^2: F is constant below the second, negligible above the last.
_X2_NODES = np.concatenate(([0.0], np.geomspace(1e-4, 1e6, 511)))
_N_NODES = _X2_NODES.size


def cross_section_per_atom(z: int, energy: ArrayLike) -> np.ndarray:
    """Return the Rayleigh cross section per atom (mm^2) for photons of `energy` (MeV), in its shape.

    From xraylib between 100 eV and 0.8 MeV, continued as 1 / E^2 above; Z = 1 to 98 (else BadInput).
    """
    import xraylib_np  # imported here: it takes 0.2 s, and few scenarios switch this process on

    if not 1 <= z <= HEAVIEST:
        raise BadInput(f"Rayleigh scattering: no cross section for Z = {z}; known: Z = 1 to {HEAVIEST}")
    energy = np.asarray(energy, dtype=float)
    within = np.clip(energy, LOWEST_ENERGY, HIGHEST_ENERGY)
    sigma = xraylib_np.CSb_Rayl(np.array([z]), within.ravel() / keV)[0].reshape(energy.shape) * barn
    return sigma * np.minimum(1.0, HIGHEST_ENERGY / np.maximum(energy, LOWEST_ENERGY)) ** 2


def cross_section(material: Material, energy: ArrayLike) -> np.ndarray:
    """Return the macroscopic cross section (1/mm) of a material at `energy` (MeV), in its shape."""
    energy = np.asarray(energy, dtype=float)
    total = np.zeros_like(energy)
    for element, density in zip(material.elements, material.atoms_per_mm3):
        total += density * cross_section_per_atom(element.z, energy)
    return total


def form_factor(z: int, x: ArrayLike) -> np.ndarray:
    """Return the atomic form factor F(x) of an element, x in 1 / Angstrom; F(0) = Z."""
    import xraylib_np

    x = np.asarray(x, dtype=float)
    return xraylib_np.FF_Rayl(np.array([z]), x.ravel())[0].reshape(x.shape)


class RayleighTables(NamedTuple):
    """What sample_rayleigh needs: the targets and, per row of them, the integral of F^2.

    nodes: float64[n], x^2 in 1 / Angstrom^2, from 0; integrals: float64[rows, n], of F^2 from 0 to the node.
    """

    targets: TargetTables
    nodes: np.ndarray
    integrals: np.ndarray


def build_rayleigh_tables(materials: Sequence[Material]) -> RayleighTables:
    """Build the tables of `materials`, in their order."""
    targets = build_target_tables(
        materials, lambda material, element, energy: cross_section_per_atom(element.z, energy)
    )
    rows = []
    for element in elements_of(materials):
        squared = form_factor(element.z, np.sqrt(_X2_NODES)) ** 2
        parts = 0.5 * (squared[1:] + squared[:-1]) * np.diff(_X2_NODES)
        rows.append(np.concatenate(([0.0], np.cumsum(parts))))
    return RayleighTables(targets, _X2_NODES, np.array(rows))


@kernel
def _bin_of(values, value):
    """Return i with values[i] <= value < values[i + 1]; the first or last bin beyond the ends."""
    low = 0
    high = _N_NODES - 1
    while high - low > 1:
        middle = (low + high) // 2
        if values[middle] <= value:
            low = middle
        else:
            high = middle
    return low


@kernel
def sample_rayleigh(rng, energy, tables, material):
    """Sample the polar cosine of a photon of `energy` (MeV) after Rayleigh scattering in a material."""
    nodes = tables.nodes
    integral = tables.integrals[sample_target(rng, energy, tables.targets, material)]
    x2_backward = _X2_PER_ENERGY2 * energy * energy
    x2_max = min(x2_backward, nodes[_N_NODES - 1])
    i = _bin_of(nodes, x2_max)
    fraction = (x2_max - nodes[i]) / (nodes[i + 1] - nodes[i])
    highest = integral[i] + fraction * (integral[i + 1] - integral[i])
    cosine = 1.0
    for _ in range(MOST_DRAWS):
        target = uniform(rng) * highest
        i = _bin_of(integral, target)
        fraction = (target - integral[i]) / (integral[i + 1] - integral[i])
        cosine = 1.0 - 2.0 * (nodes[i] + fraction * (nodes[i + 1] - nodes[i])) / x2_backward
        if 2.0 * uniform(rng) < 1.0 + cosine * cosine:
            break
    else:
        give_up(rng)
    return max(cosine, -1.0)
