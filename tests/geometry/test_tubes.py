"""Tubes: no track lost, wherever it starts and however it turns."""

import math

import numpy as np
import pytest
from walks import isotropic, straight_length, unit, walk_straight, walk_with_turns

from simkit.geometry import (
    OUTSIDE,
    distance_to_boundary,
    distance_to_envelope,
    locate,
    locate_in_envelope,
    safety,
)
from simkit.geometry.atlas_like import OUTER_R, OUTER_Z, build_atlas_like
from simkit.geometry.tube_layout import Layer, Zone, build_tubes, mirrored
from simkit.geometry.tubes import ALONG_Z
from simkit.readout import cell

RADIUS, HALF_LENGTH = OUTER_R[1], OUTER_Z
N = 5000  # rays of each kind; there are more than 20 kinds


@pytest.fixture(scope="module")
def detector():
    return build_atlas_like()


def bounds_of(detector):
    return detector.params.bounds.reshape(-1, 4)[: len(detector.params.volume_region)]


def at(r, z, phi):
    return np.stack([r * np.cos(phi), r * np.sin(phi), z], axis=1)


def rays(kind, detector):
    """Return starts and directions of a kind; the adversarial ones are on or along the volumes' surfaces."""
    rng = np.random.default_rng(sum(map(ord, kind)))
    bounds = bounds_of(detector)
    bounds = bounds[rng.integers(len(bounds), size=N)]
    phi = rng.uniform(0.0, 2.0 * math.pi, N)
    phi[::7], phi[1::7], phi[2::7] = 0.0, 0.5 * math.pi, math.pi  # where x or y is a surface's radius exactly
    along = rng.uniform(size=N)
    corners = at(
        bounds[np.arange(N), rng.integers(2, size=N)], bounds[np.arange(N), 2 + rng.integers(2, size=N)], phi
    )
    on_cylinders = at(
        bounds[np.arange(N), rng.integers(2, size=N)],
        bounds[:, 2] + along * (bounds[:, 3] - bounds[:, 2]),
        phi,
    )
    on_planes = at(
        bounds[:, 0] + along * (bounds[:, 1] - bounds[:, 0]),
        bounds[np.arange(N), 2 + rng.integers(2, size=N)],
        phi,
    )
    anywhere = at(RADIUS * np.sqrt(rng.uniform(size=N)), rng.uniform(-HALF_LENGTH, HALF_LENGTH, N), phi)
    tangent = np.stack([-np.sin(phi), np.cos(phi), np.zeros(N)], axis=1)
    radial = np.stack([np.cos(phi), np.sin(phi), np.zeros(N)], axis=1)
    z_axis = np.broadcast_to([0.0, 0.0, 1.0], (N, 3))
    any_way = isotropic(rng, N)
    tilted = unit(tangent + rng.normal(size=(N, 1)) * z_axis)
    back = rng.uniform(1.0, 500.0, (N, 1))
    tiny = 1e-8 * rng.normal(size=(N, 3))
    kinds = {
        "from the origin": (np.zeros((N, 3)), any_way),
        "from anywhere": (anywhere, any_way),
        "along z": (anywhere, z_axis),
        "along -z from corners": (corners, -z_axis),
        "nearly along z": (anywhere, unit(z_axis + tiny)),
        "along z but for a denormal": (anywhere, z_axis + 1e-300 * radial),
        "on cylinders": (on_cylinders, any_way),
        "tangent to cylinders": (on_cylinders, tangent),
        "tangent to cylinders, tilted": (on_cylinders, tilted),
        "nearly tangent": (on_cylinders, unit(tangent + tiny)),
        "towards a tangent point": (on_cylinders - back * tangent, tangent),
        "towards a tangent point, tilted": (on_cylinders - back * tilted, tilted),
        "inwards from cylinders": (on_cylinders, -radial),
        "outwards from cylinders": (on_cylinders, radial),
        "on planes": (on_planes, any_way),
        "in planes": (on_planes, unit(radial + tangent)),
        "in planes but for a denormal": (on_planes, tangent + 1e-300 * z_axis),
        "on corners": (corners, any_way),
        "inwards from corners": (corners, -radial),
        "tangent at corners": (corners, tangent),
        "towards corners": (anywhere, unit(corners - anywhere)),
        "from the origin towards corners": (np.zeros((N, 3)), unit(np.where(corners == 0.0, 1.0, corners))),
        "through the axis": (
            anywhere,
            unit(np.stack([*np.zeros((2, N)), on_planes[:, 2]], axis=1) - anywhere),
        ),
        "from the axis": (np.stack([*np.zeros((2, N)), anywhere[:, 2]], axis=1), any_way),
    }
    starts, directions = kinds[kind]
    # Not on the world's own surface, where the length may be next to nothing.
    inside = (np.hypot(starts[:, 0], starts[:, 1]) < RADIUS - 1e-6) & (abs(starts[:, 2]) < HALF_LENGTH - 1e-6)
    return np.ascontiguousarray(starts[inside]), np.ascontiguousarray(directions[inside])


