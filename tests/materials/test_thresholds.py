"""Production thresholds against Geant4 11.4."""

import math
import time

import pytest

from simkit.errors import BadInput
from simkit.materials import find_material, production_thresholds
from simkit.materials.compounds import material_names


@pytest.mark.parametrize(
    ("name", "cut_mm", "gamma", "electron", "positron"),
    [  # keV, printed by Geant4 11.4 (reference outputs of its electromagnetic examples)
        ("G4_Pb", 1.0, 101.797, 1371.58, 1282.6),
        ("G4_Pb", 0.7, 94.6952, 1006.99, None),
        ("G4_lAr", 1.0, 6.20202, 347.457, 336.377),
        ("G4_lAr", 0.7, 5.20503, 273.977, None),
        ("G4_PbWO4", 0.7, 75.7749, 842.468, None),
        ("G4_W", 0.1, 36.2784, 351.887, 338.074),
        ("G4_W", 10.0, 359.559, 29528.5, None),
        ("G4_POLYSTYRENE", 10.0, 5.79096, 2225.61, None),
        ("G4_Si", 1.0, 6.93672, 546.311, 525.593),
        ("G4_Al", 0.3, 3.9261, 260.03, 253.129),
        ("G4_Al", 0.01, 0.99, 34.1058, 33.7225),
        ("G4_MYLAR", 0.1, 1.20959, 99.1194, 97.66),
        ("G4_WATER", 1.0, 2.93547, 351.353, 341.657),
        ("G4_CESIUM_IODIDE", 0.3, 18.2699, 291.571, 281.583),
        ("G4_Cu", 0.002, 0.99, 18.458, 18.0308),
        ("G4_AIR", 1.0, 0.99, 0.99, 0.99),
    ],
)
def test_thresholds_of_geant4(name, cut_mm, gamma, electron, positron):
    thresholds = production_thresholds(find_material(name), cut_mm)
    assert thresholds.gamma == pytest.approx(gamma * 1e-3, rel=1e-4)
    assert thresholds.electron == pytest.approx(electron * 1e-3, rel=1e-4)
    if positron is not None:
        assert thresholds.positron == pytest.approx(positron * 1e-3, rel=1e-4)


@pytest.mark.parametrize("name", material_names())
def test_thresholds_grow_with_the_cut(name):
    material = find_material(name)
    below = production_thresholds(material, 0.0)
    assert below == pytest.approx((990e-6, 990e-6, 990e-6))
    for cut_mm in (1e-9, 1e-3, 0.1, 0.7, 10.0, 1e3, 1e9):
        above = production_thresholds(material, cut_mm)
        assert all(990e-6 <= low <= high <= 1e4 for low, high in zip(below, above))
        below = above


@pytest.mark.parametrize("cut_mm", [-0.7, math.nan, math.inf])
def test_bad_cut(cut_mm):
    with pytest.raises(BadInput, match=f"production cut is {cut_mm} mm; give a length"):
        production_thresholds(find_material("G4_Pb"), cut_mm)


def test_quick():
    materials = [find_material(name) for name in ("G4_Pb", "G4_lAr", "G4_PbWO4")]
    start = time.process_time()
    for material in materials:
        production_thresholds(material, 0.7)
    assert time.process_time() - start < 0.1
