"""The ATLAS-like detector: its material against ATLAS's, its regions and its readout cells."""

import math

import numpy as np
import pytest
from walks import walk_straight

from simkit.geometry import locate
from simkit.geometry.atlas_like import CALORIMETER, REGIONS, SENSITIVE, build_atlas_like
from simkit.materials import find_material
from simkit.readout import cell


@pytest.fixture(scope="module")
def detector():
    return build_atlas_like()


def radiation_lengths(detector, eta, phi=0.3):
    """Return the radiation lengths from the origin by region."""
    params = detector.params
    direction = np.array([[math.cos(phi) / math.cosh(eta), math.sin(phi) / math.cosh(eta), math.tanh(eta)]])
    lengths = np.zeros(len(params.volume_region))
    walk_straight(params, np.zeros((1, 3)), direction, np.zeros((1, 4)), lengths)
    inverse = np.array([1.0 / find_material(name).radiation_length_mm for name, _ in detector.couples])
    by_region = np.bincount(params.volume_region, lengths * inverse[params.volume_couple], len(REGIONS))
    return dict(zip(REGIONS, by_region))


@pytest.mark.parametrize(
    ("eta", "least", "most"),
    [
        # JINST 3 (2008) S08003, section 5.2: the barrel is at least 22 X0 thick, rising to 30 X0 at
        # |eta| = 0.8; the outer wheel of the endcap 24 to 38 X0, the inner wheel 26 to 36 X0.
        (0.0, 22.0, 26.0),
        (0.4, 22.0, 28.0),
        (-0.7, 26.0, 30.5),
        (1.6, 24.0, 38.0),
        (-2.0, 24.0, 38.0),
        (2.4, 24.0, 38.0),
        (3.0, 24.0, 36.0),
    ],
)
def test_depth_of_the_electromagnetic_calorimeter(detector, eta, least, most):
    depth = radiation_lengths(detector, eta)
    assert least < sum(depth[region] for region in CALORIMETER) < most


def test_no_gap_in_the_electromagnetic_calorimeter(detector):
    for eta in np.linspace(-3.1, 3.1, 125):
        depth = radiation_lengths(detector, float(eta))
        assert sum(depth[region] for region in CALORIMETER) > 15.0


def test_material_in_front_of_the_calorimeter(detector):
    """Of the order of ATLAS's tracker (0.3 to 2 X0) and solenoid (0.66 X0 at normal incidence)."""
    at_zero = radiation_lengths(detector, 0.0)
    assert at_zero["beam_pipe"] == pytest.approx(0.8 / 352.8, rel=1e-3)
    assert 0.5 < at_zero["solenoid"] < 0.7
    assert 0.15 < at_zero["silicon"] + at_zero["tracker_support"] + at_zero["trt_xenon"] < 0.5
    assert radiation_lengths(detector, 1.8)["trt_xenon"] > 0.03


def test_layers_of_the_tracker_have_the_stated_thickness(detector):
    """2.5 % X0 per pixel layer, 3 % per layer of the semiconductor tracker, at normal incidence."""
    depth = radiation_lengths(detector, 0.0)
    assert depth["silicon"] + depth["tracker_support"] == pytest.approx(3 * 0.025 + 4 * 0.030, rel=0.02)


def test_every_region_is_there_and_named_once(detector):
    assert detector.regions == REGIONS
    assert REGIONS[-1] == "world"
    assert set(np.unique(detector.params.volume_region)) == set(range(len(REGIONS)))
    assert set(SENSITIVE) < set(CALORIMETER) < set(REGIONS)
    assert {region for _, region in detector.couples} == set(REGIONS)


def test_params_have_the_fields_and_types_of_every_geometry(detector):
    params = detector.params
    for name in ("volume_couple", "volume_region", "volume_envelope"):
        assert getattr(params, name).dtype == np.int64
        assert getattr(params, name).shape == params.volume_region.shape
    couples, regions = params.volume_couple, params.volume_region
    assert all(detector.couples[c][1] == REGIONS[r] for c, r in zip(couples, regions))
    electromagnetic = np.isin(regions, [REGIONS.index(region) for region in CALORIMETER])
    np.testing.assert_array_equal(params.volume_envelope >= 0, electromagnetic)


