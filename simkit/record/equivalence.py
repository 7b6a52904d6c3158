"""The equivalence test of the physics, as records hold it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simkit.record.part import Part

PhysicsVerdict = Literal["pass", "fail", "inconclusive"]


class EquivalenceRow(Part):
    """One observable of the equivalence test: difference B - A, its 90 % interval and the margin.

    `a` and `b` are in `value_unit` (MeV per event); `difference`, `lo90`, `hi90`, `standard_error` and
    `margin` in `unit` ("%", "% of the largest layer", "% of the input"). `layer` counts from 0. Margins:
    0.5 % of a deposit, 2 % of the largest layer, 10 % of a width (half of q84 - q16), 0.1 % of the input
    leaked or killed, 0.2 % of it in a "passive" region, one that is not read out.
    """

    observable: Literal["deposit", "layer", "width", "passive", "leakage", "value"]
    region: str
    layer: int | None = None
    a: float
    b: float
    value_unit: str = "MeV"
    difference: float
    lo90: float
    hi90: float
    standard_error: float
    margin: float
    unit: str
    verdict: PhysicsVerdict


class Equivalence(Part):
    """The equivalence test over all rows.

    Pass = all 90 % intervals inside their margins, fail = a Holm-corrected 95 % interval wholly outside.
    `units` counts the independent samples (events, or slices of an event, with the same primaries on both
    sides), `events` what they amount to, per side. `limiting` names the rows that did not pass, and
    `pass_probability` is what two sides without any difference would have passed with at this precision.
    `not_compared` tells what these events do not allow to compare. `on`: what they are, in words, where they
    are not the events that were timed; `timed` are then the same observables on those: too few to pass, but a
    difference that is outside fails the physics. `look` counts the verdicts on these
    events, this one included: each is allowed half the errors of the one before, see
    simkit.bench.statistics.equivalence.
    """

    verdict: PhysicsVerdict
    rows: list[EquivalenceRow]
    units: int
    events: float
    pass_probability: float
    limiting: list[str] = Field(default_factory=list)
    not_compared: str = ""
    look: int = 1
    on: str = ""
    timed: list[EquivalenceRow] = Field(default_factory=list)

    @property
    def look_note(self) -> str:
        """Return what a further look means for the verdict, in words; "" at the first."""
        if self.look == 1:
            return ""
        allowed = 5.0 / 2.0 ** (self.look - 1)
        return f"verdict {self.look} on these events: allowed {allowed:.2g} % errors instead of 5"
