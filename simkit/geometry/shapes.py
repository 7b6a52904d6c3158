"""The shapes that `[geometry] kind` can name, those of plug-ins too, and how a detector is built of one.

A scheme of `[readout]` gives it other cells than its shape has.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from simkit import geometry, readout
from simkit.compile_errors import blamed_on_plugins
from simkit.errors import BadInput
from simkit.geometry.atlas_like import AtlasLike
from simkit.geometry.check import check_cells, check_detector
from simkit.geometry.detector import Detector, Shape
from simkit.geometry.slab_stack import SlabStack
from simkit.geometry.trial import try_out, try_out_cells
from simkit.geometry.tube_stack import TubeStack
from simkit.jit import check_implementation
from simkit.plugins import building
from simkit.readout.scheme import Layers, Scheme
from simkit.readout.schemes import SCHEMES
from simkit.readout.volumes import VolumeCells
from simkit.sections import OneOf

SHAPES = OneOf(Shape, "kind", (SlabStack, TubeStack, AtlasLike), "shapes")
VERBS = ("LOCATE", "DISTANCE_TO_BOUNDARY", "DISTANCE_TO_ENVELOPE", "SAFETY")


def build_detector(shape: Shape, scheme: Scheme) -> Detector:
    """Return the detector of a shape, read out by a scheme.

    What a plug-in brings is checked, and tried out. Errors: BadInput, also for whatever goes wrong in it.
    """
    with building("shapes", shape.kind):
        detector = shape.build()
    what, own = f"shape {shape.kind!r}", type(shape) in SHAPES.own.values()
    for verb in VERBS:
        _check_registered(what, geometry, verb, detector.params)
    if not own:
        with building("shapes", shape.kind):
            check_detector(what, detector, shape.regions())
            try_out(what, detector, shape.bounds())
    with building("readouts", scheme.kind):
        cells = scheme.build(detector.params.volume_region, _volumes_by_layer(detector))
        if cells is not None:
            what, own = f"readout {scheme.kind!r}", type(scheme) in SCHEMES.own.values()
            if not own:
                check_cells(what, cells.regions, cells.layers, detector.regions)
            detector = replace(
                detector, readout=cells.params, cell_region=cells.regions, layer_cells=cells.layers
            )
    _check_registered(what, readout, "CELL", detector.readout)
    if not own:
        with blamed_on_plugins():
            try_out_cells(what, detector, shape.bounds())
    return detector


def _check_registered(what: str, room: ModuleType, verb: str, params: Any) -> None:
    implementation = getattr(room, verb).get(type(params))
    if implementation is None:
        raise BadInput(f"{what}: {room.__name__}.{verb} has no {type(params).__name__}; register one")
    check_implementation(what, getattr(room, verb.lower()), implementation)


def _volumes_by_layer(detector: Detector) -> Layers:
    """Return {region: the volumes of each layer}; a volume a layer where the shape has other cells."""
    if isinstance(detector.readout, VolumeCells):
        return detector.layer_cells
    regions = detector.params.volume_region
    return {
        name: tuple((int(volume),) for volume in np.flatnonzero(regions == detector.regions.index(name)))
        for name in detector.layer_cells
    }
