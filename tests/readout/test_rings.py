"""Rings and sectors: every deposit is counted once, in the cell of its place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simkit.cli import main
from simkit.engines.simulation import run_scenario
from simkit.readout import cell
from simkit.scenario import load_scenario

SETTINGS = {"events.energy_MeV": 300.0, "events.count": 20}
RINGS = {"readout.kind": "rings", "readout.radii_mm": [2.0, 5.0, 20.0], "readout.sectors": 16}


@pytest.mark.parametrize("axis", ["x", "z"])
@pytest.mark.parametrize("sectors", [1, 16])
def test_the_cell_of_a_point(axis, sectors):
    overrides = RINGS | {"readout.axis": axis, "readout.sectors": sectors}
    readout = load_scenario("testem3", overrides=overrides).detector.readout
    draw = np.random.default_rng(1)
    for _ in range(300):
        volume, along = draw.integers(100), draw.normal()
        radius, angle = draw.uniform(0, 40), draw.uniform(0, 2)
        ring = sum(radius >= edge for edge in (2.0, 5.0, 20.0))
        first, second = radius * math.cos(math.pi * angle), radius * math.sin(math.pi * angle)
        point = (first, second, along) if axis == "z" else (along, first, second)
        expected = (volume * 4 + ring) * sectors + int(angle / 2 * sectors)
        assert cell(readout, volume, *point) == expected


def test_only_the_cells_are_others():
    plain = load_scenario("testem3", overrides=SETTINGS)
    result, tallies, _ = run_scenario(plain)
    ringed = load_scenario("testem3", overrides=SETTINGS | RINGS)
    finer, cells, _ = run_scenario(ringed)
    assert (finer.layers_MeV, finer.edep_MeV) == (result.layers_MeV, result.edep_MeV)
    np.testing.assert_array_equal(cells.steps, tallies.steps)
    by_ring = cells.deposits.reshape(20, 100, 4, 16)
    np.testing.assert_array_equal(by_ring.sum(axis=(2, 3)), tallies.deposits)
    # A shower of this energy in lead: most of it within 20 mm of the axis, more within 2 to 5 than beyond.
    profile = by_ring.sum(axis=(0, 1, 3)) / tallies.deposits.sum()
    assert profile[:3].sum() > 0.5
    assert (profile > 0.02).all()
    assert plain.hash != ringed.hash
    assert plain.hash == load_scenario("testem3", overrides=SETTINGS | {"readout.kind": "shape"}).hash


def test_a_detector_with_cells_of_its_own_can_have_rings_instead():
    detector = load_scenario("atlas_like", overrides=RINGS | {"readout.axis": "z"}).detector
    assert len(detector.cell_region) == 4 * 16 * len(detector.params.volume_region)
    for region, layers in detector.layer_cells.items():
        cells = np.concatenate([np.array(layer) for layer in layers])
        assert len(np.unique(cells)) == len(cells)
        assert set(detector.cell_region[cells]) == {detector.regions.index(region)}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"readout.radii_mm": [5.0, 2.0]}, "readout.radii_mm: must ascend"),
        ({"readout.sectors": 12}, "readout.sectors: found 12; must be 1 or a multiple of 8"),
        (
            {"readout.kind": "ring"},
            "readout.kind: unknown value 'ring'; did you mean 'rings'?",
        ),
        ({"readout.sectors": 4096, "geometry.layers": 1000}, "32768000 cells, allowed up to 10000000"),
    ],
)
def test_what_is_refused(settings, words, capsys):
    options = [f"--set={key}={value}" for key, value in (RINGS | settings).items()]
    assert main(["run", "testem3", "-n", "1", *options]) == 4
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
