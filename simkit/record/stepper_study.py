"""The record of `simkit study steppers`: steppers in a magnetic field at equal end-point error."""

from __future__ import annotations

from pydantic import Field

from simkit.record.conditions import Conditions
from simkit.record.interval import Interval
from simkit.record.part import Part, Record
from simkit.record.provenance import Provenance


class StepperTime(Part):
    """A stepper at the loosest setting that reaches a cell's error; counts are per turn.

    way: how boundaries are met, "dense" or "reintegrate"; of quantised steppers, which meet them on their
    polynomials, when they look at the field: at the events of "positions", at "gaps" or "short gaps".
    setting: the relative error of a substep, the relative quantum, or for the helix its longest substep in
    units of 10 m. reached: whether the error is at most the target; where not, nothing was timed. miss_mm:
    the farthest that a track was from the plane it crossed. lost: planes that should have been crossed and
    were not, of all turns and tracks. events: of all variables of a quantised stepper.
    """

    stepper: str
    way: str
    setting: float
    error_mm: float | None
    reached: bool
    us_per_turn: Interval | None
    miss_mm: float
    lost: int
    steps: float
    field_evaluations: float
    substeps: float
    rejected_substeps: float
    events: float
    boundary_iterations: float

    @property
    def name(self) -> str:
        """Return the stepper and its way."""
        return f"{self.stepper}, {self.way}"


class StepperCell(Part):
    """All steppers at one place of the map.

    crossings: boundaries crossed in a turn. step_turns: the longest step, in turns; None for no limit.
    best_qss, best_other: the fastest of the quantised and of the other steppers that hold in any field (the
    helix is not one of them), chosen in rounds of their own. qss_gain: the time of the best other over that
    of the best QSS; over_classical: that of classical RK4, which integrates anew at boundaries, over it.
    """

    field: str
    step_turns: float | None
    target_mm: float
    planes: int
    crossings: float
    times: list[StepperTime]
    best_qss: str | None = None
    best_other: str | None = None
    qss_gain: Interval | None = None
    over_classical: Interval | None = None


class DriverPoint(Part):
    """A setting of the driver's parameters (mm; epsilons relative), with time and errors.

    preset: its name, "" for a point of the scan. error_mm: the larger of the end point's error and the
    farthest that a track was from the plane it crossed. front: no other point is faster and no worse.
    """

    preset: str
    delta_chord_mm: float
    delta_intersection_mm: float
    delta_one_step_mm: float
    epsilon_min: float
    epsilon_max: float
    largest_step_mm: float
    end_error_mm: float
    miss_mm: float
    error_mm: float
    us_per_turn: Interval | None = None
    field_evaluations: float
    front: bool = False


class DriverScan(Part):
    """A scan of the driver's parameters with one stepper."""

    stepper: str
    field: str
    step_turns: float
    crossings: float
    points: list[DriverPoint]


class Geant4Circle(Part):
    """What Geant4 does at the same task: 20 turns, electrons of 50 MeV, 2 T, steps up to a 20th of a turn."""

    stepper: str
    crossings: int
    quantum: float | None
    error_mm: float
    field_evaluations: float
    us_per_turn: float


class FieldCost(Part):
    """A field of the study and what a call of it takes (ns), as many side by side as go."""

    name: str
    ns: float


class StepperStudy(Record):
    """What `simkit study steppers` gives. turns, tracks: of a task, whose end points have the error.

    sentences: what the map says of when to use QSS, most important first. rounds: in which everything was
    timed in turn, after `choosing` rounds that chose the best of each kind.
    """

    schema_: str = Field(
        default="simkit.stepper-study/1", validation_alias="schema", serialization_alias="schema"
    )
    energy_MeV: float
    strength_T: float
    turns: float
    tracks: int
    fields: list[FieldCost]
    cells: list[StepperCell]
    scan: DriverScan | None
    geant4: list[Geant4Circle]
    geant4_source: str
    sentences: list[str]
    rounds: int
    choosing: int
    exit_code: int
    budget_s: float
    used_s: float
    conditions: Conditions
    provenance: Provenance
