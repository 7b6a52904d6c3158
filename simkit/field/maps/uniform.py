"""The same field everywhere."""

from __future__ import annotations

from typing import NamedTuple

from simkit.field import FIELD_AT


class Uniform(NamedTuple):
    """Components in tesla."""

    x: float
    y: float
    z: float


def _uniform(field, x, y, z):
    return field.x, field.y, field.z


FIELD_AT[Uniform] = _uniform
