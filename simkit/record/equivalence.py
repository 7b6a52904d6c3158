"""The equivalence test of the physics, as records hold it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simkit.record.part import Part

Kind = Literal[
    "deposit",
    "layer",
    "width",
    "passive",
    "leakage",
    "median",
    "tail",
    "depth",
    "invisible",
    "late",
    "punch-through",
    "value",
]
"""What a row of an equivalence test compares."""
PhysicsVerdict = Literal["pass", "fail", "inconclusive"]


class EquivalenceRow(Part):
    """One observable of the equivalence test: difference B - A, its 90 % interval and the margin.

    `a` and `b` are in `value_unit` ("MeV" per event, "layers" of a depth); `difference`, `lo90`, `hi90`,
    `standard_error` and `margin` in `unit` ("%", "% of the largest layer", "% of the input"). `layer` counts
    from 0. A "width" is half of q84 - q16, a "tail" the quantile at 95 %, "depth" the mean layer; "passive"
    is a region that is not read out, "leakage" what leaves or is killed, "invisible" what is neither
    deposited nor leaves, "late" what comes outside a readout's time window, "punch-through" the share of the
    events in which a charged hadron or a muon leaves. The margins are in docs/observables.md; those of hadron
    showers are wider. `visible`: a and b are what the region's readout sees of its deposits.
    """

    observable: Kind
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
    visible: bool = False


class Equivalence(Part):
    """The equivalence test over all rows.

    Pass = all 90 % intervals inside their margins, fail = a Holm-corrected 95 % interval wholly outside.
    `units` counts the independent samples (events, or slices of an event, with the same primaries on both
    sides), `events` what they amount to, per side. `limiting` names the rows that did not pass, and
    `pass_probability` is what two sides without any difference would have passed with at this precision.
    `not_compared` tells what these events do not allow to compare, `weighted` which sides' events count by
    weight, and how many they are worth. `on`: what they are, in words, where they
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
    weighted: str = ""
    look: int = 1
    on: str = ""
    timed: list[EquivalenceRow] = Field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """Return what has to be known of the verdict, in words."""
        return [note for note in (self.weighted, self.not_compared, self.look_note) if note]

    @property
    def look_note(self) -> str:
        """Return what a further look means for the verdict, in words; "" at the first."""
        if self.look == 1:
            return ""
        allowed = 5.0 / 2.0 ** (self.look - 1)
        return f"verdict {self.look} on these events: allowed {allowed:.2g} % errors instead of 5"
