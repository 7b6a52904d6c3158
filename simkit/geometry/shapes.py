"""The shapes that `[geometry] kind` can name; those of plug-ins besides."""

from __future__ import annotations

from simkit import plugins
from simkit.geometry.atlas_like import AtlasLike
from simkit.geometry.detector import Shape
from simkit.geometry.slab_stack import SlabStack
from simkit.sections import OneOf

SHAPES = OneOf(Shape, "kind", (SlabStack, AtlasLike), "shape", plugins.SHAPES)
