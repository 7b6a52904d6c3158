"""Layers that repeat: slabs and tubes alike, points in them, and what has none."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.fastsim.models.stack import build_stack, frame, slabs_of, spot
from simkit.geometry import locate
from simkit.jit import kernel
from simkit.particles import ELECTRON
from simkit.scenario import load_scenario
from simkit.tracks import Track


@kernel
def place_of(stack, track, depth, a, b):
    radius, cosine, sine = frame(stack, track)
    return radius, spot(stack, cosine, sine, track, depth, a, b)


@pytest.mark.parametrize(
    ("preset", "slabs", "first"),
    [
        ("par04", [("G4_W", 1.4), ("G4_Si", 0.3)], 1),
        ("testem3", [("G4_Pb", 2.3), ("G4_lAr", 5.7)], 0),
    ],
)
def test_the_slabs_of_a_layer(preset, slabs, first):
    detector = load_scenario(preset).detector
    stack = build_stack(detector)
    assert (slabs_of(detector, stack), stack.first, stack.slabs) == (slabs, first, 2)


@pytest.mark.parametrize("azimuth", [0.0, 2.0])
def test_a_spot_lies_in_its_slab_wherever_the_track_is(azimuth):
    detector = load_scenario("par04").detector
    stack = build_stack(detector)
    x, y = 805.0 * math.cos(azimuth), 805.0 * math.sin(azimuth)
    track = Track(ELECTRON, 1.0, x, y, 3.0, math.cos(azimuth), math.sin(azimuth), 0.0, 0.0, 1.0, 1, 1, 0)
    for slab in (0, 7, 179):
        middle = 0.5 * (stack.surfaces[slab] + stack.surfaces[slab + 1])
        for a, b in ((0.0, 0.0), (20.0, -15.0), (-40.0, 30.0)):
            radius, (x, y, z, inside) = place_of(stack, track, middle, a, b)
            assert radius == pytest.approx(805.0)
            assert inside
            assert locate(detector.params, x, y, z) == stack.first + slab
            across = -x * math.sin(azimuth) + y * math.cos(azimuth)
            np.testing.assert_allclose((across, z), (a, 3.0 + b), atol=1e-9)


def test_a_detector_without_layers_that_repeat():
    with pytest.raises(BadInput, match="layers that repeat are needed"):
        build_stack(load_scenario("atlas_like").detector)
    with pytest.raises(BadInput, match="not a SimpleNamespace"):
        build_stack(SimpleNamespace(params=SimpleNamespace()))
