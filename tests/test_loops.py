"""Every loop of the kernels has a limit, and what finds no end is counted, whatever goes in."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import simkit
from simkit.physics import (
    annihilation,
    compton,
    conversion,
    distributions,
    ionisation,
    photoelectric,
    rayleigh,
)
from simkit.physics.bremsstrahlung import sampling
from simkit.physics.rayleigh import RayleighTables
from simkit.physics.target_element import TargetTables
from simkit.rng import gave_up, make_rng, start_track

PACKAGE = Path(simkit.__file__).parent
ROOMS = ("physics", "geometry", "field", "tracking", "fastsim", "transport")
NAN = float("nan")
ONE_ELEMENT = TargetTables(np.array([0, 1]), np.array([0]), np.ones(1))
NODES = np.arange(512.0)


def test_no_loop_goes_on_until_something_happens():
    """`while True` hangs on a NaN, and so does a condition that a NaN makes true."""
    found = [
        f"{path.relative_to(PACKAGE)}:{loop.lineno}"
        for room in ROOMS
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for loop in ast.walk(ast.parse(path.read_text()))
        if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant | ast.UnaryOp)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("sample", "arguments"),
    [
        (annihilation.sample_annihilation, (NAN,)),
        (compton.sample_compton, (NAN,)),
        (conversion._sample_fraction, (NAN, 30.0, 0.0, 1.0, 1e6, 0.1, -1.0)),
        (conversion._sample_lepton_cosine, (NAN,)),
        (distributions.sample_gaussian_within, (1.0, NAN)),
        (ionisation.sample_moller, (NAN, 1.0)),
        (ionisation.sample_bhabha, (NAN, 1.0)),
        (photoelectric.sample_sauter_cosine, (NAN,)),
        (rayleigh.sample_rayleigh, (NAN, RayleighTables(ONE_ELEMENT, NODES, NODES[None]), 0)),
        (sampling.sample_photon_cosine, (NAN,)),
    ],
)
def test_a_rejection_loop_gives_up(sample, arguments):
    rng = make_rng(1)
    start_track(rng, 1, 1)
    sample(rng, *arguments)
    assert gave_up(rng)
