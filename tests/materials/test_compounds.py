"""Materials against what Geant4 11.4 prints and against the Particle Data Group."""

import math
import time

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.materials import compound, find_material, material_names


@pytest.mark.parametrize(
    ("name", "like", "tolerance"),
    [
        ("Lead", "G4_Pb", 0.0),
        ("liquidArgon", "G4_lAr", 0.005),
        ("Aluminium", "G4_Al", 0.001),
        ("Iron", "G4_Fe", 0.001),
        ("Copper", "G4_Cu", 0.0),
        ("Tungsten", "G4_W", 0.0),
        ("Silicon", "G4_Si", 0.0),
        ("Water", "G4_WATER", 0.0),
        ("Scintillator", "G4_PLASTIC_SC_VINYLTOLUENE", 0.0),
        ("CsI", "G4_CESIUM_IODIDE", 0.006),
        ("BGO", "G4_BGO", 0.005),
        ("Galactic", "G4_Galactic", 0.0),
        ("NemaG10", "G10", 0.0),
    ],
)
def test_names_of_testem3(name, like, tolerance):
    assert find_material(name).is_like(find_material(like), tolerance)
    assert name not in material_names()  # an own material may have the name
    assert find_material(name, {name: compound("Mine", 1.0, {"H": 1.0})}).name == "Mine"


def test_aerogel_of_testem3_is_made_of_quartz_water_and_carbon():
    parts = {"quartz": 0.625, "Water": 0.374, "G4_C": 0.001}
    fractions: dict[str, float] = {}
    for name, share in parts.items():
        part = find_material(name)
        for element, fraction in zip(part.elements, part.mass_fractions):
            fractions[element.symbol] = fractions.get(element.symbol, 0.0) + share * fraction
    assert find_material("Aerogel").is_like(compound("mixed", 0.2, fractions), 1e-5)


def test_materials_that_are_alike():
    glass = find_material("quartz")
    assert glass.is_like(find_material("G4_SILICON_DIOXIDE"), 0.06)
    assert not glass.is_like(find_material("G4_SILICON_DIOXIDE"), 0.005)
    assert not find_material("LeadSb").is_like(find_material("Lead"), 0.03)


@pytest.mark.parametrize(
    ("name", "density", "radiation_length", "interaction_length"),
    [  # g/cm3, mm, mm: printed by Geant4 11.4 (reference outputs of its examples)
        ("G4_Pb", 11.35, 5.613, 182.48),
        ("G4_lAr", 1.396, 140.03, 857.06),
        ("G4_PbWO4", 8.28, 8.925, 207.40),
        ("G4_WATER", 1.0, 360.83, 753.75),
        ("G4_AIR", 1.205e-3, 303921.0, 710261.0),
        ("G4_W", 19.3, 3.504, 103.12),
        ("G4_Al", 2.699, 88.96, 388.94),
        ("G4_Si", 2.33, 93.66, 456.60),
        ("G4_Xe", 5.485e-3, 15462.0, 324297.0),
        ("G4_He", 1.66e-4, 5.671e6, 3.341e6),
        ("G4_KAPTON", 1.42, 285.75, 558.17),
        ("G4_MYLAR", 1.4, 285.36, 559.23),
        ("G4_CESIUM_IODIDE", 4.51, 18.60, 393.06),
        ("G4_SILICON_DIOXIDE", 2.32, 116.58, 413.17),
        ("G4_Galactic", 1e-25, 6.30437e27, None),
    ],
)
def test_lengths_of_geant4(name, density, radiation_length, interaction_length):
    material = find_material(name)
    assert material.density_g_cm3 == pytest.approx(density, rel=2e-3)
    assert material.radiation_length_mm == pytest.approx(radiation_length, rel=4e-4)
    if interaction_length is not None:
        assert material.nuclear_interaction_length_mm == pytest.approx(interaction_length, rel=4e-4)


@pytest.mark.parametrize(
    ("name", "eV"),
    [  # printed by Geant4 11.4; the first four are those of ICRU Report 37, PbWO4 is by Bragg additivity
        ("G4_Pb", 823.0),
        ("G4_lAr", 188.0),
        ("G4_Fe", 286.0),
        ("G4_AIR", 85.7),
        ("G4_WATER", 78.0),
        ("G4_PbWO4", 542.741),
    ],
)
def test_mean_excitation_energy(name, eV):
    assert find_material(name).mean_excitation_MeV == pytest.approx(eV * 1e-6, rel=1e-5)


def test_bragg_additivity_of_an_own_compound():
    # Geant4 11.4 prints Lu2SiO5 of 7.4 g/cm3: mean excitation 418.807 eV, radiation length 1.143 cm
    weights = {"Lu": 2 * 174.967, "Si": 28.0854, "O": 5 * 15.9994}
    lso = compound("LSO", 7.4, {symbol: w / sum(weights.values()) for symbol, w in weights.items()})
    assert lso.mean_excitation_MeV == pytest.approx(418.807e-6, rel=1e-4)
    assert lso.radiation_length_mm == pytest.approx(11.43, rel=1e-3)
    assert lso.state == "solid"