KINDS = (
    "from the origin",
    "from anywhere",
    "along z",
    "along -z from corners",
    "nearly along z",
    "along z but for a denormal",
    "on cylinders",
    "tangent to cylinders",
    "tangent to cylinders, tilted",
    "nearly tangent",
    "towards a tangent point",
    "towards a tangent point, tilted",
    "inwards from cylinders",
    "outwards from cylinders",
    "on planes",
    "in planes",
    "in planes but for a denormal",
    "on corners",
    "inwards from corners",
    "tangent at corners",
    "towards corners",
    "from the origin towards corners",
    "through the axis",
    "from the axis",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_straight_line_is_walked_whole(detector, kind):
    starts, directions = rays(kind, detector)
    report = np.zeros((len(starts), 4))
    walk_straight(detector.params, starts, directions, report, np.zeros(len(detector.params.volume_region)))
    length = straight_length(starts, directions, RADIUS, HALF_LENGTH)
    np.testing.assert_allclose(report[:, 0], length, rtol=1e-9, atol=1e-9)
    assert report[:, 2].max() <= 3  # a corner is crossed in r and in z
    assert report[:, 3].sum() == 0


@pytest.mark.parametrize("kind", ["from the origin", "on cylinders", "tangent to cylinders", "on corners"])
@pytest.mark.parametrize("turn", ["anywhere", "back", "nearly back", "slightly"])
def test_turns_anywhere_lose_no_track(detector, kind, turn):
    starts, directions = rays(kind, detector)
    rng = np.random.default_rng(11)
    n_turns = 60
    turns = isotropic(rng, len(starts), n_turns)
    if turn != "anywhere":
        sign = -1.0 if turn in ("back", "nearly back") else 1.0
        turns = (
            np.repeat(directions[:, None, :], n_turns, axis=1) * (sign ** np.arange(1, n_turns + 1))[:, None]
        )
        if turn != "back":
            turns = unit(turns + 1e-3 * rng.normal(size=turns.shape))
    # Half of the steps end on the boundary, some exactly where they began.
    stops = np.clip(rng.uniform(-0.1, 2.0, (len(starts), n_turns)), 0.0, 1.0)
    report = np.zeros((len(starts), 3))
    walk_with_turns(detector.params, starts, directions, turns, stops, report)
    assert (report[:, 2] == 1.0).all()
    assert report[:, 0].max() < 2000
    assert report[:, 1].sum() == 0


def test_the_plain_python_verbs_agree_with_the_compiled_ones(detector):
    starts, directions = rays("from the origin", detector)
    report = np.zeros((len(starts), 4))
    lengths = np.zeros(len(detector.params.volume_region))
    walk_straight(detector.params, starts[:1], directions[:1], report, lengths)
    x, y, z = starts[0]
    u, v, w = directions[0]
    volume, total = locate(detector.params, x, y, z), 0.0
    while volume != OUTSIDE:
        distance, volume = distance_to_boundary(detector.params, volume, x, y, z, u, v, w)
        x, y, z, total = x + distance * u, y + distance * v, z + distance * w, total + distance
    assert total == pytest.approx(report[0, 0], rel=1e-12)


def test_locate_outside(detector):
    for point in (
        (RADIUS + 1e-6, 0.0, 0.0),
        (0.0, 0.0, HALF_LENGTH + 1e-6),
        (0.0, 0.0, -1e9),
        (0.0, math.nan, 0.0),
    ):
        assert locate(detector.params, *point) == OUTSIDE
    assert locate(detector.params, RADIUS, 0.0, HALF_LENGTH) != OUTSIDE


def test_locate_agrees_with_the_bounds(detector):
    starts, _ = rays("from anywhere", detector)
    bounds = bounds_of(detector)
    r, z = np.hypot(starts[:, 0], starts[:, 1]), starts[:, 2]
    inside = (bounds[:, 0] <= r[:, None]) & (r[:, None] < bounds[:, 1])
    inside &= (bounds[:, 2] <= z[:, None]) & (z[:, None] < bounds[:, 3])
    assert (inside.sum(axis=1) == 1).all()
    located = [locate(detector.params, *point) for point in starts[:500]]
    np.testing.assert_array_equal(located, inside.argmax(axis=1)[:500])


def test_a_point_in_an_envelope_is_located_alike_from_any_volume_of_it(detector):
    params = detector.params
    starts, _ = rays("from anywhere", detector)
    found = 0
    for point in starts:
        volume = locate(params, *point)
        envelope = params.volume_envelope[volume]
        if envelope < 0:
            continue
        inside = np.flatnonzero(params.volume_envelope == envelope)
        for other in (inside[0], volume, inside[-1]):
            assert locate_in_envelope(params, other, *point) == volume
        found += 1
    assert found > 100


def test_safety_is_the_distance_to_the_nearest_face(detector):
    starts, _ = rays("from anywhere", detector)
    for x, y, z in starts[:200]:
        volume = locate(detector.params, x, y, z)
        r_in, r_out, z_low, z_high = bounds_of(detector)[volume]
        r = math.hypot(x, y)
        nearest = min(r_out - r, z - z_low, z_high - z, r - r_in if r_in > 0.0 else math.inf)
        assert safety(detector.params, volume, x, y, z) == pytest.approx(nearest, rel=1e-12, abs=1e-12)


def test_distance_to_envelope_ignores_the_layers_inside(detector):
    params = detector.params
    assert detector.envelopes == ("em_barrel", "em_endcap_plus", "em_endcap_minus")
    volume = locate(params, 1700.0, 0.0, 100.0)
    assert distance_to_envelope(params, volume, 1700.0, 0.0, 100.0, 1.0, 0.0, 0.0) == pytest.approx(270.0)
    assert distance_to_envelope(params, volume, 1700.0, 0.0, 100.0, -1.0, 0.0, 0.0) == pytest.approx(198.0)
    assert distance_to_envelope(params, volume, 1700.0, 0.0, 100.0, 0.0, 0.0, -1.0) == pytest.approx(3300.0)
    volume = locate(params, 0.0, -1000.0, -4000.0)
    assert distance_to_envelope(params, volume, 0.0, -1000.0, -4000.0, 0.0, 0.0, 1.0) == pytest.approx(300.0)
    assert distance_to_envelope(params, volume, 0.0, -1000.0, -4000.0, 0.0, -1.0, 0.0) == pytest.approx(
        1098.0
    )


def small(*extra, phi_cells=8):
    zones = [
        Zone(0.0, 10.0, -5.0, 5.0, (Layer(4.0, "G4_Pb", "a"), Layer(10.0, "G4_lAr", "b"))),
        Zone(0.0, 10.0, 5.0, 9.0, (Layer(6.0, "G4_lAr", "b"), Layer(9.0, "G4_Pb", "a")), ALONG_Z),
        *extra,
    ]
    return build_tubes(zones, ("a", "b"), ("a", "b"), ("b",), phi_cells)


def test_small_detector_by_hand():
    detector = small()
    params = detector.params
    assert detector.couples == (("G4_Pb", "a"), ("G4_lAr", "b"))
    assert list(params.volume_couple) == [0, 1, 1, 0]
    assert list(detector.cell_region) == [0, 1]
    assert [cell(detector.readout, volume, 1.0, 1.0, 0.0) for volume in range(4)] == [0, 1, 1, 0]
    assert distance_to_boundary(params, 0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0) == (4.0, 1)
    assert distance_to_boundary(params, 1, 0.0, 7.0, 0.0, 0.0, -1.0, 0.0) == (3.0, 0)
    assert distance_to_boundary(params, 1, 0.0, 7.0, 4.0, 0.0, 0.0, 1.0) == (1.0, 2)
    assert distance_to_boundary(params, 2, 0.0, 7.0, 5.0, 0.0, 0.0, -1.0) == (0.0, 1)
    assert distance_to_boundary(params, 2, 3.0, 0.0, 5.5, 0.0, 0.0, -1.0) == (0.5, 0)
    assert distance_to_boundary(params, 3, 0.0, 0.0, 8.0, 0.0, 0.0, 1.0) == (1.0, OUTSIDE)
    # A corner, left by the direction: up in z into the layer, then on.
    assert distance_to_boundary(params, 0, 3.0, 0.0, 4.0, math.sqrt(0.5), 0.0, math.sqrt(0.5))[
        0
    ] == pytest.approx(math.sqrt(2.0))


def test_mirrored_zone():
    zone = Zone(1.0, 2.0, 5.0, 9.0, (Layer(6.0, "G4_Pb", "a"), Layer(9.0, "G4_lAr", "b", 0)), ALONG_Z)
    image = mirrored(zone)
    assert image.edges() == [-9.0, -6.0, -5.0]
    assert [layer.material for layer in image.layers] == ["G4_lAr", "G4_Pb"]
    assert mirrored(image) == zone


def test_zones_must_fill_the_cylinder():
    with pytest.raises(ValueError, match="overlaps"):
        small(Zone(0.0, 10.0, 8.0, 12.0, (Layer(10.0, "G4_Pb", "a"),)))
    with pytest.raises(ValueError, match="no zone at r = 0, z = 9 mm"):
        small(Zone(0.0, 10.0, 11.0, 12.0, (Layer(10.0, "G4_Pb", "a"),)))
    with pytest.raises(ValueError, match="the layers of zone 2 do not fill it"):
        small(Zone(0.0, 10.0, 9.0, 12.0, (Layer(9.0, "G4_Pb", "a"),)))
    with pytest.raises(ValueError, match="multiple of 8"):
        small(phi_cells=12)
