"""The shapes that `[geometry] kind` can name, those of plug-ins too, and how a detector is built of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simkit import geometry, readout
from simkit.errors import BadInput
from simkit.geometry.atlas_like import AtlasLike
from simkit.geometry.detector import Detector, Shape
from simkit.geometry.slab_stack import SlabStack
from simkit.sections import OneOf

SHAPES = OneOf(Shape, "kind", (SlabStack, AtlasLike), "shapes")
VERBS = ("LOCATE", "DISTANCE_TO_BOUNDARY", "DISTANCE_TO_ENVELOPE", "SAFETY")


def build_detector(shape: Shape) -> Detector:
    """Return the detector of a shape. Errors: BadInput, also for whatever goes wrong in a plug-in's."""
    with brought(shape):
        detector = shape.build()
    wanted = [(geometry, verb, type(detector.params)) for verb in VERBS]
    for room, verb, params in (*wanted, (readout, "CELL", type(detector.readout))):
        if params not in getattr(room, verb):
            raise BadInput(
                f"shape {shape.kind!r}: {room.__name__}.{verb} has no {params.__name__}; register one"
            )
    return detector


@contextmanager
def brought(shape: Shape) -> Iterator[None]:
    """Turn what goes wrong in the shape of a plug-in into BadInput."""
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        if type(shape) in SHAPES.own.values():
            raise
        text = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadInput(f"shape {shape.kind!r}: the plug-in's cannot be built ({text}); correct it") from error
