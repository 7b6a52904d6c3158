"""What moves the charged tracks of a scenario."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from simkit.errors import BadInput, unknown
from simkit.field.catalogue import build_stepper
from simkit.field.maps.fields import build_field
from simkit.field.maps.section import FieldMap
from simkit.field.stepping import FieldOff, Stepping
from simkit.particles import PARTICLES, species
from simkit.tracking import quantised as quantised  # its steppers register with TRACE
from simkit.tracking.in_field import InField
from simkit.tracking.propagation import Straight


def charged_kinds() -> np.ndarray:
    """Return the charge and the mass of every kind, as InField wants them."""
    return np.array([(species(name).charge, species(name).mass) for name in PARTICLES], dtype=np.float64)


def build_propagator(section: FieldMap, regions: Sequence[str], off_in: Collection[str] = ()) -> Any:
    """Return what moves charged tracks in the field of a scenario: Straight where it has none.

    regions: names, in the order of `volume_region`; off_in: those without a field. Errors: BadInput.
    """
    field = build_field(section)
    if field is None:
        return Straight(0)
    if not isinstance(section, Stepping):
        raise BadInput(f"field {section.kind!r}: its section must derive from {Stepping.__module__}.Stepping")
    rules = [*section.off, *([FieldOff(regions=tuple(off_in))] if off_in else ())]
    off_for = np.zeros((len(rules), len(PARTICLES), len(regions)), dtype=np.int64)
    off_within = np.zeros((len(rules), 4))
    for i, rule in enumerate(rules):
        for name in (*rule.particles, *rule.except_particles):
            if name not in PARTICLES:
                raise unknown("particle", name, PARTICLES, f"field.off.{i}")
        for name in rule.regions:
            if name not in regions:
                raise unknown("region", name, regions, f"field.off.{i}.regions")
        applies = [
            (not rule.particles or name in rule.particles) and name not in rule.except_particles
            for name in PARTICLES
        ]
        places = [not rule.regions or name in rule.regions for name in regions]
        off_for[i] = np.outer(applies, places)
        limits = (rule.below_MeV, rule.r_min_mm, rule.r_max_mm, rule.z_max_mm)
        off_within[i] = [math.inf if limit is None else limit for limit in limits]
    driver = section.build_driver(section.scale_mm(field))
    return InField(field, build_stepper(section), driver, charged_kinds(), off_for, off_within)