def point(r, eta, phi):
    return r * math.cos(phi), r * math.sin(phi), r * math.sinh(eta)


def sampling_cells(detector, region):
    return detector.layer_cells[region]


def test_cells_in_eta_and_phi(detector):
    """Cells against the formula with logarithm and arctangent."""
    params = detector.params
    rng = np.random.default_rng(5)
    front, middle, back = (min(cells) for cells in sampling_cells(detector, "em_barrel_gap"))
    seen = 0
    for _ in range(3000):
        r, eta, phi = rng.uniform(1502.0, 1970.0), rng.uniform(-1.2, 1.2), rng.uniform(-math.pi, math.pi)
        x, y, z = point(r, eta, phi)
        volume = locate(params, x, y, z)
        if REGIONS[params.volume_region[volume]] != "em_barrel_gap":
            continue
        seen += 1
        layer = int((r - 1502.0) // 6.0)
        first = front if layer < 14 else middle if layer < 67 else back
        expected = (
            first
            + 64 * math.floor((eta + 1.5) / 0.1)
            + math.floor(phi % (2.0 * math.pi) / (2.0 * math.pi / 64))
        )
        assert cell(detector.readout, volume, x, y, z) == expected
    assert seen > 1000


def test_cells_of_the_endcaps(detector):
    params = detector.params
    layers = sampling_cells(detector, "em_endcap_gap")
    z = 3700.0 + 20 * 7.0 + 5.0  # in the gap of layer 20: the middle sampling
    for eta in (1.55, 2.15, 3.05):
        r = z / math.sinh(eta)
        x, y = -0.01 * r, math.sqrt(1.0 - 0.01**2) * r  # just beyond phi = pi / 2
        plus = cell(detector.readout, locate(params, x, y, z), x, y, z)
        minus = cell(detector.readout, locate(params, x, y, -z), x, y, -z)
        first = min(layers[1])
        assert plus == first + 64 * math.floor((eta - 1.3) / 0.1) + 16
        assert minus in layers[1]
        half = len(layers[1]) // 2  # the cells of one side
        assert minus in layers[1][half:]
        assert (minus - layers[1][half]) // 64 == math.floor((3.3 - eta) / 0.1)


def test_cells_belong_to_their_regions(detector):
    """Every point of a volume has a cell of the volume's region."""
    params = detector.params
    rng = np.random.default_rng(6)
    bounds = params.bounds.reshape(-1, 4)
    for volume, region in enumerate(params.volume_region):
        r_in, r_out, z_low, z_high = bounds[volume]
        for _ in range(5):
            phi = rng.uniform(0.0, 2.0 * math.pi)
            r, z = rng.uniform(r_in, r_out), rng.uniform(z_low, z_high)
            number = cell(detector.readout, volume, r * math.cos(phi), r * math.sin(phi), z)
            assert detector.cell_region[number] == region


def test_layer_cells_part_the_cells_of_their_region(detector):
    assert tuple(detector.layer_cells) == CALORIMETER
    for region, layers in detector.layer_cells.items():
        cells = np.concatenate(layers)
        assert len(np.unique(cells)) == len(cells)
        np.testing.assert_array_equal(
            np.sort(cells), np.flatnonzero(detector.cell_region == REGIONS.index(region))
        )
        assert len(layers) == (3 if region in SENSITIVE else 1)


@pytest.mark.parametrize("phi", [0.0, math.pi / 4, math.pi / 2, math.pi, -math.pi / 2])
def test_cells_at_the_edges_of_octants(detector, phi):
    params = detector.params
    x, y, z = point(1505.0, 0.05, phi)
    volume = locate(params, x, y, z)
    low, high = (cell(detector.readout, volume, *point(1505.0, 0.05, phi + turn)) for turn in (-1e-6, 1e-6))
    assert (high - low) % 64 == 1
    assert cell(detector.readout, volume, x, y, z) in (low, high)
