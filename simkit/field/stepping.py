"""How tracks are stepped through a field: the keys that `[field]` has beside those of its kind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from simkit.field.driver import PRESETS, Driver
from simkit.field.maps.section import FieldMap
from simkit.sections import KeyPath, RegionName, Section

Small = Annotated[float, Field(ge=1e-9, le=1e3)]  # mm
Relative = Annotated[float, Field(ge=1e-12, le=0.1)]
NotNegative = Annotated[float, Field(ge=0.0)]


class FieldOff(Section):
    """`[[field.off]]`: where, and for which tracks, there is no field; all that is given must hold.

    It is decided at each step, by where the step begins.
    """

    name: Annotated[str, Field(max_length=80)] = ""
    """What `--set field.off.NAME.KEY=VALUE` can call it."""
    regions: tuple[RegionName, ...] = ()
    """In these regions; none given: in all."""
    particles: tuple[str, ...] = ()
    """For these particles; none given: for all."""
    except_particles: tuple[str, ...] = ()
    """Not for these."""
    below_MeV: Annotated[float, Field(gt=0.0)] | None = None
    """Below this momentum (MeV/c)."""
    r_min_mm: NotNegative = 0.0
    """Farther than this from the z axis ..."""
    r_max_mm: Annotated[float, Field(gt=0.0)] | None = None
    """... and nearer than this."""
    z_max_mm: Annotated[float, Field(gt=0.0)] | None = None
    """At a smaller |z|."""


class Stepping(FieldMap):
    """What every field but "none" has."""

    stepper: Annotated[str, Field(min_length=1, max_length=80)] = "dormand-prince"
    """rk4, nystrom, dormand-prince, bogacki-shampine, helix, qss2, qss3, or a plug-in's."""
    driver: Literal["geant4", "strict", "intermediate", "loose"] = "geant4"
    """The set of the values below, for those that are not given."""
    delta_chord_mm: Small | None = None
    """How far a track may be from the chord that boundaries are looked for on."""
    delta_one_step_mm: Small | None = None
    """The largest error of a substep."""
    delta_intersection_mm: Small | None = None
    """How closely a boundary is met."""
    epsilon_min: Relative | None = None
    """The smallest ..."""
    epsilon_max: Relative | None = None
    """... and the largest relative error of a substep."""
    largest_step_mm: Annotated[float, Field(ge=1e-3, le=1e7)] | None = None
    """No substep is longer; left out: than the driver's, or than the field may change by itself in."""
    most_substeps: Annotated[int, Field(ge=10, le=1_000_000)] | None = None
    """After so many the step ends."""
    boundary: Literal["dense", "reintegrate"] = "dense"
    """Meet boundaries on the stepper's dense output, or by integrating again."""
    qss_relative: Annotated[float, Field(ge=1e-9, le=1e-2)] = 1e-4
    """Quantum of a quantised state system, over the way since the step began and over a direction."""
    qss_position_mm: Annotated[float, Field(ge=1e-12, le=1.0)] = 1e-3
    """The smallest quantum of a position."""
    qss_direction: Annotated[float, Field(ge=1e-12, le=1e-2)] = 1e-5
    """The smallest quantum of a direction."""
    qss_positions: bool = True
    """Whether positions have events, at which the field is looked up; else only as it changes."""
    qss_gap_mm: Annotated[float, Field(ge=1e-3, le=1e7)] = 20.0
    """The longest way between two looks at the field, in which it should not change by itself."""
    qss_most_events: Annotated[int, Field(ge=10, le=1_000_000)] = 5000
    """After so many events the step ends."""
    off: Annotated[tuple[FieldOff, ...], Field(max_length=100)] = ()
    """Where there is no field."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        values = self.build_driver()
        if values.epsilon_min > values.epsilon_max:
            yield (
                ("epsilon_min",),
                f"is {values.epsilon_min:g}, above epsilon_max, {values.epsilon_max:g}; give it less",
            )
        for i, off in enumerate(self.off):
            if off.r_max_mm is not None and off.r_max_mm <= off.r_min_mm:
                yield ("off", i, "r_max_mm"), "must be above r_min_mm"

    def build_driver(self, scale_mm: float = math.inf) -> Driver:
        """Return the driver's values, for a field of which `scale_mm` says so much."""
        preset = PRESETS[self.driver]
        given: dict[str, Any] = {
            "delta_chord": self.delta_chord_mm,
            "delta_one_step": self.delta_one_step_mm,
            "delta_intersection": self.delta_intersection_mm,
            "epsilon_min": self.epsilon_min,
            "epsilon_max": self.epsilon_max,
            "largest_step": self.largest_step_mm or min(preset.largest_step, scale_mm),
            "most_substeps": self.most_substeps,
        }
        dense = int(self.boundary == "dense")
        return preset._replace(
            dense=dense, **{name: value for name, value in given.items() if value is not None}
        )
