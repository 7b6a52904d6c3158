"""The fields that `[field] kind` can name, those of plug-ins too, and how one is built."""

from __future__ import annotations

from typing import Any, Literal

from simkit import field
from simkit.errors import BadInput
from simkit.field.maps.atlas_solenoid import AtlasSolenoidField
from simkit.field.maps.section import FieldMap
from simkit.field.maps.solenoid import SolenoidField
from simkit.field.maps.table import TableField
from simkit.field.maps.toroid import ToroidField
from simkit.field.maps.uniform import UniformField
from simkit.plugins import building
from simkit.sections import OneOf


class NoField(FieldMap):
    """`[field] kind = "none"`: no field; charged tracks go straight between scatterings."""

    kind: Literal["none"] = "none"
    """The field."""

    def build(self) -> None:
        """See simkit.field.maps.section.FieldMap."""


FIELDS = OneOf(
    FieldMap,
    "kind",
    (NoField, UniformField, SolenoidField, AtlasSolenoidField, ToroidField, TableField),
    "fields",
    default="none",
)


def build_field(section: FieldMap) -> Any | None:
    """Return the NamedTuple that the kernels get of a field, None for no field.

    Errors: BadInput, also for whatever goes wrong in a plug-in's.
    """
    with building("fields", section.kind):
        params = section.build()
    if params is not None and type(params) not in field.FIELD_AT:
        name = type(params).__name__
        raise BadInput(f"field {section.kind!r}: simkit.field.FIELD_AT has no {name}; register one")
    return params
