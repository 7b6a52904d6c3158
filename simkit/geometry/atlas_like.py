"""A 4-pi detector of ATLAS's proportions, in its first form: tubes around the beam (z) axis.

Sizes are those of the ATLAS Collaboration, "The ATLAS Experiment at the CERN Large Hadron Collider", JINST 3
(2008) S08003, where a comment says so. What is simplified:

- The accordion of the electromagnetic calorimeter is plane layers of lead and liquid argon across r (barrel)
  or z (endcaps), with the lead thickness of the accordion's plates and the gaps widened, so that depth and
  radiation lengths (24 X0 at eta = 0) are ATLAS's. The lead does not get thinner beyond |eta| = 0.8.
- Tracker layers are closed cylinders and discs of silicon on a carbon support; the transition radiation
  tracker is xenon without straws and radiators. Cryostats, services and the presampler are left out.
- Everything outside the electromagnetic calorimeter is one iron absorber, which also stands for the forward
  calorimeters, down to |eta| = 4.7. There is no muon spectrometer.

Readout: 0.1 x 2 pi / 64 in eta and phi, in three samplings (front, middle, back).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from simkit.geometry.detector import Box, Detector, Shape
from simkit.geometry.tube_layout import Layer, Readout, Zone, build_tubes, mirrored
from simkit.geometry.tubes import ALONG_R, ALONG_Z

REGIONS = (
    "beam_pipe",
    "silicon",
    "tracker_support",
    "trt_xenon",
    "solenoid",
    "em_barrel_absorber",
    "em_barrel_gap",
    "em_endcap_absorber",
    "em_endcap_gap",
    "outer_absorber",
    "world",  # air between the parts
)
CALORIMETER = ("em_barrel_absorber", "em_barrel_gap", "em_endcap_absorber", "em_endcap_gap")
SENSITIVE = ("em_barrel_gap", "em_endcap_gap")
PHI_CELLS = 64

AIR = ("G4_AIR", "world")
XENON = ("G4_Xe", "trt_xenon")
IRON = ("G4_Fe", "outer_absorber")

# Beam pipe: beryllium, 0.8 mm, inner radius 29 mm; here over the whole length.
PIPE_R, PIPE_WALL = 29.0, 0.8
# Pixel detector (table 4.1): layers and discs; sensors of 0.25 mm. The support makes a layer 2.5 % X0.
PIXEL_LAYERS_R = (50.5, 88.5, 122.5)
PIXEL_BARREL_Z = 400.5
PIXEL_DISCS_Z = (495.0, 580.0, 650.0)
PIXEL_DISC_R = 88.8
PIXEL_SENSOR, PIXEL_SUPPORT = 0.25, 4.7
# Semiconductor tracker (table 4.1): two sensors of 0.285 mm back to back. The support makes a layer 3 % X0.
SCT_LAYERS_R = (299.0, 371.0, 443.0, 514.0)
SCT_BARREL_Z = 749.0
SCT_DISCS_Z = (853.8, 934.0, 1091.5, 1299.9, 1399.7, 1771.4, 2115.2, 2505.0, 2720.2)
SCT_DISC_R = 275.0
SCT_SENSOR, SCT_SUPPORT = 0.57, 5.1
# Transition radiation tracker (table 4.1).
TRT_BARREL_R, TRT_BARREL_Z = (563.0, 1066.0), 712.0
TRT_ENDCAP_R, TRT_ENDCAP_Z = (644.0, 1004.0), (848.0, 2710.0)
TRACKER_END_R, TRACKER_END_Z = 1150.0, 2735.0
# Solenoid: aluminium, inner radius 1.23 m, outer 1.28 m, length 5.8 m.
SOLENOID_R, SOLENOID_Z = (1230.0, 1280.0), 2900.0
# Electromagnetic barrel: half length 3.2 m; an active depth of 0.47 m between the radii of 1.4 m and 2 m;
# lead of 1.53 mm. At eta = 0 ATLAS's samplings are 4.3 + 16 + 2 X0, these 4.3 + 16.1 + 3.3.
BARREL_R, BARREL_Z = 1502.0, 3200.0
BARREL_LEAD, BARREL_PITCH = 1.53, 6.0
BARREL_SAMPLINGS = (14, 53, 11)  # layers
# Electromagnetic endcaps: radii 330 and 2098 mm; lead of 1.7 mm.
ENDCAP_R, ENDCAP_Z = (330.0, 2098.0), 3700.0
ENDCAP_LEAD, ENDCAP_PITCH = 1.7, 7.0
ENDCAP_SAMPLINGS = (13, 50, 11)
# Outer absorber: the tile calorimeter's radii and its length with the extended barrels; the hadronic endcaps'
# depth, closed towards the beam pipe as by the forward calorimeter.
OUTER_R, OUTER_Z = (2280.0, 4250.0), 6100.0
FORWARD_R, FORWARD_Z = 80.0, 4350.0


class AtlasLike(Shape):
    """The 4-pi detector of `simkit.geometry.atlas_like`."""

    kind: Literal["atlas_like"]
    """The shape; it has no sizes to choose."""

    def regions(self) -> tuple[str, ...]:
        """Return the names of the regions, from the beam outwards; the last is the air between the parts."""
        return REGIONS

    def build(self) -> Detector:
        """See simkit.geometry.detector.Shape."""
        return build_atlas_like()

    def bounds(self) -> Box:
        """See simkit.geometry.detector.Shape."""
        r, z = OUTER_R[1], OUTER_Z
        return (-r, r), (-r, r), (-z, z)


def build_atlas_like() -> Detector:
    """Return the detector; beam along z, collisions at the origin, the world a cylinder of iron and air.

    The Woodcock envelopes are the electromagnetic barrel and the two endcaps.
    """
    one_side = [*_endcap_tracker(), *_gaps(), *_forward()]
    return build_tubes(
        [*_barrel(), *one_side, *(mirrored(zone) for zone in one_side), *_endcaps()],
        REGIONS,
        CALORIMETER,
        SENSITIVE,
        PHI_CELLS,
    )


def _one(r_low: float, r_high: float, z_low: float, z_high: float, filling: tuple[str, str] = AIR) -> Zone:
    return Zone(r_low, r_high, z_low, z_high, (Layer(r_high, *filling),))


def _in_air(pieces: list[tuple[float, float, str, str]], end: float) -> tuple[Layer, ...]:
    """Return layers: `pieces` (start, end, material, region), ascending; between them and to `end`, air."""
    layers: list[Layer] = []
    for start, stop, material, region in pieces:
        if not layers or start > layers[-1].end:
            layers.append(Layer(start, *AIR))
        layers.append(Layer(stop, material, region))
    return (*layers, Layer(end, *AIR))


def _silicon(places: tuple[float, ...], sensor: float, support: float) -> list[tuple[float, float, str, str]]:
    """Return a sensor on a support for each place."""
    pieces = []
    for place in places:
        pieces.append((place, place + sensor, "G4_Si", "silicon"))
        pieces.append((place + sensor, place + sensor + support, "G4_C", "tracker_support"))
    return pieces


def _barrel() -> list[Zone]:
    """Return the zones that are symmetric in z."""
    wall = PIPE_R + PIPE_WALL
    pixel = _silicon(PIXEL_LAYERS_R, PIXEL_SENSOR, PIXEL_SUPPORT)
    sct = _silicon(SCT_LAYERS_R, SCT_SENSOR, SCT_SUPPORT)
    trt = [(*TRT_BARREL_R, *XENON)]
    solenoid = [(*SOLENOID_R, "G4_Al", "solenoid")]
    return [
        _one(0.0, PIPE_R, -OUTER_Z, OUTER_Z, ("G4_Galactic", "beam_pipe")),
        _one(PIPE_R, wall, -OUTER_Z, OUTER_Z, ("G4_Be", "beam_pipe")),
        Zone(wall, 150.0, -PIXEL_BARREL_Z, PIXEL_BARREL_Z, _in_air(pixel, 150.0)),
        Zone(150.0, 560.0, -SCT_BARREL_Z, SCT_BARREL_Z, _in_air(sct, 560.0)),
        Zone(560.0, TRACKER_END_R, -TRT_BARREL_Z, TRT_BARREL_Z, _in_air(trt, TRACKER_END_R)),
        Zone(TRACKER_END_R, BARREL_R, -SOLENOID_Z, SOLENOID_Z, _in_air(solenoid, BARREL_R)),
        _em_barrel(),
        _one(_em_barrel().r_high, OUTER_R[0], -BARREL_Z, BARREL_Z),
        _one(*OUTER_R, -OUTER_Z, OUTER_Z, IRON),
    ]


def _em_layers(
    start: float, lead: float, pitch: float, samplings: tuple[int, ...], part: str
) -> tuple[Layer, ...]:
    """Return layers of lead and liquid argon, each edge from the pitch: rounding does not pile up."""
    sampling = np.repeat(np.arange(len(samplings)), samplings)
    layers = []
    for i, number in enumerate(sampling):
        layers.append(Layer(start + i * pitch + lead, "G4_Pb", f"{part}_absorber"))
        layers.append(Layer(start + (i + 1) * pitch, "G4_lAr", f"{part}_gap", int(number)))
    return tuple(layers)


def _eta_edges(first: int, last: int) -> tuple[float, ...]:
    """Return edges every 0.1 from first / 10 to last / 10."""
    return tuple(i / 10.0 for i in range(first, last + 1))


def _em_barrel() -> Zone:
    layers = _em_layers(BARREL_R, BARREL_LEAD, BARREL_PITCH, BARREL_SAMPLINGS, "em_barrel")
    readout = Readout("em_barrel", _eta_edges(-15, 15), len(BARREL_SAMPLINGS))
    return Zone(BARREL_R, layers[-1].end, -BARREL_Z, BARREL_Z, layers, ALONG_R, readout, envelope="em_barrel")


def _endcaps() -> list[Zone]:
    layers = _em_layers(ENDCAP_Z, ENDCAP_LEAD, ENDCAP_PITCH, ENDCAP_SAMPLINGS, "em_endcap")
    samplings = len(ENDCAP_SAMPLINGS)
    plus, minus = "em_endcap_plus", "em_endcap_minus"
    forward = Zone(
        *ENDCAP_R,
        ENDCAP_Z,
        layers[-1].end,
        layers,
        ALONG_Z,
        Readout(plus, _eta_edges(13, 33), samplings),
        plus,
    )
    return [forward, mirrored(forward, Readout(minus, _eta_edges(-33, -13), samplings), minus)]


def _endcap_tracker() -> list[Zone]:
    """Return the tracker's zones at z > 0 beyond the barrel, with the air up to the endcap calorimeter."""
    wall = PIPE_R + PIPE_WALL
    pixel = _silicon(PIXEL_DISCS_Z, PIXEL_SENSOR, PIXEL_SUPPORT)
    sct = _silicon(SCT_DISCS_Z, SCT_SENSOR, SCT_SUPPORT)
    end, r_high = TRACKER_END_Z, TRACKER_END_R
    return [
        _one(wall, PIXEL_DISC_R, PIXEL_BARREL_Z, SCT_BARREL_Z),
        Zone(PIXEL_DISC_R, 150.0, PIXEL_BARREL_Z, SCT_BARREL_Z, _in_air(pixel, SCT_BARREL_Z), ALONG_Z),
        _one(wall, SCT_DISC_R, SCT_BARREL_Z, end),
        Zone(SCT_DISC_R, 560.0, SCT_BARREL_Z, end, _in_air(sct, end), ALONG_Z),
        _one(560.0, r_high, TRT_BARREL_Z, TRT_ENDCAP_Z[0]),
        Zone(560.0, r_high, *TRT_ENDCAP_Z, _in_air([(*TRT_ENDCAP_R, *XENON)], r_high)),
        _one(560.0, r_high, TRT_ENDCAP_Z[1], end),
        _one(wall, r_high, end, ENDCAP_Z),
    ]


def _gaps() -> list[Zone]:
    """Return the air at z > 0 between barrel, endcap and outer absorber."""
    return [
        _one(TRACKER_END_R, BARREL_R, SOLENOID_Z, ENDCAP_Z),
        _one(BARREL_R, OUTER_R[0], BARREL_Z, ENDCAP_Z),
    ]


def _forward() -> list[Zone]:
    """Return what is around and behind the endcap calorimeter at z > 0."""
    wall = PIPE_R + PIPE_WALL
    end = ENDCAP_Z + sum(ENDCAP_SAMPLINGS) * ENDCAP_PITCH
    return [
        _one(wall, ENDCAP_R[0], ENDCAP_Z, end),
        _one(ENDCAP_R[1], OUTER_R[0], ENDCAP_Z, end),
        _one(wall, OUTER_R[0], end, FORWARD_Z),
        _one(wall, FORWARD_R, FORWARD_Z, OUTER_Z),
        _one(FORWARD_R, OUTER_R[0], FORWARD_Z, OUTER_Z, IRON),
    ]
