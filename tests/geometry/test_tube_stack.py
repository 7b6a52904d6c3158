"""A stack of tubes: its edges, its volumes, and that a ray from the axis goes through them in order."""

import math

import numpy as np
import pytest

from simkit.errors import BadInput
from simkit.geometry import OUTSIDE, distance_to_boundary, locate
from simkit.geometry.tube_stack import build_tube_stack
from simkit.scenario import load_scenario

TUBES = [("absorber", "G4_W", 1.4), ("silicon", "G4_Si", 0.3)]


@pytest.mark.parametrize("angle", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_a_ray_from_the_axis_goes_through_every_tube(angle, slope):
    detector = build_tube_stack(90, TUBES, 800.0, 2000.0)
    across = math.cos(math.atan(slope))
    u, v, w = across * math.cos(angle), across * math.sin(angle), across * slope
    x = y = z = 0.0
    volume = locate(detector.params, x, y, z)
    seen = []
    for _ in range(200):
        if volume == OUTSIDE:
            break
        distance, behind = distance_to_boundary(detector.params, volume, x, y, z, u, v, w)
        seen.append((volume, distance * across))
        x, y, z, volume = x + distance * u, y + distance * v, z + distance * w, behind
    assert [number for number, _ in seen] == list(range(181))
    np.testing.assert_allclose([length for _, length in seen], [800.0] + [1.4, 0.3] * 90, atol=1e-9)
    regions = [detector.regions[detector.params.volume_region[number]] for number, _ in seen]
    assert regions == ["world"] + ["absorber", "silicon"] * 90
    assert detector.layer_cells["silicon"] == tuple((2 * i + 2,) for i in range(90))


def test_a_tube_may_not_be_called_as_what_is_around():
    with pytest.raises(BadInput, match="'world' is the name of what lies around the detector"):
        load_scenario("par04", overrides={"geometry.tube.0.region": "world"})
