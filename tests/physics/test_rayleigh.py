import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chisquare

from simkit.errors import BadInput
from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.rayleigh import (
    build_rayleigh_tables,
    cross_section,
    cross_section_per_atom,
    form_factor,
    sample_rayleigh,
)
from simkit.rng import make_rng, start_track
from simkit.units import CLASSICAL_ELECTRON_RADIUS, barn

FALSE_ALARM = 1e-4  # of each statistical test, for a new seed; the seeds are fixed
MATERIALS = [find_material("G4_Pb"), find_material("G4_Al")]


@kernel
def _sample(rng, energy, tables, material, out):
    start_track(rng, 0, 1)
    for i in range(out.size):
        out[i] = sample_rayleigh(rng, energy, tables, material)


def thomson(cosine, energy, z):
    """Return d sigma / d cos (mm^2) of the form-factor approximation; hc = 12.39842 keV Angstrom."""
    x = energy * 1e3 / 12.39842 * np.sqrt(0.5 * (1.0 - cosine))
    return np.pi * CLASSICAL_ELECTRON_RADIUS**2 * (1.0 + cosine**2) * form_factor(z, x) ** 2


@pytest.mark.parametrize(
    ("z", "energy", "expected"),
    [(18, 0.001, 201.76), (18, 0.1, 1.3687), (18, 0.5, 0.060882), (26, 0.01, 111.41), (82, 0.1, 73.2)],
)
def test_cross_sections_are_xraylibs(z, energy, expected):
    """Barn per atom, xraylib 4.3.0."""
    assert_allclose(cross_section_per_atom(z, energy) / barn, expected, rtol=1e-4)


def test_cross_section_of_water():
    """0.0053401 cm2/g at 100 keV: Geant4 11.4, TestEm13.out (Livermore), within 1 %."""
    assert_allclose(cross_section(find_material("G4_WATER"), 0.1) * 10.0, 0.0053401, rtol=0.01)


def test_cross_section_falls_as_the_square_of_the_energy_above_the_tables():
    low, high = cross_section_per_atom(26, [0.8, 8.0])
    assert_allclose(high / low, 0.01)


def test_unknown_element():
    with pytest.raises(BadInput, match="Z = 120"):
        cross_section_per_atom(120, 1.0)


@pytest.mark.parametrize("material", [0, 1])
@pytest.mark.parametrize("energy", [0.001, 0.03, 1.0])
def test_angles_follow_the_form_factor(energy, material):
    count, bins = 50_000, 25
    z = MATERIALS[material].elements[0].z
    # bins of equal probability, from a fine integral that is dense forward
    cosine = 1.0 - 2.0 * np.concatenate(([0.0], np.geomspace(1e-7, 1.0, 20_000)))
    density = thomson(cosine, energy, z)
    integral = np.concatenate(([0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * -np.diff(cosine))))
    edges = np.interp(np.arange(bins + 1) / bins, integral / integral[-1], cosine)
    drawn = np.empty(count)
    _sample(make_rng(3), energy, build_rayleigh_tables(MATERIALS), material, drawn)
    assert np.abs(drawn).max() <= 1.0
    found = np.histogram(drawn, edges[::-1])[0]
    assert chisquare(found, np.full(bins, count / bins)).pvalue > FALSE_ALARM