def test_compounds_by_atoms_and_by_mass_agree():
    water = find_material("G4_WATER")
    same = compound("water", 1.0, {"H": water.mass_fractions[0], "O": water.mass_fractions[1]}, "liquid")
    # PDG: hydrogen is 11.19 % of water's mass
    assert water.mass_fractions[0] == pytest.approx(0.111894, rel=1e-4)
    assert same.radiation_length_mm == pytest.approx(water.radiation_length_mm, rel=1e-12)
    assert water.atom_fractions == pytest.approx([2 / 3, 1 / 3])


def test_electrons():
    # water: 3.3428e23 electrons per cm3 (ICRU Report 44)
    assert find_material("G4_WATER").electrons_per_mm3 == pytest.approx(3.3428e20, rel=2e-4)
    assert find_material("G4_PbWO4").z_effective == pytest.approx((82 + 74 + 4 * 8) / 6)
    # plasma energies of lead and liquid argon, PDG: 61.07 eV, 22.85 eV
    assert find_material("G4_Pb").plasma_energy_MeV == pytest.approx(61.07e-6, rel=2e-4)
    assert find_material("G4_lAr").plasma_energy_MeV == pytest.approx(22.85e-6, rel=4e-4)


@pytest.mark.parametrize("name", material_names())
def test_every_material_can_be_built(name):
    material = find_material(name)
    assert material.name == name
    assert math.fsum(material.mass_fractions) == pytest.approx(1.0, abs=1e-12)
    assert material.radiation_length_mm > 0.0
    grams = sum(n * e.a_g_mol for n, e in zip(material.atoms_per_mm3, material.elements)) / 6.02214076e23
    assert 1000.0 * grams == pytest.approx(material.density_g_cm3, rel=1e-12)


def test_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        find_material("G4_Pb").atoms_per_mm3[0] = 0.0


def test_own_materials_come_first_and_hash():
    mine = compound("mine", 2.0, {"C": 1.0})
    assert find_material("mine", {"mine": mine}) is mine
    assert {mine: 1}[mine] == 1


def test_known_by_another_name():
    assert find_material("G4_CO2") == find_material("G4_CARBON_DIOXIDE")
    # PDG: the radiation length of G10 is 33.0 g/cm2; the composition of Geant4's TestEm3 is 4 % off
    g10 = find_material("G10")
    assert g10.radiation_length_mm * g10.density_g_cm3 / 10.0 == pytest.approx(33.0, rel=0.04)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("G4_pb", "did you mean 'G4_Pb'"),
        ("G4_WATTER", "did you mean 'G4_WATER'"),
        ("G4_Polystyrene", "did you mean 'G4_POLYSTYRENE'"),
        ("unobtainium", "known: NIST names such as G4_Pb"),
    ],
)
def test_unknown_material(name, message):
    with pytest.raises(BadInput, match=message) as caught:
        find_material(name, where="a.toml: geometry.slab.0.material")
    assert str(caught.value).startswith(f"a.toml: geometry.slab.0.material: unknown material {name!r}")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("density", "fractions", "message"),
    [
        (-1.0, {"Pb": 1.0}, "density_g_cm3 of 'mine' is -1.0"),
        (math.nan, {"Pb": 1.0}, "density_g_cm3 of 'mine' is nan"),
        (1.0, {}, "has no elements"),
        (1.0, {"Pb": -0.5, "O": 1.5}, "mass fraction of Pb in 'mine' is -0.5"),
        (1.0, {"Pb": math.inf}, "mass fraction of Pb"),
        (1.0, {"Pb": 0.5, "O": 0.4}, "add up to 0.9"),
        (1.0, {"Pv": 1.0}, "unknown element 'Pv'"),
    ],
)
def test_bad_compounds(density, fractions, message):
    with pytest.raises(BadInput, match=message):
        compound("mine", density, fractions)


def test_own_compound_may_not_take_a_nist_name():
    with pytest.raises(BadInput, match="exists already"):
        compound("G4_Pb", 11.0, {"Pb": 1.0})


def test_state_is_checked():
    with pytest.raises(BadInput, match="did you mean 'liquid'"):
        compound("mine", 1.0, {"Pb": 1.0}, "liqid")


def test_slightly_rounded_fractions_are_normalised():
    mine = compound("mine", 1.0, {"Pb": 0.333, "W": 0.333, "O": 0.333})
    assert mine.mass_fractions == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_building_is_quick():
    start = time.process_time()
    for name in ("G4_Cu", "G4_BRASS", "G4_CONCRETE"):
        material = find_material(name)
        assert np.isfinite(material.electrons_per_mm3)
    assert time.process_time() - start < 0.2
