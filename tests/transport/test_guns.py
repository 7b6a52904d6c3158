"""Guns of 100 keV to 1 TeV in blocks of one material: nothing is lost, and work grows as the energy.

studies/guns.py does the same with more events and looks at the time, too.
"""

import numpy as np
import pytest
from shots import assert_nothing_lost, balance, deposited, shoot

from simkit.materials import find_material
from simkit.record.tallies import ENERGY_UNIT, PROCESSES, WEIGHT_UNIT

MATERIALS = ("G4_Pb", "G4_PbWO4", "G4_W", "G4_Fe", "G4_Si", "G4_lAr", "G4_POLYSTYRENE", "G4_WATER")
BEHIND, AHEAD = 20, 60  # radiation lengths


def block(prepare, material):
    """Return a block of slabs of one radiation length (mm), prepared, and the start of a gun inside it."""
    length = find_material(material).radiation_length_mm
    layers = BEHIND + AHEAD
    return prepare((material, length), layers=layers, transverse_mm=layers * length), (BEHIND * length, 0, 0)


def assert_balanced(tallies):
    """Assert that energy balances to 2^-31 MeV for each energy that was rounded to a count."""
    assert_nothing_lost(tallies)
    pairs = [PROCESSES.index(name) for name in ("conv", "annihil")]
    deposits = tallies.weight_sum.sum(axis=1) * WEIGHT_UNIT
    written = 1 + deposits + tallies.interactions[:, pairs].sum(axis=1) + tallies.steps[:, :, -1].sum(axis=1)
    assert (np.abs(tallies.residual()) <= 0.5 * ENERGY_UNIT * written).all()
    assert (tallies.track_length >= 0).all()


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("particle", ["gamma", "e-", "e+"])
def test_low_energies_are_deposited(prepare, material, particle):
    engine, start = block(prepare, material)
    rest = 2.0 * 0.51099895 if particle == "e+" else 0.0
    for energy in (0.001, 0.1, 1.0, 10.0):
        tallies = shoot(engine, particle, energy, 20, position_mm=start)
        assert_balanced(tallies)
        kept = deposited(tallies)[:, 0] + balance(tallies, "leaked")
        assert kept == pytest.approx(energy + rest, abs=1e-6)
        # a photon of some MeV may cross 20 X0 of a heavy material, one in thousands
        assert (balance(tallies, "leaked") > 0.0).sum() <= 1


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("particle", ["gamma", "e-", "e+"])
def test_steps_per_GeV_are_constant(prepare, material, particle):
    # steps do not know noise, and what a step costs hardly changes: they stand for the time per GeV
    engine, start = block(prepare, material)
    energies = {1e3: 10, 1e4: 2, 1e5: 1}
    if (material, particle) == ("G4_WATER", "gamma"):
        energies[1e6] = 1  # 1.5 s
    steps = []
    for energy, events in energies.items():
        tallies = shoot(engine, particle, energy, events, position_mm=start)
        assert_balanced(tallies)
        assert balance(tallies, "leaked").sum() < 2e-3 * balance(tallies, "in").sum()
        steps.append(tallies.steps.sum() / events / energy)
    # one event of 100 GeV: its steps fluctuate by less than 1 %
    assert np.ptp(steps) < 0.1 * min(steps)
