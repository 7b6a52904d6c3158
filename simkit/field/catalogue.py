"""The steppers that `[field] stepper` can name, those of plug-ins too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from simkit.errors import BadInput
from simkit.field.steppers import ADVANCE, INTERPOLATE
from simkit.field.steppers.bogacki_shampine import BogackiShampine
from simkit.field.steppers.dormand_prince import DormandPrince
from simkit.field.steppers.helix import Helix
from simkit.field.steppers.nystrom import Nystrom
from simkit.field.steppers.polynomials import NEVER
from simkit.field.steppers.qss import Qss2, Qss3
from simkit.field.steppers.rk4 import RK4
from simkit.field.stepping import Stepping
from simkit.plugins import building, find_plugin


class Stepper(NamedTuple):
    """A stepper as a scenario names it. build: from the section `[field]` to the params of its kernels."""

    name: str
    build: Callable[[Stepping], Any]


def _qss(section: Stepping) -> tuple[float, float, float, float, int]:
    return (
        section.qss_relative,
        section.qss_position_mm if section.qss_positions else NEVER,
        section.qss_direction,
        section.qss_gap_mm,
        section.qss_most_events,
    )


STEPPERS = {
    stepper.name: stepper
    for stepper in (
        Stepper("rk4", lambda section: RK4()),
        Stepper("nystrom", lambda section: Nystrom()),
        Stepper("dormand-prince", lambda section: DormandPrince()),
        Stepper("bogacki-shampine", lambda section: BogackiShampine()),
        Stepper("helix", lambda section: Helix()),
        Stepper("qss2", lambda section: Qss2(*_qss(section))),
        Stepper("qss3", lambda section: Qss3(*_qss(section))),
    )
}


def build_stepper(section: Stepping) -> Any:
    """Return the params of the stepper that a section names. Errors: BadInput."""
    name = section.stepper
    found = find_plugin("steppers", name, STEPPERS, "field.stepper")
    stepper = STEPPERS[name] if found is None else found
    with building("steppers", name):
        params = stepper.build(section)
    if type(params) not in ADVANCE or type(params) not in INTERPOLATE:
        raise BadInput(
            f"stepper {name!r}: ADVANCE or INTERPOLATE of simkit.field.steppers has no "
            f"{type(params).__name__}; register both"
        )
    return params
