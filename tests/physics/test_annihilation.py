"""Annihilation in flight against Celeritas' and Geant4's numbers; the sampling against Heitler's formula."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.annihilation import cross_section, cross_section_per_electron, sample_annihilation
from simkit.rng import make_rng, start_track
from simkit.units import AVOGADRO, CLASSICAL_ELECTRON_RADIUS, ELECTRON_MASS, barn


@pytest.mark.parametrize(
    ("point", "per_cm"),
    # Celeritas test/celeritas/em/EPlusGG.test.cc: Z = 19 at 1e-5 mol/cm3, 20 logarithmic points 1e-4..1e6 MeV
    [(0, 1.443034416941e-3), (14, 5.07363090171e-8), (19, 2.068312058021e-10)],
)
def test_cross_section_as_celeritas(point, per_cm):
    energy = np.geomspace(1e-4, 1e6, 20)[point]
    electrons_per_cm3 = 19 * 1e-5 * AVOGADRO
    assert cross_section_per_electron(energy) / 100.0 * electrons_per_cm3 == pytest.approx(per_cm, rel=1e-5)


@pytest.mark.parametrize(("energy", "barn_per_atom"), [(1.01, 4.44752), (1.91, 3.11121)])
def test_iron_as_geant4(energy, barn_per_atom):
    # Geant4 11.4 examples/extended/electromagnetic/TestEm0/DirectAccess.out
    iron = find_material("G4_Fe")
    assert cross_section(iron, energy) / iron.atoms_per_mm3[0] / barn == pytest.approx(
        barn_per_atom, rel=1e-5
    )


def heitler(share, gamma):
    """The differential cross section per electron in the share of the energy (mm^2)."""
    bracket = 1 + 2 * gamma / (gamma + 1) ** 2 - share - 1 / ((gamma + 1) ** 2 * share)
    return math.pi * CLASSICAL_ELECTRON_RADIUS**2 / (gamma - 1) * bracket / share


@kernel
def fill(rng, energy, out):
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = sample_annihilation(rng, energy)


@pytest.mark.parametrize("energy", [1e-3, 0.1, 1.0, 30.0, 1e4, 1e6])
def test_photons(energy):
    """Conservation; chi-square of 25 bins against Heitler's formula, false alarm 1e-6 each."""
    photons = np.empty((200_000, 4))
    rng = make_rng(3)
    start_track(rng, 0, 1)
    fill(rng, energy, photons)
    first, first_cosine, second, second_cosine = photons.T
    available = energy + 2 * ELECTRON_MASS
    momentum = math.sqrt(energy * available)
    assert np.allclose(first + second, available, rtol=1e-14)
    assert np.allclose(first * first_cosine + second * second_cosine, momentum, rtol=1e-9)
    transverse2 = first**2 * (1 - first_cosine**2) - second**2 * (1 - second_cosine**2)
    assert np.allclose(transverse2, 0.0, atol=1e-9 * available**2)

    gamma = energy / ELECTRON_MASS + 1
    half_width = 0.5 * math.sqrt((gamma - 1) / (gamma + 1))
    least = 1.0 / ((gamma + 1) * (1 + 2 * half_width))
    edges = np.geomspace(least, 0.5 + half_width, 26)
    # in ln(share), which keeps the integrand flat
    parts = [
        quad(lambda s: heitler(math.exp(s), gamma) * math.exp(s), *np.log(edges[i : i + 2]))[0]
        for i in range(25)
    ]
    assert sum(parts) == pytest.approx(float(cross_section_per_electron(energy)), rel=1e-6)
    expected = np.array(parts) / sum(parts) * len(photons)
    edges[0], edges[-1] = 0.0, 1.0
    observed = np.histogram(first / available, edges)[0]
    assert np.sum((observed - expected) ** 2 / expected) < chi2.isf(1e-6, 24)
