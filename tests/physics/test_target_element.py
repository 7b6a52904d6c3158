import numpy as np
from numpy.testing import assert_allclose
from scipy.stats import chisquare

from simkit.jit import kernel
from simkit.materials import find_material
from simkit.physics.target_element import build_target_tables, elements_of, sample_target
from simkit.rng import draws, make_rng, start_track

FALSE_ALARM = 1e-4


@kernel
def _sample(rng, energy, targets, material, out):
    start_track(rng, 0, 1)
    for i in range(out.size):
        out[i] = sample_target(rng, energy, targets, material)
    return draws(rng)


MATERIALS = [find_material(name) for name in ("G4_Pb", "G4_WATER", "G4_PbWO4")]


def test_elements_are_chosen_by_density_times_cross_section():
    def cross_section(material, element, energy):
        return element.z * np.sqrt(energy)

    targets = build_target_tables(MATERIALS, cross_section)
    elements = elements_of(MATERIALS)
    for number, material in enumerate(MATERIALS):
        rows = np.empty(20_000, dtype=np.int64)
        used = _sample(make_rng(2), 1.03, targets, number, rows)
        assert used == (0 if len(material.elements) == 1 else rows.size)
        first = targets.first_row[number]
        assert elements[first : targets.first_row[number + 1]] == list(material.elements)
        found = np.bincount(rows - first, minlength=len(material.elements))
        share = material.atoms_per_mm3 * material.z / material.electrons_per_mm3
        if share.size > 1:
            assert chisquare(found, rows.size * share).pvalue > FALSE_ALARM


def test_elements_without_cross_section_are_never_chosen():
    targets = build_target_tables(MATERIALS, lambda m, element, energy: energy * (element.z == 1))
    rows = np.empty(1000, dtype=np.int64)
    _sample(make_rng(2), 1.03, targets, 1, rows)
    assert {elements_of(MATERIALS)[row].z for row in rows} == {1}


def test_shares_without_any_cross_section_are_those_of_the_electrons():
    targets = build_target_tables(MATERIALS[1:2], lambda m, element, energy: 0.0 * energy)
    hydrogen = 0 if MATERIALS[1].elements[0].z == 1 else 1
    share = targets.shares[0] if hydrogen == 0 else 1.0 - targets.shares[0]
    assert_allclose(share, 0.2, rtol=1e-3)
