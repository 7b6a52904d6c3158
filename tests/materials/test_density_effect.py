"""The density effect against the published sets."""

import numpy as np
import pytest

from simkit.materials import compound, find_material, material_names
from simkit.materials.density_effect import TWO_LN_10


@pytest.mark.parametrize(
    ("name", "cbar", "x0", "x1", "a", "m", "delta0"),
    [  # Sternheimer, Berger, Seltzer, Atomic Data and Nuclear Data Tables 30 (1984) 261
        ("G4_Pb", 6.2018, 0.3776, 3.8073, 0.09359, 3.1608, 0.14),
        ("G4_Fe", 4.2911, -0.0012, 3.1531, 0.1468, 2.9632, 0.12),
        ("G4_Ar", 11.9480, 1.7635, 4.4855, 0.19714, 2.9618, 0.0),
        # liquid argon: Particle Data Group, atomic and nuclear properties
        ("G4_lAr", 5.2146, 0.2000, 3.0000, 0.19559, 3.0, 0.0),
    ],
)
def test_parameters(name, cbar, x0, x1, a, m, delta0):
    effect = find_material(name).density_effect
    assert effect.cbar == pytest.approx(cbar, abs=1e-4)
    assert (effect.x0, effect.x1) == pytest.approx((x0, x1), abs=1e-4)
    assert effect.a == pytest.approx(a, rel=2e-4)
    assert (effect.m, effect.delta0) == (m, delta0)


def test_water_is_moved_to_its_mean_excitation_energy():
    # the 1984 set is for 75 eV (-C 3.5017, x0 0.2400); ICRU Report 90 (2016) has 78 eV
    effect = find_material("G4_WATER").density_effect
    change = 2.0 * np.log(78.0 / 75.0)
    assert effect.cbar == pytest.approx(3.5017 + change, abs=1e-4)
    assert effect.x0 == pytest.approx(0.2400 + change / TWO_LN_10, abs=1e-4)


def test_high_energy_limit():
    # delta -> 2 ln(beta gamma) - 2 ln(I / plasma energy) - 1, with the free electrons' plasma energy
    for name in ("G4_Pb", "G4_WATER", "G4_PbWO4", "G4_lAr", "G4_Galactic"):
        material = find_material(name)
        x = 20.0
        limit = TWO_LN_10 * x - 2.0 * np.log(material.mean_excitation_MeV / material.plasma_energy_MeV) - 1.0
        assert material.density_correction(x) == pytest.approx(limit, abs=0.01)


def test_below_x0_conductors_fall_and_insulators_vanish():
    lead, argon = find_material("G4_Pb"), find_material("G4_lAr")
    x = np.array([[-2.0, -1.0], [0.0, 0.1]])
    expected = 0.14 * 10.0 ** (2.0 * (x - 0.3776))
    assert lead.density_correction(x) == pytest.approx(expected, rel=1e-9)
    assert not argon.density_correction(x).any()


@pytest.mark.parametrize("name", material_names())
def test_smooth_for_every_material(name):
    material = find_material(name)
    x = np.linspace(-3.0, 8.0, 3000)
    delta = material.density_correction(x)
    assert np.isfinite(delta).all()
    # the fits dip by a few hundredths just above x0 and jump by as much at x0
    assert delta.min() > -0.1
    assert np.diff(delta).min() > -0.015
    assert np.diff(delta).max() < 0.05


@pytest.mark.parametrize("density", 10.0 ** np.arange(-25.0, 2.0))
@pytest.mark.parametrize("symbol", ["H", "He", "C", "U"])
def test_any_density(symbol, density):
    x = np.linspace(-3.0, 8.0, 1000)
    for fractions in ({symbol: 1.0}, {symbol: 0.9, "Fe": 0.1}):
        delta = compound("mine", density, fractions).density_correction(x)
        assert np.isfinite(delta).all()
        assert delta.min() > -0.2


def test_thin_lead_keeps_the_shape_of_lead():
    lead, foam = find_material("G4_Pb"), compound("foam", 11.35 / 2.0, {"Pb": 1.0})
    x = np.linspace(-1.0, 6.0, 50)
    moved = foam.density_correction(x + np.log10(2.0) / 2.0)
    assert moved == pytest.approx(lead.density_correction(x), abs=1e-9)
