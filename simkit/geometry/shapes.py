"""The shapes that `[geometry] kind` can name, those of plug-ins too, and how a detector is built of one.

A scheme of `[readout]` gives it other cells than its shape has.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from simkit import geometry, readout
from simkit.errors import BadInput
from simkit.geometry.atlas_like import AtlasLike
from simkit.geometry.detector import Detector, Shape
from simkit.geometry.slab_stack import SlabStack
from simkit.plugins import building
from simkit.readout.scheme import Layers, Scheme
from simkit.readout.volumes import VolumeCells
from simkit.sections import OneOf

SHAPES = OneOf(Shape, "kind", (SlabStack, AtlasLike), "shapes")
VERBS = ("LOCATE", "DISTANCE_TO_BOUNDARY", "DISTANCE_TO_ENVELOPE", "SAFETY")


def build_detector(shape: Shape, scheme: Scheme) -> Detector:
    """Return the detector of a shape, read out by a scheme.

    Errors: BadInput, also for whatever goes wrong in a plug-in's.
    """
    with building("shapes", shape.kind):
        detector = shape.build()
    for verb in VERBS:
        _check_registered(f"shape {shape.kind!r}", geometry, verb, detector.params)
    with building("readouts", scheme.kind):
        cells = scheme.build(detector.params.volume_region, _volumes_by_layer(detector))
    if cells is None:
        _check_registered(f"shape {shape.kind!r}", readout, "CELL", detector.readout)
        return detector
    _check_registered(f"readout {scheme.kind!r}", readout, "CELL", cells.params)
    return replace(detector, readout=cells.params, cell_region=cells.regions, layer_cells=cells.layers)


def _check_registered(what: str, room: ModuleType, verb: str, params: Any) -> None:
    if type(params) not in getattr(room, verb):
        raise BadInput(f"{what}: {room.__name__}.{verb} has no {type(params).__name__}; register one")


def _volumes_by_layer(detector: Detector) -> Layers:
    """Return {region: the volumes of each layer}; a volume a layer where the shape has other cells."""
    if isinstance(detector.readout, VolumeCells):
        return detector.layer_cells
    regions = detector.params.volume_region
    return {
        name: tuple((int(volume),) for volume in np.flatnonzero(regions == detector.regions.index(name)))
        for name in detector.layer_cells
    }
