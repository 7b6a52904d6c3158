"""Elements against the IUPAC weights, the Particle Data Group and Geant4."""

import pytest

from simkit.errors import BadInput
from simkit.materials import element_by_z, find_element


@pytest.mark.parametrize(
    ("symbol", "z", "weight"),
    [  # IUPAC standard atomic weights 2021 (T. Prohaska et al., Pure Appl. Chem. 94 (2022) 573)
        ("H", 1, 1.0080),
        ("O", 8, 15.999),
        ("Ar", 18, 39.95),
        ("Fe", 26, 55.845),
        ("W", 74, 183.84),
        ("Au", 79, 196.97),
        ("Pb", 82, 207.2),
        ("U", 92, 238.03),
    ],
)
def test_atomic_weight(symbol, z, weight):
    element = find_element(symbol)
    assert element.z == z
    assert element.a_g_mol == pytest.approx(weight, rel=1.0e-4)
    assert element_by_z(z) == element


def test_weights_of_geant4():
    # printed by Geant4 11.4, example TestEm3: "A = 207.217 g/mole", "A = 39.948 g/mole"
    assert find_element("Pb").a_g_mol == pytest.approx(207.217, abs=5e-4)
    assert find_element("Ar").a_g_mol == pytest.approx(39.948, abs=5e-4)


def test_coulomb_correction_of_uranium():
    # H. Davies, H.A. Bethe, L.C. Maximon, Phys. Rev. 93 (1954) 788: f = a^2 sum 1 / (n (n^2 + a^2))
    a2 = (92 / 137.035999) ** 2
    exact = a2 * sum(1.0 / (n * (n * n + a2)) for n in range(1, 20000))
    assert find_element("U").coulomb_correction == pytest.approx(exact, rel=1e-3)


def test_unknown_element_names_the_nearest():
    with pytest.raises(BadInput, match="unknown element 'pb'; did you mean 'Pb'"):
        find_element("pb")
