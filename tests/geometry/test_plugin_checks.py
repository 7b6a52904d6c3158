"""Detectors of plug-ins that do not hold together are refused in a line, before any kernel runs on them."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from simkit.engines.build import start_volumes
from simkit.errors import BadInput
from simkit.events.gun import gun_primaries
from simkit.geometry import (
    DISTANCE_TO_BOUNDARY,
    DISTANCE_TO_ENVELOPE,
    LOCATE,
    OUTSIDE,
    SAFETY,
    distance_to_boundary,
)
from simkit.geometry.check import check_cells, check_detector
from simkit.geometry.trial import try_out, try_out_cells
from simkit.jit import check_implementation
from simkit.readout import CELL, cell
from simkit.scenario import load_scenario

REGIONS = ("absorber", "gap")


@pytest.fixture(scope="module")
def detector():
    return load_scenario("testem3", overrides={"geometry.layers": 2}).detector


def array(*values, dtype=np.int64):
    return np.array(values, dtype=dtype)


@pytest.mark.parametrize("name", ["testem3", "hepemshow", "atlas_like"])
def test_detectors_of_simkit_hold_together(name):
    scenario = load_scenario(name)
    bounds = scenario.geometry.bounds()
    check_detector(name, scenario.detector, scenario.regions())
    try_out(name, scenario.detector, bounds)
    try_out(name, scenario.detector, None)
    try_out_cells(name, scenario.detector, bounds)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("volume_region", array(0, 1, 0, 7), "volume_region holds 7, allowed 0..2"),
        ("volume_region", array(0, 1, 0, -1), "volume_region holds -1, allowed 0..2"),
        (
            "volume_region",
            array(0, 1, 0),
            "volume_region has 3 entries, volume_couple 4; there is one a volume",
        ),
        ("volume_region", array(0, 1, 1, 1), "volume 2 is of region 'gap', its couple ('G4_Pb', 'absorber')"),
        ("volume_couple", array(0, 1, 0, 2), "volume_couple holds 2, allowed 0..1"),
        (
            "volume_couple",
            array(0, 1, 0, 1, dtype=float),
            "volume_couple is float64[4]; it must be an array of",
        ),
        ("volume_couple", (0, 1, 0, 1), "volume_couple is (0, 1, 0, 1); it must be an array of int64"),
        ("volume_envelope", array(0, 0, 0, 1), "volume_envelope holds 1, allowed -1..0"),
        ("regions", ("absorber", "world"), "its detector has the regions ('absorber', 'world'), not ('abs"),
        ("couples", (("G4_Pb", "absorber"), ("G4_lAr", "gas")), "couples holds 'gas'; known: absorber, gap"),
        ("couples", ("G4_Pb", "G4_lAr"), "couples holds 'G4_Pb'; a couple is (material, region)"),
        ("sensitive", ("gapp",), "sensitive holds 'gapp'; known: absorber, gap, world"),
        ("calorimeter", ("gap", "gap"), "calorimeter holds 'gap' twice"),
        ("calorimeter", "gap", "calorimeter is 'gap'; it must be a tuple"),
        ("cell_region", array(0, 1, 0, 9), "the region of each cell holds 9, allowed 0..2"),
        ("cell_region", [0, 1, 0, 1], "the region of each cell is [0, 1, 0, 1]; it must be an array of"),
        ("layer_cells", {"gap": ((1,), (4,))}, "the cells of the layers of 'gap' holds 4, allowed 0..3"),
        ("layer_cells", {"gap": ((1,), (2,))}, "the layers of 'gap' hold 2, a cell of 'absorber'"),
        ("layer_cells", {"gas": ((1,),)}, "the cells of the layers holds 'gas'; known"),
        ("layer_cells", {"gap": (1, 3)}, "layers of 'gap' are (1, 3); they must be a tuple of tuples"),
        ("layer_cells", {"gap": ((1.5,),)}, "they must be a tuple of tuples of cells"),
    ],
)
def test_what_does_not_fit_is_named(detector, field, value, said):
    if field.startswith("volume"):
        broken = replace(detector, params=detector.params._replace(**{field: value}))
    else:
        broken = replace(detector, **{field: value})
    check_detector("shape 'x'", detector, REGIONS)
    with pytest.raises(BadInput) as raised:
        check_detector("shape 'x'", broken, REGIONS)
    assert str(raised.value).startswith("shape 'x': ")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        ("front", "regions() is 'front'; it must be a tuple of names"),
        ((), "regions() is (); it must be"),
        (("a.b",), "regions() holds 'a.b'; a name has up to 40 letters"),
        ((1,), "regions() holds 1; a name"),
        (("gap", "gap"), "regions() holds 'gap' twice"),
        (("world", "gap"), "regions() holds 'world'; it is the last one, or left out"),
    ],
)
def test_names_of_regions(detector, regions, said):
    with pytest.raises(BadInput) as raised:
        check_detector("shape 'x'", detector, regions)
    assert said in str(raised.value)


def test_a_detector_is_one(detector):
    with pytest.raises(BadInput, match=r"build returns None, not a simkit\.geometry\.detector\.Detector"):
        check_detector("shape 'x'", None, REGIONS)
    with pytest.raises(BadInput, match="they must be a NamedTuple"):
        check_detector("shape 'x'", replace(detector, params=SimpleNamespace()), REGIONS)
    with pytest.raises(BadInput, match="they must be a dictionary"):
        check_cells("readout 'x'", detector.cell_region, (), detector.regions)


class Halves(NamedTuple):
    """Two volumes, x below and above 0 in a cube of 2 mm, with a fault."""

    fault: str
    volume_couple: np.ndarray
    volume_region: np.ndarray
    volume_envelope: np.ndarray


def halves_locate(geometry, x, y, z):
    if max(abs(x), abs(y), abs(z)) > 1.0:
        return OUTSIDE
    wrong = {
        "volume": 2,
        "negative": -7,
        "real": 1.0,
        "index": geometry.volume_region[5 * (geometry.fault == "index")],
    }
    return wrong[geometry.fault] if geometry.fault in wrong else int(x > 0.0)


def halves_distance(geometry, volume, x, y, z, u, v, w):
    wrong = {"backwards": -1.0, "nan": math.nan, "endless": math.inf, "stuck": 0.0}
    low, high = (0.0, 1.0) if volume == 1 else (-1.0, 0.0)
    ways = [
        ((high if u > 0.0 else low) - x) / u,
        ((1.0 if v > 0.0 else -1.0) - y) / v,
        ((1.0 if w > 0.0 else -1.0) - z) / w,
    ]
    behind = (
        9
        if geometry.fault == "behind"
        else (1 - volume if min(ways) == ways[0] and (u > 0.0) == (volume == 0) else OUTSIDE)
    )
    return wrong.get(geometry.fault, max(min(ways), 0.0)), behind


def halves_envelope(geometry, volume, x, y, z, u, v, w):
    return -2.0 if geometry.fault == "envelope" else 1.0


def halves_safety(geometry, volume, x, y, z):
    if geometry.fault == "safety":
        return 5.0
    return 1 / 0 if geometry.fault == "of Python alone" else 0.0


LOCATE[Halves] = halves_locate
DISTANCE_TO_BOUNDARY[Halves] = halves_distance
DISTANCE_TO_ENVELOPE[Halves] = halves_envelope
SAFETY[Halves] = halves_safety


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("volume", "locate gives 2 at ("),
        ("negative", "locate gives -7 at ("),
        ("real", "locate gives 1.0 at ("),
        ("index", "index 5 is out of bounds for axis 0 with size 2"),
        ("backwards", "distance_to_boundary is -1 at ("),
        ("nan", "distance_to_boundary is nan at ("),
        ("endless", "distance_to_boundary is inf at ("),
        ("stuck", "distance_to_boundary is 0 at most points"),
        ("behind", "the volume that distance_to_boundary gives 9 at ("),
        ("envelope", "distance_to_envelope is -2 at ("),
        ("safety", "safety is 5 mm at ("),
        ("none", ""),
        ("of Python alone", ""),
    ],
)
def test_verbs_are_tried_out(detector, fault, said):
    two = array(0, 1)
    broken = replace(detector, params=Halves(fault, two, two, 0 * two))
    bounds = ((-1.0, 1.0),) * 3
    if not said:
        try_out("shape 'x'", broken, bounds)
        return
    for where in (bounds, None):
        with pytest.raises(BadInput) as raised:
            try_out("shape 'x'", broken, where)
        assert f"shape 'x': {said}" in str(raised.value) or said.startswith("index")
        assert said in str(raised.value)


class Shifted(NamedTuple):
    """The cells of volumes, moved on."""

    by: int


CELL[Shifted] = lambda readout, volume, x, y, z: volume + readout.by


@pytest.mark.parametrize(
    ("by", "said"),
    [(4, "cell gives "), (-4, "cell gives "), (1, "cell is ")],
)
def test_cells_are_tried_out(detector, by, said):
    bounds = ((0.0, 16.0), (-200.0, 200.0), (-200.0, 200.0))
    try_out_cells("readout 'x'", replace(detector, readout=Shifted(0)), bounds)
    with pytest.raises(BadInput) as raised:
        try_out_cells("readout 'x'", replace(detector, readout=Shifted(by)), bounds)
    assert f"readout 'x': {said}" in str(raised.value)


def test_primaries_in_a_volume_that_is_not_there(detector, monkeypatch):
    monkeypatch.setattr("simkit.engines.build.locate_all", lambda params, x, y, z, volumes: volumes.fill(4))
    with pytest.raises(BadInput, match=r"SlabStackParams gives volume 4 at \(.*\) mm, allowed -1\.\.3"):
        start_volumes(detector, gun_primaries(1, 1, energy_MeV=20.0))


@pytest.mark.parametrize("wrong", [None, 3, lambda geometry, volume: 0.0, distance_to_boundary])
def test_what_is_registered_must_have_the_arguments_of_its_verb(wrong):
    check_implementation("readout 'x'", cell, CELL[Shifted])
    with pytest.raises(
        BadInput, match=r"registered for cell of simkit\.readout, must be a plain function of \(re"
    ):
        check_implementation("readout 'x'", cell, wrong)
